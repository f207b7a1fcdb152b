import { reasonOf, UserError } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import { notifySystemd } from '../base/notify.ts';
import type { Config } from '../config/config.ts';
import type { ReloadPlan } from '../config/reload.ts';
import type { Lane } from '../daemon/lane.ts';

/** Whoever asks for the configuration to be read again, and what it says now. */
export interface Reloads {
  /** Resolves true when it is asked for, false once the signal has aborted. What is asked for meanwhile is asked for once. */
  next(signal: AbortSignal): Promise<boolean>;
  /** As it stands in the file now, its secrets read again. Throws a UserError with all that is wrong with it. */
  load(): Config;
}

export interface Reloading {
  readonly reloads: Reloads;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** All or nothing: a UserError says why nothing of it was taken. */
  readonly take: (next: Config) => void | Promise<void>;
  readonly refuse?: (why: string) => void | Promise<void>;
  /** For `systemctl status`. */
  readonly sentence?: () => string;
}

/** Reads the configuration as often as it is asked for, until the signal aborts; systemd is told as sd_notify(3) has it. */
export async function keepReloading(reloading: Reloading): Promise<void> {
  const { reloads, signal, log, take, refuse, sentence } = reloading;
  while (await reloads.next(signal)) {
    // From systemd 253 on it compares this with the time of its signal.
    await notifySystemd('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
    try {
      await take(reloads.load());
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      log.error(`the new configuration is refused, and the one before stays in force: ${error.message}`);
      await refuse?.(error.message);
    }
    await notifySystemd('READY=1', ...(sentence === undefined ? [] : [`STATUS=${sentence()}` as const]));
  }
}

/** Why an account is not at work though nothing of it has changed: what was mended meanwhile is to be asked at once. */
export function ailment({ standing, parts }: Lane): string | null {
  if (standing.state === 'refused' || standing.state === 'disconnected') return 'it waits for its server';
  return parts.desk.away === null ? null : 'it waits for its API';
}

/** What nobody can take while it runs, in one line. */
export function refusalOf(file: string, { refused }: Pick<ReloadPlan, 'refused'>): string | null {
  if (refused.length === 0) return null;
  const [is, them] = refused.length === 1 ? ['it is', 'it'] : ['they are', 'them'];
  return `${file}: ${refused.join(', ')}: changed, and ${is} read at the start alone; restart siftd to have ${them} taken`;
}

/** As much of a refusal as has room in one line of `systemctl status`. */
export function headline(message: string): string {
  const [first = '', ...more] = message.split('\n');
  const rest = more.length === 0 ? '' : ` (and ${more.length} more)`;
  return `${reasonOf(first)}${rest}`;
}

/** For the log: what became of whom. */
export function factsOf({ accounts, inPlace }: ReloadPlan): Record<string, unknown> {
  const of = (fate: string) => [...accounts].filter(([, each]) => each.fate === fate).map(([name]) => name);
  const restarted = [...accounts].flatMap(([name, each]) => (each.fate === 'restarts' ? [[name, each.reasons]] : []));
  const lists = { begun: of('begins'), ended: of('ends'), inPlace };
  return {
    kept: of('keeps').length,
    ...(restarted.length > 0 ? { restarted: Object.fromEntries(restarted) } : {}),
    ...Object.fromEntries(Object.entries(lists).filter(([, names]) => names.length > 0)),
  };
}
