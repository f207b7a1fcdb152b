import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { limits } from '../base/limits.ts';
import type { Database, OpenOptions } from '../base/sqlite.ts';
import { diskTrouble, groupCommit, isUnlocked, openDatabase, unusable } from '../base/sqlite.ts';
import type { Cursor, Identity } from '../mail/message.ts';
import type { ActionRecord, Ledger, Progress } from '../triage/acting.ts';
import type { Backfill } from '../triage/backfill.ts';
import type { FolderCursor } from '../triage/cursor.ts';
import type { Deed } from '../triage/deed.ts';
import type { Job, State, Submitted } from '../triage/job.ts';
import type { NewPosting, Posting } from '../triage/posting.ts';
import type { AnyRequest, Requested, RequestResult } from '../triage/requests.ts';
import { type NewJob, newJob } from '../triage/step.ts';
import { backfillsOf, backfillWriter } from './backfills.ts';
import { migrations } from './migrations.ts';
import { outboxOf } from './outbox.ts';
import { type AccountNote, overviewOf } from './overview.ts';
import {
  type ActionRow,
  type Before,
  type CursorRow,
  changedParts,
  cursorOf,
  type JobRow,
  jobOf,
  type NewRow,
  newRowOf,
  progressRowOf,
  recordOf,
  rowOf,
} from './rows.ts';
import type { Salvage } from './salvage.ts';
import { statements } from './statements.ts';

