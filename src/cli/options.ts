import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../base/clock.ts';
import { duration } from '../config/values.ts';

/** What every command with a configuration takes. */
export interface ConfigOptions {
  /** The file that `-c` names; else it is looked for (config/load.ts). */
  readonly config?: string;
}

/** Gives a command `-c, --config FILE`, spelt and explained alike everywhere. */
export function withConfig(command: Command): Command {
  return command.option(
    '-c, --config <file>',
    'configuration (default: $SIFTD_CONFIG, ./siftd.yaml, /etc/siftd/siftd.yaml)',
  );
}

const span = duration(1, Number.MAX_SAFE_INTEGER);

/** A time in the past: so long ago (`2h`, `30d`), or the beginning of a day (UTC). Milliseconds since the epoch. */
export function moment(text: string): number {
  const ago = span.safeParse(text);
  if (ago.success) return systemClock.date() - ago.data;
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(day)) throw new InvalidArgumentError('a time such as 30m, 2h or 7d, or a day such as 2026-01-31');
  return day;
}

/** Somebody else's text: nothing in it may steer the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\u2028\u2029]/gu, '?');
}
