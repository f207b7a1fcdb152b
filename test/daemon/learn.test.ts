import { expect, it } from 'vitest';
import { ok } from '../../src/base/errors.ts';
import { limits } from '../../src/base/limits.ts';
import { type Choice, gatherExamples } from '../../src/daemon/learn.ts';
import type { Session } from '../../src/daemon/ports.ts';
import type { Row } from '../../src/mail/message.ts';
import type { Done, Verdict } from '../../src/triage/job.ts';
import { done } from '../triage/jobs.ts';
import { laneOf } from './lane.ts';

/* What counts as sorted by a person, in a folder of ten of which siftd filed the last five just now. */

const now = 1_800_000_000_000;
const day = 24 * 60 * 60 * 1000;
const route = { name: 'refund_request', move: 'Refunds', labels: [], flag: false, seen: false, keep: false, sends: [] };
const rows: Row[] = Array.from({ length: 10 }, (_, index) => ({
  uid: index + 1,
  flags: [],
  identity: { ...done.identity, internalDate: now - (10 - index) * day },
  threadId: null,
  references: [],
}));
const filed = (uid: number, verdict: Pick<Verdict, 'truth' | 'right'> | null = null, since = now): Done => ({
  ...done,
  place: { folder: 'Refunds', uidValidity: 1, uid },
  identity: rows[uid - 1]?.identity ?? done.identity,
  since,
  verdict: verdict && { ...verdict, by: 'correction', at: now },
});

async function learned(jobs: readonly Done[], choice: Choice = {}): Promise<number[]> {
  const read: number[] = [];
  const session = {
    find: async (target: string) => ok(target),
    head: async () => ok({ uidValidity: 1, lastUid: 10, modSeq: null }),
    scan: async () => ok({ uidValidity: 1, lastUid: 10, rows, more: false }),
    async *fetch(_folder: string, _uidValidity: number, wanted: readonly { uid: number }[]) {
      for (const { uid } of wanted) {
        read.push(uid);
        yield ok({ uid, flags: [], content: { kind: 'whole', source: new Uint8Array() } });
      }
    },
  } as unknown as Session;
  const { account } = laneOf({ store: undefined as never, clock: undefined as never }).parts;
  const policy = {
    ...account.policy,
    routes: new Map([[route.name, { ...route, threshold: 0.5, mode: 'act' as const }]]),
  };
  const lesson = await gatherExamples({
    session,
    parser: { ready: async () => {}, parse: async () => ok({ subject: 's', body: 'b' }) },
    account: { ...account, policy },
    journal: { inFolder: () => [...jobs] },
    choice,
    now,
    signal: new AbortController().signal,
  });
  if (!lesson.ok) throw new Error(lesson.fault.message);
  expect(lesson.value.examples).toHaveLength(read.length);
  return read.sort((a, b) => a - b);
}

const right = { truth: 'refund_request', right: true };
const wrong = { truth: null, right: false };

it('is what siftd filed once a person has confirmed it, or left it alone for a week, and never what they said is wrong', async () => {
  const jobs = [filed(6), filed(7, right), filed(8, wrong), filed(9, null, now - limits.daemon.leftAlone)];
  expect(await learned([...jobs, filed(10, wrong, 0)])).toEqual([1, 2, 3, 4, 5, 7, 9]);
});

it('is what a person said themselves, however old or many the others are, but for what is kept back', async () => {
  const jobs = [filed(2, right), filed(9, right)];
  expect(await learned(jobs, { most: 3 })).toEqual([2, 8, 9, 10]);
  expect(await learned(jobs, { since: now - 1.5 * day })).toEqual([2, 9, 10]);
  expect(await learned(jobs, { before: now - 4 * day })).toEqual([1, 2, 3, 4, 5, 6]);
});
