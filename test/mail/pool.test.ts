import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import type { Outcome } from '../../src/base/errors.ts';
import { limits } from '../../src/base/limits.ts';
import type { Content, Readable } from '../../src/mail/message.ts';
import { createParser, type MessageParser, type ParserOptions } from '../../src/mail/pool.ts';
import { HandClock } from '../api/clock.ts';

const parsers: MessageParser[] = [];
afterEach(() => Promise.all(parsers.splice(0).map((parser) => parser.close())));

function parserOf(options: Partial<ParserOptions> = {}): MessageParser {
  const parser = createParser({ limit: 20_000, quotes: 'keep', ...options });
  parsers.push(parser);
  return parser;
}

/** Threads that hang, crash and so on as a message tells them. */
const entry = new URL('parse-thread.mjs', import.meta.url);
const content = (text: string): Content => ({ kind: 'whole', source: new TextEncoder().encode(text) });
const codeOf = (outcome: Outcome<Readable>): string =>
  outcome.ok ? outcome.value.body : `${outcome.fault.kind} ${outcome.fault.code}`;

test('a message is parsed in a thread, and its bytes stay with who gave them', async () => {
  const message = content('Subject: =?utf-8?Q?H=C3=A4?=\r\n\r\nbody');
  expect(await parserOf().parse(message)).toEqual({ ok: true, value: { subject: 'Hä', body: 'body' } });
  expect(message.kind === 'whole' && message.source.byteLength).toBe(36);
});

test('bytes that share their buffer with others are left alone', async () => {
  const shared = new TextEncoder().encode('Subject: a\r\n\r\nbodySubject: b\r\n\r\nother');
  const [first, second] = [shared.subarray(0, 18), shared.subarray(18)];
  const parser = parserOf();
  const outcomes = await Promise.all([first, second].map((source) => parser.parse({ kind: 'whole', source })));
  expect(outcomes.map(codeOf)).toEqual(['body', 'other']);
  expect(shared.byteLength).toBe(37);
});

test('parts travel too, the same buffer twice as well', async () => {
  const text = { mime: new TextEncoder().encode('\r\n'), body: new TextEncoder().encode('a') };
  const header = new TextEncoder().encode('Subject: s\r\n\r\n');
  const outcome = await parserOf().parse({ kind: 'parts', header, texts: [text, text], attachments: [] });
  expect(outcome).toEqual({ ok: true, value: { subject: 's', body: 'a\na' } });
});

