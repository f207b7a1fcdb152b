import type { Fault, Outcome } from '../base/errors.ts';
import type { Content, Cursor, Identity, Place, Readable, Scan } from '../mail/message.ts';
import type { Acted, ActionRecord, Ledger, Task } from '../triage/acting.ts';
import type { Answer, Submission } from '../triage/answer.ts';
import type { Backfill } from '../triage/backfill.ts';
import type { FolderCursor } from '../triage/cursor.ts';
import type { Deed } from '../triage/deed.ts';
import type { Digest, Needs } from '../triage/digest.ts';
import type { Job, State, Submitted } from '../triage/job.ts';
import type { Posted } from '../triage/posted.ts';
import type { NewPosting, Posting } from '../triage/posting.ts';
import type { Requested, RequestResult } from '../triage/requests.ts';
import type { Sending } from '../triage/sending.ts';
import type { NewJob } from '../triage/step.ts';
import type { People } from '../triage/threads.ts';

export interface Fetched {
  readonly uid: number;
  /** Flags at the time of the fetch; a `\Deleted` that appeared since the scan shows here. */
  readonly flags: readonly string[];
  readonly content: Content;
}

/** What a server cannot do, asked once at connect, told to the user route by route. */
export interface Abilities {
  readonly move: boolean;
  readonly uidplus: boolean;
  readonly objectId: boolean;
  readonly gmail: boolean;
  readonly idle: boolean;
}

/**
 * One logged-in connection of one account; single-use. All calls are made one after the other by the account's
 * loop. Every call answers with an Outcome; after a fault of code `closed` the session is dead and `closed` has
 * aborted. Folder names are siftd's own form. No call ever sets \Seen.
 */
export interface Session {
  readonly abilities: Abilities;
  /** Aborts once when the connection is gone, for whatever reason. */
  readonly closed: AbortSignal;
  /**
   * Finds the real folder of each target (a name, or a special use such as `\Junk`), creating what is missing, and
   * says which could not be made and which of the labels each watched folder cannot keep. Idempotent.
   */
  prepare(request: {
    readonly watched: readonly string[];
    readonly targets: readonly string[];
    readonly labels: readonly string[];
  }): Promise<
    Outcome<{
      readonly unkept: readonly { readonly folder: string; readonly labels: readonly string[] }[];
      readonly unmade: readonly { readonly target: string; readonly why: string }[];
    }>
  >;
  /** siftd's name of the folder that a target names, where it exists; null where it does not. Makes nothing. */
  find(target: string): Promise<Outcome<string | null>>;
  /**
   * Where a folder stands now, without reading it: UIDVALIDITY and the highest UID in it or given out so far; `modSeq`
   * changes with whatever changes in it, null where the server cannot say so.
   */
  head(folder: string): Promise<Outcome<Cursor & { readonly modSeq: string | null }>>;
  /**
   * What there is to read in a folder: how many messages, those that came in before `since` (by INTERNALDATE) left out as
   * far as the server can tell, and the lowest of their UIDs and the highest of all.
   */
  survey(
    folder: string,
    since: number | null,
  ): Promise<Outcome<Cursor & { readonly messages: number; readonly firstUid: number }>>;
  /** One page of what lies beyond the cursor; its `lastUid` is at least the cursor's. Another UIDVALIDITY: from UID 1 on. */
  scan(folder: string, cursor: Cursor): Promise<Outcome<Scan>>;
  /** The same, without selecting it for changes; of the messages that `ours` names nothing but the UID is asked. */
  glance(
    folder: string,
    cursor: Cursor,
    ours: (uidValidity: number, uids: readonly number[]) => ReadonlySet<number>,
  ): Promise<Outcome<Scan>>;
  /**
   * Those of the UIDs that are in the folder now, with their flags and labels; nothing else of the messages is read. Faults: `stale` when its
   * UIDVALIDITY is another (never an empty set: absence would be read as a person's move), `no-folder` when it does not
   * exist.
   */
  look(
    folder: string,
    uidValidity: number,
    uids: readonly number[],
  ): Promise<Outcome<ReadonlyMap<number, readonly string[]>>>;
  /** Who wrote each message, and who is in its header at all. A message that is gone is left out. Faults as of `look`. */
  people(folder: string, uidValidity: number, uids: readonly number[]): Promise<Outcome<ReadonlyMap<number, People>>>;
  /**
   * Content, message by message as it arrives; UIDs that were gone limits.imap.moment ago are left out. A fault ends the iteration; `stale`
   * when the folder's UIDVALIDITY is another. Never sets \Seen.
   */
  fetch(
    folder: string,
    uidValidity: number,
    rows: readonly { uid: number; size: number }[],
  ): AsyncIterable<Outcome<Fetched>>;
  /** The header block of a message, or all of it; null where it is gone, or larger than `most` octets. Faults as of `look`. Never sets \Seen. */
  source(place: Place, what: 'header' | 'whole', most: number): Promise<Outcome<Uint8Array | null>>;
  /** Acts on them in sets, those of one folder with equal actions together. Answers for every task; never throws. */
  apply(tasks: readonly Task[], ledger: Ledger): Promise<ReadonlyMap<number, Acted>>;
  /**
   * Waits in IDLE on the folder until the server speaks of it, the signal aborts, or `ms` have passed; where the
   * server has no IDLE, until one of the last two. Then asks (NOOP), within limits.imap.probeTimeout, so that a dead
   * socket shows, unless the server has spoken within limits.imap.moment. Resolves `false` when the session is dead.
   */
  idle(folder: string, ms: number, signal: AbortSignal): Promise<boolean>;
  /** Why it is dead. */
  ended(): Fault;
  /** When its server last sent anything, by Clock.now, as exactly as this is asked often. */
  heardAt(): number;
  /** LOGOUT, or the socket's end after a second. Never CLOSE, which expunges. */
  close(): Promise<void>;
}

