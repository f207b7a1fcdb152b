import type { Database } from '../base/sqlite.ts';
import type { Place } from '../mail/message.ts';
import type { Action, ActionRecord, Progress } from '../triage/acting.ts';
import type { FolderCursor } from '../triage/cursor.ts';
import type { Deed } from '../triage/deed.ts';
import type { Decision, Former, Job, Origin, Verdict } from '../triage/job.ts';

/** A row of `jobs`, and how it becomes a typed job. The only place that knows both. */
export interface JobRow {
  id: number;
  account: string;
  origin: Origin;
  folder: string;
  uidvalidity: number;
  uid: number;
  email_id: string | null;
  message_id: string | null;
  header_hash: string;
  internal_date: number;
  size: number;
  thread: string;
  found_at: number;
  decided_at: number | null;
  ended_at: number | null;
  since: number;
  state: Job['state'];
  rev: number;
  attempts: number;
  next_at: number;
  starts: number;
  key: string | null;
  submission: number;
  process_cuid: string | null;
  submitted_at: number | null;
  way: Decision['way'] | null;
  route: string | null;
  classification: string | null;
  confidence: number | null;
  best: string | null;
  model: string | null;
  reason: string | null;
  undoes: string | null;
  round: number;
  former: string | null;
  review: number;
  observed: number;
  why: string | null;
  verdict: 'right' | 'wrong' | null;
  truth: string | null;
  judged_by: Verdict['by'] | null;
  judged_at: number | null;
}

/** A row as it is inserted: with what is never changed again. */
export interface NewRow extends JobRow {
  /** 0 comes before 1. */
  priority: number;
  found_in: string;
}

/**
 * The columns of a job by what changes at a time. An UPDATE checks each column that it names and writes its indexes anew,
 * changed or not: so it names the parts that `changedParts` tells.
 */
export const parts = {
  passing: 'rev, attempts, starts, key, former',
  due: 'next_at',
  place: 'folder, uidvalidity, uid',
  state: 'state, since, submission, process_cuid, submitted_at, decided_at, ended_at, review, observed, why',
  plan: 'round, way, route, classification, confidence, best, model, reason, undoes',
  verdict: 'verdict, truth, judged_by, judged_at',
} as const;
export type Part = keyof typeof parts;

/** What tells which parts of a job have changed. */
export type Before = Pick<JobRow, 'state' | 'round' | 'next_at' | 'folder' | 'uidvalidity' | 'uid' | 'verdict'>;

/** The parts in which `step` may have made a job another than it was. */
export function changedParts(before: Before, after: JobRow): Part[] {
  const changed: Part[] = ['passing'];
  if (before.next_at !== after.next_at) changed.push('due');
  const { folder, uidvalidity, uid, state } = after;
  if (before.folder !== folder || before.uidvalidity !== uidvalidity || before.uid !== uid) changed.push('place');
  // A decision is made with a plan, and goes with it.
  const isPlanned = before.round !== after.round;
  const isOpen = state === 'found' || state === 'submitted' || state === 'decided';
  // Persons have their say on what has ended.
  if (isPlanned || before.state !== state || !isOpen) changed.push('state');
  if (isPlanned) changed.push('plan');
  if (before.verdict !== null || after.verdict !== null) changed.push('verdict');
  return changed;
}

export interface ActionRow {
  job: number;
  round: number;
  seq: number;
  action: string;
  step: Progress['step'];
  progress: string;
  dest_folder: string | null;
  dest_uidvalidity: number | null;
  dest_uid: number | null;
}

/** `actionsOf` gives the actions of a round. */
export function jobOf(row: JobRow, actionsOf: (round: number) => readonly ActionRecord[]): Job {
  const common = {
    id: row.id,
    account: row.account,
    origin: row.origin,
    place: { folder: row.folder, uidValidity: row.uidvalidity, uid: row.uid },
    identity: {
      emailId: row.email_id,
      messageId: row.message_id,
      headerHash: row.header_hash,
      internalDate: row.internal_date,
      size: row.size,
    },
    thread: row.thread,
    foundAt: row.found_at,
    since: row.since,
    rev: row.rev,
    attempts: row.attempts,
    nextAt: row.next_at,
    round: row.round,
    verdict: verdictOf(row),
  };
  const actions = row.round === 0 ? [] : actionsOf(row.round);
  const submission = row.submission === 2 ? 2 : 1;
  const observed = row.observed === 1;
  // What is common comes last: V8 makes an object that grows after a spread ten times slower than one that ends with it.
  switch (row.state) {
    case 'found':
      return { state: 'found', key: row.key, starts: row.starts, submission, ...common };
    case 'submitted':
      return {
        state: 'submitted',
        processCuid: must(row.process_cuid, row, 'process_cuid'),
        submittedAt: must(row.submitted_at, row, 'submitted_at'),
        submission,
        ...common,
      };
    case 'decided':
      return { state: 'decided', decision: decisionOf(row), actions, former: formerOf(row, actionsOf), ...common };
    case 'done':
      return { state: 'done', decision: decisionOf(row), actions, review: row.review === 1, observed, ...common };
    case 'gone':
      return {
        state: 'gone',
        decision: row.way === null ? null : decisionOf(row),
        actions,
        why: row.why ?? '',
        ...common,
      };
    case 'failed':
      return {
        state: 'failed',
        decision: decisionOf(row),
        actions,
        why: row.why ?? '',
        review: row.review === 1,
        observed,
        ...common,
      };
  }
}

