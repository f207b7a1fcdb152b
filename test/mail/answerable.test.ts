import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { answerable } from '../../src/mail/answerable.ts';
import { loopField, postingId, postingMessageId } from '../../src/mail/posting.ts';

const own = ['support@shop.example', 'Help@Shop.example'];

/** A customer's letter with some fields changed; null takes one away. Fields of other names are added. */
function letter(changes: Readonly<Record<string, string | readonly string[] | null>> = {}): Buffer {
  const fields: Record<string, string | readonly string[] | null> = {
    'Return-Path': '<carol@customer.example>',
    Received: 'from mx.customer.example by mx.shop.example; Sat, 28 Nov 2026 10:00:00 +0000',
    From: 'Carol Doe <carol@customer.example>',
    To: 'support@shop.example',
    Subject: 'My refund',
    Date: 'Sat, 28 Nov 2026 10:00:00 +0000',
    'Message-ID': '<1@customer.example>',
    'Content-Type': 'text/plain; charset=utf-8',
    ...changes,
  };
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === null ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`),
  );
  return Buffer.from(`${lines.join('')}\r\nWhere is my money?\r\n`);
}

const ours = postingMessageId(
  postingId({ account: 'support', ref: '<1@a>', kind: 'reply', target: 'a@b' }),
  'a@b.example',
);

/** What RFC 3834 forbids to answer, each a kind that real programs send, and the words of the rule that must say so. */
const forbidden: readonly (readonly [string, Parameters<typeof letter>[0], RegExp])[] = [
  ['a program’s own message', { 'Auto-Submitted': 'auto-generated' }, /section 2: a program/],
  ['an out-of-office notice', { 'Auto-Submitted': 'auto-replied' }, /section 2: a program/],
  ['one with a comment and a parameter', { 'Auto-Submitted': 'auto-replied (vacation); x=1' }, /section 2: a program/],
  ['one in capitals', { 'AUTO-SUBMITTED': 'Auto-Generated' }, /section 2: a program/],
  ['a notice of a mailbox (RFC 5436)', { 'Auto-Submitted': 'auto-notified' }, /section 2: a program/],
  ['a value that nobody knows', { 'Auto-Submitted': 'auto-whatever' }, /section 2: a program/],
  ['an empty value', { 'Auto-Submitted': '' }, /section 2: a program/],
  ['“no” beside another one', { 'Auto-Submitted': ['no', 'auto-replied'] }, /section 2: a program/],
  ['a folded value', { 'Auto-Submitted': '\r\n auto-replied' }, /section 2: a program/],
  ['bulk mail', { Precedence: 'bulk' }, /bulk mail/],
  ['junk', { Precedence: 'junk' }, /bulk mail/],
  ['a list of old', { Precedence: 'List' }, /bulk mail/],
  ['an answering machine of old', { Precedence: 'auto_reply' }, /bulk mail/],
  ['bulk mail by another name', { 'X-Precedence': 'bulk' }, /bulk mail/],
  ['a list (RFC 2919)', { 'List-Id': 'Users <users.lists.example>' }, /mailing list/],
  ['a newsletter (RFC 2369)', { 'List-Unsubscribe': '<https://shop.example/unsubscribe>' }, /mailing list/],
  ['one by RFC 8058 alone', { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }, /mailing list/],
  ['a list that is written to', { 'List-Post': '<mailto:users@lists.example>' }, /mailing list/],
  ['a list’s help', { 'List-Help': '<mailto:users-request@lists.example?subject=help>' }, /mailing list/],
  ['a list’s archive', { 'List-Archive': '<https://lists.example/users>' }, /mailing list/],
  ['ezmlm', { 'Mailing-List': 'contact users-help@lists.example; run by ezmlm' }, /mailing list/],
  ['Mailman of old', { 'X-BeenThere': 'users@lists.example' }, /mailing list/],
  ['a bounce', { 'Return-Path': '<>' }, /section 2: .*null one/],
  ['a bounce with white space', { 'Return-Path': ' < > ' }, /section 2: .*null one/],
  ['an empty Return-Path', { 'Return-Path': '' }, /section 2: .*null one/],
  ['no Return-Path', { 'Return-Path': null }, /section 4/],
  ['no Return-Path, but Reply-To', { 'Return-Path': null, 'Reply-To': 'carol@customer.example' }, /section 4/],
  ['a Return-Path that is none', { 'Return-Path': '<carol>' }, /no address/],
  ['a route', { 'Return-Path': '<@relay.example:carol@customer.example>' }, /no address/],
  [
    'two addresses as Return-Path',
    { 'Return-Path': '<carol@customer.example>, <dave@customer.example>' },
    /no address/,
  ],
  ['a host without a name', { 'Return-Path': '<root@localhost>' }, /no address/],
  ['a host that cannot be', { 'Return-Path': '<carol@customer.invalid>' }, /no address/],
  ['an address literal', { 'Return-Path': '<carol@[192.0.2.1]>' }, /no address/],
  [
    'another header behind a bare CR',
    { 'Return-Path': '<carol@customer.example>\rBcc: eve@evil.example' },
    /no address/,
  ],
  [
    'another recipient behind a bracket',
    { 'Return-Path': '<carol@customer.example> RCPT TO:<eve@evil.example>' },
    /no address/,
  ],
  ['a NUL', { 'Return-Path': '<carol\0 @customer.example>' }, /no address/],
  ['a path beyond SMTP', { 'Return-Path': `<${'a'.repeat(250)}@customer.example>` }, /no address/],
  ...[
    'MAILER-DAEMON@customer.example',
    'Mailer-Daemon@mx.customer.example',
    'postmaster@customer.example',
    'noreply@customer.example',
    'no-reply@customer.example',
    'No_Reply@customer.example',
    'donotreply@customer.example',
    'do-not-reply@customer.example',
    'orders-noreply@customer.example',
    'noreply+1234@customer.example',
    'noreply-abc123@customer.example',
    'owner-users@lists.example',
    'users-owner@lists.example',
    'users-request@lists.example',
    'users-bounces@lists.example',
    'users-bounces+carol=customer.example@lists.example',
    'bounce@customer.example',
    'bounces+12345-6789@em.customer.example',
    'listserv@lists.example',
    'majordomo@lists.example',
    'nicht-antworten@customer.example',
    'ne-pas-repondre@customer.example',
  ].map((address) => [`from ${address}`, { 'Return-Path': `<${address}>` }, /programs send from/] as const),
  ['whose From says not to answer', { From: 'Shop <no-reply@other.example>' }, /programs send from/],
  ['a delivery report', { 'Content-Type': 'multipart/report; report-type=delivery-status; boundary=a' }, /report/],
  ['a read receipt', { 'Content-Type': 'Multipart/Report; report-type=disposition-notification' }, /report/],
  ['a feedback report (RFC 5965)', { 'Content-Type': 'multipart/report; report-type=feedback-report' }, /report/],
  ['a bare delivery status', { 'Content-Type': 'message/delivery-status' }, /report/],
  ['a bounce of exim', { 'X-Failed-Recipients': 'dave@customer.example' }, /report/],
  ['an answer to an invitation', { 'Content-Type': 'text/calendar; method=REPLY' }, /report/],
  ['Microsoft’s “all”', { 'X-Auto-Response-Suppress': 'All' }, /wants no automatic answer/],
  ['Microsoft’s “OOF”', { 'X-Auto-Response-Suppress': 'DR, OOF, AutoReply' }, /wants no automatic answer/],
  ['Microsoft’s “AutoReply”', { 'X-Auto-Response-Suppress': 'RN,AutoReply' }, /wants no automatic answer/],
  ['an answering machine', { 'X-Autoreply': 'yes' }, /X-Autoreply/],
  ['another one', { 'X-Autorespond': '' }, /X-Autoreply/],
  ['a third one', { 'X-Autoresponder': 'vacation' }, /X-Autoreply/],
  ['what went through a program once', { 'X-Loop': 'carol@customer.example' }, /X-Autoreply/],
  ['a ticket system', { 'X-RT-Loop-Prevention': 'rt.customer.example' }, /X-Autoreply/],
  ['our own letter', { 'Message-ID': ours }, /siftd itself/],
  ['what siftd redirected', { [loopField]: '0123' }, /siftd itself/],
  ['from this mailbox', { From: 'support@shop.example' }, /this mailbox itself/],
  ['back to this mailbox', { 'Return-Path': '<SUPPORT@SHOP.EXAMPLE>' }, /this mailbox itself/],
  ['back to a sub-address of it', { 'Return-Path': '<help+7@shop.example>' }, /this mailbox itself/],
  ['nobody', { From: null }, /does not say who/],
  ['an empty From', { From: '' }, /does not say who/],
  ['from two', { From: 'carol@customer.example, dave@customer.example' }, /from several/],
  ['with two From', { From: ['carol@customer.example', 'dave@customer.example'] }, /from several/],
  ['from a group', { From: 'Family: carol@customer.example, dave@customer.example;' }, /from several/],
  ['from an empty group', { From: 'undisclosed-recipients:;' }, /from several/],
  ['from a name alone', { From: 'Carol Doe' }, /From is no address/],
  ['spam', { 'X-Spam-Flag': 'YES' }, /spam/],
  ['spam as SpamAssassin says', { 'X-Spam-Status': 'Yes, score=9.1 required=5.0' }, /spam/],
  ['spam as Exchange says', { 'X-MS-Exchange-Organization-SCL': '9' }, /spam/],
  ['by Bcc', { To: 'undisclosed-recipients:;' }, /none of its recipients/],
  ['without any recipient', { To: null }, /none of its recipients/],
  ['to somebody else', { To: 'sales@shop.example', Cc: 'boss@shop.example' }, /none of its recipients/],
  ['to an address of ours as a name', { To: '"support@shop.example" <eve@evil.example>' }, /none of its recipients/],
];

test.for(forbidden)('never to %s', ([, changes, rule]) => {
  const verdict = answerable(letter(changes), own);
  expect(verdict.to).toBe(null);
  expect(verdict.rule).toMatch(rule);
  // It goes into a log.
  expect(verdict.rule).not.toMatch(/@|carol|refund/i);
});

test('there are fifty of them and more', () => {
  expect(new Set(forbidden.map(([, changes]) => JSON.stringify(changes))).size).toBeGreaterThan(90);
});

/** What a person wrote, in all the ways in which that looks like something else. */
const answered: readonly (readonly [string, Parameters<typeof letter>[0], string?])[] = [
  ['a plain letter', {}],
  ['one to another address of ours', { To: 'HELP@shop.example' }],
  ['one to a sub-address of ours', { To: 'support+refunds@shop.example' }],
  ['one of which we got a copy', { To: 'dave@customer.example', Cc: '"Support, Shop" <support@shop.example>' }],
  ['one to several', { To: ['dave@customer.example', 'support@shop.example'] }],
  ['one within a group', { To: 'The shop: boss@shop.example, support@shop.example;' }],
  ['one that a person sent on', { To: 'dave@customer.example', 'Resent-To': 'support@shop.example' }],
  ['one whose program says that it is none', { 'Auto-Submitted': 'no' }],
  ['the same with a comment', { 'Auto-Submitted': 'No (typed by hand); owner-email="c@d.example"' }],
  ['an urgent one', { Precedence: 'first-class', Importance: 'high' }],
  ['one that asks Exchange for no receipts', { 'X-Auto-Response-Suppress': 'DR, RN, NRN' }],
  ['one that says it is no answering machine', { 'X-Autoreply': 'no' }],
  ['one that was looked at for spam', { 'X-Spam-Flag': 'NO', 'X-Spam-Status': 'No, score=-1.0 tests=YES_1' }],
  ['one with a Reply-To, which is not asked', { 'Reply-To': 'list@lists.example' }],
  ['an answer to a letter of ours', { 'In-Reply-To': ours, References: `<1@customer.example> ${ours}` }],
  ['one with a letter of ours within', { 'Content-Type': 'multipart/mixed; boundary="report"' }],
  ['an HTML one', { 'Content-Type': 'text/html' }],
  ['one without a Message-ID', { 'Message-ID': null }],
  ['one without a subject', { Subject: null }],
  ['one about lists', { Subject: 'List-Id: bulk Auto-Submitted: auto-replied' }],
  ['one of an alias', { From: 'Carol <carol@work.example>' }],
  [
    'one through a forwarder',
    { 'Return-Path': '<SRS0=aB1c=XY=customer.example=carol@forward.example>' },
    'SRS0=aB1c=XY=customer.example=carol@forward.example',
  ],
  [
    'one with a tag against forged bounces',
    { 'Return-Path': '<prvs=1234abcd=carol@customer.example>' },
    'prvs=1234abcd=carol@customer.example',
  ],
  [
    'one that came through two servers',
    { 'Return-Path': ['<carol@customer.example>', '<carol@inside.customer.example>'] },
  ],
  ['one of a sub-address', { 'Return-Path': '<carol+shop@customer.example>' }, 'carol+shop@customer.example'],
  ['one without brackets', { 'Return-Path': 'carol@customer.example' }],
  ['one from a domain of another script', { 'Return-Path': '<carol@köln.example>' }, 'carol@köln.example'],
  [
    'one of somebody whose name is like it',
    { From: 'carol@customer.example (noreply)', 'Return-Path': '<norepley@customer.example>' },
    'norepley@customer.example',
  ],
  ['Mr Bouncer', { 'Return-Path': '<bouncer@customer.example>' }, 'bouncer@customer.example'],
  ['the owner of a shop', { 'Return-Path': '<owner@customer.example>' }, 'owner@customer.example'],
  ['Mr Noreplyson', { 'Return-Path': '<j.noreplyson@customer.example>' }, 'j.noreplyson@customer.example'],
];

test.for(answered)('but to %s', ([, changes, to = 'carol@customer.example']) => {
  expect(answerable(letter(changes), own)).toEqual({ to, rule: null });
});

describe('what is not known', () => {
  test('our own addresses: then it may be to anybody', () => {
    expect(answerable(letter({ To: 'list@lists.example' }), [])).toEqual({ to: 'carol@customer.example', rule: null });
  });

  test('the end of the header: what stands there may forbid it', () => {
    const long = { 'X-Filler': Array.from({ length: limits.imap.headerBlock / 500 }, () => 'x'.repeat(500)) };
    expect(answerable(letter(long), own).to).toBe(null);
    // A long body is no long header.
    expect(answerable(Buffer.concat([letter(), Buffer.alloc(limits.imap.headerBlock)]), own).rule).toBe(null);
  });
});

test('a field of a hundred thousand of anything is judged at once', { timeout: 10_000 }, () => {
  const many = 100_000;
  const values = [
    `<a${' '.repeat(many)}b>`,
    `<${'+'.repeat(many)}>`,
    '('.repeat(many),
    `<a@${'a.'.repeat(many / 2)}!>`,
    ' ,'.repeat(many / 2),
  ];
  for (const value of values) {
    for (const name of ['Return-Path', 'From', 'To', 'Auto-Submitted', 'X-Auto-Response-Suppress', 'Message-ID']) {
      answerable(letter({ [name]: value }), own);
    }
  }
});
