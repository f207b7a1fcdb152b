import { simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { answerable } from '../../src/mail/answerable.ts';
import { headerFields } from '../../src/mail/identity.ts';
import { postingId, postingMessageId } from '../../src/mail/posting.ts';
import { forwardAttached, notice, redirect, reply } from '../../src/post/letters.ts';
import { parseTemplate } from '../../src/triage/template.ts';

const from = { name: 'Shop, Support', address: 'support@shop.example' };
const date = Date.UTC(2026, 10, 28, 10);
const id = postingId({
  account: 'support',
  ref: '<1@customer.example>',
  kind: 'reply',
  target: 'carol@customer.example',
});
const cover = { id, from, to: 'refunds@shop.example', date };
const messageId = postingMessageId(id, from.address);

/** Octets that no decoding and encoding leaves as they are. */
const head = Buffer.concat([
  Buffer.from('Received: from mx by us; Sat, 28 Nov 2026 10:00:00 +0000\r\n'),
  Buffer.from('Resent-Date: Fri, 27 Nov 2026 10:00:00 +0000\r\nResent-From: dave@customer.example\r\n'),
  Buffer.from('Resent-To: support@shop.example\r\nResent-Message-ID: <r1@customer.example>\r\n'),
  Buffer.from('From: "Carol Doe" <carol@customer.example>\r\nTo: support@shop.example\r\n'),
  Buffer.from(
    'Subject: =?utf-8?q?My_r=C3=A9fund?=\r\nMessage-ID: <1@customer.example>\r\nX-Odd:  two  spaces \r\n\tand a fold\r\n',
  ),
  Buffer.from('X-Latin1: Gr\xfc\xdfe\r\n', 'latin1'),
]);
const body = Buffer.from('\r\nGr\xfc\xdfe\r\n.\r\n..\r\nFrom me\r\nReturn-Path: <in@the.body>\r\n\x80\xff', 'latin1');
const source = Buffer.concat([Buffer.from('Return-Path: <carol@customer.example>\r\n'), head, body]);

const fieldsOf = (raw: Buffer) => Object.fromEntries((headerFields(raw) ?? []).map(({ name, value }) => [name, value]));
const textOf = async (raw: Buffer) => (await simpleParser(raw)).text?.trim();

async function letterOf(outcome: ReturnType<typeof redirect> | ReturnType<typeof forwardAttached>) {
  const made = await outcome;
  if (!made.ok) throw new Error(made.fault.message);
  return made.value;
}

describe('redirect', () => {
  test('one more Resent block in front, the rest octet for octet but for the Return-Path', async () => {
    const letter = await letterOf(redirect({ ...cover, source }));
    expect([letter.from, letter.to]).toEqual(['support@shop.example', 'refunds@shop.example']);
    const rest = Buffer.concat([head, body]);
    expect(letter.raw.subarray(-rest.length).equals(rest)).toBe(true);
    expect(letter.raw.subarray(0, -rest.length).toString()).toBe(
      [
        `X-Siftd-Posting: ${id}`,
        'Resent-Date: Sat, 28 Nov 2026 10:00:00 +0000',
        'Resent-From: <support@shop.example>',
        'Resent-To: <refunds@shop.example>',
        `Resent-Message-ID: ${messageId}`,
        '',
      ].join('\r\n'),
    );
    expect(source.toString('latin1')).toContain('Return-Path: <carol');
  });

  test.for([
    ['a folded Return-Path of any case', 'RETURN-PATH :\r\n <carol@customer.example>\r\n'],
    ['the line of an mbox file', 'From carol@customer.example Sat Nov 28 10:00:00 2026\r\n'],
    ['the same, quoted', '>From carol@customer.example Sat Nov 28 10:00:00 2026\n'],
  ])('%s does not go on', async ([, first]) => {
    const letter = await letterOf(
      redirect({ ...cover, source: Buffer.concat([Buffer.from(first ?? ''), head, body]) }),
    );
    expect(letter.raw.toString('latin1')).not.toMatch(/carol@customer.example( Sat|>\r\nReceived)/);
    expect(letter.raw.subarray(-head.length - body.length).equals(Buffer.concat([head, body]))).toBe(true);
  });

  test('a message without a header, and one without a body', async () => {
    for (const odd of ['\r\nonly a body', 'Subject: only a header', 'Subject: x\n\nbare line feeds\n', '']) {
      const letter = await letterOf(redirect({ ...cover, source: Buffer.from(odd) }));
      expect(letter.raw.toString().endsWith(odd)).toBe(true);
    }
  });
});

describe('forward as attachment', () => {
  const forward = (message: Buffer) =>
    forwardAttached({ ...cover, source: message, text: 'Sorted as refund_request.' });

  test('the message is a part of its own, octet for octet', async () => {
    const letter = await letterOf(forward(source));
    expect([letter.from, letter.to]).toEqual(['support@shop.example', 'refunds@shop.example']);
    const fields = fieldsOf(letter.raw);
    expect(fields).toMatchObject({
      from: '"Shop, Support" <support@shop.example>',
      to: 'refunds@shop.example',
      'message-id': messageId,
      date: 'Sat, 28 Nov 2026 10:00:00 +0000',
      'auto-submitted': 'auto-generated',
      'x-siftd-posting': id,
    });
    expect((await simpleParser(letter.raw)).subject).toBe('Fwd: My réfund');
    expect(letter.raw.includes(Buffer.concat([head, body]))).toBe(true);
    expect(letter.raw.toString('latin1')).toMatch(
      /Content-Type: message\/rfc822[\s\S]*Content-Transfer-Encoding: 8bit\r\n/,
    );
  });

  test('the same again is the same again', async () => {
    expect((await letterOf(forward(source))).raw.equals((await letterOf(forward(source))).raw)).toBe(true);
  });

  test('a message with a boundary of ours in it does not end the part', async () => {
    const first = (await letterOf(forward(source))).raw.toString('latin1');
    const boundary = /boundary="([^"]+)"/.exec(first)?.[1] ?? '';
    const copied = Buffer.concat([source, Buffer.from(`\r\n--${boundary}\r\n\r\nnot ours\r\n--${boundary}--\r\n`)]);
    const parsed = await simpleParser((await letterOf(forward(copied))).raw);
    expect(parsed.attachments.length).toBe(1);
    expect(parsed.text?.trim()).toBe('Sorted as refund_request.');
  });
});

