import { copyFileSync, existsSync, linkSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { diskTrouble } from '../base/sqlite.ts';
import type { Backfill } from '../triage/backfill.ts';
import type { Deed } from '../triage/deed.ts';
import { backfillsOf } from './backfills.ts';
import { type PostingWhole, postingsWhole } from './outbox.ts';
import { type ActionRow, deedsIn, type JobRow, jobOf, type NewRow, recordOf } from './rows.ts';

/** A job of a broken journal, as it was written there. */
export interface SalvagedJob {
  readonly row: NewRow;
  readonly actions: readonly ActionRow[];
  /** What it was made of by siftd alone; missing where it was never anything else. */
  readonly own?: { readonly way: string | null; readonly observed: number };
  readonly deeds?: readonly Deed[];
  /** What was to be sent about it. */
  readonly postings?: readonly PostingWhole[];
}

export interface Salvage {
  readonly jobs: readonly SalvagedJob[];
  /** Old mail that was being sorted, and goes on. */
  readonly backfills: readonly Backfill[];
  /** Something of the table could not be read, or made no sense. */
  readonly partly: boolean;
}

/** What SQLite keeps beside a database. */
const companions = ['', '-wal', '-shm', '-journal'];

/**
 * The jobs that can still be read from a journal that is corrupt, each of them whole. Reads a copy: opening a database
 * may change it. What was done to a message is part of it, so a job whose actions cannot be read is left out.
 */
export function salvage(path: string): Salvage {
  const folder = mkdtempSync(join(dirname(path), 'salvage-'));
  const copy = join(folder, 'copy.db');
  let db: Database.Database | null = null;
  try {
    for (const end of companions.filter((one) => one !== '-shm')) {
      if (existsSync(path + end)) copyFileSync(path + end, copy + end);
    }
    db = new Database(copy);
    return read(db, statSync(copy).size);
  } catch (error) {
    if (diskTrouble(error)?.corrupt !== true && !isForeign(error)) throw error;
    return { jobs: [], backfills: [], partly: true };
  } finally {
    db?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function read(db: Database.Database, size: number): Salvage {
  const between = db.prepare('SELECT * FROM jobs WHERE id BETWEEN ? AND ?');
  const actionsOf = db.prepare('SELECT * FROM actions WHERE job = ? ORDER BY seq');
  const deedsOf = hasTable(db, 'deeds') ? deedsIn(db) : () => [];
  const postingsOf = hasTable(db, 'postings') ? postingsWhole(db) : () => [];
  const jobs: SalvagedJob[] = [];
  let partly = false;
  const take = (row: NewRow) => {
    const actions = attempt(() =>
      (actionsOf.all(row.id) as ActionRow[]).map((action) => ({ ...action, round: action.round ?? 1 })),
    );
    const deeds = attempt(() => deedsOf(row.id));
    const postings = attempt(() => postingsOf(row.id));
    if (actions !== null && makesSense(row, actions)) {
      jobs.push({ row, actions, own: ownOf(row), deeds: deeds ?? [], postings: postings ?? [] });
    } else partly = true;
    // The job goes on without them.
    if (deeds === null || postings === null) partly = true;
  };
  // One page that cannot be read costs its rows and no others.
  const range = (first: number, last: number): void => {
    const rows = attempt(() => between.all(first, last) as JobRow[]);
    if (rows !== null) for (const row of rows) take(ofToday(row));
    else if (first === last) partly = true;
    else {
      const middle = Math.floor((first + last) / 2);
      range(first, middle);
      range(middle + 1, last);
    }
  };
  const highest = attempt(() => db.prepare('SELECT max(id) AS id FROM jobs').get() as { id: number | null });
  // No row is as short as that: ids have no gaps.
  range(1, highest === null ? Math.ceil(size / 128) : Math.max(1, Number(highest.id)));
  const backfills = hasTable(db, 'backfills') ? attempt(() => backfillsOf(db).unended()) : [];
  return { jobs, backfills: backfills ?? [], partly: partly || backfills === null };
}

function hasTable(db: Database.Database, name: string): boolean {
  return attempt(() => db.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(name)) !== undefined;
}

/** `own_way` is no part of a job as it is now: the report is made of it. */
function ownOf(row: JobRow & { own_way?: string | null; own_observed?: number }): NonNullable<SalvagedJob['own']> {
  return { way: row.own_way ?? null, observed: row.own_observed ?? 0 };
}

/** A row of any schema, with what the first one had not. */
function ofToday(row: JobRow): NewRow {
  const ended = row.state === 'done' || row.state === 'gone' || row.state === 'failed';
  const later = {
    decided_at: null,
    ended_at: ended ? row.since : null,
    best: null,
    model: null,
    undoes: null,
    former: null,
  };
  const unjudged = { verdict: null, truth: null, judged_by: null, judged_at: null };
  const place = { origin: 'watch', priority: 0, found_in: row.folder } as const;
  return { ...later, ...unjudged, ...place, ...row, round: row.round ?? Number(row.way !== null) };
}

/** null where that part of the file cannot be read. */
function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (diskTrouble(error)?.corrupt === true) return null;
    throw error;
  }
}

function makesSense(row: JobRow, actions: readonly ActionRow[]): boolean {
  try {
    const { place, identity } = jobOf(row, (round) => actions.filter((action) => action.round === round).map(recordOf));
    const numbers = [row.id, place.uidValidity, place.uid, identity.internalDate, identity.size, row.rev, row.next_at];
    return numbers.every(Number.isSafeInteger) && /^[0-9a-f]{64}$/.test(identity.headerHash);
  } catch {
    return false;
  }
}

/** It can be read, but there are no such tables in it. */
function isForeign(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code === 'SQLITE_ERROR';
}

/**
 * Puts a broken database and what SQLite keeps beside it under another name in its folder; answers that name. The file
 * itself keeps its own name too until something is put in its place: whoever looks meanwhile still finds it broken.
 */
export function putAside(path: string, date: number): string {
  const stamp = new Date(date).toISOString().replace(/[-:]|\.\d+/g, '');
  let aside = `${path}.broken-${stamp}`;
  for (let again = 2; existsSync(aside); again++) aside = `${path}.broken-${stamp}-${again}`;
  try {
    linkSync(path, aside);
  } catch {
    // A file system without hard links.
    copyFileSync(path, aside);
  }
  for (const end of companions.slice(1)) if (existsSync(path + end)) renameSync(path + end, aside + end);
  return aside;
}
