import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { systemClock } from './clock.ts';
import { reasonOf, UserError } from './errors.ts';
import { limits } from './limits.ts';
import { threadProgram } from './thread.ts';

export type { Database, Statement } from 'better-sqlite3';

/** SQL statements that take a schema from version n to n + 1; the index in the list is n. Never edited once released. */
export type Migrations = readonly string[];

/** The end of a statement that bounds its rows. A bare `LIMIT ?` is planned anew at every run, as its value might matter to the plan. */
export const most = 'LIMIT ? + 0';

export interface OpenOptions {
  /** Deleted content is overwritten with zeros (PRAGMA secure_delete), for tables that held somebody's mail. */
  readonly secureDelete?: boolean;
  readonly readonly?: boolean;
  /** Another process of ours may have it open: it is neither made nor brought to another schema nor read through. */
  readonly beside?: boolean;
  /** `soundOf` has just said so, and nobody wrote since: it is not read through once more. */
  readonly sound?: boolean | undefined;
  /** Before it is brought to another schema, what it was is kept beside it (`keptBefore`): an older siftd cannot read the new one. */
  readonly keep?: boolean;
  /** What a person can do about a file that is corrupt, for the end of a sentence. */
  readonly mend?: string;
}

/**
 * Opens a database, making it where there is none, and brings it to the newest schema, each step in its own transaction.
 *
 * WAL with synchronous FULL: a commit that returned survives power loss (https://sqlite.org/pragma.html#pragma_synchronous),
 * and readers beside the writer neither block nor are blocked. A writer reads all of it first: a file that is corrupt, or
 * has another schema than ours, is refused as it is (UserError, exit code 2). So is a newer schema: an older siftd would not
 * know what it must keep.
 */
export function openDatabase(path: string, migrations: Migrations, options: OpenOptions = {}): Database.Database {
  const readonly = options.readonly === true;
  const guest = readonly || options.beside === true;
  let db: Database.Database | null = null;
  try {
    if (!guest && !existsSync(path)) create(path, migrations);
    db = new Database(path, { readonly, fileMustExist: true });
    db.pragma('busy_timeout = 5000');
    db.pragma(`cache_size = -${limits.disk.cache / 1024}`);
    const wrong = faultIn(path, db, migrations, guest ? 'version' : options.sound === true ? 'schema' : 'all');
    if (wrong !== null) throw corrupt(path, wrong, options.mend);
    if (!readonly) {
      if (!guest) db.pragma('journal_mode = WAL');
      db.pragma('synchronous = FULL');
      db.pragma(`wal_autocheckpoint = ${limits.disk.log}`);
      db.pragma('foreign_keys = ON');
      if (options.secureDelete) db.pragma('secure_delete = ON');
    }
    if (!guest && options.keep) keepBefore(db, path, migrations.length);
    migrate(db, path, migrations, guest);
    return db;
  } catch (error) {
    db?.close();
    throw error instanceof UserError ? error : unusable(path, error, options.mend);
  }
}

/** Why a file is no database of this schema, older ones included; null where it is one. Writes nothing of its own. */
export function inspectDatabase(path: string, migrations: Migrations): string | null {
  let db: Database.Database | null = null;
  try {
    db = new Database(path, { fileMustExist: true });
    return faultIn(path, db, migrations, 'all');
  } catch (error) {
    const trouble = diskTrouble(error);
    if (trouble?.corrupt === true) return trouble.words;
    throw error instanceof UserError ? error : unusable(path, error);
  } finally {
    db?.close();
  }
}

/**
 * The schema that a database has, without a word of whether it is ours; null: there is none yet. Reads its first page, beside
 * whoever writes it. `fault`: why it cannot be read.
 */
export function schemaOf(path: string): { readonly version: number | null; readonly fault: string | null } {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) return { version: null, fault: null };
  if (size === 0) return { version: null, fault: 'it is empty, so it was cut off' };
  let db: Database.Database | null = null;
  try {
    db = new Database(path, { readonly: true, fileMustExist: true });
    return { version: versionOf(db), fault: null };
  } catch (error) {
    return { version: null, fault: diskTrouble(error)?.words ?? reasonOf(error) };
  } finally {
    db?.close();
  }
}

/** A database as it was when it had this schema. */
function keptBefore(path: string, schema: number): string {
  return `${path}.schema-${schema}`;
}

/** The last one alone: what was kept at an upgrade before is of no use any more. */
function keepBefore(db: Database.Database, path: string, newest: number): void {
  const version = versionOf(db);
  if (version === 0 || version === newest) return;
  const kept = keptBefore(path, version);
  const making = `${kept}.new`;
  rmSync(making, { force: true });
  db.prepare('VACUUM INTO ?').run(making);
  renameSync(making, kept);
  for (const name of readdirSync(dirname(path))) {
    const other = join(dirname(path), name);
    if (name.startsWith(`${basename(path)}.schema-`) && other !== kept) rmSync(other);
  }
}

