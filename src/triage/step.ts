import type { Identity, Place } from '../mail/message.ts';
import { isUnbegun, type Plan } from './decide.ts';
import type { Decided, Decision, Done, Failed, Former, Job, Origin, Verdict } from './job.ts';

/** A message that no job holds yet. */
export interface NewJob {
  readonly account: string;
  readonly place: Place;
  readonly identity: Identity;
  readonly thread: string;
  /** New mail of a watched folder is the default. */
  readonly origin?: Origin;
}

/** The job that it becomes. Its id is the journal's to give. */
export function newJob({ account, origin = 'watch', place, identity, thread }: NewJob, now: number, date: number): Job {
  return {
    id: 0,
    foundAt: date,
    since: date,
    rev: 1,
    attempts: 0,
    nextAt: now,
    round: 0,
    verdict: null,
    state: 'found',
    key: null,
    starts: 0,
    submission: 1,
    ...{ account, origin, place, identity, thread },
  };
}

/**
 * What can happen to a job. The first three announce an effect and are committed before it; the others tell of one. `why`
 * is for its history: what stood in the way, this time.
 */
export type Event =
  /** The parse begins; if it never finishes, `starts` tells. */
  | { readonly type: 'parsing' }
  /** It began and was seen to fail, and not by way of a kill that may be anybody's: that counts once more. */
  | { readonly type: 'unread'; readonly nextAt: number; readonly why?: string }
  /** The POST begins, with this key; if no answer is ever seen, it is tried again, with the same key, at `nextAt`. */
  | { readonly type: 'submitting'; readonly key: string; readonly nextAt: number }
  /** Acting begins; if it never ends, it is taken up again at `nextAt`. */
  | { readonly type: 'acting'; readonly nextAt: number }
  /** It was announced and could not be tried (the API or the server is away): that uses up no try. */
  | { readonly type: 'unasked'; readonly nextAt: number; readonly why?: string }
  /** The API took it. */
  | { readonly type: 'accepted'; readonly processCuid: string; readonly nextAt: number }
  /** Not now: the same state, later. */
  | { readonly type: 'postponed'; readonly nextAt: number; readonly why?: string }
  /** The process does not exist or never ended: submit once more, under a new key. */
  | { readonly type: 'resubmit'; readonly why?: string }
  /** There is an outcome. For a message that its destination refused this is the `failed` way. */
  | { readonly type: 'decided'; readonly plan: Plan }
  /** The routes are others than when it was decided, and nothing of its plan was begun. */
  | { readonly type: 'replanned'; readonly plan: Plan }
  /** Every action is done and was seen to be; the message is at `place`. */
  | { readonly type: 'acted'; readonly place: Place }
  /** The mode is observe: nothing was touched, and nothing will be. */
  | { readonly type: 'observed' }
  /** The `failed` way could not be gone to its end either: the message stays where it is. */
  | { readonly type: 'abandoned'; readonly why: string }
  /** A person moved or deleted it before we acted. */
  | { readonly type: 'vanished'; readonly why: string }
  /** Something that was to be sent about it was not, or nobody can say: a person is to see it. */
  | { readonly type: 'unsent'; readonly why: string }
  /** The same message under another name: a new UIDVALIDITY, or a person's move after we were done. */
  | { readonly type: 'relocated'; readonly place: Place }
  | PersonsEvent;

/** What a person does with a message that has ended. Each but the last two is on the journal before anything is done. */
export type PersonsEvent =
  /** File it by this route, whatever it was: a plan of the way `reviewed`. */
  | { readonly type: 'filed'; readonly plan: Plan }
  /** It was looked at, and is fine where it is: it waits for nobody any more. */
  | { readonly type: 'skipped' }
  /** Take back what was done to it last, or all of it: a plan of the way `undone`, or that of what was undone. */
  | { readonly type: 'undone'; readonly plan: Plan }
  /**
   * They said themselves what it is, by moving or labelling it, or by saying that siftd was right. It stands at `place`, and
   * nothing is done to it.
   */
  | {
      readonly type: 'corrected';
      readonly place: Place;
      readonly truth: string | null;
      readonly by: Verdict['by'];
    }
  /**
   * Their `filed` or `undone` could not be made: all is as it was before it. `moved`: because they have put the message
   * somewhere else meanwhile, and so it waits for nobody any more.
   */
  | { readonly type: 'declined'; readonly why: string; readonly moved: boolean };

/**
 * The one place where states change. Answers the job after the event, or null where the event does not fit the state
 * any more: the writer was late, and nothing happens. `now` is what jobs are due by, `date` what is written down for people (see
 * Clock).
 */
