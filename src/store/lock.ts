import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { UserError } from '../base/errors.ts';
import { unusable } from '../base/sqlite.ts';

/**
 * One process acts on a state folder. The lock is an exclusive transaction on a small SQLite file of its own, which the
 * kernel drops when the process ends, however it ends. The pid beside it only names the holder; it decides nothing.
 * Throws a UserError with `exitCode` while another process has it.
 */
export function lockState(folder: string, exitCode: 1 | 2 = 1): { release(): void } {
  const pidFile = join(folder, 'siftd.pid');
  const file = join(folder, 'siftd.lock');
  let db: Database.Database | null = null;
  try {
    db = new Database(file, { timeout: 0 });
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db?.close();
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) throw unusable(file, error);
    throw new UserError(
      `another siftd (pid ${holder(pidFile)}) works on ${folder}: stop it, or give this one a state folder of its own`,
      exitCode,
    );
  }
  try {
    writeFileSync(pidFile, `${process.pid}\n`);
  } catch {
    // A full disk: the lock is held all the same.
  }
  return {
    release() {
      if (db.open) db.close();
    },
  };
}

function holder(pidFile: string): string {
  try {
    return readFileSync(pidFile, 'utf8').trim().replace(/\D/g, '') || 'unknown';
  } catch {
    return 'unknown';
  }
}
