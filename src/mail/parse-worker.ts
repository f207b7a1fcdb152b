import { parentPort, workerData } from 'node:worker_threads';
import { limits } from '../base/limits.ts';
import type { Content } from './message.ts';
import { parseMessage } from './parse.ts';
import type { Answer, FromWorker, ToWorker } from './worker.ts';

/** One set of messages at a time comes in, their texts or the reasons against them go out. What is not caught here is a crash. */
const port = parentPort;
if (port === null) throw new Error('parse-worker runs as a worker thread only');
const { options, begun }: ToWorker = workerData;
const say = (message: FromWorker): void => port.postMessage(message);

port.on('message', async (set: readonly Content[]) => {
  let answers: Answer[] = [];
  let said = performance.now();
  for (;;) {
    // Counted before it is begun: should it end the thread, or hang, it is known by that.
    const at = Atomics.add(begun, 0, 1);
    const content = set[at];
    if (content === undefined) break;
    answers.push({ at, ...(await read(content)) });
    if (performance.now() - said < limits.parse.silence) continue;
    say({ kind: 'answers', answers, ended: false });
    answers = [];
    said = performance.now();
  }
  say({ kind: 'answers', answers, ended: true });
});
say({ kind: 'ready' });

async function read(content: Content) {
  try {
    return { readable: await parseMessage(content, options) };
  } catch (error) {
    return { code: codeOf(error) };
  }
}

/** A library's words may quote the message, its code does not. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
