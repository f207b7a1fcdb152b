import Database from 'better-sqlite3';
import { reasonOf, UserError } from './errors.ts';

export type { Database } from 'better-sqlite3';

/** SQL statements that take a schema from version n to n + 1; the index in the list is n. Never edited once released. */
export type Migrations = readonly string[];

export interface OpenOptions {
  /** Deleted content is overwritten with zeros (PRAGMA secure_delete), for tables that held somebody's mail. */
  readonly secureDelete?: boolean;
  readonly readonly?: boolean;
}

/**
 * Opens a database and brings it to the newest schema, each step in its own transaction.
 *
 * WAL with synchronous FULL: a commit that returned survives power loss (https://sqlite.org/pragma.html#pragma_synchronous),
 * and readers beside the writer neither block nor are blocked. A newer schema than ours is refused: an older siftd
 * would not know what it must keep.
 */
export function openDatabase(path: string, migrations: Migrations, options: OpenOptions = {}): Database.Database {
  let db: Database.Database;
  try {
    db = new Database(path, { readonly: options.readonly === true, fileMustExist: options.readonly === true });
  } catch (error) {
    throw unusable(path, error);
  }
  try {
    db.pragma('busy_timeout = 5000');
    if (options.readonly !== true) {
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = FULL');
      db.pragma('foreign_keys = ON');
      if (options.secureDelete) db.pragma('secure_delete = ON');
    }
    migrate(db, path, migrations, options.readonly === true);
    return db;
  } catch (error) {
    db.close();
    if (error instanceof UserError) throw error;
    throw unusable(path, error);
  }
}

/** Why a database cannot be opened, for the person who started us: now (exit code 75), or as it is. */
export function unusable(path: string, error: unknown): UserError {
  const trouble = diskTrouble(error);
  if (trouble?.corrupt === false) return new UserError(`the database ${path} cannot be used now: ${trouble.words}`, 75);
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

function migrate(db: Database.Database, path: string, migrations: Migrations, readonly: boolean): void {
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version > migrations.length) {
    throw new UserError(
      `the database ${path} has schema ${version}, this siftd knows ${migrations.length}: it was written by a newer siftd; install that one, or restore a backup`,
    );
  }
  if (readonly) {
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

/** Group commit: one transaction, and so one fsync, for as many writes as came together in one turn of the event loop. */
export interface Commits {
  /** Resolves when it is on the disk. Where the commit fails all of its turn reject, and nothing of any is written. */
  write<T>(run: () => T): Promise<T>;
  /** Commits what waits now, rather than at the end of the turn. */
  flush(): void;
}

/** `ended` hears of every commit before its writers do: null, or the error for which nothing of it was written. */
export function groupCommit(db: Database.Database, ended: (error: unknown) => void = () => {}): Commits {
  interface Waiting {
    readonly run: () => () => void;
    readonly reject: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  const flush = (): void => {
    const turn = waiting;
    if (turn.length === 0) return;
    waiting = [];
    try {
      const answers = db.transaction(() => turn.map(({ run }) => run())).immediate();
      ended(null);
      for (const answer of answers) answer();
    } catch (error) {
      ended(error);
      for (const { reject } of turn) reject(error);
    }
  };
  return {
    write: (run) =>
      new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(flush);
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
