import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { limits } from '../../src/base/limits.ts';
import type { Lane } from '../../src/daemon/lane.ts';
import { Vitals } from '../../src/daemon/vitals.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import type { Posted } from '../../src/triage/posted.ts';
import type { Posting } from '../../src/triage/posting.ts';
import { laneOf } from './lane.ts';

/* A postman and its outbox, with a clock that passes by hand. */

let folder: string;
let store: Store;
let lane: Lane;
let clock: HandClock;
let stop: AbortController;
let sent: Posting[] = [];
let answers: (posting: Posting) => Promise<Posted>;

class HandClock implements Clock {
  #now = 1_000_000;
  #waiting: { at: number; run: () => void }[] = [];
  get asleep(): boolean {
    return this.#waiting.length > 0;
  }
  /** Time that passes whenever somebody looks at it. */
  tick = 0;
  now = () => (this.#now += this.tick);
  date = () => this.#now;
  after = (ms: number, run: () => void) => {
    const one = { at: this.#now + ms, run };
    this.#waiting.push(one);
    return () => void this.#waiting.splice(this.#waiting.indexOf(one), 1);
  };
  sleep = (ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal?.aborted) return resolve();
      const callOff = this.after(ms, resolve);
      signal?.addEventListener('abort', () => {
        callOff();
        resolve();
      });
    });

  /** Resolves when whoever was woken by it sleeps again. */
  async pass(ms: number): Promise<void> {
    this.#now += ms;
    for (const one of this.#waiting.filter(({ at }) => at <= this.#now)) {
      this.#waiting.splice(this.#waiting.indexOf(one), 1);
      one.run();
    }
    await quiet();
  }
}

/** Until the postman sleeps. */
async function quiet(): Promise<void> {
  await vi.waitUntil(() => clock.asleep, { timeout: 20_000, interval: 2 });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-postman-'));
  store = openStore(join(folder, 'siftd.db'));
  clock = new HandClock();
  stop = new AbortController();
  sent = [];
  answers = () => Promise.resolve({ result: 'accepted', note: '250' });
  const send = (posting: Posting) => {
    sent.push(posting);
    return answers(posting);
  };
  lane = laneOf({ store, clock, stopping: stop.signal, post: { send } });
});
afterEach(async () => {
  stop.abort();
  await lane.settled();
  store.close();
  rmSync(folder, { recursive: true });
});

let keys = 0;
async function write(kind: 'digest' | 'webhook' = 'digest'): Promise<void> {
  const posting = { account: 'support', of: null, kind, recipient: 'boss@example.com', key: `k${++keys}`, route: null };
  const letter = { state: 'due', content: Buffer.from('x'), sender: '', at: clock.date(), why: null } as const;
  await store.commit(() => ({ posted: [{ ...posting, ...letter }] }), clock.now());
}

const later: Posted = { result: 'later', why: 'the mail server takes no connections', away: true };
const health = () =>
  new Vitals({
    lanes: [lane],
    journal: store,
    disk: { trouble: null },
    clock,
    stopping: stop.signal,
  })
    .health()
    .troubles.filter(({ part }) => part === 'outbox');

it('sends what is due, each once, and then waits for nothing', async () => {
  await write();
  await write();
  lane.postman.wake();
  await quiet();
  expect(sent).toHaveLength(2);
  await clock.pass(limits.daemon.putOff);
  expect(sent).toHaveLength(2);
});

it('asks a mail server that is away for one letter at a time, and says so until it answers', async () => {
  answers = () => Promise.resolve(later);
  await write();
  await write();
  lane.postman.wake();
  await quiet();
  expect(sent).toHaveLength(1);
  expect(health()).toEqual([]);
  await clock.pass(limits.post.away + 1);
  await clock.pass(limits.post.away + 1);
  expect(sent.length).toBeGreaterThan(1);
  expect(health()).toMatchObject([{ account: 'support', why: 'the mail server takes no connections', passing: true }]);
  answers = () => Promise.resolve({ result: 'accepted', note: '250' });
  await clock.pass(limits.post.backoffMax);
  await clock.pass(limits.post.backoffMax);
  expect(health()).toEqual([]);
  expect(store.outbox.nextDue('support', 0)).toBeNull();
});

it('sends mail while a helpdesk is away, and the other way round', async () => {
  answers = ({ kind }) => Promise.resolve(kind === 'webhook' ? later : { result: 'accepted', note: '250' });
  await write('webhook');
  await write();
  lane.postman.wake();
  await quiet();
  expect(sent.map(({ kind }) => kind).sort()).toEqual(['digest', 'webhook']);
  await clock.pass(2 * limits.vitals.away);
  expect(health()).toHaveLength(1);
});

it('has announced what it sends before it does', async () => {
  answers = ({ id }) => {
    expect(store.outbox.left('support').map((one) => one.id)).toContain(id);
    return Promise.resolve({ result: 'accepted', note: '250' });
  };
  await write();
  lane.postman.wake();
  await quiet();
  expect(sent).toHaveLength(1);
});

it('begins what an earlier process left, and a mail that it left in the middle is not sent', async () => {
  await write();
  const [posting] = store.outbox.due('support', 'mails', clock.now(), 1) as [Posting];
  await store.commit(() => ({ postings: [{ ...posting, state: 'sending' }] }), 1);
  lane.postman.begin();
  await quiet();
  expect(sent).toHaveLength(0);
  expect(store.outbox.left('support')).toEqual([]);
});

it('sends what falls due while it looks for what is due', async () => {
  answers = () => Promise.resolve(sent.length === 1 ? later : { result: 'accepted', note: '250' });
  await write('webhook');
  lane.postman.wake();
  await quiet();
  const due = store.outbox.nextDue('support', 0) ?? 0;
  clock.tick = 1;
  // Woken too early by a little, and it is due before that has been seen.
  await clock.pass(due - clock.now() - 3);
  lane.postman.wake();
  await quiet();
  clock.tick = 0;
  await clock.pass(10);
  expect(sent).toHaveLength(2);
});

it('stays at rest where nothing is to be sent', async () => {
  lane.postman.begin();
  await lane.settled();
});
