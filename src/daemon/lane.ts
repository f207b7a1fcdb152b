import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import type { Since } from '../triage/cursor.ts';
import type { Job } from '../triage/job.ts';
import type { Policy } from '../triage/policy.ts';
import { type Event, step } from '../triage/step.ts';
import type { Desk } from './desk.ts';
import type { Disk } from './disk.ts';
import type { Journal, Mailboxes, Parser } from './ports.ts';

/** What the path has to know of an account. */
export interface AccountSetup {
  readonly name: string;
  /** Watched folders, the idling one first. */
  readonly folders: readonly string[];
  readonly since: Since;
  /** Mail that a person moves into a watched folder is sorted too. */
  readonly resort: boolean;
  readonly policy: Policy;
  /** Added to `external_metadata`. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/**
 * Why nothing can be asked yet: there is no model. While one is being made, messages wait (`passing`); where there
 * is too little to make one of, they are left to people.
 */
export interface Unready {
  readonly passing: boolean;
  readonly why: string;
}

export interface LaneParts {
  readonly account: AccountSetup;
  readonly mailboxes: Mailboxes;
  readonly journal: Journal;
  readonly parser: Parser;
  readonly desk: Desk;
  readonly disk: Disk;
  readonly unready: () => Unready | null;
  /** Called when a state of the connection is known: it was read to its end, or it could not be. */
  readonly settled: () => void;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly stopping: AbortSignal;
  /** Milliseconds between two looks at every folder, whether its server speaks or not. */
  readonly pollInterval: number;
}

/** One account's way through the daemon: its parts, what is under way in it, and the one place that writes its jobs. */
export class Lane {
  readonly parts: LaneParts;
  readonly log: Logger;
  /** Jobs that a fetch, a parse or a POST holds in this process; nobody else takes them up. */
  readonly asking = new Set<number>();
  #told: string | null = null;
  #tasks = new Set<Promise<void>>();
  #wake = new AbortController();
  readonly #said = new Map<string, string>();

  constructor(parts: LaneParts) {
    this.parts = parts;
    this.log = parts.log.child({ account: parts.account.name });
  }

  get name(): string {
    return this.parts.account.name;
  }

  now(): number {
    return this.parts.clock.now();
  }

  date(): number {
    return this.parts.clock.date();
  }

  /**
   * Takes a job through an event: step, commit, and one log line for a new state. null when the event came too late
   * or somebody else had changed the job; then nothing was written and the caller lets go of it.
   */
  async transit(job: Job, event: Event): Promise<Job | null> {
    const next = step(job, event, this.now(), this.date());
    if (next === null) return null;
    if (await this.#save(next)) {
      if (next.state !== job.state) this.tell(next);
      return next;
    }
    // While a request was under way the message may have got another place; that changes nothing of what it means.
    const stored = this.parts.journal.job(job.id);
    return stored !== null && onlyMoved(job, stored) ? this.transit(stored, event) : null;
  }

  /** The same for many jobs at once, in one transaction; answers those that were written. */
  transitAll(jobs: readonly Job[], event: (job: Job) => Event): Job[] {
    const next = jobs.map((job) => step(job, event(job), this.now(), this.date())).filter((job) => job !== null);
    if (next.length === 0) return [];
    const late = new Set(this.parts.journal.commit({ jobs: next }, this.now()).late);
    const written = next.filter((job) => !late.has(job.id));
    const before = new Map(jobs.map((job) => [job.id, job.state]));
    for (const job of written) if (before.get(job.id) !== job.state) this.tell(job);
    return written;
  }

  /** What was learned beside the account's loop is kept until the disk takes it: nobody is asked for it twice. */
  async #save(job: Job): Promise<boolean> {
    const { journal, disk, clock, stopping } = this.parts;
    for (;;) {
      try {
        return await journal.save(job);
      } catch (error) {
        if (!disk.refused(error) || stopping.aborted) throw error;
        await clock.sleep(limits.daemon.diskRetry, stopping);
      }
    }
  }

