import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

/** Reads all of one database and says what SQLite says of it: `ok`, or anything else, or it throws. */
const port = parentPort;
if (port === null) throw new Error('sqlite-worker runs as a worker thread only');
const db = new Database(String(workerData), { readonly: true, fileMustExist: true });
// Every page is read once: nothing is gained by keeping it.
db.pragma('cache_size = -256');
port.postMessage(db.pragma('quick_check(1)', { simple: true }));
db.close();