test('a message that the library refuses is unreadable for good, and its words are not in the fault', async () => {
  const parts = Array.from({ length: 1200 }, () => '--b\r\nContent-Type: text/plain\r\n\r\nsecret\r\n').join('');
  const outcome = await parserOf().parse(content(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${parts}`));
  expect(outcome).toEqual({
    ok: false,
    fault: {
      kind: 'permanent',
      code: 'unreadable',
      message: expect.stringMatching(/^the message cannot be parsed \(\w+\)$/),
    },
  });
});

test.each([
  ['20 MB of flat HTML', 'text/html', '<p>hello world'],
  ['20 MB of nested HTML', 'text/html', '<div><blockquote>x'],
  ['20 MB of angle brackets', 'text/html', '<'],
  ['20 MB of plain text', 'text/plain', '> hello\r\n'],
])('%s gives its text within one thread', async (_what, type, unit) => {
  const message = content(`Content-Type: ${type}\r\n\r\n${unit.repeat(20_000_000 / unit.length)}`);
  const outcome = await parserOf({ quotes: 'strip' }).parse(message);
  expect(outcome).toMatchObject({ ok: true });
  expect(outcome.ok && outcome.value.body.length).toBeGreaterThan(0);
});

test('the real parser runs out of a heap that is too small, and only that message fails', async () => {
  const parser = parserOf({ size: 1, heapMib: 20 });
  const large = Buffer.from(`Content-Type: text/html\r\n\r\n${'<p>a <i>b</i>'.repeat(70_000)}`);
  const outcomes = await Promise.all([
    parser.parse({ kind: 'whole', source: large }),
    parser.parse(content('\r\nsmall')),
  ]);
  expect(outcomes.map(codeOf)).toEqual(['temporary parse-crash', 'small']);
});

test.each([
  ['throws outside of its promise', 'throw'],
  ['rejects what nobody waits for', 'reject'],
  ['ends its thread', 'exit'],
  ['takes all memory', 'memory'],
])('a message that %s fails alone, and the next is parsed by a fresh thread', async (_what, order) => {
  const parser = parserOf({ entry, size: 1, heapMib: 32 });
  // The first goes to a thread by itself, the others wait for it and go together.
  const texts = ['first', 'before', order, 'after', 'last'];
  const outcomes = await Promise.all(texts.map((text) => parser.parse(content(text))));
  expect(outcomes.map(codeOf)).toEqual(['first', 'before', 'temporary parse-crash', 'after', 'last']);
});

test('a set holds as much as limits.parse says, and a message that is larger than that goes alone', async () => {
  const parser = parserOf({ entry, size: 1 });
  const large = 'x'.repeat(limits.parse.setOctets + 1);
  const texts = ['first', ...Array.from({ length: 2 * limits.parse.set }, (_, n) => `${n}`), large, 'last'];
  const outcomes = await Promise.all(texts.map((text) => parser.parse(content(text))));
  expect(outcomes.map(codeOf)).toEqual(texts);
});

test('a message that hangs fails by the time limit, and the next is parsed by a fresh thread', async () => {
  const parser = parserOf({ entry, size: 1, most: 1, timeout: 300 });
  const outcomes = await Promise.all(['hang', 'after'].map((text) => parser.parse(content(text))));
  expect(outcomes.map(codeOf)).toEqual(['temporary parse-timeout', 'after']);
});

test('messages that hang hold up nobody, even as many as there are threads', async () => {
  // No time limit will pass within this test: what comes back came past the hanging ones.
  const parser = parserOf({ entry, size: 2, slow: 50, timeout: 10 * 60_000 });
  const hanging = ['hang', 'hang', 'hang'].map((text) => parser.parse(content(text)));
  const others = await Promise.all(Array.from({ length: 50 }, (_, index) => parser.parse(content(`${index}`))));
  expect(others.every((outcome) => outcome.ok)).toBe(true);
  await parser.close();
  expect((await Promise.all(hanging)).map(codeOf)).toEqual(Array(3).fill('temporary closed'));
});

test('a message that hangs in the middle of a set holds up nobody, and what lies behind it is parsed once', async () => {
  const parser = parserOf({ entry, size: 1, slow: 50, timeout: 10 * 60_000 });
  const [first, before, hanging, ...behind] = ['first', 'before', 'hang', 'after', 'last'].map((text) =>
    parser.parse(content(text)),
  );
  const others = await Promise.all([first, before, ...behind]);
  expect(others.map((outcome) => outcome && codeOf(outcome))).toEqual(['first', 'before', 'after', 'last']);
  await parser.close();
  expect(hanging && codeOf(await hanging)).toBe('temporary closed');
});

test('slow messages never take more than the most threads', async () => {
  const clock = new HandClock();
  const timers = async (count: number) => {
    while (clock.sleepers !== count) await new Promise((resolve) => setImmediate(resolve));
  };
  const parser = parserOf({ entry, clock, size: 1, most: 2, slow: 10, timeout: 1000 });
  const parsing = ['hang', 'hang', 'hang', 'after'].map((text) => parser.parse(content(text)));
  // A thread at work has two timers, one whose message is slow has one; one that starts has another one.
  await timers(2);
  clock.advance(10);
  await timers(3);
  clock.advance(10);
  expect(clock.sleepers).toBe(2);
  clock.advance(1000);
  await timers(2);
  clock.advance(1000);
  expect((await Promise.all(parsing)).map(codeOf)).toEqual([...Array(3).fill('temporary parse-timeout'), 'after']);
});

test('a thread that dies between two messages is not given another one', async () => {
  const parser = parserOf({ entry, size: 1 });
  expect(codeOf(await parser.parse(content('answer and exit')))).toBe('answer and exit');
  // Another thread's whole life is long enough to hear of the end of this one; if not, the message may fail with it.
  await parserOf().parse(content('\r\nx'));
  const next = codeOf(await parser.parse(content('next')));
  expect(['next', 'temporary parse-crash']).toContain(next);
  expect(codeOf(await parser.parse(content('last')))).toBe('last');
});

test('a thread that cannot start is not the message’s fault', async () => {
  const parser = parserOf({ entry: new URL('no-such-file.mjs', import.meta.url) });
  expect(codeOf(await parser.parse(content('x')))).toBe('temporary parse-unavailable');
});

test('after close nothing is taken up, and what waited is told', async () => {
  const parser = parserOf({ entry, size: 1, most: 1 });
  const waiting = ['hang', 'waiting'].map((text) => parser.parse(content(text)));
  await parser.close();
  waiting.push(parser.parse(content('late')));
  expect((await Promise.all(waiting)).map(codeOf)).toEqual(Array(3).fill('temporary closed'));
});

test('idle threads do not keep the process alive', async () => {
  const program = `import { createParser } from ${JSON.stringify(new URL('../../dist/mail/pool.js', import.meta.url).href)};
    const parser = createParser({ limit: 100, quotes: 'keep' });
    const outcome = await parser.parse({ kind: 'whole', source: new TextEncoder().encode('\\r\\nbody') });
    console.log(outcome.ok ? outcome.value.body : outcome.fault.code);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  expect(stdout).toBe('body\n');
});

test('a process that has nothing else to do waits until the threads have ended', async () => {
  const pool = new URL('../../dist/mail/pool.js', import.meta.url).href;
  const program = `
    import { createParser } from ${JSON.stringify(pool)};
    const source = new TextEncoder().encode('Subject: a\\r\\n\\r\\nbody');
    for (let round = 0; round < 5; round++) {
      const parser = createParser({ limit: 1000, quotes: 'keep' });
      // Closed by who waited for the first of a set, in the same moment in which the set ends.
      await Promise.race(Array.from({ length: 3 }, () => parser.parse({ kind: 'whole', source: source.slice() })));
      await parser.close();
    }
    console.log('closed');`;
  const ran = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  expect(ran.stdout).toBe('closed\n');
});