  /**
   * The same for jobs that were read before a wait: their polls go on meanwhile, and what was learned of where a
   * message is must not be lost over that. `event` gets each job as it stands now.
   */
  transitLatest(jobs: readonly Job[], event: (job: Job) => Event): Job[] {
    const { journal } = this.parts;
    return this.transitAll(
      jobs.map(({ id }) => journal.job(id)).filter((job) => job !== null),
      event,
    );
  }

  /** From here on the job is asked about, and counts against what the API is given at a time. */
  takeUp(job: number): void {
    this.asking.add(job);
    this.parts.desk.take(job, this.name);
  }

  /** Nothing of it is held in this process any more; there may be something to act on, and room for others. */
  letGo(job: number): void {
    this.parts.desk.release(job);
    this.handOver(job);
  }

  /** Its process runs: it still counts, but nothing of its content is held. */
  handOver(job: number): void {
    this.asking.delete(job);
    if (this.asking.size <= limits.imap.batch / 2) this.wake();
  }

  /** What `siftd status` says of the account; kept only when it is news. */
  say(state: string, detail: string | null): void {
    const told = JSON.stringify([state, detail]);
    if (told === this.#told) return;
    try {
      this.parts.journal.note(this.name, { state, at: this.date(), detail });
      this.#told = told;
    } catch (error) {
      // A note is not worth the account's life.
      if (!this.parts.disk.refused(error)) throw error;
    }
  }

  /** One line a transition. No subject, no body, no address: the job's id leads to the rest. */
  tell(job: Job): void {
    this.log.info({ job: job.id, state: job.state, ...facts(job) }, sentence(job));
  }

  /** Long work beside the account's loop; it never rejects, and `settled` waits for it. */
  follow(work: Promise<void>): void {
    const task = work.catch((error: unknown) => this.trouble(error)).finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  /** Whether this was not the last thing said on the topic: the same trouble is said once, not at every try. */
  isNews(topic: string, message: string): boolean {
    if (this.#said.get(topic) === message) return false;
    this.#said.set(topic, message);
    return true;
  }

  /** Something that no room answers for: a full disk, a fault of ours. Said once until it changes. */
  trouble(error: unknown): void {
    if (this.parts.disk.refused(error)) return;
    const reason = reasonOf(error);
    if (!this.isNews('trouble', reason)) return;
    this.log.error({ err: error }, `${reason}; what it held up stays in the journal and is tried again`);
  }

  async settled(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  /** There is something for the account's loop to do: it leaves IDLE. */
  readonly wake = (): void => this.#wake.abort();

  /** Aborts at the next `wake`, or at once if there was one since the last call. */
  nextWake(): AbortSignal {
    return this.#wake.signal;
  }

  /** From here on only later wakes count. */
  awake(): void {
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }
}

function onlyMoved(before: Job, after: Job): boolean {
  const { place, rev } = before;
  return after.rev > rev && isDeepStrictEqual({ ...after, place, rev }, before);
}

function facts(job: Job): Record<string, unknown> {
  switch (job.state) {
    case 'found':
      return job.submission === 2 ? { submission: 2 } : {};
    case 'submitted':
      return { process: job.processCuid };
    case 'decided':
      return { ...job.decision };
    case 'done':
      return { folder: job.place.folder, review: job.review, observed: job.observed };
    case 'gone':
    case 'failed':
      return { why: job.why };
  }
}

function sentence(job: Job): string {
  switch (job.state) {
    case 'found':
      return job.submission === 2 ? 'its process was lost; it is submitted once more' : 'found';
    case 'submitted':
      return 'submitted';
    case 'decided':
      return `decided: ${job.decision.way}`;
    case 'done':
      return job.observed ? 'observed; nothing was touched' : 'done';
    case 'gone':
      return 'gone: a person was first';
    case 'failed':
      return 'failed; it waits for a person';
  }
}
