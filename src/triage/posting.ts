import { limits } from '../base/limits.ts';
import type { Job } from './job.ts';
import type { Posted } from './posted.ts';
import type { Sending } from './sending.ts';

/**
 * Where a posting stands:
 *
 * - `held`: it is written, and its message is not filed yet. It leaves when that has come to its end.
 * - `due`: to be sent at `nextAt`.
 * - `sending`: announced; it may have left. One that a process left so may have been taken or not.
 * - `sent`: the other side took it.
 * - `unknown`: it may have been taken, and nobody can say. A mail is never sent a second time: a person is shown it.
 * - `refused`: it was surely not taken, and is not tried any more. A person is shown it.
 * - `withheld`: it was decided not to send it, for the reason in `why`.
 */
export type PostingState = 'held' | 'due' | 'sending' | 'sent' | 'unknown' | 'refused' | 'withheld';

export interface Posting {
  readonly id: number;
  readonly account: string;
  /** Of which action of which plan; null: it is of no message (a digest). */
  readonly of: { readonly job: number; readonly round: number; readonly seq: number } | null;
  readonly kind: Sending['kind'] | 'digest';
  /** An address, or a URL. */
  readonly recipient: string;
  /** `postingId`: the same for the same message, recipient and kind, in whatever journal. */
  readonly key: string;
  /** The class by which the message went; null on the ways that are no route's. */
  readonly route: string | null;
  readonly state: PostingState;
  /** Tries that the other side answered, or that were announced. */
  readonly attempts: number;
  /** Not before this time, by Clock.now. */
  readonly nextAt: number;
  /** When it was written, and when it ended, by Clock.date. */
  readonly at: number;
  readonly endedAt: number | null;
  /** What the other side said last, or why it is withheld. */
  readonly why: string | null;
}

/** Written down before it is sent. `content`: a mail as it will cross the wire, or the body of a webhook. */
export type NewPosting = Omit<Posting, 'id' | 'state' | 'attempts' | 'nextAt' | 'endedAt' | 'of'> &
  (
    | {
        readonly of: NonNullable<Posting['of']>;
        readonly state: 'held';
        readonly content: Uint8Array;
        readonly sender: string;
        readonly why: null;
      }
    /** `held`: it could not be made, which a person is shown once its message has ended. */
    | {
        readonly of: NonNullable<Posting['of']>;
        readonly state: 'held' | 'withheld';
        readonly content: null;
        readonly sender: null;
        readonly why: string;
      }
    /** Of no message: it leaves at once. */
    | {
        readonly of: null;
        readonly state: 'due';
        readonly content: Uint8Array;
        readonly sender: string;
        readonly why: null;
      }
  );

export type PostingEvent =
  /** What became of its message. */
  | { readonly type: 'ended'; readonly job: Job }
  /** It leaves; if it never comes to an end, this process has died. */
  | { readonly type: 'sending' }
  /** `pause`: how long to wait at least, should it be tried again, in milliseconds. */
  | { readonly type: 'posted'; readonly posted: Posted; readonly pause: number }
  /** An earlier process left it `sending`. */
  | { readonly type: 'left' };

/** The one place where postings change. null: the event means nothing to it. */
export function stepPosting(posting: Posting, event: PostingEvent, now: number, date: number): Posting | null {
  const ended = (state: 'sent' | 'unknown' | 'refused' | 'withheld', why: string): Posting => ({
    ...posting,
    state,
    endedAt: date,
    why,
  });
  switch (event.type) {
    case 'ended': {
      if (posting.state !== 'held' && posting.state !== 'due') return null;
      const fate = posting.state === 'held' ? fateOf(posting, event.job) : recalled(posting, event.job);
      if (fate === null) return null;
      return fate === 'due' ? { ...posting, state: 'due', nextAt: now } : ended('withheld', fate);
    }
    case 'sending':
      return posting.state === 'due' ? { ...posting, state: 'sending', attempts: posting.attempts + 1 } : null;
    case 'left':
      if (posting.state !== 'sending') return null;
      // The receiver of a webhook knows it by its id (Standard Webhooks); whoever reads a mail would read it twice.
      if (posting.kind === 'webhook') return { ...posting, state: 'due', nextAt: now };
      return ended('unknown', 'siftd ended while it was being sent, or its journal is of an earlier time');
    case 'posted':
      return posting.state === 'sending' ? answered(posting, event, now, date, ended) : null;
  }
}

function answered(
  posting: Posting,
  { posted, pause }: Extract<PostingEvent, { type: 'posted' }>,
  now: number,
  date: number,
  ended: (state: 'sent' | 'unknown' | 'refused', why: string) => Posting,
): Posting {
  switch (posted.result) {
    case 'accepted':
      return ended('sent', posted.note);
    case 'refused':
      return ended('refused', posted.why);
    case 'unknown':
      return ended('unknown', posted.why);
    case 'later': {
      if (date - posting.at >= limits.post.tries) return ended('refused', `not taken for a day: ${posted.why}`);
      const wait = Math.max(pause, Math.min(posted.retryAfter ?? 0, limits.post.backoffMax));
      // Who could not even be asked has refused nothing.
      const attempts = posting.attempts - (posted.away ? 1 : 0);
      return { ...posting, state: 'due', attempts, nextAt: now + wait, why: posted.why };
    }
  }
}

/** `due`, or why it is not to leave; null: its message is not through yet. */
function fateOf({ of }: Posting, job: Job): 'due' | string | null {
  if (of === null) return 'due';
  switch (job.state) {
    case 'done':
    case 'failed':
      return of.round === job.round && !job.observed ? 'due' : 'its message went another way';
    case 'gone':
      return 'a person was first';
    case 'decided':
      return of.round === job.round ? null : 'its message went another way';
    case 'found':
    case 'submitted':
      return null;
  }
}

/** It has not left yet, and a person takes back what it is a part of. */
function recalled({ of }: Posting, job: Job): string | null {
  const undone = job.state === 'decided' && job.decision.way === 'undone' && job.round !== of?.round;
  return undone ? 'a person took it back' : null;
}

/** What a person is to see of a posting that ended: nobody else will do anything about it. */
export function unsent({ state, kind, why }: Posting): string | null {
  switch (state) {
    case 'unknown':
      return `its ${kind} may have been sent or not: ${why}`;
    case 'refused':
      return `its ${kind} was not sent: ${why}`;
    case 'held':
    case 'due':
    case 'sending':
    case 'sent':
    case 'withheld':
      return null;
  }
}
