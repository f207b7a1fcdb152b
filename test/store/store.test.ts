import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { openAsking } from '../../src/store/asking.ts';
import { lockState } from '../../src/store/lock.ts';
import { migrations } from '../../src/store/migrations.ts';
import { openReading } from '../../src/store/reading.ts';
import { salvage } from '../../src/store/salvage.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { newBackfill } from '../../src/triage/backfill.ts';
import { deedOf } from '../../src/triage/deed.ts';
import type { Job } from '../../src/triage/job.ts';
import { type Event, type NewJob, step } from '../../src/triage/step.ts';
import { decided, decision, failedDecision } from '../triage/jobs.ts';

let folder: string;
let store: Store;
const file = () => join(folder, 'siftd.db');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-store-'));
  store = openStore(file());
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const newJob = (uid: number, extra: Partial<NewJob['identity']> = {}): NewJob => ({
  account: 'support',
  place: { folder: 'INBOX', uidValidity: 11, uid },
  identity: {
    emailId: null,
    messageId: `<${uid}@example.com>`,
    headerHash: `h${uid}`,
    internalDate: 1000,
    size: 5,
    ...extra,
  },
  thread: `<${uid}@example.com>`,
});

async function add(job: NewJob = newJob(1)): Promise<Job> {
  const [id] = (await store.commit(() => ({ found: [job] }), 100)).found;
  return must(store.job(id ?? -1));
}

function must<T>(value: T | null): T {
  if (value === null) throw new Error('nothing there');
  return value;
}

const plan = { decision, actions: decided.actions };

