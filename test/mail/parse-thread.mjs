// A parser's thread that does what a message tells it: the ways in which a real one could end.
import { parentPort } from 'node:worker_threads';

parentPort.on('message', ({ source }) => {
  const order = Buffer.from(source).toString();
  if (order === 'hang') for (;;);
  if (order === 'throw') throw new Error('broken');
  if (order === 'exit') process.exit(3);
  if (order === 'reject') void Promise.reject(new Error('nobody waits for this'));
  else if (order === 'memory') {
    const all = [];
    for (;;) all.push({ all: [all.length] });
  } else parentPort.postMessage({ kind: 'readable', readable: { subject: '', body: order } });
  if (order === 'answer and exit') process.exit();
});
parentPort.postMessage({ kind: 'ready' });
