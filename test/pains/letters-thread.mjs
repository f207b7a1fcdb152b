// A parser's thread that obeys the subject of a letter: [hang], [exit] or [memory]; every other letter it reads.
import { parentPort } from 'node:worker_threads';

parentPort.on('message', ({ source }) => {
  const text = Buffer.from(source).toString();
  const subject = /^Subject: (.*)\r$/m.exec(text)?.[1] ?? '';
  if (subject.startsWith('[hang')) for (;;);
  if (subject.startsWith('[exit')) process.exit(3);
  if (subject.startsWith('[memory')) {
    const all = [];
    for (;;) all.push({ all: [all.length] });
  }
  const body = text.slice(text.indexOf('\r\n\r\n') + 4);
  parentPort.postMessage({ kind: 'readable', readable: { subject, body } });
});
parentPort.postMessage({ kind: 'ready' });
