import { createHash } from 'node:crypto';
import { type ParsedMail, simpleParser } from 'mailparser';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { messageIdOf } from '../../src/demo/inbox/build.ts';
import { arriving, history, routes, type SampleMessage, sampleInbox } from '../../src/demo/inbox/index.ts';
import { type Letter, languages } from '../../src/demo/inbox/letter.ts';
import { letterById } from '../../src/demo/inbox/plan.ts';
import { sampleClasses } from '../../src/demo/inbox/routes.ts';

interface Read {
  readonly message: SampleMessage;
  readonly letter: Letter;
  readonly mail: ParsedMail;
}

let all: readonly Read[];

beforeAll(async () => {
  all = await Promise.all(
    (await sampleInbox()).map(async (message) => {
      const letter = letterById(message.id);
      if (letter === undefined) throw new Error(`no letter ${message.id}`);
      return { message, letter, mail: await simpleParser(message.raw) };
    }),
  );
});

function count(fits: (read: Read) => boolean): number {
  return all.filter(fits).length;
}

function headerOf(mail: ParsedMail): string {
  return mail.headerLines.map(({ line }) => line.replace(/\r?\n\s+/g, ' ')).join('\n');
}

function ascii({ raw }: SampleMessage): string {
  return raw.toString('latin1');
}

/** Words alone: how lines break and how a quote is marked is the mail program's business. */
function words(text: string | undefined): string {
  return (text ?? '').replace(/^>+ ?/gm, '').replace(/\s+/g, ' ').trim();
}

