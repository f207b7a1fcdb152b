import type { Identity, Place } from '../mail/message.ts';
import type { ActionRecord } from './acting.ts';

/** Which way a decision sends a message: the route of its class, the way of the unsure, the way of the failed. */
export type Way = 'routed' | 'unsure' | 'failed';

/** A decision is data with a reason. It is made once and never made again for the same answer. */
export interface Decision {
  readonly way: Way;
  /** The route's name, which is the class; null on the other two ways. */
  readonly route: string | null;
  readonly classification: string | null;
  /** 0 to 1; null where the classification failed. */
  readonly confidence: number | null;
  /** One line for a person: which rule decided and why. */
  readonly reason: string;
}

interface Common {
  readonly id: number;
  readonly account: string;
  /** Where the message is now, or where it was last seen by us. */
  readonly place: Place;
  readonly identity: Identity;
  readonly thread: string;
  readonly foundAt: number;
  /** When it came into its present state, by the machine's clock (Clock.date). */
  readonly since: number;
  /** Grows with every change; a writer that holds an older one writes nothing. */
  readonly rev: number;
  /** Tries of the present state that ended without a result. A new state starts at 0. */
  readonly attempts: number;
  /** Not before this time, by the process's own clock (Clock.now). A retry is the same state at a later time. */
  readonly nextAt: number;
}

/**
 * Seen beyond the cursor of a watched folder, and committed with it. Next: fetch, parse, submit. `key` is the
 * Idempotency-Key of a submission that was begun: it is stored before the POST, and the same key is used until an
 * answer came. `starts` counts begun parses that never finished, twice where they were seen to fail: poison shows here.
 */
export interface Found extends Common {
  readonly state: 'found';
  readonly key: string | null;
  readonly starts: number;
  /** 1, or 2 when an earlier process was lost or never ended. */
  readonly submission: 1 | 2;
}

/** The API accepted it: the process_cuid is durable. Next: poll by schedule until it ends or the deadline passes. */
export interface Submitted extends Common {
  readonly state: 'submitted';
  readonly processCuid: string;
  readonly submittedAt: number;
  readonly submission: 1 | 2;
}

/** The outcome is fixed and its actions are planned and journalled. Next: act, from wherever the journal stands. */
export interface Decided extends Common {
  readonly state: 'decided';
  readonly decision: Decision;
  readonly actions: readonly ActionRecord[];
}

/**
 * All actions ended. `review`: a person should look (it went the unsure way). `observed`: the mode was observe and
 * nothing was touched. Only a person's event leads back to `decided`.
 */
export interface Done extends Common {
  readonly state: 'done';
  readonly decision: Decision;
  readonly actions: readonly ActionRecord[];
  readonly review: boolean;
  readonly observed: boolean;
}

/** Somebody moved or deleted it before we acted. A human's move wins: nothing more happens. */
export interface Gone extends Common {
  readonly state: 'gone';
  readonly decision: Decision | null;
  readonly actions: readonly ActionRecord[];
  readonly why: string;
}

/** Classification failed, the message is unreadable, or its destination refused it. It waits for a person too. */
export interface Failed extends Common {
  readonly state: 'failed';
  readonly decision: Decision;
  readonly actions: readonly ActionRecord[];
  readonly why: string;
  readonly observed: boolean;
}

/** One job is one message. */
export type Job = Found | Submitted | Decided | Done | Gone | Failed;

export type State = Job['state'];

export const states: readonly State[] = ['found', 'submitted', 'decided', 'done', 'gone', 'failed'];
