import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { Readable } from '../../src/mail/message.ts';
import { parseMessage } from '../../src/mail/parse.ts';
import type { TextOptions } from '../../src/mail/text.ts';

const options: TextOptions = { limit: 20_000, quotes: 'keep' };
const folder = new URL('fixtures/', import.meta.url);
const fixture = (name: string): Buffer => readFileSync(new URL(`${name}.eml`, folder));
const whole = (source: Uint8Array, chosen = options): Promise<Readable> =>
  parseMessage({ kind: 'whole', source }, chosen);
const htmlText = 'Dear team,\n\nplease refund order 4711 & tell me.\n\nItem Price\nShoe 50 €';

const expected: Record<string, readonly [subject: string, body: string]> = {
  'iso-8859-1': [
    'Rückerstattung für Bestellung 4711',
    'Guten Tag,\n\nbitte überweisen Sie mir das Geld zurück.\nGrüße',
  ],
  'iso-8859-15': ['Facture à 20 €', 'Bonjour,\n\nvotre facture de 20 € est fausse, mon cœur.'],
  'windows-1252': ['“Late” delivery…', 'It’s late — again. 5 €!'],
  'koi8-r': ['Возврат денег', 'Здравствуйте, верните деньги за заказ.'],
  gb18030: ['退款申请', '您好,请退款。谢谢!𠀀'],
  big5: ['退款申請', '您好,請退款。'],
  'euc-kr': ['환불 요청', '환불해 주세요. 감사합니다.'],
  shift_jis: ['返金のお願い', '商品が届きません。返金してください。ソ表'],
  'iso-2022-jp': ['返金のお願い', '商品が届きません。返金してください。'],
  'utf-16': ['Refund ünd', 'Money back für all'],
  // mailparser decodes no UTF-7, since it smuggles markup past whoever looks for it: it stays as it was written.
  'utf-7': ['Plain +AOQ-', 'Hi Mom -+Jjo--!'],
  'unknown-charset': ['café', 'Money back für all'],
  'raw-8bit-subject': ['Grüße aus Köln', 'Grüße'],
  'raw-utf8-subject': ['Grüße aus Köln 😀', 'hallo'],
  'folded-subject': ['Where is my order? it is late', 'Hello'],
  flowed: [
    'Flowed',
    'This line goes on and on until here.\n\n> A quoted line that is wrapped too.\nMy answer.\n--\nAnn',
  ],
  alternative: ['Both', 'Please refund order 4711.'],
  'html-only': ['Only HTML', htmlText],
  'html-in-mixed': ['HTML in mixed', htmlText],
  'html-with-footer': [
    '[list] Release',
    `You got this from the list.\n\n${'The new release brings a faster search and fixes the invoice export. '.repeat(12).trim()}`,
  ],
  nested: ['Nested', 'See the picture.\nSecond text.'],
  'attachments-only': ['Scan', '(no text) Attachments: Rechnung März.pdf, Foto Ü.jpg, application/zip'],
  'broken-boundary': ['Broken', 'The end of this part never comes.'],
  'broken-no-boundary': ['No boundary', '--x\nContent-Type: text/plain\n\nWhere does it start?\n--x--'],
  'broken-base64': ['Broken base64', 'Please refund me'],
  'broken-header': ['Still readable', 'Body of it.'],
  'no-header': ['', 'Just a body.'],
  forwarded: ['Fwd: The original', 'Please look at this.'],
  'forwarded-inline': ['Fwd: The original', 'Please look at this.\n\nSubject: The original\n\nMy parcel is broken.'],
  'forwarded-alone': ['Fwd: The original', 'Subject: The original\n\nMy parcel is broken.'],
  'forwarded-nothing': ['Fwd: Nothing', '(no text) Attachments: message/rfc822'],
  'forwarded-as-file': ['Fwd: The original', 'Please look at this.'],
  'smime-signed': ['Signed', 'I sign this.'],
  'smime-opaque': ['Enveloped', '(no text) Attachments: smime.p7m'],
  invite: ['Invitation: review', 'You are invited to the review at 10.'],
  bounce: [
    'Undelivered Mail Returned to Sender',
    'Your message could not be delivered.\nReporting-MTA: dns; mx.example.com\n\nFinal-Recipient: rfc822; nobody@example.org\nAction: failed\nStatus: 5.1.1',
  ],
  empty: ['', '(no text)'],
  'empty-body': ['Nothing to say', '(no text)'],
};