test.for([
  ['was forwarded', async () => (await letterOf(forwardAttached({ ...cover, source, text: 'x' }))).raw, /circle/],
  ['was redirected', async () => (await letterOf(redirect({ ...cover, source }))).raw, /circle/],
  [
    'is an answer of ours without its other marks',
    async () => Buffer.from(`Message-ID: ${messageId}\r\n\r\n`),
    /circle/,
  ],
  [
    'went through too many servers',
    async () => Buffer.from(`${'Received: from a\r\n'.repeat(limits.forward.hops + 1)}\r\n`),
    /more than 100/,
  ],
  ['has a header without end', async () => Buffer.alloc(limits.imap.headerBlock + 1, 'x: y\r\n'), /too long/],
] as const)('what %s does not go on', async ([, message, why]) => {
  const back = await message();
  for (const made of [
    redirect({ ...cover, source: back }),
    await forwardAttached({ ...cover, source: back, text: '' }),
  ]) {
    expect(made.ok ? null : made.fault).toMatchObject({
      kind: 'permanent',
      code: 'loop',
      message: expect.stringMatching(why),
    });
  }
});

describe('reply', () => {
  const parsed = parseTemplate('Subject: [{{ticket}}] {{subject}}\n\nDear {{name|customer}},\n\nGrüße: {{class}}\n');
  if (!parsed.ok) throw new Error(parsed.fault.message);
  const template = parsed.value;
  const answer = (header: string) =>
    reply({
      ...cover,
      to: 'carol@customer.example',
      template,
      header: Buffer.from(header.replaceAll('\n', '\r\n')),
      ticket: '7K3M9-QZT4B',
      class: 'refund_request',
    });

  test('as RFC 3834 section 3 wants it', async () => {
    const letter = await answer(
      'From: "Carol Doe" <carol@customer.example>\nSubject: My refund\nMessage-ID: <3@a>\nReferences: <1@a>\n <2@a>\nIn-Reply-To: <2@a>\n\n',
    );
    expect([letter.from, letter.to]).toEqual(['', 'carol@customer.example']);
    const fields = fieldsOf(letter.raw);
    expect(fields).toEqual({
      from: '"Shop, Support" <support@shop.example>',
      to: 'carol@customer.example',
      subject: '[7K3M9-QZT4B] My refund',
      'message-id': messageId,
      'in-reply-to': '<3@a>',
      references: '<1@a> <2@a> <3@a>',
      date: 'Sat, 28 Nov 2026 10:00:00 +0000',
      'auto-submitted': 'auto-replied',
      'x-auto-response-suppress': 'All',
      'x-siftd-posting': id,
      'mime-version': '1.0',
      'content-type': 'text/plain; charset=utf-8',
      'content-transfer-encoding': expect.any(String),
    });
    expect(await textOf(letter.raw)).toBe('Dear Carol Doe,\n\nGrüße: refund_request');
    // Nobody answers it by himself, we least of all.
    const delivered = Buffer.concat([Buffer.from('Return-Path: <support@shop.example>\r\n'), letter.raw]);
    expect(answerable(delivered, []).to).toBe(null);
  });

  test.for([
    ['no Message-ID', 'References: <1@a>\n', undefined, undefined],
    ['an In-Reply-To alone', 'Message-ID: <2@a>\nIn-Reply-To: <1@a>\n', '<2@a>', '<1@a> <2@a>'],
    ['two in In-Reply-To', 'Message-ID: <3@a>\nIn-Reply-To: <1@a> <2@a>\n', '<3@a>', '<3@a>'],
    ['a Message-ID without brackets', 'Message-ID: 2@a\n', undefined, undefined],
    ['a Message-ID of many lines', `Message-ID: <${'x'.repeat(2000)}@a>\n`, undefined, undefined],
    ['a Message-ID that is no ASCII', 'Message-ID: <é@a>\n', undefined, undefined],
    [
      'a thousand References',
      `Message-ID: <0@a>\nReferences: ${Array.from({ length: 1000 }, (_, n) => `<${n + 1}@a>`).join('\n ')}\n`,
      '<0@a>',
      ['<1@a>', ...Array.from({ length: 18 }, (_, n) => `<${983 + n}@a>`), '<0@a>'].join(' '),
    ],
  ] as const)('the thread of a message with %s', async ([, header, inReplyTo, references]) => {
    const fields = fieldsOf((await answer(`${header}\n`)).raw);
    expect([fields['in-reply-to'], fields['references']]).toEqual([inReplyTo, references]);
  });

  test.for([
    ['Carol <c@a.example>', 'Carol'],
    ['=?utf-8?q?Zo=C3=AB_O=27Hara-L=C3=B3pez=2C_Jr=2E?= <c@a.example>', "Zoë O'Hara-López, Jr."],
    ['c@a.example', 'customer'],
    ['"Win at www.casino.example" <c@a.example>', 'customer'],
    ['"https://casino.example" <c@a.example>', 'customer'],
    ['"victim@a.example" <c@a.example>', 'customer'],
    ['=?utf-8?q?Carol=0D=0ABcc=3A_eve=40evil.example?= <c@a.example>', 'customer'],
    [`"${'very '.repeat(20)}long" <c@a.example>`, 'customer'],
    ['{{ticket}} <c@a.example>', 'customer'],
  ])('who is called by a name: %s', async ([sender, name]) => {
    expect(await textOf((await answer(`From: ${sender}\n\n`)).raw)).toMatch(new RegExp(`^Dear ${name},`));
  });

  test.for([
    'Hi\rBcc: eve@evil.example',
    '=?utf-8?q?Hi=0D=0ABcc=3A_eve=40evil.example=0D=0A=0D=0Abody?=',
    '=?utf-8?b?SGkNCkJjYzogZXZlQGV2aWwuZXhhbXBsZQ==?=',
    '\u2028Bcc: eve@evil.example',
    'x'.repeat(10_000),
    '=?utf-8?q?=ED=A0=80?= \u{1F600}'.repeat(40),
    '{{name}} {{ticket',
  ])('a subject that wants to be more: %j', async (subject) => {
    const { raw } = await answer(`Subject: ${subject}\n\n`);
    const fields = headerFields(raw) ?? [];
    expect(fields.map(({ name }) => name)).not.toContain('bcc');
    expect(fields.length).toBe(11);
    const seen = (await simpleParser(raw)).subject ?? '';
    expect(seen.startsWith('[7K3M9-QZT4B] ')).toBe(true);
    expect(seen.length).toBeLessThan(limits.reply.subject + 20);
    for (const line of raw.toString('latin1').split('\r\n')) expect(line.length).toBeLessThan(998);
  });
});

test('a notice is to one person, from a program', async () => {
  const letter = await notice({
    ...cover,
    to: 'admin@shop.example',
    subject: '3 wait',
    text: 'Three messages wait.\n',
  });
  expect([letter.from, letter.to]).toEqual(['', 'admin@shop.example']);
  expect(fieldsOf(letter.raw)).toMatchObject({ subject: '3 wait', 'auto-submitted': 'auto-generated' });
});