describe('the journal', () => {
  it('gives every state back as it was written, after being closed and opened', async () => {
    const place = { folder: 'Support/Refunds', uidValidity: 2, uid: 9 };
    const accepted = { type: 'accepted', processCuid: 'f45sz0ho8rcl', nextAt: 200 } as const;
    const unsure = { ...plan, decision: { ...decision, way: 'unsure', route: null } } as const;
    const failing = { ...plan, decision: failedDecision };
    const lives: Event[][] = [
      [{ type: 'parsing' }, { type: 'submitting', key: 'k-1', nextAt: 200 }, accepted, { type: 'resubmit' }],
      [accepted, { type: 'decided', plan }, { type: 'acted', place }],
      [accepted, { type: 'decided', plan: unsure }, { type: 'observed' }],
      [accepted, { type: 'decided', plan: failing }, { type: 'abandoned', why: 'refused' }],
      [accepted, { type: 'decided', plan }, { type: 'vanished', why: 'moved' }],
      [{ type: 'vanished', why: 'deleted' }],
    ];
    for (const [index, life] of lives.entries()) {
      let job = await add(newJob(index + 1));
      for (const event of life) {
        job = must(step(job, event, 150));
        expect(await store.save(job)).toBe(true);
        store.close();
        store = openStore(file());
        expect(store.job(job.id)).toEqual(job);
      }
    }
    const { jobs, review } = store.overview();
    expect({ jobs, review }).toEqual({
      jobs: { found: 1, submitted: 0, decided: 0, done: 2, gone: 2, failed: 1 },
      review: 2,
    });
  });

  it('gives a job back as it was written, whatever happens to it and in which order', async () => {
    let uid = 1000;
    const place = () => ({ folder: 'Support/Refunds', uidValidity: 2, uid: uid++ });
    const said = { ...plan, decision: { ...decision, way: 'reviewed', route: 'complaint' } } as const;
    const back = { ...plan, decision: { ...decision, way: 'undone', undoes: decision } } as const;
    const event = fc.integer({ min: 1, max: 9 }).chain((nextAt) =>
      fc.constantFrom<() => Event>(
        () => ({ type: 'parsing' }),
        () => ({ type: 'submitting', key: `k-${nextAt}`, nextAt }),
        () => ({ type: 'accepted', processCuid: `p-${nextAt}`, nextAt }),
        () => ({ type: 'acting', nextAt }),
        () => ({ type: 'unasked', nextAt }),
        () => ({ type: 'postponed', nextAt }),
        () => ({ type: 'resubmit' }),
        () => ({ type: 'decided', plan }),
        () => ({ type: 'decided', plan: { ...plan, decision: failedDecision } }),
        () => ({ type: 'acted', place: place() }),
        () => ({ type: 'observed' }),
        () => ({ type: 'abandoned', why: 'refused' }),
        () => ({ type: 'unsent', why: 'its reply was not sent' }),
        () => ({ type: 'relocated', place: place() }),
        () => ({ type: 'filed', plan: said }),
        () => ({ type: 'skipped' }),
        () => ({ type: 'undone', plan: back }),
        () => ({ type: 'corrected', place: place(), truth: 'complaint', by: 'correction' }),
        () => ({ type: 'declined', why: 'no', moved: nextAt > 5 }),
      ),
    );
    const life = fc.array(event, { minLength: 1, maxLength: 40 });
    for (const [index, events] of fc.sample(life, 50).entries()) {
      let job = await add(newJob(index + 1));
      const lives = store.commit(() => {
        const jobs: Job[] = [];
        for (const happens of events) {
          const next = step(job, happens(), 5 + jobs.length);
          if (next === null) continue;
          job = next;
          jobs.push(job);
        }
        return { jobs };
      }, 5);
      expect((await lives).late).toEqual([]);
      expect(store.job(job.id)).toEqual(job);
    }
  });

  it('lets only one of two writers that hold the same job change it', async () => {
    const job = await add();
    const first = must(step(job, { type: 'parsing' }, 1));
    const second = must(step(job, { type: 'vanished', why: 'late' }, 1));
    expect(await Promise.all([store.save(first), store.save(second)])).toEqual([true, false]);
    expect(store.job(job.id)).toEqual(first);
    expect((await store.commit(() => ({ jobs: [second] }), 1)).late).toEqual([job.id]);
    expect(store.job(job.id)).toEqual(first);
  });

  it('does not let one change that cannot be made take along what was written at the same moment', async () => {
    await add(newJob(1));
    const twice = store.commit(() => ({ found: [newJob(1)] }), 1);
    const broken = store.commit(() => {
      throw new Error('a fault of ours');
    }, 1);
    const other = store.commit(() => ({ found: [newJob(2)] }), 1);
    await expect(twice).rejects.toThrow(/UNIQUE/);
    await expect(broken).rejects.toThrow('a fault of ours');
    expect((await other).found).toHaveLength(1);
    expect(store.count('support', 'found')).toBe(2);
  });

  it('commits new jobs and the cursor together, or neither', async () => {
    await add(newJob(1));
    const cursor = { uidValidity: 11, lastUid: 5, syncedAt: 1, baselineUid: 0, baselineDate: 0 };
    const change = {
      found: [newJob(2), newJob(1)],
      cursor: { account: 'support', folder: 'INBOX', cursor },
    };
    await expect(store.commit(() => change, 1)).rejects.toThrow(/UNIQUE/);
    expect(store.cursor('support', 'INBOX')).toBeNull();
    expect(store.count('support', 'found')).toBe(1);
    await store.commit(() => ({ ...change, found: [newJob(2)] }), 1);
    expect(store.cursor('support', 'INBOX')).toEqual(cursor);
  });

  it('writes the times of syncs of all folders at once, and never an older cursor over a newer one', async () => {
    const cursor = { uidValidity: 11, lastUid: 5, syncedAt: 1, baselineUid: 0, baselineDate: 0 };
    const put = (folder: string, lastUid: number) =>
      store.commit(() => ({ cursor: { account: 'support', folder, cursor: { ...cursor, lastUid } } }), 1);
    const sync = (folder: string, syncedAt: number) => store.synced('support', folder, { ...cursor, syncedAt });
    const timeOf = (folder: string) => store.cursor('support', folder)?.syncedAt;
    for (const folder of ['A', 'B', 'C']) await put(folder, 5);
    sync('A', 1000);
    expect(timeOf('A')).toBe(1000);
    sync('B', 2000);
    sync('C', 3000);
    expect([timeOf('B'), timeOf('C')]).toEqual([1, 1]);
    await put('C', 6);
    sync('A', 1000 + limits.daemon.syncedEvery);
    expect([timeOf('A'), timeOf('B')]).toEqual([1000 + limits.daemon.syncedEvery, 2000]);
    expect(store.cursor('support', 'C')).toMatchObject({ lastUid: 6, syncedAt: 1 });
  });

  it('does not let a job that was read earlier take back what the ledger recorded', async () => {
    const job = await add();
    expect(await store.save(must(step(job, { type: 'decided', plan }, 1)))).toBe(true);
    const read = must(store.job(job.id));
    const copy = { folder: 'Support/Refunds', uidValidity: 2, uid: 9 };
    const fence = { folder: 'Support/Refunds', uidValidity: 2, uidNext: 9 };
    await store.ledger('support').record([{ job: job.id, seq: 0, progress: { step: 'copied', fence, copy } }]);
    expect(await store.save(must(step(read, { type: 'postponed', nextAt: 500 }, 1)))).toBe(true);
    expect(store.job(job.id)).toMatchObject({ nextAt: 500, actions: [{ progress: { step: 'copied' } }] });
  });

  it('replaces the plan when the message goes the failed way', async () => {
    const job = await add();
    await store.save(must(step(job, { type: 'decided', plan }, 1)));
    const actions = [
      { seq: 0, action: { kind: 'mark', labels: ['siftd-failed'], flags: [] }, progress: { step: 'planned' } },
    ] as const;
    const failing = must(
      step(must(store.job(job.id)), { type: 'decided', plan: { decision: failedDecision, actions } }, 2),
    );
    expect(await store.save(failing)).toBe(true);
    expect(failing).toMatchObject({ since: 2, decision: { way: 'failed' }, actions });
    expect(store.job(job.id)).toEqual(failing);
  });

  it('knows which places other jobs hold: where they are, what they copied and where they moved it', async () => {
    const job = await add(newJob(1));
    const other = await add(newJob(2));
    await store.save(must(step(job, { type: 'decided', plan }, 1)));
    const copy = { folder: 'INBOX', uidValidity: 11, uid: 9 };
    const fence = { folder: 'INBOX', uidValidity: 11, uidNext: 9 };
    const ledger = store.ledger('support');
    await ledger.record([{ job: job.id, seq: 0, progress: { step: 'removing', fence, copy } }]);
    expect(ledger.claimed('INBOX', 11, [1, 2, 3, 9], new Set([job.id]))).toEqual(new Set([2]));
    expect(ledger.claimed('INBOX', 11, [1, 2, 3, 9], new Set([other.id]))).toEqual(new Set([1, 9]));
    expect(store.ledger('another').claimed('INBOX', 11, [1, 2, 9], new Set())).toEqual(new Set());
    expect(ledger.claimed('INBOX', 12, [1, 2, 9], new Set())).toEqual(new Set());
  });

  it('offers open jobs when they are due, oldest first, and says when the next one is', async () => {
    const one = await add(newJob(1));
    const two = await add(newJob(2));
    await store.save(must(step(one, { type: 'postponed', nextAt: 900 }, 1)));
    expect(store.ready('support', 'found', 100, 10).map((job) => job.id)).toEqual([two.id]);
    expect(store.ready('support', 'found', 900, 10).map((job) => job.id)).toEqual([two.id, one.id]);
    expect(store.nextDue('support', ['found', 'decided'])).toBe(100);
    expect(store.nextDue('support', ['decided'])).toBeNull();
  });

  it('finds candidates by any of their traits, newest first', async () => {
    const same = { messageId: '<twin@example.com>', headerHash: 'hh' };
    const one = await add(newJob(1, same));
    const two = await add(newJob(2, same));
    await add(newJob(3));
    expect(store.candidates('support', newJob(4, same).identity).map((job) => job.id)).toEqual([two.id, one.id]);
    expect(store.threadOf('support', '<twin@example.com>')).toBe('<1@example.com>');
  });

  it("is read from beside without waiting, also in the middle of a writer's transaction", async () => {
    await add();
    const writer = new Database(file());
    writer.exec('BEGIN IMMEDIATE');
    const reader = openStore(file(), { readonly: true });
    expect(reader.overview()).toMatchObject({ jobs: { found: 1 }, accounts: { support: { jobs: { found: 1 } } } });
    reader.close();
    writer.exec('ROLLBACK');
    writer.close();
  });

  it('refuses a database of a newer siftd and leaves it as it is', async () => {
    store.close();
    const newer = new Database(file());
    newer.pragma('user_version = 99');
    newer.close();
    expect(() => openStore(file())).toThrow(/schema 99.*newer siftd/);
    const still = new Database(file());
    expect(still.pragma('user_version', { simple: true })).toBe(99);
    still.pragma(`user_version = ${migrations.length}`);
    still.close();
    store = openStore(file());
  });
});

