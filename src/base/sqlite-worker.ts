import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { reasonOf } from './errors.ts';

/** Reads all of each database and tells what SQLite says of it: `ok`, or anything else. */
const port = parentPort;
if (port === null) throw new Error('sqlite-worker runs as a worker thread only');
for (const path of workerData as readonly string[]) port.postMessage({ path, said: readThrough(path) });

function readThrough(path: string): string {
  try {
    const db = new Database(path, { readonly: true, fileMustExist: true });
    // Every page is read once: nothing is gained by keeping it.
    db.pragma('cache_size = -256');
    const said = db.pragma('quick_check(1)', { simple: true });
    db.close();
    return String(said);
  } catch (error) {
    return reasonOf(error);
  }
}
