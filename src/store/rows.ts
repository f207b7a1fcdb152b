import type { Place } from '../mail/message.ts';
import type { Action, ActionRecord, Progress } from '../triage/acting.ts';
import type { Decision, Job } from '../triage/job.ts';

/** A row of `jobs`, and how it becomes a typed job. The only place that knows both. */
export interface JobRow {
  id: number;
  account: string;
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
  reason: string | null;
  review: number;
  observed: number;
  why: string | null;
}

export interface ActionRow {
  job: number;
  seq: number;
  action: string;
  step: Progress['step'];
  progress: string;
  dest_folder: string | null;
  dest_uidvalidity: number | null;
  dest_uid: number | null;
}

export function jobOf(row: JobRow, actions: readonly ActionRecord[]): Job {
  const common = {
    id: row.id,
    account: row.account,
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
  };
  const submission = row.submission === 2 ? 2 : 1;
  const observed = row.observed === 1;
  switch (row.state) {
    case 'found':
      return { ...common, state: 'found', key: row.key, starts: row.starts, submission };
    case 'submitted':
      return {
        ...common,
        state: 'submitted',
        processCuid: must(row.process_cuid, row, 'process_cuid'),
        submittedAt: must(row.submitted_at, row, 'submitted_at'),
        submission,
      };
    case 'decided':
      return { ...common, state: 'decided', decision: decisionOf(row), actions };
    case 'done':
      return { ...common, state: 'done', decision: decisionOf(row), actions, review: row.review === 1, observed };
    case 'gone':
      return {
        ...common,
        state: 'gone',
        decision: row.way === null ? null : decisionOf(row),
        actions,
        why: row.why ?? '',
      };
    case 'failed':
      return { ...common, state: 'failed', decision: decisionOf(row), actions, why: row.why ?? '', observed };
  }
}

export function rowOf(job: Job): JobRow {
  const row: JobRow = {
    id: job.id,
    account: job.account,
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
    way: null,
    route: null,
    classification: null,
    confidence: null,
    reason: null,
    review: 0,
    observed: 0,
    why: null,
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
    case 'decided':
      return { ...row, ...job.decision };
    case 'done':
      return { ...row, ...job.decision, review: Number(job.review), observed: Number(job.observed) };
    case 'gone':
      return { ...row, ...(job.decision ?? {}), why: job.why };
    case 'failed':
      return { ...row, ...job.decision, observed: Number(job.observed), review: 1, why: job.why };
  }
}

export function recordOf(row: ActionRow): ActionRecord {
  return { seq: row.seq, action: JSON.parse(row.action) as Action, progress: JSON.parse(row.progress) as Progress };
}

/** The place in the destination that this progress holds, if any. */
export function destinationOf(progress: Progress): Place | null {
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
    reason: row.reason ?? '',
  };
}

function must<T>(value: T | null, row: JobRow, column: string): T {
  if (value === null)
    throw new Error(`job ${row.id} is ${row.state} but has no ${column}: the database was changed by hand`);
  return value;
}
