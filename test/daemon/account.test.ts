import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ok } from '../../src/base/errors.ts';
import { runAccount } from '../../src/daemon/account.ts';
import type { Session } from '../../src/daemon/ports.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import type { Task } from '../../src/triage/acting.ts';
import { step } from '../../src/triage/step.ts';
import { decided, decision } from '../triage/jobs.ts';
import { laneOf } from './lane.ts';

let folder: string;
let store: Store;
let now = 0;
/** Time passes where a test says so. */
const clock = {
  now: () => now,
  date: () => 1e12 + now,
  after: () => () => {},
  sleep: () => Promise.resolve(),
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-account-'));
  store = openStore(join(folder, 'siftd.db'));
  now = 0;
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** A message that is to be moved, again at `nextAt`. */
async function postponed(nextAt: number): Promise<void> {
  const { place, identity, actions } = decided;
  const [id = -1] = (
    await store.commit(() => ({ found: [{ account: 'support', place, identity, thread: 't' }] }), now, 1)
  ).found;
  for (const event of [
    { type: 'decided', plan: { decision, actions } },
    { type: 'unasked', nextAt },
  ] as const) {
    const job = store.job(id);
    const next = job && step(job, event, now, 1);
    if (!next) throw new Error('the event does not fit');
    await store.save(next);
  }
}

it('what falls due while a turn is made is done in the next, not at the next poll', async () => {
  const stop = new AbortController();
  const acted: number[] = [];
  const waits: number[] = [];
  await postponed(5);
  const scan = { uidValidity: 11, lastUid: 0, rows: [], more: false };
  const session = {
    closed: new AbortController().signal,
    prepare: () => Promise.resolve(ok({ unkept: [], unmade: [] })),
    head: () => Promise.resolve(ok({ uidValidity: 11, lastUid: 0, modSeq: null })),
    // After the look at what is due.
    scan: () => {
      now = 10;
      return Promise.resolve(ok(scan));
    },
    find: () => Promise.resolve(ok(null)),
    apply: (tasks: readonly Task[]) => {
      acted.push(...tasks.map(({ job }) => job));
      if (tasks.length > 0) stop.abort();
      return Promise.resolve(new Map(tasks.map(({ job, place }) => [job, { result: 'done', place }])));
    },
    idle: (_: string, ms: number) => {
      waits.push(ms);
      stop.abort();
      return Promise.resolve(true);
    },
    ended: () => ({ kind: 'temporary', code: 'closed', message: 'closed' }),
    heardAt: () => now,
    close: () => Promise.resolve(),
  } as unknown as Session;
  const lane = laneOf({ store, clock, stopping: stop.signal, connect: () => Promise.resolve(ok(session)) });
  await runAccount(lane);
  expect([acted, waits]).toEqual([[1], []]);
});
