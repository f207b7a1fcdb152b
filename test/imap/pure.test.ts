import type { MessageStructureObject } from 'imapflow';
import { describe, expect, test } from 'vitest';
import type { Mailboxes, Session } from '../../src/daemon/ports.ts';
import { outline } from '../../src/imap/fetch.ts';
import { uidSet } from '../../src/imap/line.ts';
import { absent, keepable } from '../../src/imap/marks.ts';
import { Pace } from '../../src/imap/pace.ts';
import { createMailboxes, type ImapSession } from '../../src/imap/session.ts';
import { isKeyword } from '../../src/triage/policy.ts';

/** Fails to compile when the room no longer fits what the daemon asks of it. */
const asPort: Mailboxes = createMailboxes(() => undefined);
const sessionAsPort = (session: ImapSession): Session => session;

describe('the ports', () => {
  test('the room fits them, and an account that nobody knows is a fault', async () => {
    expect(sessionAsPort.length).toBe(1);
    expect(await asPort.connect('nobody', new AbortController().signal)).toMatchObject({
      ok: false,
      fault: { kind: 'permanent', code: 'no-account' },
    });
  });
});

describe('marks', () => {
  test.each(['urgent', 'siftd/Invoice', '$Label1', 'needs-review', 'a.b:c'])('%s is a keyword', (label) => {
    expect(isKeyword(label)).toBe(true);
  });

  test.each(['', 'two words', 'a(b', 'a]b', 'a%', 'a*', 'a"b', 'a\\b', 'a{b', 'übrig', 'a\u0007'])(
    '%j is none',
    (label) => {
      expect(isKeyword(label)).toBe(false);
    },
  );

  test('a server that takes new keywords keeps every valid one, in the spelling that it knows', () => {
    const permanent = new Set(['\\Seen', '\\Flagged', 'Urgent', '\\*']);
    expect(keepable(['urgent', 'new', 'not one', '\\Flagged', '\\Answered'], permanent)).toEqual({
      kept: ['Urgent', 'new', '\\Flagged'],
      unkept: ['not one', '\\Answered'],
    });
  });

  test('a server without \\* keeps only what it knows, and one that says nothing keeps all', () => {
    expect(keepable(['known', 'new'], new Set(['known']))).toEqual({ kept: ['known'], unkept: ['new'] });
    expect(keepable(['new', '\\Seen'], undefined)).toEqual({ kept: ['new', '\\Seen'], unkept: [] });
  });

  test('case makes no difference to what is there', () => {
    expect(absent(['\\Flagged', 'Urgent', 'new'], ['\\flagged', 'URGENT'])).toEqual(['new']);
  });
});

describe('UID sets', () => {
  test.each([
    [[], ''],
    [[5], '5'],
    [[3, 1, 2], '1:3'],
    [[9, 1, 2, 2, 7], '1:2,7,9'],
  ] as const)('%j is %j', (uids, set) => {
    expect(uidSet(uids)).toBe(set);
  });
});

describe('the pace', () => {
  test('shrinks to a quarter of what failed, down to one, and doubles back', () => {
    const pace = new Pace(250);
    pace.shrink(250);
    expect(pace.size).toBe(62);
    for (let n = 0; n < 9; n++) pace.shrink(pace.size);
    expect(pace.size).toBe(1);
    for (let n = 0; n < 20; n++) pace.grow();
    expect(pace.size).toBe(250);
  });

  test('counts how often one message is asked for alone, until it is answered for', () => {
    const pace = new Pace(250);
    expect([pace.alone('a'), pace.alone('a'), pace.alone('b'), pace.alone('a')]).toEqual([1, 2, 1, 1]);
    pace.grow();
    expect(pace.alone('a')).toBe(2);
    pace.answered();
    expect(pace.alone('a')).toBe(1);
  });
});

describe('the outline of a large message', () => {
  const text = (part: string, type = 'text/plain'): MessageStructureObject => ({ part, type });

  test('one single text is its own MIME part', () => {
    expect(outline({ type: 'text/html' })).toEqual({ texts: [{ mime: null, body: 'TEXT' }], attachments: [] });
  });

  test('of alternatives the plainest is taken, wherever it sits', () => {
    const related = { type: 'multipart/related', childNodes: [text('1.2.1', 'text/html'), text('1.2.2', 'image/png')] };
    const root = {
      type: 'multipart/mixed',
      childNodes: [{ type: 'multipart/alternative', childNodes: [text('1.1', 'text/html'), related, text('1.3')] }],
    };
    expect(outline(root).texts).toEqual([{ mime: '1.3.MIME', body: '1.3' }]);
    const htmlOnly = { type: 'multipart/alternative', childNodes: [text('1', 'text/calendar'), related] };
    expect(outline(htmlOnly)).toEqual({ texts: [{ mime: '1.2.1.MIME', body: '1.2.1' }], attachments: ['image/png'] });
  });

  test('texts beside each other are all the mail’s own', () => {
    const root = { type: 'multipart/mixed', childNodes: [text('1', 'text/html'), text('2')] };
    expect(outline(root).texts.map(({ body }) => body)).toEqual(['1', '2']);
  });

  test('what is attached, and what a forwarded message says, is not', () => {
    const forwarded: MessageStructureObject = {
      part: '2',
      type: 'message/rfc822',
      envelope: { subject: 'old' },
      childNodes: [text('2.1')],
    };
    const attached = { ...text('3'), disposition: 'attachment', dispositionParameters: { filename: 'notes.txt' } };
    const named = { ...text('4', 'application/pdf'), parameters: { name: 'a.pdf' } };
    const root = { type: 'multipart/mixed', childNodes: [text('1'), forwarded, attached, named] };
    expect(outline(root)).toEqual({
      texts: [{ mime: '1.MIME', body: '1' }],
      attachments: ['old', 'notes.txt', 'a.pdf'],
    });
  });

  test('a tree of a thousand parts asks for a few', () => {
    const many = Array.from({ length: 1000 }, (_, n) => text(`${n + 1}`));
    const names = many.map((part) => ({ ...part, type: 'image/png' }));
    const { texts, attachments } = outline({ type: 'multipart/mixed', childNodes: [...many, ...names] }, 16);
    expect([texts.length, attachments.length]).toEqual([16, 20]);
  });
});
