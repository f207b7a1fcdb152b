import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { answerable } from '../../src/mail/answerable.ts';
import { forbidden, letter, ours } from './forbidden.ts';

const own = ['support@shop.example', 'Help@Shop.example'];

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