describe('a journal of schema 1', () => {
  const old = () => join(folder, 'old.db');

  beforeEach(() => {
    const db = new Database(old());
    db.exec(migrations[0] ?? '');
    db.pragma('user_version = 1');
    const job = db.prepare(
      `INSERT INTO jobs (id, account, folder, uidvalidity, uid, message_id, header_hash, internal_date, size, thread, found_at,
         since, state, rev, attempts, next_at, process_cuid, submitted_at, way, route, classification, confidence, reason,
         review, observed, why)
       VALUES (?, 'support', ?, 11, ?, ?, ?, 1000, 5, 't', 10, ?, ?, 4, 0, 40, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)`,
    );
    const hash = (n: number) => `${n}`.padStart(64, '0');
    const said = ['routed', 'refund_request', 'refund_request', 0.92, 'it is sure'];
    job.run(1, 'INBOX', 1, '<1@x>', hash(1), 10, 'found', null, null, null, null, null, null, null, 0, null);
    job.run(2, 'INBOX', 2, '<2@x>', hash(2), 20, 'submitted', 'p2', 20, null, null, null, null, null, 0, null);
    job.run(3, 'INBOX', 3, '<3@x>', hash(3), 30, 'decided', 'p3', 20, ...said, 0, null);
    job.run(4, 'Support/Refunds', 4, '<4@x>', hash(4), 40, 'done', 'p4', 20, ...said, 0, null);
    job.run(5, 'INBOX', 5, '<5@x>', hash(5), 50, 'failed', null, null, 'failed', null, null, null, 'no', 1, 'no');
    const action = db.prepare(
      `INSERT INTO actions (job, seq, action, step, progress, dest_folder, dest_uidvalidity, dest_uid)
       VALUES (?, 0, '{"kind":"move","to":"Support/Refunds"}', ?, ?, ?, ?, ?)`,
    );
    const from = { folder: 'INBOX', uidValidity: 11, uid: 4 };
    const to = { folder: 'Support/Refunds', uidValidity: 11, uid: 4 };
    action.run(3, 'planned', '{"step":"planned"}', null, null, null);
    action.run(4, 'done', JSON.stringify({ step: 'done', newly: [], from, to, note: null }), to.folder, 11, 4);
    db.close();
  });

  it('is brought to ours with every row in it', async () => {
    const upgraded = openStore(old());
    const jobs = [1, 2, 3, 4, 5].map((id) => must(upgraded.job(id)));
    expect(jobs.map(({ state }) => state)).toEqual(['found', 'submitted', 'decided', 'done', 'failed']);
    expect(jobs[2]).toMatchObject({
      round: 1,
      decision: { way: 'routed', best: [] },
      actions: [{ seq: 0 }],
      former: null,
    });
    expect(jobs[3]).toMatchObject({ round: 1, verdict: null, actions: [{ progress: { step: 'done' } }] });
    expect(jobs[4]).toMatchObject({ review: true, why: 'no' });
    expect(upgraded.ledger('support').claimed('Support/Refunds', 11, [4], new Set())).toEqual(new Set([4]));
    upgraded.close();
    const reading = openReading(old());
    expect(reading.history(4)).toMatchObject({
      foundIn: 'INBOX',
      times: { found: 10, submitted: 20, ended: 40 },
      rounds: [{ round: 1 }],
    });
    reading.close();
    const db = new Database(old(), { readonly: true });
    expect(db.pragma('foreign_key_check')).toEqual([]);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
  });

  it('is salvaged where it is broken', async () => {
    const saved = salvage(old());
    expect(saved.partly).toBe(false);
    expect(store.restore(saved)).toBe(5);
    expect(must(store.job(4))).toMatchObject({ state: 'done', round: 1, actions: [{ progress: { step: 'done' } }] });
  });
});