export interface Mailboxes {
  /** Connects and logs in. `unauthorized`: the server refused the login. */
  connect(account: string, signal: AbortSignal): Promise<Outcome<Session>>;
}

/** A message that something is to be sent about. */
export interface Occasion {
  readonly job: Job;
  readonly key: string;
  readonly sending: Sending;
  /** Its header block; for `forward` the whole message. */
  readonly source: Uint8Array;
  /** By Clock.date. */
  readonly at: number;
}

/** A letter as it will leave, or why none may (RFC 3834 forbids an answer), or can be made. */
export type Written =
  | {
      readonly result: 'written';
      readonly recipient: string;
      /** The envelope's sender; empty is the null reverse-path. */
      readonly sender: string;
      readonly content: Uint8Array;
    }
  | { readonly result: 'withheld' | 'refused'; readonly why: string };

/** Writes letters, and sends them. What is sent was written down before. */
export interface Post {
  /** Nothing leaves. The same occasion gives the same letter but for its date. */
  write(occasion: Occasion): Promise<Written>;
  /** A mail to a person who looks after siftd. */
  digest(digest: Digest & { readonly to: string; readonly key: string; readonly at: number }): Promise<Letter>;
  /** Once. A mail that may have been taken is `unknown`; a webhook is `later` then, and its receiver knows it by its id. */
  send(posting: Posting, letter: Letter, signal: AbortSignal): Promise<Posted>;
}

/** What a posting says, until it has ended. */
export interface Letter {
  readonly content: Uint8Array;
  readonly sender: string;
}

export interface Outbox {
  /** Postings that may leave now, the longest due first. */
  due(account: string, what: 'mails' | 'webhooks', now: number, most: number): Posting[];
  /** When the next one is due after `now`; null: none is. */
  nextDue(account: string, now: number): number | null;
  posting(id: number): Posting | null;
  /** Those that an earlier process left `sending`. */
  left(account: string): Posting[];
  /** What was put off for longer than `most`, by a clock that was set since, is due now. */
  resume(account: string, now: number, most: number): void;
  /** null: it has ended. */
  letter(id: number): Letter | null;
  /** Whether one was answered since, about this class, or will be. */
  answered(account: string, recipient: string, route: string | null, since: number): boolean;
  /** When a digest was written last, by Clock.date; null: never. */
  lastDigest(account: string): number | null;
  /** What waits for a person, and how many of them since then, by Clock.date. */
  review(since: number): Needs['review'];
  /** Whether this stands in it, to be sent or sent, for whatever plan. */
  known(key: string): boolean;
}

export interface Parser {
  /** Resolves once a message need not wait for a thread to start. Never rejects. */
  ready(): Promise<void>;
  /** Off the main thread, within limits.parse. `permanent`: this message cannot be read, however often one tries. */
  parse(content: Content): Promise<Outcome<Readable>>;
}

/**
 * The asynchronous classification API, ours or a vendor's. Requests may wait for their turn; `begin` is asked when it has
 * come, right before one leaves. Where it says no, nothing was sent.
 */
export interface Classifier {
  /** Whether the server holds the answer of a GET until its process ends; null as long as none was asked. */
  readonly holds: boolean | null;
  /** Safe to repeat with the same key where the server honours Idempotency-Key; elsewhere it may start a second process. */
  submit(
    submission: Submission,
    signal: AbortSignal,
    begin: () => boolean,
  ): Promise<Outcome<{ readonly processCuid: string }>>;
  /** Idempotent. An answer for another external_ref is a fault, never an answer. */
  result(
    processCuid: string,
    externalRef: string,
    signal: AbortSignal,
    begin: () => boolean,
    /** It can wait: whatever else is asked goes first. */
    behind?: boolean,
  ): Promise<Outcome<Answer>>;
}

