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

/** A whole number of `least` or more, and of `most` or less. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  const allowed = most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `from ${least} on`;
  return (text) => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`a whole number ${allowed}`);
  };
}

/** The beginning of a day (UTC); null where it is none. */
function beginningOf(text: string): number | null {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

/** The beginning of a day (UTC). Milliseconds since the epoch. */
export function day(text: string): number {
  const at = beginningOf(text);
  if (at === null) throw new InvalidArgumentError('a day such as 2026-01-31');
  return at;
}

const span = duration(1, Number.MAX_SAFE_INTEGER);

/** A time in the past: so long ago (`2h`, `30d`), or the beginning of a day (UTC). Milliseconds since the epoch. */
export function moment(text: string): number {
  const ago = span.safeParse(text);
  if (ago.success) return systemClock.date() - ago.data;
  const at = beginningOf(text);
  if (at === null) throw new InvalidArgumentError('a time such as 30m, 2h or 7d, or a day such as 2026-01-31');
  return at;
}

/** Somebody else's text: nothing in it may steer the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\u2028\u2029]/gu, '?');
}