function withoutTags(html: string | false | undefined): string {
  const text = (html || '').replace(/<[^>]+>/g, '');
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

describe('what is in the sample inbox', () => {
  test('there are at least 280 messages of at least 9 classes, and a handful that fits no route', () => {
    expect(all.length).toBeGreaterThanOrEqual(280);
    expect(sampleClasses.length).toBeGreaterThanOrEqual(9);
    expect(sampleClasses).toContain('refund_request');
    expect(count(({ message }) => message.class === null)).toBeGreaterThanOrEqual(5);
  });

  test.each(sampleClasses)('%s comes in all languages, English most, enough of it sorted to learn from', (class_) => {
    const of = (part: SampleMessage['part'], language: string) =>
      count(({ message }) => message.class === class_ && message.part === part && message.language === language);
    const [en = 0, ...rest] = languages.map((language) => of('history', language) + of('arriving', language));
    expect(en + rest.reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(30);
    expect(Math.max(...rest)).toBeLessThan(en);
    expect(languages.reduce((sum, language) => sum + of('history', language), 0)).toBeGreaterThanOrEqual(18);
    for (const language of languages) {
      expect(of('history', language)).toBeGreaterThanOrEqual(3);
      expect(of('arriving', language)).toBeGreaterThanOrEqual(2);
    }
  });

  test.each<[string, number, (read: Read) => boolean]>([
    ['plain text only', 100, ({ mail }) => mail.text !== undefined && mail.html === false],
    ['HTML only', 40, ({ message }) => !/text\/plain/i.test(ascii(message)) && /text\/html/i.test(ascii(message))],
    ['multipart/alternative', 40, ({ message }) => ascii(message).includes('multipart/alternative')],
    [
      'multipart/mixed with a file',
      30,
      ({ message, mail }) => ascii(message).includes('multipart/mixed') && mail.attachments.length > 0,
    ],
    ['a PDF', 15, ({ mail }) => mail.attachments.some((file) => file.contentType === 'application/pdf')],
    ['an image', 10, ({ mail }) => mail.attachments.some((file) => file.contentType.startsWith('image/'))],
    ['base64 text', 15, ({ letter }) => letter.encoding === 'base64'],
    ['quoted-printable', 100, ({ message }) => ascii(message).includes('quoted-printable')],
    ['ISO 8859-1', 15, ({ message }) => ascii(message).includes('charset=iso-8859-1')],
    ['an encoded subject', 30, ({ message }) => /^Subject: =\?UTF-8\?/m.test(ascii(message))],
    ['an encoded name', 50, ({ message }) => /^From: =\?UTF-8\?/m.test(ascii(message))],
    ['a reply', 30, ({ mail }) => mail.inReplyTo !== undefined],
    ['a reply to a message of this inbox', 8, ({ letter }) => letter.answers !== undefined],
    [
      'a mailing list',
      30,
      ({ mail }) => /^List-Id:\s/im.test(headerOf(mail)) && /^List-Unsubscribe:\s<https:/im.test(headerOf(mail)),
    ],
    ['an automatic reply', 2, ({ mail }) => mail.headers.get('auto-submitted') === 'auto-replied'],
  ])('%s: at least %i messages', (_what, least, fits) => {
    expect(count(fits)).toBeGreaterThanOrEqual(least);
  });

  test('one message is a file without any text', () => {
    const bare = all.filter(({ mail }) => words(mail.text) === '' && mail.html === false);
    expect(bare.map(({ mail }) => mail.attachments.map((file) => file.filename))).toEqual([['scan_0047.pdf']]);
  });
});

describe('how it is written', () => {
  test('every message parses to the sender, subject and text of its letter', () => {
    for (const { letter, mail } of all) {
      const { name, address } = mail.from?.value[0] ?? {};
      expect(name ? `${name} <${address}>` : address, letter.id).toBe(letter.from);
      expect(mail.subject, letter.id).toBe(letter.subject);
      if (letter.body.startsWith('<')) {
        expect((mail.html || '').trimEnd(), letter.id).toBe(letter.body);
        continue;
      }
      if (letter.kind !== 'html') {
        expect((mail.text ?? '').trimEnd(), letter.id).toBe(letter.body);
      }
      if (letter.kind === 'html' || letter.kind === 'alternative') {
        expect(words(withoutTags(mail.html)), letter.id).toBe(words(letter.body));
      }
    }
  });

  test('every file has its name and opens as what it says it is', () => {
    const magic = new Map([
      ['application/pdf', '%PDF-1.4\n'],
      ['image/png', '\x89PNG\r\n\x1a\n'],
      ['image/jpeg', '\xff\xd8\xff\xe0'],
      ['text/csv', 'invoice;'],
    ]);
    for (const { letter, mail } of all) {
      expect(mail.attachments.map((file) => file.filename)).toEqual(letter.files ?? []);
      for (const { contentType, content } of mail.attachments) {
        const bytes = content.toString('latin1');
        expect(bytes.startsWith(magic.get(contentType) ?? 'no such type'), letter.id).toBe(true);
        if (contentType === 'application/pdf') {
          const table = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(bytes)?.[1]);
          expect(bytes.slice(table, table + 7), letter.id).toBe('xref\n0 ');
        }
      }
    }
  });

  test('messages go over any wire: ASCII, CRLF, no line beyond 998 octets (RFC 5322 2.1.1)', () => {
    for (const { message } of all) {
      const lines = ascii(message).split('\r\n');
      expect(
        lines.every((line) => line.length <= 998 && /^[\t\x20-\x7e]*$/.test(line)),
        message.id,
      ).toBe(true);
    }
  });

  test('no two messages share a Message-ID, and exactly one has none', () => {
    const ids = all.map(({ mail }) => mail.messageId);
    const known = ids.filter((id) => id !== undefined);
    expect(known.length).toBe(ids.length - 1);
    expect(new Set(known).size).toBe(known.length);
    expect(all.every(({ letter, mail }) => (mail.messageId ?? null) === messageIdOf(letter))).toBe(true);
  });

  test('no two messages have the same text, nor one the start of another', () => {
    const starts = all.map(({ letter }) => words(letter.body).slice(0, 60)).filter((start) => start !== '');
    expect(new Set(starts).size).toBe(starts.length);
  });

  test('nobody and no host that exists is named: everything is under example.com or .example (RFC 2606)', () => {
    for (const { message, letter, mail } of all) {
      const text = [headerOf(mail), letter.from, letter.subject, letter.body, mail.text, mail.html].join('\n');
      const hosts = [...text.matchAll(/(?:@|https?:\/\/)([\w-]+(?:\.[\w-]+)*)/g)].map(([, host]) => host);
      const others = [...text.matchAll(/\b[\w-]+\.(?:com|net|org|info|eu|de|at|ch|fr|uk|io)\b/g)].map(([host]) => host);
      for (const host of [...hosts, ...others]) {
        expect(host, message.id).toMatch(/^example\.com$|\.example$/);
      }
    }
  });
});

describe('how it comes', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test('the same bytes are built every time, whatever the clock says', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2031, 1, 3) });
    vi.resetModules();
    const again = await import('../../src/demo/inbox/index.ts');
    const hash = (messages: readonly SampleMessage[]) =>
      messages.reduce((sum, { id, raw }) => sum.update(id).update(raw), createHash('sha256')).digest('hex');
    const second = await again.sampleInbox();
    expect(second).not.toBe(await sampleInbox());
    expect(hash(second)).toBe(hash(all.map(({ message }) => message)));
  });

  test('about 60% is history, the rest arrives, and together they are the inbox', async () => {
    const [old, live] = [await history(), await arriving()];
    expect([...old, ...live]).toEqual(await sampleInbox());
    expect(old.length / all.length).toBeGreaterThan(0.55);
    expect(old.length / all.length).toBeLessThan(0.67);
    expect(old.every((message) => message.class !== null)).toBe(true);
  });

  test('messages come in the order of their dates, in whole seconds', () => {
    const dates = all.map(({ message }) => message.date.getTime());
    expect(dates).toEqual([...new Set(dates)].toSorted((a, b) => a - b));
    expect(all.every(({ message, mail }) => mail.date?.getTime() === message.date.getTime())).toBe(true);
    expect(dates.every((date) => date % 1000 === 0)).toBe(true);
  });

  test('what arrives is mixed: no class comes more than four times running', async () => {
    const classes = (await arriving()).map((message) => message.class);
    const run = classes.some((class_, at) => at >= 4 && classes.slice(at - 4, at).every((before) => before === class_));
    expect(run).toBe(false);
  });

  test('a reply names the whole thread and never comes before what it answers', () => {
    const at = new Map(all.map(({ mail }, index) => [mail.messageId, index]));
    const ours = /^<[a-z]+-\d+@lindgren-hale\.example>$/;
    all.forEach(({ letter, mail }, index) => {
      const references = [mail.references ?? []].flat();
      expect(references.at(-1), letter.id).toBe(mail.inReplyTo);
      expect(references.length > 0, letter.id).toBe((letter.answers ?? letter.answersOurs) !== undefined);
      for (const id of references.filter((id) => !ours.test(id))) {
        expect(at.get(id), `${letter.id} answers ${id}`).toBeLessThan(index);
      }
    });
  });

  test('folders and flags are what the routes make of a class', () => {
    const of = (class_: string | null) => all.find(({ message }) => message.class === class_)?.message;
    expect(Object.keys(routes).toSorted()).toEqual(
      [...new Set(all.map(({ message }) => message.class).filter((class_) => class_ !== null))].toSorted(),
    );
    expect(of('refund_request')).toMatchObject({ folder: 'Support/Refunds', flags: [] });
    expect(of('complaint')).toMatchObject({ folder: 'Support/Complaints', flags: ['urgent', '\\Flagged'] });
    expect(of('newsletter')).toMatchObject({ folder: 'INBOX', flags: ['newsletter', '\\Seen'] });
    expect(of('spam')).toMatchObject({ folder: 'Junk', flags: [] });
    expect(of(null)).toMatchObject({ folder: 'INBOX', flags: [] });
  });
});