/** Several changes that are one: all of them durable together, or none. */
export interface Change {
  /** Jobs as `step` made them. One whose stored `rev` is not the one it grew from is left out. */
  readonly jobs?: readonly Job[];
  /** What their changes add to their history; of jobs that are left out it is left out too. */
  readonly deeds?: readonly JobDeed[];
  readonly found?: readonly NewJob[];
  /** Whole jobs that are known from elsewhere: their ids are given anew, and a place that is held already is left out. */
  readonly known?: readonly Job[];
  readonly cursor?: { readonly account: string; readonly folder: string; readonly cursor: FolderCursor };
  /** How far each route's folder was read for what persons put there. */
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

export interface JobDeed {
  readonly job: number;
  readonly deed: Deed;
}

export interface Committed {
  /** Jobs that somebody else had changed meanwhile: nothing of them was written. */
  readonly late: readonly number[];
  /** The ids of the new jobs, in the order given. */
  readonly found: readonly number[];
}

interface Restored {
  /** `id` null: a new one. */
  readonly row: Omit<NewRow, 'id'> & { readonly id: number | null };
  readonly actions: readonly ActionRow[];
}

type Restorable = Pick<Salvage, 'jobs'> & Partial<Pick<Salvage, 'backfills'>>;

export type Store = ReturnType<typeof openStore>;

const mend =
  'restore a backup, or let "siftd rebuild -c FILE" put it aside and map the mailbox again, which submits nothing that was filed';

/**
 * The journal of siftd: one SQLite file. What is written is durable when it resolves; what is written in one turn of the
 * event loop goes into one transaction.
 */
export function openStore(path: string, options: Pick<OpenOptions, 'readonly' | 'sound'> = {}) {
  const db = openDatabase(path, migrations, { ...options, keep: true, mend });
  const sql = prepared(path, db);
  const backfills = backfillsOf(db);
  const putBackfill = backfillWriter(db);
  const outbox = outboxOf(db);

  function load(rows: readonly JobRow[]): Job[] {
    return rows.map((row) =>
      jobOf(row, (round) => (sql.actionsOf.all({ job: row.id, round }) as ActionRow[]).map(recordOf)),
    );
  }

  function writeJob(job: Job): boolean {
    const row = rowOf(job);
    const before = sql.before.get(job.id) as Before | undefined;
    if (before === undefined || sql.update(changedParts(before, row)).run(row).changes !== 1) return false;
    // A plan is written when its decision is. From then on the progress belongs to the ledger: a job that was read
    // before the ledger wrote must not take it back.
    if (job.state === 'decided' && before.round !== row.round) {
      // An act of a person that could not be made left its number free.
      sql.dropActions.run(job.id, job.round);
      for (const record of job.actions) writeAction(job.id, job.round, record);
    }
    outbox.follow(job);
    return true;
  }

  function writeDeed({ job, deed }: JobDeed): void {
    sql.putDeed.run({ job, ...deed });
  }

  function writeAction(job: number, round: number, { seq, action, progress }: ActionRecord): void {
    sql.putAction.run({ job, round, seq, action: JSON.stringify(action), ...progressRowOf(progress) });
  }

  function commit(change: Change, now: number, date: number): Committed {
    const late: number[] = [];
    const found: number[] = [];
    for (const job of change.jobs ?? []) {
      if (!writeJob(job)) late.push(job.id);
    }
    for (const one of change.deeds ?? []) if (!late.includes(one.job)) writeDeed(one);
    for (const job of change.found ?? [])
      found.push(Number(sql.insert.run(newRowOf(newJob(job, now, date))).lastInsertRowid));
    for (const job of change.known ?? []) restore({ row: { ...newRowOf(job), id: null }, actions: [] });
    if (change.backfill) putBackfill(change.backfill);
    for (const posting of change.posted ?? []) {
      if (posting.of !== null) {
        const { job, seq } = posting.of;
        record([{ job, seq, progress: { step: 'done', newly: [], from: null, to: null, note: null } }]);
      }
      outbox.add(posting);
    }
    for (const posting of change.postings ?? []) outbox.put(posting);
    if (change.answered) {
      const { request, result } = change.answered;
      sql.answer.run({ id: request, at: date, result: JSON.stringify(result) });
    }
    if (change.cursor) {
      const { account, folder, cursor } = change.cursor;
      sql.putCursor.run({
        account,
        folder,
        uidvalidity: cursor.uidValidity,
        last_uid: cursor.lastUid,
        synced_at: cursor.syncedAt,
        baseline_uid: cursor.baselineUid,
        baseline_date: cursor.baselineDate,
      });
    }
    if (change.noticed) {
      const { account, cursors } = change.noticed;
      for (const [folder, { uidValidity, lastUid }] of cursors)
        sql.putNoticed.run(account, folder, uidValidity, lastUid);
    }
    return { late, found };
  }

  /** False where its place, or its id, is held already. */
  function restore(job: Restored): boolean {
    if (sql.restore.run(job.row).changes !== 1) return false;
    for (const action of job.actions) sql.putAction.run(action);
    return true;
  }

  const restoreAll = db.transaction(({ jobs, backfills = [] }: Restorable): number => {
    const restored = jobs.filter((job) => {
      if (!restore(job)) return false;
      const { id } = job.row;
      if (job.own !== undefined) sql.restoreOwn.run({ id, ...job.own });
      for (const deed of job.deeds ?? []) writeDeed({ job: id, deed });
      for (const posting of job.postings ?? []) outbox.restore(posting);
      return true;
    });
    for (const backfill of backfills) {
      putBackfill(backfill);
      // Its number is that of a request, and no later one may get it.
      sql.restoreRequest.run({
        id: backfill.id,
        at: backfill.startedAt,
        result: JSON.stringify({ taken: [backfill.id], refused: [] }),
      });
    }
    outbox.doubt();
    return restored.length;
  }).immediate;

  const commits = groupCommit(db);
  /** PRAGMA data_version as last seen; at first, nobody knows what was written before. */
  let seen = -1;

  /** Times of syncs that are not written yet, one a folder. */
  const synced = new Map<string, readonly [syncedAt: number, account: string, folder: string, lastUid: number]>();
  let syncsWritten = Number.NEGATIVE_INFINITY;
  const writeSyncs = db.transaction((): void => {
    for (const row of synced.values()) sql.synced.run(...row);
  }).immediate;

  function record(entries: readonly { job: number; seq: number; progress: Progress }[]): void {
    for (const { job, seq, progress } of entries) {
      const { changes } = sql.progress.run({ job, seq, ...progressRowOf(progress) });
      if (changes !== 1) throw new Error(`job ${job} has no action ${seq}`);
    }
  }

  return {
    /** The journal as acting on this account sees it. */
    ledger(account: string): Ledger {
      return {
        record: (entries) => commits.write(() => record(entries)),
        claimed(folder, uidValidity, uids, besides) {
          const taken = new Set<number>();
          for (const uid of uids) {
            const holders = sql.holders.all({ account, folder, uidvalidity: uidValidity, uid }) as { job: number }[];
            if (holders.some(({ job }) => !besides.has(job))) taken.add(uid);
          }
          return taken;
        },
      };
    },

    commit(change: () => Change, now: number, date: number = now): Promise<Committed> {
      return commits.write(() => commit(change(), now, date));
    },

    room(): number {
      const { bavail, bsize } = statfsSync(dirname(path));
      return bavail * bsize;
    },

    unlocked: () => isUnlocked(db),

    waiting(): { readonly count: number; readonly oldest: number | null } {
      return sql.waiting.get() as { count: number; oldest: number | null };
    },

    probe(): void {
      db.pragma(`user_version = ${migrations.length}`);
    },

    resume(account: string, now: number, most: number = limits.daemon.putOff): void {
      sql.resume.run(now, account, now + most);
    },

    /** Group commit. Resolves when the job is durable; `false` when somebody else changed it meanwhile. */
    save(job: Job, deed: Deed | null = null): Promise<boolean> {
      return commits.write(() => {
        const written = writeJob(job);
        if (written && deed !== null) writeDeed({ job: job.id, deed });
        return written;
      });
    },

    /** Whether another connection, of this process or another, has committed something since the last call. */
    changedBeside(): boolean {
      const version = Number(db.pragma('data_version', { simple: true }));
      const changed = version !== seen;
      seen = version;
      return changed;
    },

    /** What persons ask that nobody has answered yet, oldest first. */
    requests(): Requested[] {
      const rows = sql.requests.all() as { id: number; at: number; payload: string }[];
      return rows.map(({ id, at, payload }) => ({ id, at, request: JSON.parse(payload) as AnyRequest }));
    },

    /** Open jobs in a state whose time has come, oldest first. */
    ready(account: string, state: 'found' | 'submitted' | 'decided', now: number, most: number): Job[] {
      return load(sql.ready.all(account, state, now, most) as JobRow[]);
    },

    /** What ended last, newest first. */
    latest(account: string, most: number): Job[] {
      return load(sql.latest.all(account, most) as JobRow[]);
    },

    /** Every process that was submitted and has not ended, as far as we know. */
    submitted(account: string): Submitted[] {
      return load(sql.submitted.all(account) as JobRow[]).filter((job) => job.state === 'submitted');
    },

    /** When the next open job of these states is due; null when there is none. */
    nextDue(account: string, wanted: readonly State[]): number | null {
      const times = wanted
        .map((state) => (sql.due.get({ account, state }) as { at: number | null }).at)
        .filter((at) => at !== null);
      return times.length === 0 ? null : Math.min(...times);
    },

    count(account: string, state: State): number {
      return (sql.count.get(account, state) as { n: number }).n;
    },

    job(id: number): Job | null {
      return load((sql.byId.all(id) as JobRow[]) ?? [])[0] ?? null;
    },

    /** What every plan of it came to, oldest first. One that could not be made leaves a number behind the job's own. */
    plans({ id, round }: Job): ActionRecord[][] {
      return Array.from({ length: round }, (_, at) =>
        (sql.actionsOf.all({ job: id, round: at + 1 }) as ActionRow[]).map(recordOf),
      );
    },

    /** Jobs that may be this message, newest first. They are candidates: `sameMessage` has to agree. */
    candidates(account: string, identity: Identity): Job[] {
      return load(
        sql.candidates.all({
          account,
          email_id: identity.emailId,
          message_id: identity.messageId,
          header_hash: identity.headerHash,
        }) as JobRow[],
      );
    },

    /** Every job whose message was last seen in this folder under this UIDVALIDITY. */
    inFolder(account: string, folder: string, uidValidity: number): Job[] {
      return load(sql.inFolder.all(account, folder, uidValidity) as JobRow[]);
    },

    validities(account: string, folder: string): number[] {
      return (sql.validities.all(account, folder) as { uidvalidity: number }[]).map((row) => row.uidvalidity);
    },

    /** It is a backup: what stands to be sent in it may have been sent since. */
    doubt(): void {
      outbox.doubt();
    },

    /** Takes over what was read from another journal, with its ids. Answers how many jobs it took. */
    restore(saved: Restorable): number {
      return restoreAll(saved);
    },

    /** Messages of a thread but for this one, the newest first. */
    ofThread(account: string, thread: string, besides: number, most: number): Job[] {
      return load(sql.ofThread.all(account, thread, besides, most) as JobRow[]);
    },

    threadOf(account: string, messageId: string): string | null {
      return (sql.thread.get(account, messageId) as { thread: string } | undefined)?.thread ?? null;
    },

    cursor(account: string, folder: string): FolderCursor | null {
      const row = sql.cursor.get(account, folder) as CursorRow | undefined;
      return row === undefined ? null : cursorOf(row);
    },

    synced(account: string, folder: string, { syncedAt, lastUid }: FolderCursor): void {
      synced.set(JSON.stringify([account, folder]), [syncedAt, account, folder, lastUid]);
      if (Math.abs(syncedAt - syncsWritten) < limits.daemon.syncedEvery) return;
      writeSyncs();
      synced.clear();
      syncsWritten = syncedAt;
    },

    outbox,
    backfill: backfills.of,
    openOld: backfills.open,

    noticed(account: string, folder: string): Cursor | null {
      return (sql.noticed.get(account, folder) as Cursor | undefined) ?? null;
    },

    /** Ended jobs whose message is in the folder, the highest UID first. */
    endedIn(account: string, folder: string, uidValidity: number, most: number): Job[] {
      return load(sql.endedIn.all(account, folder, uidValidity, most) as JobRow[]);
    },

    /** When a job of the account ended last. */
    lastEnded(account: string): number | null {
      return (sql.lastEnded.get({ account }) as { at: number | null }).at;
    },

    /** Group commit, as `save`. */
    note(account: string, note: AccountNote): Promise<void> {
      return commits.write(() => void sql.putNote.run({ account, ...note }));
    },

    /** The configuration was taken, or refused for a reason. Group commit, as `save`. */
    configured({ at, refused }: { readonly at: number; readonly refused: string | null }): Promise<void> {
      return commits.write(() => void sql.putConfigured.run(refused === null ? 'taken' : 'refused', at, refused));
    },

    overview: overviewOf(db, sql, backfills),

    close(): void {
      if (!db.open) return;
      commits.flush();
      try {
        if (options.readonly !== true) db.pragma('wal_checkpoint(TRUNCATE)');
      } catch (error) {
        // A full disk, say: the log beside the file holds what the file does not have yet.
        if (diskTrouble(error) === null) throw error;
      } finally {
        db.close();
      }
    },
  };
}

/** Throws a UserError where the file is none of ours after all: a reader does not look through all of it first. */
function prepared(path: string, db: Database) {
  try {
    return statements(db);
  } catch (error) {
    db.close();
    throw unusable(path, error, mend);
  }
}
