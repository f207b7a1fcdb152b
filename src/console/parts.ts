import type { Clock } from '../base/clock.ts';
import type { Outcome } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Group } from '../doctor/check.ts';
import type { Asking } from '../store/asking.ts';
import type { Reading } from '../store/reading.ts';
import type { Store } from '../store/store.ts';
import type { Job } from '../triage/job.ts';
import type { Policy } from '../triage/policy.ts';
import type { Report } from '../triage/report.ts';
import type { Reach } from './access.ts';

/** All that the console sees of siftd. It reads the journal, and asks the daemon by the journal; it changes nothing itself. */
export interface ConsoleParts {
  readonly token: string;
  readonly reach: Reach;
  readonly store: Pick<Store, 'overview' | 'room'>;
  readonly reading: Reading;
  readonly asking: Asking;
  readonly settings: Settings;
  /** By name, in the order of the configuration. */
  readonly accounts: ReadonlyMap<string, AccountFacts>;
  /** What people made of siftd's answers since a time, by accounts with the same routes. */
  readonly reports: (since: number) => readonly AccountsReport[];
  /** What a server can do, by account; none while it is not connected. */
  readonly abilities: () => ReadonlyMap<string, readonly string[]>;
  /** Reads a message where it lies now. Nothing of it is kept, here or there. */
  readonly peek: (job: Job) => Promise<Outcome<Glimpse>>;
  readonly clock: Clock;
  /** Draws samples. */
  readonly random: Random;
  readonly log: Logger;
}

export interface AccountsReport {
  readonly accounts: readonly string[];
  readonly report: Report;
}

export interface Settings {
  /** The configuration's file. */
  readonly file: string;
  /** The configuration in force as YAML, without secrets. */
  readonly yaml: () => string;
  readonly warnings: readonly string[];
  /** What siftd doctor does, group by group in the order in which they are told. */
  readonly examine: () => Promise<readonly Promise<Group>[]>;
}

export interface AccountFacts {
  readonly name: string;
  /** `user at host:port`. */
  readonly address: string;
  readonly folders: readonly string[];
  readonly policy: Policy;
}

/** The beginning of a message, for a person who has to decide on it. */
export interface Glimpse {
  readonly from: string;
  readonly subject: string;
  readonly body: string;
}