/**
 * Copies a database as it is at this instant, whatever its schema, beside whoever writes it: one file, without what was
 * deleted from it. It is on the disk only once it was synced.
 */
export function copyDatabase(path: string, to: string): void {
  let db: Database.Database | null = null;
  try {
    db = new Database(path, { readonly: true, fileMustExist: true });
    db.prepare('VACUUM INTO ?').run(to);
  } catch (error) {
    throw unusable(path, error);
  } finally {
    db?.close();
  }
}

/** Nobody works on it: what its log beside it holds goes into the file. One that is corrupt is left as it is. */
export function checkpoint(path: string): void {
  let db: Database.Database | null = null;
  try {
    db = new Database(path, { fileMustExist: true });
    db.pragma('wal_checkpoint(TRUNCATE)');
  } catch (error) {
    if (diskTrouble(error)?.corrupt !== true) throw unusable(path, error);
  } finally {
    db?.close();
  }
}

/** Made whole under another name first: a file of no octets is then never a new one, but one that was cut off. */
function create(path: string, migrations: Migrations): void {
  const making = `${path}.new`;
  rmSync(making, { force: true });
  const db = new Database(making);
  try {
    db.pragma('synchronous = FULL');
    migrate(db, making, migrations, false);
  } finally {
    db.close();
  }
  renameSync(making, path);
}

/**
 * Reads all of some databases in a thread, one after the other, and answers those that are sound: the loop goes on, where
 * `openDatabase` would hold it up by 2 s for a million jobs. Of one that is not there, or not sound, or cannot be read now,
 * `openDatabase` finds out what it is, and says it.
 */
export async function soundOf(paths: readonly string[]): Promise<ReadonlySet<string>> {
  const sound = new Set<string>();
  // To SQLite a file of no octets is a new database.
  const there = paths.filter((path) => statSync(path, { throwIfNoEntry: false })?.size);
  if (there.length === 0) return sound;
  return await new Promise((resolve) => {
    const thread = new Worker(threadProgram(import.meta.url, 'base/sqlite-worker.js'), {
      workerData: there,
      execArgv: [],
      stdout: true,
      stderr: true,
    });
    let told = 0;
    thread.on('message', ({ path, said }: { readonly path: string; readonly said: string }) => {
      if (said === 'ok') sound.add(path);
      if (++told === there.length) resolve(sound);
    });
    thread.once('error', () => resolve(sound));
    thread.once('exit', () => resolve(sound));
  });
}

/** `looked`: at how much of it. */
function faultIn(
  path: string,
  db: Database.Database,
  migrations: Migrations,
  looked: 'version' | 'schema' | 'all',
): string | null {
  if (statSync(path).size === 0) return 'it is empty, so it was cut off';
  const version = versionOf(db);
  if (version > migrations.length) {
    const kept = keptBefore(path, migrations.length);
    const before = existsSync(kept)
      ? ` (as it was before that upgrade it is kept: siftd restore --replace ${kept})`
      : '';
    return `it has schema ${version} and was written by a newer siftd, this one knows schema ${migrations.length}${before}`;
  }
  if (looked === 'version') return null;
  const said = looked === 'all' ? db.pragma('quick_check(1)', { simple: true }) : 'ok';
  if (said !== 'ok') return String(said).replace(/\s+/g, ' ');
  return schemaFault(db, migrations.slice(0, version));
}

/** What the schema lacks of the tables and columns that its version has. What somebody added is no fault. */
function schemaFault(db: Database.Database, migrations: Migrations): string | null {
  const model = new Database(':memory:');
  try {
    for (const step of migrations) model.exec(step);
    const wanted = columnsOf(model);
    const there = columnsOf(db);
    if (migrations.length === 0 && there.size > 0) return 'its tables are none of ours (schema 0)';
    const missing = [...wanted].find((column) => !there.has(column));
    return missing === undefined ? null : `schema ${migrations.length} has ${missing}, and it has not`;
  } finally {
    model.close();
  }
}

function columnsOf(db: Database.Database): Set<string> {
  const sql = `SELECT 'the table ' || m.name || ' with ' || c.name AS name FROM sqlite_schema m, pragma_table_info(m.name) c
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`;
  return new Set((db.prepare(sql).all() as { name: string }[]).map(({ name }) => name));
}

function versionOf(db: Database.Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}

function corrupt(path: string, wrong: string, mend = 'restore a backup, or move it away to begin anew'): UserError {
  return new UserError(`cannot use the database ${path}: ${wrong}. Nothing of it was changed: ${mend}`, 2);
}

