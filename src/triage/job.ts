import type { Identity, Place } from '../mail/message.ts';
import type { ActionRecord } from './acting.ts';

/**
 * Which way a decision sends a message: the route of its class, the way of the unsure, the way of the failed; and by a
 * person's will, the route that they named, or back to what was before (undo).
 */
export type Way = 'routed' | 'unsure' | 'failed' | 'reviewed' | 'undone';

/** A class that an answer thought possible. */
export interface Scored {
  readonly label: string;
  /** 0 to 1. */
  readonly confidence: number;
}

/** A decision is data with a reason. It is made once for an answer, and again only where the routes change before anything of it was begun. */
export interface Decision {
  readonly way: Way;
  /** The route's name, which is the class; null on the ways that are no route's. */
  readonly route: string | null;
  /** What the API said, whatever a person made of it. */
  readonly classification: string | null;
  /** 0 to 1; null where the classification failed. */
  readonly confidence: number | null;
  /** The classes that the answer thought most likely, the best first; empty where it named none. */
  readonly best: readonly Scored[];
  /** Which model answered, where the API says so. */
  readonly model: string | null;
  /** One line for a person: which rule decided and why. */
  readonly reason: string;
  /**
   * What it was before a person's act. On the way `undone`: what was taken back, and what an undo of the undo makes of it
   * again; on the way `reviewed`: what siftd had decided by itself.
   */
  readonly undoes: Earlier | null;
}

/** `round` is the plan with which it stood; journals of before do not say: it was the last but one. */
type Earlier = Decision & { readonly round?: number };

/** A person's word on what siftd made of a message. */
export interface Verdict {
  /** The class that the person chose; null: none of the routes', or nobody knows which. */
  readonly truth: string | null;
  /** It is the one that siftd had named. */
  readonly right: boolean;
  /**
   * `review`: said in the review queue. `correction`: they moved or labelled what siftd had filed, or
   * said what it is unasked. `observation`: they
   * filed what siftd had only looked at, or said what it is. `sample`: they looked at what siftd had filed because the lot fell
   * on it.
   */
  readonly by: 'review' | 'correction' | 'observation' | 'sample';
  readonly at: number;
}

/** Where it comes from: new mail of a watched folder, or old mail that was asked for and can wait. */
export type Origin = 'watch' | 'backfill';

interface Common {
  readonly id: number;
  readonly account: string;
  readonly origin: Origin;
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
  /** How many plans it has had; the journal keeps the actions of each. */
  readonly round: number;
  /** The last word of a person on it. */
  readonly verdict: Verdict | null;
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
  /** What it was before a person's act; null: siftd decided by itself. */
  readonly former: Former | null;
}

/** An ended job as it was: an act of a person that cannot be made leaves it so. */
export type Former = Pick<Failed, 'decision' | 'actions' | 'review' | 'observed' | 'round' | 'verdict'> & {
  readonly state: 'done' | 'failed';
  readonly why: string | null;
};

/**
 * All actions ended. `review`: a person should look (it went the unsure way, and nobody has yet). `observed`: the mode was
 * observe and nothing was touched. Only a person's event leads back to `decided`.
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
  readonly review: boolean;
  readonly observed: boolean;
}

/** One job is one message. */
export type Job = Found | Submitted | Decided | Done | Gone | Failed;

export type State = Job['state'];

export const states: readonly State[] = ['found', 'submitted', 'decided', 'done', 'gone', 'failed'];
