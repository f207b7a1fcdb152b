import type { Identity, Place } from '../mail/message.ts';
import type { Plan } from './decide.ts';
import type { Job } from './job.ts';

/** A message that no job holds yet. */
export interface NewJob {
  readonly account: string;
  readonly place: Place;
  readonly identity: Identity;
  readonly thread: string;
}

/**
 * What can happen to a job. The first three announce an effect and are committed before it; the others tell of one.
 */
export type Event =
  /** The parse begins; if it never finishes, `starts` tells. */
  | { readonly type: 'parsing' }
  /** It began and was seen to fail, and not by way of a kill that may be anybody's: that counts once more. */
  | { readonly type: 'unread'; readonly nextAt: number }
  /** The POST begins, with this key; if no answer is ever seen, it is tried again, with the same key, at `nextAt`. */
  | { readonly type: 'submitting'; readonly key: string; readonly nextAt: number }
  /** Acting begins; if it never ends, it is taken up again at `nextAt`. */
  | { readonly type: 'acting'; readonly nextAt: number }
  /** It was announced and could not be tried (the API or the server is away): that uses up no try. */
  | { readonly type: 'unasked'; readonly nextAt: number }
  /** The API took it. */
  | { readonly type: 'accepted'; readonly processCuid: string; readonly nextAt: number }
  /** Not now: the same state, later. */
  | { readonly type: 'postponed'; readonly nextAt: number }
  /** The process does not exist or never ended: submit once more, under a new key. */
  | { readonly type: 'resubmit' }
  /** There is an outcome. For a message that its destination refused this is the `failed` way. */
  | { readonly type: 'decided'; readonly plan: Plan }
  /** Every action is done and was seen to be; the message is at `place`. */
  | { readonly type: 'acted'; readonly place: Place }
  /** The mode is observe: nothing was touched, and nothing will be. */
  | { readonly type: 'observed' }
  /** The `failed` way could not be gone to its end either: the message stays where it is. */
  | { readonly type: 'abandoned'; readonly why: string }
  /** A person moved or deleted it before we acted. */
  | { readonly type: 'vanished'; readonly why: string }
  /** The same message under another name: a new UIDVALIDITY, or a person's move after we were done. */
  | { readonly type: 'relocated'; readonly place: Place };

/**
 * The one place where states change. Answers the job after the event, or null where the event does not fit the state
 * any more: the writer was late, and nothing happens. `now` is what jobs are due by, `date` what is written down for people (see
 * Clock).
 */
export function step(job: Job, event: Event, now: number, date: number = now): Job | null {
  const { id, account, place, identity, thread, foundAt } = job;
  const rev = job.rev + 1;
  /** A new state begins with no tries and at once. */
  const fresh = { id, account, place, identity, thread, foundAt, since: date, rev, attempts: 0, nextAt: now };
  switch (event.type) {
    case 'parsing':
      return job.state === 'found' ? { ...job, rev, starts: job.starts + 1 } : null;
    case 'unread':
      return job.state === 'found' ? { ...job, rev, starts: job.starts + 1, nextAt: event.nextAt } : null;
    case 'submitting':
      if (job.state !== 'found') return null;
      return { ...job, rev, starts: 0, key: event.key, attempts: job.attempts + 1, nextAt: event.nextAt };
    case 'acting':
      return job.state === 'decided' ? { ...job, rev, attempts: job.attempts + 1, nextAt: event.nextAt } : null;
    case 'unasked':
      if (job.state !== 'found' && job.state !== 'decided') return null;
      // What was announced last is taken back: the parse, else the POST or the acting.
      if (job.state === 'found' && job.starts > 0) return { ...job, rev, starts: job.starts - 1, nextAt: event.nextAt };
      return { ...job, rev, attempts: Math.max(0, job.attempts - 1), nextAt: event.nextAt };
    case 'accepted':
      if (job.state !== 'found') return null;
      return {
        ...fresh,
        state: 'submitted',
        processCuid: event.processCuid,
        submittedAt: date,
        submission: job.submission,
        nextAt: event.nextAt,
      };
    case 'postponed':
      switch (job.state) {
        case 'found':
        case 'decided':
          return { ...job, rev, nextAt: event.nextAt };
        case 'submitted':
          return { ...job, rev, attempts: job.attempts + 1, nextAt: event.nextAt };
        default:
          return null;
      }
    case 'resubmit':
      if (job.state !== 'submitted' || job.submission === 2) return null;
      return { ...fresh, state: 'found', key: null, starts: 0, submission: 2 };
    case 'decided': {
      const { decision, actions } = event.plan;
      switch (job.state) {
        case 'found':
        case 'submitted':
          return { ...fresh, state: 'decided', decision, actions };
        case 'decided':
          // Only the failed way leads out of a decision, and it is never entered twice.
          if (decision.way !== 'failed' || job.decision.way === 'failed') return null;
          return { ...fresh, state: 'decided', decision, actions };
        default:
          return null;
      }
    }
    case 'acted': {
      if (job.state !== 'decided') return null;
      const ended = { ...fresh, place: event.place, decision: job.decision, actions: job.actions, observed: false };
      return job.decision.way === 'failed'
        ? { ...ended, state: 'failed', why: job.decision.reason }
        : { ...ended, state: 'done', review: job.decision.way === 'unsure' };
    }
    case 'observed': {
      if (job.state !== 'decided') return null;
      const ended = { ...fresh, decision: job.decision, actions: job.actions, observed: true };
      return job.decision.way === 'failed'
        ? { ...ended, state: 'failed', why: job.decision.reason }
        : { ...ended, state: 'done', review: job.decision.way === 'unsure' };
    }
    case 'abandoned':
      if (job.state !== 'decided' || job.decision.way !== 'failed') return null;
      return {
        ...fresh,
        state: 'failed',
        decision: job.decision,
        actions: job.actions,
        why: event.why,
        observed: false,
      };
    case 'vanished':
      switch (job.state) {
        case 'found':
        case 'submitted':
          return { ...fresh, state: 'gone', decision: null, actions: [], why: event.why };
        case 'decided':
          return { ...fresh, state: 'gone', decision: job.decision, actions: job.actions, why: event.why };
        default:
          return null;
      }
    case 'relocated':
      return { ...job, rev, place: event.place };
  }
}
