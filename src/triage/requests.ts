import type { BackfillWish } from './backfill.ts';

/**
 * What a person asks of siftd, at a command line or in the console, about messages of one account. It is committed to the
 * journal; the process that acts takes it from there, and what it answers is committed with what it changes.
 */
export type PersonRequest = { readonly account: string } & (
  | {
      /** Take back what was done to these messages last. */
      readonly kind: 'undo';
      readonly jobs: readonly number[];
      /** All that was ever done to them, instead: they are as they were found. */
      readonly all?: true;
    }
  | {
      /** File it as the class of a route; where siftd has filed it so, that is a confirmation. */
      readonly kind: 'file';
      readonly job: number;
      readonly route: string;
    }
  | {
      /** siftd filed it, or would have: they say which route's it is, or null, none's. Nothing is moved. */
      readonly kind: 'judge';
      readonly job: number;
      readonly route: string | null;
      /** The lot did not fall on it: who picks a message says nothing of others. */
      readonly picked?: true;
    }
  | {
      /** It was looked at, and stays where it is. */
      readonly kind: 'skip';
      readonly job: number;
    }
);

/** Sort old mail, or halt or end what sorts it. The account has one of them at a time. */
export type BackfillRequest = { readonly kind: 'backfill' } & (
  | { readonly what: 'start'; readonly wish: BackfillWish }
  | { readonly what: 'pause' | 'resume' | 'stop' }
);

/** All that may stand in the journal. */
export type AnyRequest = PersonRequest | ({ readonly account: string } & BackfillRequest);

export interface Requested {
  readonly id: number;
  readonly at: number;
  readonly request: AnyRequest;
}

/** What came of a request. What was begun for a job shows on the job. */
export interface RequestResult {
  /** Jobs that took it; of a `backfill`, its own id. */
  readonly taken: readonly number[];
  /** Jobs that could not take it, and why. */
  readonly refused: readonly { readonly job: number; readonly why: string }[];
}
