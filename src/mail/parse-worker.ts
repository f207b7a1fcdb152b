import { parentPort, workerData } from 'node:worker_threads';
import type { Content } from './message.ts';
import { parseMessage } from './parse.ts';
import type { TextOptions } from './text.ts';
import type { FromWorker } from './worker.ts';

/** One message at a time comes in, its text or the reason against it goes out. What is not caught here is a crash. */
const port = parentPort;
if (port === null) throw new Error('parse-worker runs as a worker thread only');
const options: TextOptions = workerData;
const say = (message: FromWorker): void => port.postMessage(message);

port.on('message', (content: Content) => {
  parseMessage(content, options).then(
    (readable) => say({ kind: 'readable', readable }),
    (error: unknown) => say({ kind: 'unreadable', code: codeOf(error) }),
  );
});
say({ kind: 'ready' });

/** A library's words may quote the message, its code does not. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