export function step(job: Job, event: Event, now: number, date: number = now): Job | null {
  const { id, account, origin, place, identity, thread, foundAt, round, verdict } = job;
  const rev = job.rev + 1;
  // Here as below what is taken over comes last: an object that grows after a spread takes V8 ten times as long.
  const kept = { id, account, origin, place, identity, thread, foundAt, round, verdict };
  /** A new state begins with no tries and at once. */
  const fresh = { since: date, rev, attempts: 0, nextAt: now, ...kept };
  /** A new plan. */
  const planned = ({ decision, actions }: Plan, former: Former | null): Decided => ({
    ...{ state: 'decided', decision, actions, former, ...fresh, round: round + 1 },
  });
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
        state: 'submitted',
        processCuid: event.processCuid,
        submittedAt: date,
        submission: job.submission,
        ...fresh,
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
      return { state: 'found', key: null, starts: 0, submission: 2, ...fresh };
    case 'decided':
      switch (job.state) {
        case 'found':
        case 'submitted':
          return planned(event.plan, null);
        case 'decided':
          // Only the failed way leads out of a decision of siftd's own, and it is never entered twice.
          if (job.former !== null || event.plan.decision.way !== 'failed' || job.decision.way === 'failed') return null;
          return planned(event.plan, null);
        default:
          return null;
      }
    case 'replanned':
      if (job.state !== 'decided' || job.former !== null || !isUnbegun(job.actions)) return null;
      return planned(event.plan, null);
    case 'acted':
      return job.state === 'decided' ? ended(job, { ...fresh, place: event.place }, false) : null;
    case 'observed':
      // What a person asked for is done in any mode.
      return job.state === 'decided' && job.former === null ? ended(job, fresh, true) : null;
    case 'abandoned':
      if (job.state !== 'decided' || job.former !== null || job.decision.way !== 'failed') return null;
      return { ...ended(job, fresh, false), state: 'failed', why: event.why };
    case 'vanished':
      switch (job.state) {
        case 'found':
        case 'submitted':
          return { state: 'gone', decision: null, actions: [], why: event.why, ...fresh };
        case 'decided':
          return { state: 'gone', decision: job.decision, actions: job.actions, why: event.why, ...fresh };
        default:
          return null;
      }
    case 'unsent':
      switch (job.state) {
        case 'done':
        case 'failed':
          return { ...job, rev, review: true };
        case 'decided':
          // A person is at it: it waits for one again if that cannot be made.
          return job.former === null ? null : { ...job, rev, former: { ...job.former, review: true } };
        case 'found':
        case 'submitted':
        case 'gone':
          return null;
      }
      break;
    case 'relocated':
      return { ...job, rev, place: event.place };
    case 'filed': {
      const former = formerOf(job);
      if (former === null || event.plan.decision.way !== 'reviewed') return null;
      return { ...planned(event.plan, former), verdict: reviewed(event.plan.decision, date, verdict) };
    }
    case 'undone': {
      const former = formerOf(job);
      const { decision } = event.plan;
      if (former === null) return null;
      // With what they filed in the review they take back what they said of it, and with the undo of that they say it again.
      const said = former.decision.way === 'reviewed' ? null : verdict;
      return {
        ...planned(event.plan, former),
        verdict: decision.way === 'reviewed' ? reviewed(decision, date, said) : said,
      };
    }
    case 'skipped':
      return formerOf(job)?.review === true ? { ...(job as Done | Failed), rev, review: false } : null;
    case 'corrected': {
      const former = formerOf(job);
      if (former === null) return null;
      const { truth } = event;
      const right = truth !== null && truth === saidOf(former.decision);
      const said: Verdict = { truth, right, by: drawn(verdict) ?? event.by, at: date };
      return { ...(job as Done | Failed), rev, place: event.place, review: false, verdict: said };
    }
    case 'declined': {
      if (job.state !== 'decided' || job.former === null) return null;
      const { state, why, ...former } = job.former;
      const was = { ...fresh, ...former, review: former.review && !event.moved };
      return state === 'failed' ? { ...was, state, why: why ?? former.decision.reason } : { ...was, state };
    }
  }
}

/** How a job ends whose plan was gone to its end, or was only looked at. */
function ended(
  job: Decided,
  common: Omit<Done, 'state' | 'decision' | 'actions' | 'review' | 'observed'>,
  observed: boolean,
): Done | Failed {
  const { decision, actions, former } = job;
  const end = { decision, actions, observed, ...common };
  const review = former === null ? decision.way === 'unsure' : stillWaits(decision, former);
  if (decision.way !== 'failed') return { state: 'done', review, ...end };
  return { state: 'failed', why: decision.reason, review: former === null ? true : review, ...end };
}

/** After a person's act it waits for one only if it did before, or if they took back what they had said in the review. */
function stillWaits({ way }: Decision, former: Former): boolean {
  return way !== 'reviewed' && (former.review || former.decision.way === 'reviewed');
}

function formerOf(job: Job): Former | null {
  if (job.state !== 'done' && job.state !== 'failed') return null;
  const { state, decision, actions, review, observed, round, verdict } = job;
  return { state, decision, actions, review, observed, round, verdict, why: job.state === 'failed' ? job.why : null };
}

/** The class that siftd had named: by the API's answer, or without one because its thread stands there. */
export function saidOf({ way, route, classification }: Decision): string | null {
  return classification ?? (way === 'routed' ? route : null);
}

function reviewed({ route, classification }: Decision, at: number, before: Verdict | null): Verdict {
  return { truth: route, right: route === classification, by: drawn(before) ?? 'review', at };
}

/** What fell into a sample stays in it, whatever is done with it then: only so it tells of those that did not. */
function drawn(before: Verdict | null): 'sample' | null {
  return before?.by === 'sample' ? 'sample' : null;
}
