import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { requestOf, wireOf } from '../../src/mail/request.ts';
import { threadOf } from '../../src/mail/thread.ts';

const identity = { messageId: '<me@x>', headerHash: 'abc' };
const nobody = (): null => null;

test.each([
  ['the server says', { threadId: 't1', references: ['<root@x>'] }, new Map([['<root@x>', 'known']]), 't1'],
  [
    'a known parent is in',
    { threadId: null, references: ['<root@x>', '<parent@x>'] },
    new Map([['<parent@x>', 'its thread']]),
    'its thread',
  ],
  [
    'the nearest known ancestor is in',
    { threadId: null, references: ['<root@x>', '<parent@x>'] },
    new Map([
      ['<root@x>', 'far'],
      ['<parent@x>', 'near'],
    ]),
    'near',
  ],
  ['its first reference names', { threadId: null, references: ['<root@x>', '<parent@x>'] }, new Map(), '<root@x>'],
  ['it starts itself', { threadId: null, references: [] }, new Map(), '<me@x>'],
])('a message belongs to the thread that %s', (_how, row, known, expected) => {
  expect(threadOf({ identity, ...row }, (id) => known.get(id) ?? null)).toBe(expected);
});

test('a message that names itself as its reference does not ask for itself', () => {
  const asked: string[] = [];
  threadOf({ identity, threadId: null, references: ['<me@x>', '<a@x>'] }, (id) => {
    asked.push(id);
    return null;
  });
  expect(asked).toEqual(['<a@x>']);
});

test('a message without any id has a thread of its own', () => {
  expect(threadOf({ identity: { messageId: null, headerHash: 'abc' }, threadId: null, references: [] }, nobody)).toBe(
    '<abc@siftd.invalid>',
  );
});

test('the request holds the contract: mail, external_ref, and metadata in which our keys win', () => {
  const request = requestOf({
    identity,
    thread: 't'.repeat(limits.message.threadId + 5),
    folder: 'INBOX',
    account: 'support',
    readable: { subject: 's', body: 'b' },
    metadata: { source: 'portal', folder: 'forged' },
  });
  expect(wireOf(request)).toEqual({
    mail: { subject: 's', body: 'b' },
    external_ref: '<me@x>',
    external_metadata: {
      source: 'portal',
      thread_id: 't'.repeat(limits.message.threadId),
      folder: 'INBOX',
      account: 'support',
    },
  });
});
