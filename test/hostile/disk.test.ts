/*
 * The disk under the state folder is full, or answers with errors: intake stops with one loud line, nothing is corrupted,
 * and siftd goes on by itself. A real small tmpfs, and the kernel's own errors in the middle of SQLite's transactions.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it, vi } from 'vitest';
import { openStore } from '../../src/store/store.ts';
import type { NewJob } from '../../src/triage/step.ts';
import { answerOf, type World, type WorldOptions } from '../daemon/world.ts';
import { Run } from '../pains/process.ts';
import { refunds, Stage, says } from '../pains/stage.ts';
import { checkout } from '../servers/guard.ts';
import { breakBeyond, integrity, SmallDisk, sizeOf } from './disks.ts';
import { MachineClock } from './machine-clock.ts';

const stage = new Stage();
const disks: SmallDisk[] = [];
const execute = promisify(execFile);
const mib = 2 ** 20;
const patience = { timeout: 40_000, interval: 20 };

afterEach(() => {
  breakBeyond(null);
  for (const disk of disks.splice(0)) disk.unmount();
});

async function setting(options: WorldOptions = { clock: new MachineClock(10), pollInterval: 5000 }) {
  const mail = stage.user();
  let meanwhile = () => {};
  const vendor = await stage.vendor({
    idempotency: false,
    classify: (asked) => {
      meanwhile();
      return answerOf(asked);
    },
  });
  const world = stage.world(vendor, mail, options);
  const disk = new SmallDisk(join(world.folder, 'state'), 48);
  disks.push(disk);
  const db = join(disk.folder, 'siftd.db');
  return { vendor, world, disk, db, atSubmission: (work: () => void) => (meanwhile = work) };
}

const loud = (world: World) => world.lines.filter((line) => line['level'] === 'error').map(({ msg }) => msg);
const processes = (vendor: Awaited<ReturnType<typeof setting>>['vendor']) =>
  [...vendor.counts().values()].map((count) => count.processes);

it('before the disk is full nothing new is taken up, what was begun is ended, and status tells it', async () => {
  const { vendor, world, disk, db } = await setting();
  await world.start();
  vendor.misbehave('poll', 'never');
  await world.deliver(...refunds(5, 'begun'));
  await world.reached(5, 'submitted');
  disk.fill(8 * mib);
  await world.logged(says('nothing new is taken up'));
  await world.deliver(...refunds(5, 'meanwhile'));
  vendor.misbehave('poll', null);
  await world.ended(5);
  expect(world.status().accounts['support']?.note).toMatchObject({
    state: 'disk full',
    detail: expect.stringMatching(/full but for \d MiB/),
  });
  expect(vendor.counts().size).toBe(5);
  disk.clear();
  await world.ended(10);
  await vi.waitUntil(() => world.status().accounts['support']?.note?.state === 'watching', patience);
  expect(loud(world).length).toBe(1);
  expect(processes(vendor)).toEqual(Array(10).fill(1));
  await world.stop();
  expect((await world.box())['Support/Refunds']?.length).toBe(10);
  expect(integrity(db)).toBe('ok');
});

it('on a disk without an octet left nothing is lost, nothing is repeated, and siftd goes on by itself', async () => {
  const { vendor, world, disk, db } = await setting();
  await world.start();
  vendor.misbehave('poll', 'never');
  await world.deliver(...refunds(5, 'begun'));
  await world.reached(5, 'submitted');
  // Not an octet for the log beside the database either: it is written anew from its beginning.
  disk.fill();
  const lines = () => world.lines.length;
  vendor.misbehave('poll', null);
  await world.logged((line) => line['level'] === 'error');
  await world.deliver(...refunds(5, 'meanwhile'));
  const before = lines();
  await vi.waitUntil(() => disk.free === 0 && vendor.counts().size === 5, patience);
  expect(integrity(db)).toBe('ok');
  expect(lines() - before).toBeLessThan(20);
  disk.clear();
  await world.ended(10);
  expect(loud(world).length).toBe(1);
  expect(processes(vendor)).toEqual(Array(10).fill(1));
  await world.stop();
  expect((await world.box())['Support/Refunds']?.length).toBe(10);
  expect(integrity(db)).toBe('ok');
});

it('a process that the API accepted when the disk was full is not started again', async () => {
  const { vendor, world, disk, db, atSubmission } = await setting();
  await world.start();
  atSubmission(() => disk.fill());
  await world.deliver(...refunds(3));
  await world.logged((line) => line['level'] === 'error');
  atSubmission(() => {});
  disk.clear();
  await world.ended(3);
  expect(processes(vendor)).toEqual([1, 1, 1]);
  expect(loud(world).length).toBe(1);
  expect(integrity(db)).toBe('ok');
});

it('a disk that answers with errors for a while is waited for', async () => {
  const { vendor, world, db } = await setting();
  await world.start();
  vendor.misbehave('poll', 'never');
  await world.deliver(...refunds(5, 'begun'));
  await world.reached(5, 'submitted');
  breakBeyond(sizeOf(`${db}-wal`) + 1000);
  vendor.misbehave('poll', null);
  await world.logged((line) => line['level'] === 'error');
  await world.deliver(...refunds(5, 'meanwhile'));
  expect(loud(world)).toEqual([expect.stringContaining('SQLITE_IOERR')]);
  breakBeyond(null);
  await world.ended(10);
  expect(loud(world).length).toBe(1);
  expect(processes(vendor)).toEqual(Array(10).fill(1));
  await world.stop();
  expect(integrity(db)).toBe('ok');
});

it('the real process starts, waits and ends on a full disk, and sorts when there is room', async () => {
  const { vendor, world, disk, db } = await setting();
  world.configure({}, { since: 'all' });
  disk.fill();
  const none = new Run(world);
  expect(await none.exit()).toBe(75);
  disk.clear();
  const first = new Run(world);
  await world.deliver(...refunds(3));
  await first.reached(3, 'done');
  await first.kill('SIGKILL');
  disk.fill();
  await world.deliver(...refunds(3, 'meanwhile'));
  const second = new Run(world);
  await second.logged(says('nothing new is taken up'));
  const { stdout } = await execute(process.execPath, [
    join(checkout, 'dist', 'main.js'),
    'status',
    '-c',
    second.config,
  ]);
  expect(stdout).toMatch(/the disk is full but for 0 MiB: nothing new is taken up/);
  expect(await second.kill('SIGTERM')).toBe(0);
  const third = new Run(world);
  await third.logged(says('nothing new is taken up'));
  disk.clear();
  await third.reached(3, 'done');
  expect(await third.kill('SIGTERM')).toBe(0);
  expect(processes(vendor)).toEqual(Array(6).fill(1));
  expect(integrity(db)).toBe('ok');
});

const message = (uid: number): NewJob => ({
  account: 'support',
  place: { folder: 'INBOX', uidValidity: 1, uid },
  identity: { emailId: null, messageId: `<${uid}@x>`, headerHash: 'h'.repeat(64), internalDate: 0, size: 9 },
  thread: 't'.repeat(500),
});

it.each([
  ['the disk is full', (disk: SmallDisk) => (left: number) => disk.fill(left)],
  [
    'the disk answers with an error',
    (disk: SmallDisk) => (left: number) => breakBeyond(left + sizeOf(join(disk.folder, 'siftd.db-wal'))),
  ],
])('a transaction in whose middle %s happens not at all, wherever that is', async (_what, breaking) => {
  const disk = new SmallDisk(mkdtempSync(join(tmpdir(), 'siftd-disk-')), 8);
  disks.push(disk);
  const store = openStore(join(disk.folder, 'siftd.db'));
  const found = (round: number) => Array.from({ length: 100 }, (_, n) => message(round * 1000 + n));
  let failures = 0;
  let committed = 0;
  for (let round = 0; round < 40; round++) {
    breaking(disk)(round * 4096);
    try {
      await store.commit(() => ({ found: found(round) }), 1);
      committed++;
    } catch (error) {
      failures++;
      expect(String((error as { code?: string }).code)).toMatch(/^SQLITE_(FULL|IOERR)/);
    }
    disk.clear();
    breakBeyond(null);
    expect(store.count('support', 'found')).toBe(committed * 100);
  }
  store.close();
  expect(failures).toBeGreaterThan(3);
  expect(committed).toBeGreaterThan(0);
  expect(integrity(join(disk.folder, 'siftd.db'))).toBe('ok');
  rmSync(join(disk.folder, 'siftd.db'));
});