describe('a whole message', () => {
  test.each(Object.entries(expected))('%s is read', async (name, [subject, body]) => {
    expect(await whole(fixture(name))).toEqual({ subject, body });
  });

  test('and every fixture has its expectation', () => {
    expect(
      readdirSync(folder)
        .map((name) => name.replace('.eml', ''))
        .sort(),
    ).toEqual(Object.keys(expected).sort());
  });

  test('has a subject of bounded length', async () => {
    const { subject } = await whole(Buffer.from(`Subject: ${'=?utf-8?Q?=F0=9F=98=80?=\r\n '.repeat(5000)}\r\n\r\nx`));
    expect(subject.length).toBeGreaterThan(limits.message.subject - 2);
    expect(subject.length).toBeLessThanOrEqual(limits.message.subject);
    expect(subject).not.toMatch(/\p{Cs}/u);
  });

  test('that forwards keeps what it quotes, one that answers does not', async () => {
    const text = (subject: string) => Buffer.from(`Subject: ${subject}\r\n\r\nYes.\r\n> quoted\r\n`);
    const strip: TextOptions = { ...options, quotes: 'strip' };
    expect((await whole(text('Re: x'), strip)).body).toBe('Yes.');
    expect((await whole(text('WG: x'), strip)).body).toBe('Yes.\n> quoted');
    expect((await whole(text('Re: Fwd: x'), strip)).body).toBe('Yes.\n> quoted');
  });
});

describe('a message of which only parts were fetched', () => {
  const part = (mime: string, body: string | Buffer) => ({
    mime: Buffer.from(mime.replaceAll('\n', '\r\n')),
    body: Buffer.from(body),
  });
  const read = (texts: readonly ReturnType<typeof part>[], attachments: readonly string[] = []): Promise<Readable> =>
    parseMessage({ kind: 'parts', header: fixture('attachments-only').subarray(0, 300), texts, attachments }, options);

  test('is read part by part, each by its own MIME header', async () => {
    const texts = [
      part(
        'Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n',
        'Gr=FC=DFe',
      ),
      part('Content-Type: text/html; charset=utf-8\n\n', '<p>html</p>'),
      part('Content-Type: text/plain; charset=koi8-r\n', Buffer.from([0xf7, 0xcf])),
    ];
    expect(await read(texts, ['a.pdf'])).toEqual({ subject: 'Scan', body: 'Grüße\nВо' });
  });

  test('may be cut anywhere', async () => {
    const encoded = Buffer.from('Please refund me, thank you').toString('base64');
    const cut = part('Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n', encoded.slice(0, 22));
    expect((await read([cut])).body).toBe('Please refund me');
    const html = part('Content-Type: text/html\n\n', '<p>Please refund me</p><p class="x');
    expect((await read([html])).body).toBe('Please refund me');
  });

  test('is read as far as anything of it could count', async () => {
    const html = part('Content-Type: text/html\n\n', '<!-- -->'.repeat(limits.parse.html / 7));
    expect((await read([html, part('', 'the end')])).body).toBe('(no text)');
  });

  test('needs no MIME header, and without text is told by its attachments', async () => {
    expect((await read([part('', 'hello')])).body).toBe('hello');
    expect((await read([], ['bill.pdf'])).body).toBe('(no text) Attachments: bill.pdf');
  });
});

test('whatever octets come, a message is read within its limits', async () => {
  const line = fc.constantFrom(
    'Content-Type: multipart/mixed; boundary=b',
    'Content-Type: text/html; charset=utf-16',
    "Content-Type: text/plain; charset*=utf-8''iso-2022-jp; format=flowed",
    'Content-Type: message/rfc822',
    'Content-Transfer-Encoding: base64',
    'Content-Transfer-Encoding: quoted-printable',
    'Content-Disposition: attachment; filename*0*=x; filename*1="=?utf-8?B?!!?="',
    'Subject: =?utf-16?B?2D0=?= =?x?Q?=ZZ?=',
    'From: <<>>,;:"',
    'Date: never',
    '--b',
    '--b--',
    '',
  );
  const piece = fc.oneof(
    line.map((text) => Buffer.from(`${text}\r\n`)),
    fc.uint8Array({ maxLength: 40 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 30 }), async (pieces) => {
      const readable = await whole(Buffer.concat(pieces), { limit: 100, quotes: 'strip' });
      expect(readable.body.length).toBeLessThanOrEqual(100);
      expect(readable.body).not.toBe('');
      expect(readable.subject + readable.body).not.toMatch(/\p{Cs}|[^\P{Cc}\n]/u);
    }),
    { numRuns: 500 },
  );
});