export function rowOf(job: Job): JobRow {
  const decision = 'decision' in job ? job.decision : null;
  const row: JobRow = {
    id: job.id,
    account: job.account,
    origin: job.origin,
    folder: job.place.folder,
    uidvalidity: job.place.uidValidity,
    uid: job.place.uid,
    email_id: job.identity.emailId,
    message_id: job.identity.messageId,
    header_hash: job.identity.headerHash,
    internal_date: job.identity.internalDate,
    size: job.identity.size,
    thread: job.thread,
    found_at: job.foundAt,
    decided_at: null,
    ended_at: null,
    since: job.since,
    state: job.state,
    rev: job.rev,
    attempts: job.attempts,
    next_at: job.nextAt,
    starts: 0,
    key: null,
    submission: 1,
    process_cuid: null,
    submitted_at: null,
    way: decision?.way ?? null,
    route: decision?.route ?? null,
    classification: decision?.classification ?? null,
    confidence: decision?.confidence ?? null,
    best: decision === null || decision.best.length === 0 ? null : JSON.stringify(decision.best),
    model: decision?.model ?? null,
    reason: decision?.reason ?? null,
    undoes: decision === null || decision.undoes === null ? null : JSON.stringify(decision.undoes),
    round: job.round,
    former: null,
    review: 0,
    observed: 0,
    why: null,
    verdict: job.verdict === null ? null : job.verdict.right ? 'right' : 'wrong',
    truth: job.verdict?.truth ?? null,
    judged_by: job.verdict?.by ?? null,
    judged_at: job.verdict?.at ?? null,
  };
  switch (job.state) {
    case 'found':
      return { ...row, starts: job.starts, key: job.key, submission: job.submission };
    case 'submitted':
      return {
        ...row,
        process_cuid: job.processCuid,
        submitted_at: job.submittedAt,
        submission: job.submission,
      };
    case 'decided': {
      const former = job.former === null ? null : JSON.stringify({ ...job.former, actions: [] });
      return { ...row, decided_at: job.since, former };
    }
    case 'done': {
      const { review, observed } = job;
      return { ...row, ended_at: job.since, review: Number(review), observed: Number(observed) };
    }
    case 'gone':
      return { ...row, ended_at: job.since, why: job.why };
    case 'failed': {
      const { review, observed, why } = job;
      return { ...row, ended_at: job.since, review: Number(review), observed: Number(observed), why };
    }
  }
}

export function newRowOf(job: Job): NewRow {
  return { ...rowOf(job), priority: job.origin === 'watch' ? 0 : 1, found_in: job.place.folder };
}

export function recordOf(row: ActionRow): ActionRecord {
  return { seq: row.seq, action: JSON.parse(row.action) as Action, progress: JSON.parse(row.progress) as Progress };
}

/** What of an action's row its progress says. */
export function progressRowOf(progress: Progress): Omit<ActionRow, 'job' | 'round' | 'seq' | 'action'> {
  const dest = destinationOf(progress);
  return {
    step: progress.step,
    progress: JSON.stringify(progress),
    dest_folder: dest?.folder ?? null,
    dest_uidvalidity: dest?.uidValidity ?? null,
    dest_uid: dest?.uid ?? null,
  };
}

/** The place in the destination that this progress holds, if any. */
function destinationOf(progress: Progress): Place | null {
  switch (progress.step) {
    case 'copied':
    case 'removing':
      return progress.copy;
    case 'done':
      return progress.to;
    case 'planned':
    case 'sent':
    case 'undone':
      return null;
  }
}

function decisionOf(row: JobRow): Decision {
  return {
    way: must(row.way, row, 'way'),
    route: row.route,
    classification: row.classification,
    confidence: row.confidence,
    best: row.best === null ? [] : (JSON.parse(row.best) as Decision['best']),
    model: row.model,
    reason: row.reason ?? '',
    undoes: row.undoes === null ? null : (JSON.parse(row.undoes) as Decision),
  };
}

function formerOf(row: JobRow, actionsOf: (round: number) => readonly ActionRecord[]): Former | null {
  if (row.former === null) return null;
  const former = JSON.parse(row.former) as Former;
  return { ...former, actions: actionsOf(former.round) };
}

function verdictOf({ verdict, truth, judged_by: by, judged_at: at }: JobRow): Verdict | null {
  return verdict === null || by === null ? null : { truth, right: verdict === 'right', by, at: at ?? 0 };
}

function must<T>(value: T | null, row: JobRow, column: string): T {
  if (value === null)
    throw new Error(`job ${row.id} is ${row.state} but has no ${column}: the database was changed by hand`);
  return value;
}

export interface CursorRow {
  account: string;
  folder: string;
  uidvalidity: number;
  last_uid: number;
  synced_at: number;
  baseline_uid: number;
  baseline_date: number;
}

export function cursorOf(row: CursorRow): FolderCursor {
  return {
    uidValidity: row.uidvalidity,
    lastUid: row.last_uid,
    syncedAt: row.synced_at,
    baselineUid: row.baseline_uid,
    baselineDate: row.baseline_date,
  };
}

/** What was done about a message, oldest first. */
export function deedsIn(db: Database): (job: number) => Deed[] {
  const all = db.prepare(
    'SELECT at, who, what, from_folder AS "from", to_folder AS "to", class, note FROM deeds WHERE job = ? ORDER BY id',
  );
  return (job) => all.all(job) as Deed[];
}
