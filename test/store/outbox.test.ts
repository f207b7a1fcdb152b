import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openReading } from '../../src/store/reading.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import type { Decided, Job } from '../../src/triage/job.ts';
import type { NewPosting, Posting } from '../../src/triage/posting.ts';
import { type Event, step } from '../../src/triage/step.ts';
import { decision } from '../triage/jobs.ts';

let folder: string;
let store: Store;
const file = () => join(folder, 'siftd.db');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-outbox-'));
  store = openStore(file());
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const place = (uid: number) => ({ folder: 'INBOX', uidValidity: 11, uid });
const actions = [
  { seq: 0, action: { kind: 'reply', template: '/t' }, progress: { step: 'planned' } },
  { seq: 1, action: { kind: 'move', to: 'Refunds' }, progress: { step: 'planned' } },
] as const;
const plan = { decision, actions };

async function go(job: Job, event: Event, now = 500): Promise<Job> {
  const next = step(job, event, now, now + 1);
  if (next === null) throw new Error('the event does not fit');
  expect(await store.save(next)).toBe(true);
  return next;
}

async function decidedJob(uid: number): Promise<Decided> {
  const identity = { emailId: null, messageId: `<${uid}@x>`, headerHash: `h${uid}`, internalDate: 1000, size: 5 };
  const found = { account: 'support', place: place(uid), identity, thread: 't' };
  const [id = -1] = (await store.commit(() => ({ found: [found] }), 100)).found;
  const job = store.job(id);
  if (job === null) throw new Error('nothing there');
  return (await go(job, { type: 'decided', plan })) as Decided;
}

const postingOf = (job: Job, key = `k${job.id}`): NewPosting => ({
  account: 'support',
  of: { job: job.id, round: job.round, seq: 0 },
  kind: 'reply',
  recipient: 'ann@example.com',
  key,
  route: 'refund_request',
  state: 'held',
  content: Buffer.from('Subject: x\r\n\r\nhello\r\n'),
  sender: '',
  at: 400,
  why: null,
});

const write = (posting: NewPosting) => store.commit(() => ({ posted: [posting] }), 400);
const states = (job: Job) => {
  const reading = openReading(file());
  try {
    return reading.history(job.id)?.postings.map(({ state }) => state);
  } finally {
    reading.close();
  }
};

it('takes what is to be sent and says that the action is done, in one commit', async () => {
  const job = await decidedJob(1);
  await write(postingOf(job));
  expect(store.job(job.id)).toMatchObject({
    actions: [{ progress: { step: 'done' } }, { progress: { step: 'planned' } }],
  });
  expect(store.outbox.due('support', 'mails', 1e9, 10)).toEqual([]);
  expect(states(job)).toEqual(['held']);
});

it('lets go of it with the commit that files its message, also after a restart between the two', async () => {
  const job = await decidedJob(1);
  await write(postingOf(job));
  store.close();
  store = openStore(file());
  await go(job, { type: 'acted', place: place(9) }, 700);
  expect(store.outbox.due('support', 'mails', 699, 10)).toEqual([]);
  const [due] = store.outbox.due('support', 'mails', 700, 10);
  expect(due).toMatchObject({ state: 'due', nextAt: 700, of: { job: job.id, round: 1, seq: 0 } });
  expect(store.outbox.letter(due?.id ?? -1)).toMatchObject({ sender: '' });
});

it('withholds it when a person was first, and keeps no word of it', async () => {
  const job = await decidedJob(1);
  await write(postingOf(job));
  await go(job, { type: 'vanished', why: 'moved' });
  expect(states(job)).toEqual(['withheld']);
  const db = new Database(file(), { readonly: true });
  expect(db.prepare('SELECT content FROM postings').pluck().all()).toEqual([null]);
  db.close();
});

it('withholds it also when its commit has to be made again, as another in it failed', async () => {
  const job = await decidedJob(1);
  await write(postingOf(job));
  const gone = go(job, { type: 'vanished', why: 'moved' });
  const broken = store.commit(() => {
    throw new Error('another account’s');
  }, 1);
  await expect(broken).rejects.toThrow('another');
  await gone;
  expect(states(job)).toEqual(['withheld']);
});

it('keeps a letter until it has ended, and finds what was left in the middle', async () => {
  const job = await decidedJob(1);
  await write(postingOf(job));
  await go(job, { type: 'acted', place: place(9) });
  const [due] = store.outbox.due('support', 'mails', 1e9, 10) as [Posting];
  await store.commit(() => ({ postings: [{ ...due, state: 'sending', attempts: 1 }] }), 1);
  store.close();
  store = openStore(file());
  expect(store.outbox.left('support')).toMatchObject([{ id: due.id, state: 'sending', attempts: 1 }]);
  expect(store.outbox.left('sales')).toEqual([]);
  expect(store.outbox.letter(due.id)?.content.toString()).toContain('hello');
  await store.commit(() => ({ postings: [{ ...due, state: 'sent', endedAt: 900, why: '250' }] }), 1);
  expect(store.outbox.letter(due.id)).toBeNull();
});

it('knows whom it answered, and about what, since when', async () => {
  const job = await decidedJob(1);
  await write(postingOf(job));
  const answered = (recipient: string, route: string | null, since: number) =>
    store.outbox.answered('support', recipient, route, since);
  expect(answered('ann@example.com', 'refund_request', 399)).toBe(true);
  expect(answered('ann@example.com', 'refund_request', 400)).toBe(false);
  expect(answered('ann@example.com', 'complaint', 399)).toBe(false);
  expect(answered('bob@example.com', 'refund_request', 399)).toBe(false);
  await go(job, { type: 'vanished', why: 'moved' });
  expect(answered('ann@example.com', 'refund_request', 399)).toBe(false);
});

it('holds no two of one key that may leave, whoever forgets to ask', async () => {
  const [first, second] = [await decidedJob(1), await decidedJob(2)];
  await write(postingOf(first, 'k'));
  expect(store.outbox.known('k')).toBe(true);
  await expect(write(postingOf(second, 'k'))).rejects.toThrow(/UNIQUE/);
  await go(first, { type: 'vanished', why: 'moved' });
  expect(store.outbox.known('k')).toBe(false);
  await write(postingOf(second, 'k'));
});

it('believes no due time of another clock', async () => {
  const job = await decidedJob(1);
  await write(postingOf(job));
  await go(job, { type: 'acted', place: place(9) }, 5000);
  expect(store.outbox.nextDue('support', 100)).toBe(5000);
  store.outbox.resume('support', 100, 1000);
  expect(store.outbox.due('support', 'mails', 100, 10)).toHaveLength(1);
});