it('is salvaged with what persons did and said, and goes on with old mail', async () => {
  const headerHash = 'a'.repeat(64);
  let job = await add(newJob(1, { headerHash }));
  const place = { folder: 'Support/Refunds', uidValidity: 2, uid: 9 };
  const review = {
    decision: { ...decision, way: 'reviewed', route: 'complaint', undoes: decision },
    actions: [],
  } as const;
  const life: Event[] = [
    { type: 'decided', plan },
    { type: 'acted', place },
    { type: 'filed', plan: review },
    { type: 'acted', place },
  ];
  for (const [at, event] of life.entries()) {
    const deed = deedOf(job, event, at);
    job = must(step(job, event, 150));
    await store.save(job, deed);
  }
  const backfill = { ...newBackfill(7, 'support', { folder: 'Archive', since: null, most: null }, 100), passed: 30 };
  await store.commit(() => ({ backfill }), 100);
  const saved = salvage(file());
  expect(saved.partly).toBe(false);
  const path = join(folder, 'new.db');
  const other = openStore(path);
  expect(other.restore(saved)).toBe(1);
  const [old, anew] = [openReading(file()), openReading(path)];
  const asking = openAsking(path);
  try {
    expect(anew.history(job.id)).toEqual(old.history(job.id));
    expect(anew.history(job.id)?.deeds).toMatchObject([{ what: 'filed', class: 'complaint' }]);
    expect(anew.answers({ account: 'support', since: 0 })).toEqual(old.answers({ account: 'support', since: 0 }));
    expect(other.backfill('support')).toEqual(backfill);
    // Whoever waits for it has its answer, and nobody else's number is the same.
    expect(anew.answer(7)).toEqual({ taken: [7], refused: [] });
    expect(asking.ask([{ account: 'support', kind: 'backfill', what: 'pause' }], 0)).toEqual([8]);
  } finally {
    for (const each of [old, anew, asking, other]) each.close();
  }
});

describe('the lock', () => {
  it('is held by one process, names it to the second, and is dropped by kill -9', async () => {
    const holder = spawn(process.execPath, [
      '--input-type=module',
      '-e',
      `import Database from 'better-sqlite3'; import { writeFileSync } from 'node:fs';
       const db = new Database(${JSON.stringify(join(folder, 'siftd.lock'))}); db.exec('BEGIN EXCLUSIVE');
       writeFileSync(${JSON.stringify(join(folder, 'siftd.pid'))}, String(process.pid));
       console.log('held'); process.stdin.resume();`,
    ]);
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    expect(() => lockState(folder)).toThrow(new RegExp(`pid ${holder.pid}`));
    const ended = new Promise((resolve) => holder.once('exit', resolve));
    holder.kill('SIGKILL');
    await ended;
    const lock = lockState(folder);
    lock.release();
  });

  it('is held until it is released, even where nobody keeps it', async () => {
    const state = join(folder, 'forgotten');
    mkdirSync(state);
    (() => lockState(state))();
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let turn = 0; turn < 3; turn++) {
      collect();
      await new Promise(setImmediate);
    }
    expect(() => lockState(state)).toThrow(/another siftd/);
  });
});
