import Database from 'better-sqlite3';
import type { Filed } from './invariant.ts';

export interface Journal {
  readonly jobs: readonly Filed[];
  /** Jobs that have come to their end. */
  readonly ended: readonly number[];
  /** Idempotency-Keys of submissions that were announced and have no process id yet. */
  readonly submitting: readonly string[];
  /** Message-IDs that were taken up too often without an end, as poison would be. */
  readonly gaveUp: readonly string[];
}

const nothing: Journal = { jobs: [], ended: [], submitting: [], gaveUp: [] };

/** siftd.db as it is, read past siftd: also that of one that was killed. Empty where it has not been made yet. */
export function readJournal(file: string): Journal {
  return reading(file, nothing, (db) => {
    const steps = new Map<number, string[]>();
    for (const { job, step } of db.prepare('SELECT job, step FROM actions ORDER BY job, seq').all() as Step[]) {
      steps.set(job, [...(steps.get(job) ?? []), step]);
    }
    const rows = db.prepare('SELECT * FROM jobs ORDER BY id').all() as Row[];
    return {
      jobs: rows.map((row) => ({
        id: row.id,
        messageId: row.message_id,
        state: row.state,
        folder: row.folder,
        uidValidity: row.uidvalidity,
        uid: row.uid,
        classification: row.classification,
        steps: steps.get(row.id) ?? [],
      })),
      ended: rows.filter(({ state }) => ['done', 'failed', 'gone'].includes(state)).map(({ id }) => id),
      submitting: rows.filter(({ state }) => state === 'found').flatMap(({ key }) => (key === null ? [] : [key])),
      gaveUp: rows.filter(({ reason }) => reason?.startsWith('it was taken up')).map(({ message_id: id }) => id ?? ''),
    };
  });
}

/** Idempotency-Keys of submissions that were announced and have no process id yet: a crash now falls into their window. */
export function submittingOf(file: string): readonly string[] {
  return reading(file, [], (db) => {
    return db.prepare(`SELECT key FROM jobs WHERE state = 'found' AND key IS NOT NULL`).pluck().all() as string[];
  });
}

/** What stands in the outbox about a message. */
export interface Posting {
  readonly messageId: string;
  readonly kind: 'forward' | 'reply' | 'webhook';
  readonly state: string;
  readonly why: string | null;
  /** Whether its message waits for a person. */
  readonly shown: boolean;
}

export function readPostings(file: string): readonly Posting[] {
  return reading(file, [], (db) => {
    const sql = `SELECT message_id AS messageId, kind, postings.state, postings.why, review AS shown
      FROM postings JOIN jobs ON jobs.id = postings.job ORDER BY postings.id`;
    const rows = db.prepare(sql).all() as (Omit<Posting, 'shown'> & { shown: number })[];
    return rows.map((row) => ({ ...row, shown: row.shown === 1 }));
  });
}

/** How far it is: jobs that are open, jobs that have ended, how far the inbox was read, and what has still to leave. */
export function progressOf(file: string): Progress {
  return reading(file, { open: 0, ended: 0, lastUid: 0, leaving: 0 }, (db) => {
    const open = `SELECT count(*) FROM jobs WHERE state IN ('found', 'submitted', 'decided')`;
    const ended = `SELECT count(*) FROM jobs WHERE state IN ('done', 'failed', 'gone')`;
    const uid = `SELECT coalesce(max(last_uid), 0) FROM cursors WHERE folder = 'INBOX'`;
    const leaving = `SELECT count(*) FROM postings WHERE state IN ('held', 'due', 'sending')`;
    const sql = `SELECT (${open}) AS open, (${ended}) AS ended, (${uid}) AS lastUid, (${leaving}) AS leaving`;
    return db.prepare(sql).get() as Progress;
  });
}

function reading<T>(file: string, none: T, work: (db: Database.Database) => T): T {
  let db: Database.Database;
  try {
    db = new Database(file, { readonly: true, fileMustExist: true });
  } catch {
    return none;
  }
  try {
    const made = db.prepare(`SELECT count(*) AS n FROM sqlite_schema WHERE name = 'postings'`).get() as { n: number };
    return made.n === 0 ? none : work(db);
  } finally {
    db.close();
  }
}

export interface Progress {
  readonly open: number;
  readonly ended: number;
  readonly lastUid: number;
  readonly leaving: number;
}

interface Step {
  readonly job: number;
  readonly step: string;
}

interface Row {
  readonly id: number;
  readonly message_id: string | null;
  readonly state: string;
  readonly folder: string;
  readonly uidvalidity: number;
  readonly uid: number;
  readonly key: string | null;
  readonly reason: string | null;
  readonly classification: string | null;
}
