import { expect, test } from 'vitest';
import {
  isPostingMessageId,
  type PostingKey,
  postingId,
  postingMessageId,
  postingWebhookId,
  ticketOf,
} from '../../src/mail/posting.ts';

const key: PostingKey = { account: 'support', ref: '<1@a.example>', kind: 'reply', target: 'carol@a.example' };

test('the same posting has the same id at every call, and in every version of siftd', () => {
  // Kept: another value would send again what a version before has sent.
  expect(postingId(key)).toBe('1dfbf5649338896046547abfae035482');
});

test('another account, message, kind or target is another posting', () => {
  const others: PostingKey[] = [
    key,
    { ...key, account: 'sales' },
    { ...key, ref: '<2@a.example>' },
    { ...key, kind: 'forward' },
    { ...key, target: 'dave@a.example' },
    // No separator can be forged.
    { ...key, account: 'support","<1@a.example>', ref: '' },
  ];
  expect(new Set(others.map(postingId)).size).toBe(others.length);
});

test('its Message-ID is known as ours, and its webhook id has no full stop', () => {
  const id = postingId(key);
  const messageId = postingMessageId(id, 'Support@Shop.example');
  expect(messageId).toBe(`<siftd.${id}@shop.example>`);
  expect(isPostingMessageId(messageId)).toBe(true);
  for (const foreign of [
    '<1@a.example>',
    `<siftd.${id.slice(1)}@a.example>`,
    `siftd.${id}@a.example`,
    `<siftd.${id}@>`,
  ]) {
    expect(isPostingMessageId(foreign)).toBe(false);
  }
  expect(postingMessageId(id, 'a@b\r\nBcc: eve@evil.example')).toBe(`<siftd.${id}@evil.example>`);
  expect(postingMessageId(id, 'a@exämple.de')).toBe(`<siftd.${id}@siftd.invalid>`);
  expect(postingWebhookId(id)).toBe(`msg_${id}`);
});

test('a ticket number can be read out, and is the message’s own', () => {
  const tickets = Array.from({ length: 10_000 }, (_, index) => ticketOf('support', `<${index}@a.example>`));
  expect(tickets.filter((ticket) => !/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/.test(ticket))).toEqual([]);
  expect(new Set(tickets).size).toBe(tickets.length);
  expect(ticketOf('support', '<7@a.example>')).toBe(tickets[7]);
});
