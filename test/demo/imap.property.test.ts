import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Content } from '../../src/demo/imap/content.ts';
import type { Part } from '../../src/demo/imap/mime.ts';
import { decodeUtf7, encodeUtf7 } from '../../src/demo/imap/names.ts';
import { type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { dateTimeOf, parseDateTime } from '../../src/demo/imap/syntax.ts';
import { Wire } from './imap.wire.ts';

let server: ImapServer;
let serial = 0;

beforeAll(async () => {
  server = await startImapServer();
});

afterAll(async () => {
  await server.close();
});

function account(capabilities = {}): string {
  const user = `user${++serial}`;
  server.store.addAccount({ user, password: 'secret', capabilities });
  return user;
}

/** What a client that counts along believes: UIDs by message number, null where it was not told one yet. */
class Believer {
  readonly uids: (number | null)[] = [];

  hear(answer: string): void {
    for (const line of answer.split('\r\n')) {
      const [, number, what, uid] = /^\* (\d+) (EXISTS|EXPUNGE|FETCH)(?: \(UID (\d+))?/.exec(line) ?? [];
      const n = Number(number);
      if (what === 'EXISTS') {
        // RFC 3501 7.3.1: EXISTS never takes messages away.
        expect(n).toBeGreaterThanOrEqual(this.uids.length);
        while (this.uids.length < n) this.uids.push(null);
      } else if (what === 'EXPUNGE') {
        expect(n).toBeLessThanOrEqual(this.uids.length);
        this.uids.splice(n - 1, 1);
      } else if (what === 'FETCH') {
        expect(n).toBeLessThanOrEqual(this.uids.length);
        if (uid === undefined) continue;
        expect(this.uids[n - 1] ?? Number(uid)).toBe(Number(uid));
        this.uids[n - 1] = Number(uid);
      }
    }
  }
}

const words = fc.oneof(
  ...[
    'NOOP',
    'UID SEARCH ALL',
    'SEARCH SEEN',
    'EXPUNGE',
    'APPEND INBOX {3+}\r\na:b',
    'UID FETCH 1:* FLAGS',
    'CHECK',
  ].map(fc.constant),
  ...[
    'FETCH # (UID FLAGS)',
    'STORE # +FLAGS (\\Deleted)',
    'STORE # -FLAGS.SILENT (\\Deleted)',
    'STORE # FLAGS (k)',
  ].map(fc.constant),
  ...['UID STORE # +FLAGS (\\Deleted)', 'UID MOVE # Junk', 'MOVE # Junk', 'COPY # INBOX', 'UID EXPUNGE 1:*'].map(
    fc.constant,
  ),
);
const step = fc.record({ client: fc.nat({ max: 1 }), words, n: fc.integer({ min: 1, max: 9 }) });

describe('two sessions on one folder', () => {
  it.each([
    ['a plain account', {}],
    ['a Gmail account', { gmail: true }],
  ])('never lose count of its messages, whatever both do to %s', async (_, capabilities) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const user = account(capabilities);
        const handle = server.store.account(user);
        for (let n = 0; n < 6; n++) handle.append('INBOX', `Subject: ${n}\n\n${n}`);
        const clients = await Promise.all(
          [0, 1].map(async () => ({ wire: await Wire.login(server, user), belief: new Believer() })),
        );
        try {
          for (const { wire, belief } of clients) belief.hear(await wire.ask('SELECT INBOX'));
          for (const { client, words, n } of steps) {
            const chosen = clients[client];
            const answer = (await chosen?.wire.ask(words.replace('#', String(n)))) ?? '';
            expect(answer).not.toContain('SERVERBUG');
            // RFC 3501 7.4.1.
            if (/^(FETCH|STORE|SEARCH)/.test(words)) expect(answer).not.toContain('EXPUNGE\r\n');
            chosen?.belief.hear(answer);
          }
          for (const { wire, belief } of clients) {
            belief.hear(await wire.ask('NOOP'));
            belief.hear(await wire.ask('UID FETCH 1:* UID'));
            expect(belief.uids).toEqual(handle.messages('INBOX').map((message) => message.uid));
          }
        } finally {
          for (const { wire } of clients) wire.close();
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('what a client sends', () => {
  it('is answered or ends the connection, and never ends the server', async () => {
    const fragment = fc.oneof(
      ...[
        'FETCH',
        'STORE',
        'SEARCH',
        'UID',
        'LIST',
        'APPEND INBOX',
        'SELECT',
        'LOGIN',
        '1:*',
        '(',
        ')',
        '"',
        '{1+}\r\n',
        ' ',
      ].map(fc.constant),
      ...[
        'BODY[',
        ']',
        '<0.1>',
        'HEADER.FIELDS (a)',
        '+FLAGS',
        '\\Seen',
        '\\',
        'NOT',
        'OR',
        'HEADER',
        '*',
        '%',
        '&',
      ].map(fc.constant),
      fc.string({ maxLength: 8 }),
      fc.string({ unit: 'binary', maxLength: 4 }),
    );
    const user = account();
    server.store.account(user).append('INBOX', 'Subject: a\n\na');
    await fc.assert(
      fc.asyncProperty(fc.array(fragment, { maxLength: 12 }), async (fragments) => {
        const wire = await Wire.login(server, user);
        await wire.ask('SELECT INBOX');
        wire.send(`x ${fragments.join(' ')}\r\n\r\nz LOGOUT\r\n`);
        // A literal that was opened swallows the goodbye; then the client's end of the line is the end.
        wire.end();
        expect(await wire.rest()).not.toContain('SERVERBUG');
        wire.close();
      }),
      { numRuns: 300 },
    );
    const wire = await Wire.login(server, user);
    expect(await wire.ask('NOOP')).toContain('A OK');
    wire.close();
  });
});

describe('any octets as a message', () => {
  it('have a structure whose parts lie within each other and within the message', () => {
    const line = fc.oneof(
      ...[
        '--a',
        '--a--',
        '--b',
        '--b--',
        '',
        ' folded',
        'Subject: x',
        'Content-Type: text/plain',
        'Content-Type: message/rfc822',
      ].map(fc.constant),
      ...[
        'Content-Type: multipart/mixed; boundary=a',
        'Content-Type: multipart/digest; boundary="b"',
        '(',
        'From: <a@b>, g:;',
      ].map(fc.constant),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.constantFrom('\n', '\r\n', '\r'), (lines, end) => {
        const content = new Content(Buffer.from(lines.join(end)));
        const check = (part: Part, from: number, to: number): void => {
          expect([
            part.headerStart >= from,
            part.bodyStart >= part.headerStart,
            part.end >= part.bodyStart,
            part.end <= to,
          ]).toEqual([true, true, true, true]);
          for (const child of part.children) check(child, part.bodyStart, part.end);
          if (part.message !== null) check(part.message, part.bodyStart, part.end);
        };
        check(content.root, 0, content.raw.length);
        expect(
          balanced(content.structure(true)) && balanced(content.structure(false)) && balanced(content.envelope),
        ).toBe(true);
        expect(Buffer.concat([content.header, content.section({ path: [], what: 'TEXT', fields: [] })])).toEqual(
          content.raw,
        );
      }),
      { numRuns: 500 },
    );
  });

  it('cost no more than the limits when they nest without end', () => {
    const nested = 'Content-Type: message/rfc822\n\n'.repeat(10_000);
    const many = `Content-Type: multipart/mixed; boundary=a\n\n${'--a\n\nx\n'.repeat(10_000)}`;
    for (const raw of [nested, many]) expect(balanced(new Content(Buffer.from(raw)).structure(true))).toBe(true);
  });
});

describe('encodings', () => {
  it('give back any folder name, and refuse what is not modified UTF-7', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (name) => decodeUtf7(encodeUtf7(name)) === name));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (wire) => {
        const name = decodeUtf7(wire);
        return name === null || encodeUtf7(name) === wire;
      }),
    );
  });

  it('give back any INTERNALDATE in whole seconds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000_000_000 }),
        (seconds) => parseDateTime(dateTimeOf(seconds * 1000)) === seconds * 1000,
      ),
    );
  });
});

/** Parentheses outside of strings and literals close what they open. */
function balanced(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const literal = /^\{(\d+)\}\r\n/.exec(text.slice(at, at + 16));
    const quoted = text[at] === '"' ? /^"(?:[^"\\]|\\.)*"/s.exec(text.slice(at)) : null;
    if (literal !== null) at += literal[0].length + Number(literal[1]) - 1;
    else if (quoted !== null) at += quoted[0].length - 1;
    else if (text[at] === '(') depth += 1;
    else if (text[at] === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}
