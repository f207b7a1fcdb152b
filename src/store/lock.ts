import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { UserError } from '../base/errors.ts';
import { unusable } from '../base/sqlite.ts';

export interface Lock {
  release(): void;
}

/** Locks outlive whoever forgot them: a collected connection would close its file, and give away what is still in use. */
const locks = new Set<Database.Database>();

/**
 * One process acts on a state folder. The lock is an exclusive transaction on a small SQLite file of its own, which the
 * kernel drops when the process ends, however it ends. The pid beside it only names the holder; it decides nothing.
 * Throws a UserError with `exitCode` while another process has it.
 */
export function lockState(folder: string, exitCode: 1 | 2 = 1): Lock {
  const lock = lockIfFree(folder);
  if (lock !== null) return lock;
  throw new UserError(
    `another siftd (pid ${holder(pidFile(folder))}) works on ${folder}: stop it, or give this one a state folder of its own`,
    exitCode,
  );
}

/** null: another process has it. */
export function lockIfFree(folder: string): Lock | null {
  const file = join(folder, 'siftd.lock');
  let db: Database.Database | null = null;
  try {
    db = new Database(file, { timeout: 0 });
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null;
    throw unusable(file, error);
  }
  try {
    writeFileSync(pidFile(folder), `${process.pid}\n`);
  } catch {
    // A full disk: the lock is held all the same.
  }
  const held = db;
  locks.add(held);
  return {
    release() {
      locks.delete(held);
      if (held.open) held.close();
    },
  };
}

/**
 * Who has the lock, without asking for it, which would be in the way of a daemon that starts just now: Linux lists the locks
 * of all processes that we see. null: nobody has; undefined: this system does not tell.
 */
export function lockHolder(folder: string): number | null | undefined {
  // Its file is not opened: closing it would drop the lock of our own process, if that has it (fcntl(2)).
  const file = statSync(join(folder, 'siftd.lock'), { throwIfNoEntry: false });
  if (file === undefined) return null;
  let locks: string;
  try {
    locks = readFileSync('/proc/locks', 'utf8');
  } catch {
    return undefined;
  }
  const named = Number(holder(pidFile(folder)));
  for (const [, pid, major, minor, inode] of locks.matchAll(/ WRITE (\d+) ([0-9a-f]+):([0-9a-f]+):(\d+) /g)) {
    if (Number(inode) !== file.ino) continue;
    // Some file systems tell another device there than everywhere else: then the pid beside the lock says whose it is.
    const device = (Number.parseInt(major ?? '', 16) << 8) | Number.parseInt(minor ?? '', 16);
    if (device === file.dev || Number(pid) === named) return Number(pid);
  }
  return null;
}

function pidFile(folder: string): string {
  return join(folder, 'siftd.pid');
}

function holder(pidFile: string): string {
  try {
    return readFileSync(pidFile, 'utf8').trim().replace(/\D/g, '') || 'unknown';
  } catch {
    return 'unknown';
  }
}
