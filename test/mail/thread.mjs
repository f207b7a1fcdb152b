// What parse-worker.ts does around the reading of each message, for threads that read in their own way.
import { parentPort, workerData } from 'node:worker_threads';

const { begun } = workerData;

/** `read` gets a message's text; what it throws, or does not answer for (null), ends the thread. */
export function serve(read) {
  const say = (answers, ended) => parentPort.postMessage({ kind: 'answers', answers, ended });
  parentPort.on('message', (set) => {
    for (let at = Atomics.add(begun, 0, 1); at < set.length; at = Atomics.add(begun, 0, 1)) {
      const readable = read(Buffer.from(set[at].source).toString());
      if (readable === null) return;
      say([{ at, readable }], false);
    }
    say([], true);
  });
  parentPort.postMessage({ kind: 'ready' });
}

export function takeAllMemory() {
  const all = [];
  for (;;) all.push({ all: [all.length] });
}
