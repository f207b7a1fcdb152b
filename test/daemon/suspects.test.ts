import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { failed, ok } from '../../src/base/errors.ts';
import { limits } from '../../src/base/limits.ts';
import { intake } from '../../src/daemon/path.ts';
import type { Fetched, Session } from '../../src/daemon/ports.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { step } from '../../src/triage/step.ts';
import { laneOf } from './lane.ts';

/* Messages that were begun when siftd was killed: one of them may be what killed it. */

let folder: string;
let store: Store;
/** What the clock is asked to wait for, and how to end the wait. */
let sleeps: { readonly ms: number; readonly over: () => void }[];
let reading: (() => void)[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-suspects-'));
  store = openStore(join(folder, 'siftd.db'));
  sleeps = [];
  reading = [];
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const clock: Clock = {
  ...systemClock,
  now: () => 1000,
  date: () => 1000,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      sleeps.push({ ms, over: resolve });
      signal?.addEventListener('abort', () => resolve());
    }),
};

/** Three messages whose reading had begun in a process that was killed, so many times. */
async function killed(times: number, from = 1): Promise<number[]> {
  const found = [from, from + 1, from + 2].map((uid) => ({
    account: 'support',
    place: { folder: 'INBOX', uidValidity: 1, uid },
    identity: { emailId: null, messageId: `<${uid}@x>`, headerHash: `h${uid}`, internalDate: 0, size: 9 },
    thread: `<${uid}@x>`,
  }));
  const ids = (await store.commit(() => ({ found }), 1000)).found;
  for (let time = 0; time < times; time++) {
    const jobs = ids.map((id) => store.job(id)).filter((job) => job !== null);
    const next = jobs.map((job) => step(job, { type: 'parsing' }, 1000)).filter((job) => job !== null);
    await store.commit(() => ({ jobs: next }), 1000);
  }
  return [...ids];
}

const lane = () =>
  laneOf({
    store,
    clock,
    parser: {
      parse: () =>
        new Promise((resolve) => {
          reading.push(() => resolve(failed('permanent', 'unreadable', 'it cannot be read')));
        }),
    },
  });

const session = {
  closed: new AbortController().signal,
  async *fetch(_folder: string, _uidValidity: number, rows: readonly { uid: number }[]) {
    for (const { uid } of rows) {
      const content = { kind: 'whole', source: new Uint8Array() } as const;
      yield ok<Fetched>({ uid, flags: [], content });
    }
  },
} as unknown as Session;

const starts = (ids: readonly number[]) =>
  ids.map((id) => {
    const job = store.job(id);
    return job?.state === 'found' ? job.starts : job?.state;
  });

/** Waits until they stand so, and sees that no more happens by itself: commits come in groups, as the disk has time. */
async function stand(ids: readonly number[], expected: readonly unknown[]): Promise<void> {
  await vi.waitFor(() => expect(starts(ids)).toEqual(expected));
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
  expect(starts(ids)).toEqual(expected);
}

it('after four kills each is read alone: another kill counts against that one alone', async () => {
  const ids = await killed(4);
  const account = lane();
  const turns = (async () => {
    for (let taken = 1; taken > 0; ) {
      const outcome = await intake(account, session);
      taken = outcome.ok ? outcome.value : 0;
    }
  })();
  await stand(ids, [5, 4, 4]);
  reading.shift()?.();
  await stand(ids, ['decided', 5, 4]);
  reading.shift()?.();
  await stand(ids, ['decided', 'decided', 5]);
  reading.shift()?.();
  await turns;
  await account.settled();
  expect(starts(ids)).toEqual(['decided', 'decided', 'decided']);
});

it('one that hangs holds up the others no longer than a slow one', async () => {
  const ids = await killed(4);
  const account = lane();
  const first = intake(account, session);
  await stand(ids, [5, 4, 4]);
  sleeps.find(({ ms }) => ms === limits.parse.slow)?.over();
  await first;
  const second = intake(account, session);
  await stand(ids, [5, 5, 4]);
  for (const read of reading.splice(0)) read();
  await second;
  await account.settled();
});

it('after one kill they are read together, as few of them are poison', async () => {
  const ids = await killed(1);
  const account = lane();
  await intake(account, session);
  await stand(ids, [2, 2, 2]);
  for (const read of reading.splice(0)) read();
  await account.settled();
  expect(starts(ids)).toEqual(['decided', 'decided', 'decided']);
});

it('after three kills no more than three are read together', async () => {
  const ids = [...(await killed(3)), ...(await killed(3, 4))];
  const account = lane();
  await intake(account, session);
  await stand(ids, [4, 4, 4, 3, 3, 3]);
  for (const read of reading.splice(0)) read();
  await account.settled();
});