/** Why a database cannot be opened, for the person who started us: now (exit code 75), or as it is. */
export function unusable(path: string, error: unknown, mend?: string): UserError {
  const trouble = diskTrouble(error);
  if (trouble?.corrupt === true) return corrupt(path, trouble.words, mend);
  if (trouble !== null) return new UserError(`the database ${path} cannot be used now: ${trouble.words}`, 75);
  return new UserError(`cannot use the database ${path}: ${reasonOf(error)}`);
}

/** What an error of a database says of its disk, in words for a person; null where the error is no such. */
export function diskTrouble(error: unknown): { readonly corrupt: boolean; readonly words: string } | null {
  if (!(error instanceof Error) || error.name !== 'SqliteError' || !('code' in error)) return null;
  const code = String(error.code);
  const passing = (words: string) => ({ corrupt: false, words });
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) return { corrupt: true, words: reasonOf(error) };
  if (code.startsWith('SQLITE_FULL')) return passing('the disk is full');
  if (code.startsWith('SQLITE_IOERR')) return passing(`the disk answers with an error (${code})`);
  if (/^SQLITE_(READONLY|PERM|CANTOPEN)/.test(code)) return passing(`its file may not be written (${code})`);
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) return passing('another program holds it');
  return null;
}

function migrate(db: Database.Database, path: string, migrations: Migrations, guest: boolean): void {
  const version = versionOf(db);
  if (guest) {
    if (version < migrations.length) {
      throw new UserError(
        `the database ${path} has schema ${version}, this siftd needs ${migrations.length}: start siftd run once`,
      );
    }
    return;
  }
  for (let next = version; next < migrations.length; next++) {
    db.transaction(() => {
      db.exec(migrations[next] ?? '');
      db.pragma(`user_version = ${next + 1}`);
    }).immediate();
  }
}

/** Whether it could be written now: false while another program holds the lock. Does not wait, and writes nothing. */
export function isUnlocked(db: Database.Database): boolean {
  const patience = db.pragma('busy_timeout', { simple: true });
  db.pragma('busy_timeout = 0');
  try {
    db.exec('BEGIN IMMEDIATE; ROLLBACK');
    return true;
  } catch {
    if (db.inTransaction) db.exec('ROLLBACK');
    return false;
  } finally {
    db.pragma(`busy_timeout = ${patience}`);
  }
}

/**
 * Group commit: one transaction, and so one fsync, for as many writes as come together. The disk keeps the whole thread
 * waiting, so beyond a few at once commits get a share of its time only (limits.disk), and what comes meanwhile goes with the
 * next one.
 */
export interface Commits {
  /**
   * Resolves when it is on the disk. Where the disk refuses the commit all of it reject, and nothing of any is written; where
   * one throws, the others go without it. `run` may be called twice: the first time was rolled back.
   */
  write<T>(run: () => T): Promise<T>;
  /** Commits what waits now. */
  flush(): void;
}

/** `ended` hears of every commit before its writers do: null, or the error for which nothing of it was written. */
export function groupCommit(db: Database.Database, ended: (error: unknown) => void = () => {}): Commits {
  interface Waiting {
    readonly run: () => () => void;
    readonly reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  /** When the disk has had no more than its share. */
  let free = 0;

  /** When the rows were written, and the disk's part began. */
  let written = 0;
  const transaction = db.transaction((turn: readonly Waiting[]) => {
    const answers = turn.map(({ run }) => run());
    written = performance.now();
    return answers;
  });

  const commit = (turn: readonly Waiting[]): void => {
    const begun = performance.now();
    let answers: readonly (() => void)[];
    try {
      answers = transaction.immediate(turn);
    } catch (error) {
      // One account's fault is not to be that of all who came at the same moment.
      if (turn.length > 1 && diskTrouble(error) === null) for (const one of turn) commit([one]);
      else {
        ended(error);
        for (const { reject } of turn) reject(error);
      }
      return;
    }
    free = Math.max(free, begun - limits.disk.burst) + (performance.now() - written) * limits.disk.share;
    ended(null);
    told.push(...answers);
    if (told.length === answers.length) tell();
  };

  /** Whose writes are on the disk and who has not heard of it yet, in the order in which they were written. */
  const told: (() => void)[] = [];
  /** Each goes on with its work at once. A thousand that do so in one turn of the event loop would hold up everything else. */
  const tell = (): void => {
    for (const answer of told.splice(0, limits.disk.answers)) answer();
    if (told.length > 0) setImmediate(tell);
  };

  const flush = (): void => {
    if (waiting.length === 0) return;
    const turn = waiting;
    waiting = [];
    commit(turn);
  };

  const gather = (): void => {
    const wait = Math.min(free - performance.now(), limits.disk.gather);
    if (wait <= 0) setImmediate(flush);
    else systemClock.after(wait, flush);
  };

  return {
    write: (run) =>
      new Promise((resolve, reject) => {
        if (waiting.length === 0) gather();
        waiting.push({
          run: () => {
            const value = run();
            return () => resolve(value);
          },
          reject,
        });
      }),
    flush,
  };
}
