import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLog } from '../../src/base/log.ts';
import { Alerts } from '../../src/daemon/alerts.ts';
import { Disk } from '../../src/daemon/disk.ts';
import type { Lane } from '../../src/daemon/lane.ts';
import type { Post } from '../../src/daemon/ports.ts';
import type { Trouble } from '../../src/daemon/vitals.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { step } from '../../src/triage/step.ts';
import { decision } from '../triage/jobs.ts';

/* Time stands still but for what a test lets pass. */

let folder: string;
let store: Store;
let now = 0;
let woken = 0;
let troubles: Trouble[] = [];
let letters: { to: string; subject: string; text: string }[] = [];

const minute = 60_000;
const clock = { now: () => now, date: () => now + 1e12, after: () => () => {}, sleep: () => Promise.resolve() };
const log = createLog({ to: { write: () => {} } });
const post = {
  digest: (digest: { to: string; subject: string; text: string }) => {
    letters.push(digest);
    return Promise.resolve({ sender: 'siftd@example.com', content: Buffer.from(digest.text) });
  },
} as unknown as Post;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-alerts-'));
  store = openStore(join(folder, 'siftd.db'));
  [now, woken, troubles, letters] = [0, 0, [], []];
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function alerts(alerting: { to: string[]; every: number; account: string } | null = asked): Alerts {
  return new Alerts({
    alerting: () => alerting,
    lanes: [{ name: 'support', parts: { post }, postman: { wake: () => woken++ } } as unknown as Lane],
    vitals: { health: () => ({ ready: true, healthy: troubles.length === 0, troubles }) },
    journal: store,
    disk: new Disk(store, log),
    clock,
    log,
    stopping: new AbortController().signal,
  });
}

const asked = { to: ['boss@example.com'], every: 60 * minute, account: 'support' };
const refused = (account: string): Trouble => ({
  part: 'mailbox',
  account,
  why: 'the consent was revoked',
  passing: false,
});

/** Looks as often as the daemon does, for so long. */
async function pass(one: Alerts, ms: number): Promise<void> {
  for (const until = now + ms; now < until; now += 10_000) await one.look();
}

async function unsure(uid: number): Promise<void> {
  const identity = { emailId: null, messageId: `<${uid}@x>`, headerHash: `h${uid}`, internalDate: 1000, size: 5 };
  const found = { account: 'support', place: { folder: 'INBOX', uidValidity: 1, uid }, identity, thread: 't' };
  const [id = -1] = (await store.commit(() => ({ found: [found] }), now, clock.date())).found;
  const plan = { decision: { ...decision, way: 'unsure' as const, route: null }, actions: [] };
  for (const event of [
    { type: 'decided', plan },
    { type: 'acted', place: found.place },
  ] as const) {
    const job = store.job(id);
    const next = job && step(job, event, now, clock.date());
    if (!next) throw new Error('the event does not fit');
    await store.save(next);
  }
}

it('tells of ten logins that are refused at once in one mail, and once', async () => {
  const one = alerts();
  for (let account = 0; account < 10; account += 2) {
    troubles.push(refused(`a${account}`), refused(`a${account + 1}`));
    await one.look();
    now += 10_000;
  }
  await pass(one, 300 * minute);
  expect(letters).toHaveLength(1);
  expect(letters[0]?.subject).toBe('siftd: 10 things keep mail from being sorted');
  expect(letters[0]?.text.match(/the consent was revoked/g)).toHaveLength(10);
});

it('tells again only what is new, and no sooner than it may', async () => {
  const one = alerts();
  troubles.push(refused('a'));
  await pass(one, 2 * minute);
  troubles.push(refused('b'));
  await pass(one, 50 * minute);
  expect(letters).toHaveLength(1);
  await pass(one, 10 * minute);
  expect(letters).toHaveLength(2);
  expect(letters[1]?.text).toContain('a: the consent was revoked (told before)');
  // What was mended and comes back is news.
  troubles = [];
  await pass(one, 60 * minute);
  troubles.push(refused('a'));
  await pass(one, 2 * minute);
  expect(letters).toHaveLength(3);
});

it('tells nothing of what passes by itself before it has lasted', async () => {
  const one = alerts();
  troubles = [{ ...refused('a'), passing: true }];
  await pass(one, 9 * minute);
  expect(letters).toHaveLength(0);
  await pass(one, 3 * minute);
  expect(letters).toHaveLength(1);
});

it('counts the messages that wait for a person, each for news once, also after a restart', async () => {
  await unsure(1);
  await unsure(2);
  await pass(alerts(), 2 * minute);
  expect(letters.map(({ subject }) => subject)).toEqual(['siftd: 2 messages wait for a person']);
  await pass(alerts(), 90 * minute);
  expect(letters).toHaveLength(1);
  await unsure(3);
  await pass(alerts(), 2 * minute);
  expect(letters[1]?.subject).toBe('siftd: 1 message waits for a person');
  expect(letters[1]?.text).toContain('support: 3 in review, 1 of them new');
});

it('is written into the outbox, where it is sent from', async () => {
  troubles.push(refused('a'));
  await pass(alerts(), 2 * minute);
  expect(woken).toBe(1);
  expect(store.outbox.due('support', 'mails', now, 10)).toMatchObject([
    { of: null, kind: 'digest', recipient: 'boss@example.com', state: 'due' },
  ]);
});

it('tells nobody where nobody is to be told', async () => {
  troubles.push(refused('a'));
  await pass(alerts(null), 300 * minute);
  expect(letters).toHaveLength(0);
});
