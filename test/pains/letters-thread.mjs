// A parser's thread that obeys the subject of a letter: [hang], [exit] or [memory]; every other letter it reads.
import { serve, takeAllMemory } from '../mail/thread.mjs';

serve((text) => {
  const subject = /^Subject: (.*)\r$/m.exec(text)?.[1] ?? '';
  if (subject.startsWith('[hang')) for (;;);
  if (subject.startsWith('[exit')) process.exit(3);
  if (subject.startsWith('[memory')) takeAllMemory();
  return { subject, body: text.slice(text.indexOf('\r\n\r\n') + 4) };
});