/** The durable memory. What is read is as it stands; what is written is durable when it resolves, and shares its commit with what others write. */
export interface Journal {
  readonly outbox: Outbox;
  ledger(account: string): Ledger;
  /**
   * Before the loops begin: what an earlier process put off for longer than anything ever is, by a clock that was set
   * since, is due now; so is all that was put off for longer than `most`.
   */
  resume(account: string, now: number, most?: number): void;
  /** Octets that are free on its disk. */
  room(): number;
  /** Whether it could be written now: false while somebody else holds it locked. Does not wait. */
  unlocked(): boolean;
  /** Jobs that have not ended, and when the oldest of them was found, by Clock.date. */
  waiting(): { readonly count: number; readonly oldest: number | null };
  /** Writes, durably and without an effect, to see whether that is possible. Throws like every write where it is not. */
  probe(): void;
  /**
   * All of it or nothing. `change` is asked right before it is written: what it reads of the journal stands until then. New
   * jobs are due `now`, and were found at `date` (default: now), see Clock. Jobs of `late` were changed by somebody else
   * meanwhile and are left out.
   */
  commit(
    change: () => JournalChange,
    now: number,
    date?: number,
  ): Promise<{ readonly late: readonly number[]; readonly found: readonly number[] }>;
  /** Resolves when the job is durable, with what it adds to its history; `false` when somebody else changed it meanwhile. */
  save(job: Job, deed?: Deed | null): Promise<boolean>;
  /** Whether somebody else has committed something since the last call: a person's request, maybe. */
  changedBeside(): boolean;
  /** What persons ask that is not answered yet, oldest first. */
  requests(): Requested[];
  ready(account: string, state: 'found' | 'submitted' | 'decided', now: number, most: number): Job[];
  /** Every process that was submitted and has not ended, as far as we know. */
  submitted(account: string): Submitted[];
  nextDue(account: string, states: readonly State[]): number | null;
  count(account: string, state: State): number;
  job(id: number): Job | null;
  /** What every plan of it wanted and came to, oldest first; the last is the one that it bears. */
  plans(job: Job): (readonly ActionRecord[])[];
  /** Jobs that may be this message, newest first; `sameMessage` has to agree. */
  candidates(account: string, identity: Identity): Job[];
  inFolder(account: string, folder: string, uidValidity: number): Job[];
  /** Every UIDVALIDITY under which a job's message was last seen in the folder. */
  validities(account: string, folder: string): number[];
  /** Messages of a thread but for this one, the newest first, by INTERNALDATE. */
  ofThread(account: string, thread: string, besides: number, most: number): Job[];
  threadOf(account: string, messageId: string): string | null;
  cursor(account: string, folder: string): FolderCursor | null;
  /** A scan found nothing: only its time is new. It is written now and then, and may be lost. */
  synced(account: string, folder: string, cursor: FolderCursor): void;
  /** The old mail of the account that is being sorted; null: none is. */
  backfill(account: string): Backfill | null;
  /** Jobs of old mail that have not ended, and of them those that nobody was asked about yet. */
  openOld(account: string): { readonly found: number; readonly all: number };
  /** How far a route's folder was read for what persons put there; null: not yet. */
  noticed(account: string, folder: string): Cursor | null;
  /** Ended jobs whose message is in the folder, the highest UID first. */
  endedIn(account: string, folder: string, uidValidity: number, most: number): Job[];
  /** When a job of the account ended last, by Clock.date; null: none has. */
  lastEnded(account: string): number | null;
  /** What `siftd status` says of the account. Resolves when it is durable. */
  note(
    account: string,
    note: { readonly state: string; readonly at: number; readonly detail: string | null },
  ): Promise<void>;
}

export interface JournalChange {
  readonly jobs?: readonly Job[];
  /** What their changes add to their history; of jobs that are left out it is left out too. */
  readonly deeds?: readonly { readonly job: number; readonly deed: Deed }[];
  readonly found?: readonly NewJob[];
  /** Whole jobs that are known from elsewhere: their ids are given anew, and a place that is held already is left out. */
  readonly known?: readonly Job[];
  readonly cursor?: { readonly account: string; readonly folder: string; readonly cursor: FolderCursor };
  readonly noticed?: { readonly account: string; readonly cursors: ReadonlyMap<string, Cursor> };
  /** As it is from now on. */
  readonly backfill?: Backfill;
  /** What is to be sent, and the action that asks for it is `done` with that. */
  readonly posted?: readonly NewPosting[];
  /** What became of what stood in the outbox. */
  readonly postings?: readonly Posting[];
  /** A person's request that this change answers. */
  readonly answered?: { readonly request: number; readonly result: RequestResult };
}
