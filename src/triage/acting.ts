import type { Identity, Place } from '../mail/message.ts';
import type { Sending } from './sending.ts';

/** What a route wants done to a message, in the order in which it is done. */
export type Action =
  /** Keywords (on Gmail: labels) and system flags on the source, before it moves. */
  | { readonly kind: 'mark'; readonly labels: readonly string[]; readonly flags: readonly string[] }
  /** The same taken off again. */
  | { readonly kind: 'unmark'; readonly labels: readonly string[]; readonly flags: readonly string[] }
  /** `to` is a folder's name as configured: `/` between levels, or a special use such as `\Junk` (RFC 6154). */
  | { readonly kind: 'move'; readonly to: string }
  /** Written into the outbox before anything is changed; it leaves when all else is done. */
  | Sending;

/** Of the destination, known before a copy or move was sent: what lies below it cannot be our copy. Never higher than UIDNEXT was then. */
export interface Fence {
  /** The destination as resolved on the server, in siftd's form. */
  readonly folder: string;
  readonly uidValidity: number;
  readonly uidNext: number;
}

/**
 * How far an action came. Each step is committed before the command that it announces:
 *
 * - `planned`: nothing was sent.
 * - `sent`: a STORE, MOVE or COPY may have reached the server. A mark keeps what was newly set or taken off; a move its
 *   fence, and which of the two commands it was (missing in journals of before: then nobody knows).
 * - `copied`: our copy was seen in the destination at `copy`. The source is untouched.
 * - `removing`: the source may be marked \Deleted and expunged by now.
 * - `done`: it is as wanted. A move knows where the message is now; `note` says what the server could not keep. What is to be
 *   sent stands in the outbox, and has a life of its own there (posting.ts).
 * - `undone`: taken back, because a person was first or the destination refused.
 */
export type Progress =
  | { readonly step: 'planned' }
  | {
      readonly step: 'sent';
      readonly fence: Fence | null;
      readonly newly: readonly string[];
      readonly by?: 'move' | 'copy';
    }
  | { readonly step: 'copied'; readonly fence: Fence; readonly copy: Place }
  | { readonly step: 'removing'; readonly fence: Fence; readonly copy: Place }
  | {
      readonly step: 'done';
      /** Labels and flags that were not there before us, or that were until we took them off: what an undo changes back. */
      readonly newly: readonly string[];
      /** For a move: where the message was, and where it is; null where the server never told and a look failed. */
      readonly from: Place | null;
      readonly to: Place | null;
      readonly note: string | null;
    }
  | { readonly step: 'undone'; readonly note: string };

export interface ActionRecord {
  /** Position in the route's order, from 0. */
  readonly seq: number;
  readonly action: Action;
  readonly progress: Progress;
}

/** One message to act on. */
export interface Task {
  readonly job: number;
  readonly place: Place;
  readonly identity: Identity;
  readonly actions: readonly ActionRecord[];
  /** The last try: a refusal that might pass with time is final too. */
  readonly last: boolean;
}

/** How acting on one message ended. Nothing here is guessed: each was seen on the server. */
export type Acted =
  /** Every action is done; `place` is where the message is now. */
  | { readonly result: 'done'; readonly place: Place }
  /** A person moved or deleted it first; what we had done was taken back where it could be. */
  | { readonly result: 'gone'; readonly why: string }
  /** The server said no to the move, the message is where it was, marks may be on it. */
  | { readonly result: 'refused'; readonly why: string; readonly final: boolean }
  /** The connection or a time limit ended it: the journal says how far it came; look first next time. */
  | { readonly result: 'interrupted'; readonly why: string; readonly retryAfter?: number }
  /** The folder's UIDVALIDITY is not the job's: the folder has to be mapped again first. */
  | { readonly result: 'stale' };

/**
 * The journal as acting sees it. Owned here, implemented by the store.
 * What is recorded is durable when it resolves; recording the same progress twice is harmless.
 */
export interface Ledger {
  record(
    entries: readonly { readonly job: number; readonly seq: number; readonly progress: Progress }[],
  ): Promise<void>;
  /** Of these UIDs, those that a job other than the given ones holds as its place, its copy or its target. */
  claimed(
    folder: string,
    uidValidity: number,
    uids: readonly number[],
    besides: ReadonlySet<number>,
  ): ReadonlySet<number>;
}
