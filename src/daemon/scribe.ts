import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import type { Since } from '../triage/cursor.ts';
import { type Deed, deedOf } from '../triage/deed.ts';
import type { Job } from '../triage/job.ts';
import type { Policy } from '../triage/policy.ts';
import { type Posting, type PostingEvent, stepPosting, unsent } from '../triage/posting.ts';
import { type Event, step } from '../triage/step.ts';
import type { Disk } from './disk.ts';
import type { Meter } from './meter.ts';
import type { Journal, JournalChange } from './ports.ts';

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

export interface ScribeParts {
  readonly account: AccountSetup;
  readonly journal: Journal;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Logger;
  readonly stopping: AbortSignal;
  /** Left out: nobody counts. */
  readonly meter?: Meter | undefined;
}

/** Jobs, what happens to each, and the request of a person that is answered by it. */
interface Turn {
  readonly jobs: readonly Job[];
  readonly event: (job: Job) => Event | null;
  readonly answered?: NonNullable<JournalChange['answered']>;
  readonly postings?: readonly Posting[];
}

/** The one place that writes the jobs of an account. */
export class Scribe<Parts extends ScribeParts = ScribeParts> {
  readonly parts: Parts;
  readonly log: Logger;

  constructor(parts: Parts) {
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
    if (await this.#save(next, deedOf(job, event, this.date()))) {
      this.parts.meter?.moved(job, next);
      if (next.state !== job.state) this.tell(next);
      return next;
    }
    // While a request was under way the message may have got another place; that changes nothing of what it means.
    const stored = this.parts.journal.job(job.id);
    return stored !== null && onlyMoved(job, stored) ? this.transit(stored, event) : null;
  }

  /** The same for many jobs at once, in one transaction; answers those that were written. */
  async transitAll(jobs: readonly Job[], event: (job: Job) => Event | null): Promise<Job[]> {
    return jobs.length === 0 ? [] : this.#transitTogether(() => ({ jobs, event }));
  }

  /** `turn` is asked inside the transaction: what it reads cannot change before it is written. */
  async #transitTogether(turn: () => Turn): Promise<Job[]> {
    let steps: { readonly from: Job; readonly to: Job }[] = [];
    const change = (): JournalChange => {
      const { jobs, event, answered, postings } = turn();
      const deeds: { job: number; deed: Deed }[] = [];
      steps = [];
      for (const from of jobs) {
        const happened = event(from);
        const to = happened && step(from, happened, this.now(), this.date());
        if (happened === null || to === null) continue;
        steps.push({ from, to });
        const deed = deedOf(from, happened, this.date());
        if (deed !== null) deeds.push({ job: from.id, deed });
      }
      return { jobs: steps.map(({ to }) => to), deeds, ...(answered && { answered }), ...(postings && { postings }) };
    };
    const late = new Set((await this.parts.journal.commit(change, this.now(), this.date())).late);
    const written = steps.filter(({ to }) => !late.has(to.id));
    for (const { from, to } of written) {
      this.parts.meter?.moved(from, to);
      if (from.state !== to.state) this.tell(to);
    }
    return written.map(({ to }) => to);
  }

  /** What was learned beside the account's loop is kept until the disk takes it: nobody is asked for it twice. */
  async #save(job: Job, deed: Deed | null): Promise<boolean> {
    const { journal, disk, clock, stopping } = this.parts;
    for (;;) {
      try {
        return await journal.save(job, deed);
      } catch (error) {
        if (!disk.refused(error) || stopping.aborted) throw error;
        await clock.sleep(limits.daemon.diskRetry, stopping);
      }
    }
  }

  /**
   * The same for jobs that were read before a wait: their polls go on meanwhile, and what was learned of where a
   * message is must not be lost over that. `event` gets each job as it stands now; null: nothing happened to it.
   */
  async transitLatest(jobs: readonly Job[], event: (job: Job) => Event | null): Promise<Job[]> {
    if (jobs.length === 0) return [];
    const latest = () => jobs.map(({ id }) => this.parts.journal.job(id)).filter((job) => job !== null);
    return this.#transitTogether(() => ({ jobs: latest(), event }));
  }

  /** What a person asked, with its answer: a request is never taken twice, as an undo would be undone. */
  async answer(turn: () => Turn & Required<Pick<Turn, 'answered'>>): Promise<void> {
    await this.#transitTogether(turn);
  }

  /**
   * Takes a posting through an event, as it stands by then: a person may have taken it back. Where a person is to see it, its message
   * waits for one, in the same commit. null: nothing was written.
   */
  async posted(id: number, event: PostingEvent): Promise<Posting | null> {
    const { journal } = this.parts;
    let next = null as Posting | null;
    await this.#transitTogether(() => {
      const stored = journal.outbox.posting(id);
      next = stored && stepPosting(stored, event, this.now(), this.date());
      const why = next && unsent(next);
      const job = why === null || next?.of == null ? null : journal.job(next.of.job);
      return {
        jobs: job === null ? [] : [job],
        event: () => (why === null ? null : { type: 'unsent', why }),
        postings: next === null ? [] : [next],
      };
    });
    if (next !== null) this.#tellPosting(next);
    return next;
  }

  #tellPosting(posting: Posting): void {
    const { of, id, kind, state } = posting;
    const why = unsent(posting);
    const facts = { ...(of === null ? {} : { job: of.job }), posting: id, kind, state };
    if (why !== null) this.log.warn(facts, `${why}; a person is to look`);
    else if (state === 'due') this.log.info(facts, `${kind} is tried again: ${posting.why}`);
    else this.log[state === 'sent' ? 'info' : 'debug'](facts, `${kind}: ${state}`);
  }

  /** One line a transition. No subject, no body, no address: the job's id leads to the rest. */
  tell(job: Job): void {
    this.log.info({ job: job.id, state: job.state, ...facts(job) }, sentence(job));
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
    case 'decided': {
      const { way, route, classification, confidence, reason } = job.decision;
      return { way, route, classification, confidence, reason };
    }
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
