/*
 * The machine's clock is set while messages are on their way: by a day, either way, while siftd runs and while it does
 * not. Nothing is held up, failed or submitted again.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { Run } from '../pains/process.ts';
import { refund, refunds, Stage } from '../pains/stage.ts';
import type { Vendor } from '../vendor/vendor.ts';
import { MachineClock } from './machine-clock.ts';

const stage = new Stage();
const day = 86_400_000;
const jumps = [
  ['a day ahead', day],
  ['a day back', -day],
] as const;

/** Far beyond what is waited for; only a test that fails takes so long. */
const patience = { timeout: 40_000, interval: 20 };
const polls = (vendor: Vendor) => [...vendor.counts().values()].reduce((sum, { gets }) => sum + gets, 0);

async function setting(times: number) {
  const mail = stage.user();
  const vendor = await stage.vendor();
  const clock = new MachineClock(times);
  const world = stage.world(vendor, mail, { clock, pollInterval: 5000 });
  world.configure({}, { folders: ['INBOX', 'Team'] });
  await world.person((client) => client.mailboxCreate('Team'));
  return { vendor, clock, world };
}

describe.each(jumps)('a clock that is set %s', (_what, ms) => {
  it('while messages wait for the API and for their answers holds none up and asks for none again', async () => {
    const { vendor, clock, world } = await setting(10);
    await world.start();
    vendor.misbehave('poll', 'never');
    await world.deliver(...refunds(3, 'submitted'));
    await world.reached(3, 'submitted');
    vendor.misbehave('submit', { status: 503 });
    await world.deliver(...refunds(3, 'found'));
    await vi.waitUntil(() => (vendor.answers().get('503') ?? 0) >= 3, patience);
    clock.set(ms);
    const asked = polls(vendor);
    await vi.waitUntil(() => polls(vendor) >= asked + 6, patience);
    vendor.misbehave('submit', null);
    await world.reached(6, 'submitted');
    vendor.misbehave('poll', null);
    await world.ended(6);
    // The folder that is not idled on is looked at by the clock.
    await world.person((client) => client.append('Team', refund('polled')));
    await world.deliver(refund('after'));
    await world.ended(8);
    expect((await world.box())['Support/Refunds']?.length).toBe(8);
    expect([...vendor.counts().values()].map(({ processes }) => processes)).toEqual(Array(8).fill(1));
    // What is written down for people and compared with the server's dates follows the machine.
    const { INBOX } = world.status().accounts['support']?.folders ?? {};
    expect(Math.abs((INBOX?.syncedAt ?? 0) - clock.date())).toBeLessThan(day / 2);
  });

  it('while siftd is down holds nothing up, and no process is given up for its age', async () => {
    const { vendor, clock, world } = await setting(10);
    await world.start();
    vendor.misbehave('poll', 'never');
    await world.deliver(...refunds(3, 'submitted'));
    await world.reached(3, 'submitted');
    vendor.misbehave('submit', { status: 503 });
    await world.deliver(...refunds(3, 'found'));
    await vi.waitUntil(() => (vendor.answers().get('503') ?? 0) >= 3, patience);
    await world.stop();
    clock.set(ms);
    clock.restart();
    vendor.misbehave('submit', null);
    const asked = polls(vendor);
    await world.start();
    await world.reached(6, 'submitted');
    // Those that seem to be a day old are asked for, and not given up, while they still have no answer.
    await vi.waitUntil(() => polls(vendor) >= asked + 12, patience);
    vendor.misbehave('poll', null);
    await world.ended(6);
    expect([...vendor.counts().values()].map(({ processes }) => processes)).toEqual(Array(6).fill(1));
  });

  it('while a refused move waits for its next try does not hold it up', async () => {
    const { vendor, clock, world } = await setting(100);
    const proxy = await stage.proxy(world.mail);
    world.configure({}, { host: '127.0.0.1', port: proxy.port });
    await world.start();
    let refused = 0;
    proxy.judge = (line) => {
      if (!line.startsWith('UID MOVE') || ++refused > 4) return 'pass';
      if (refused === 3) clock.set(ms);
      return { answer: 'TAG NO [INUSE] try again later\r\n' };
    };
    await world.deliver(refund('late'));
    await world.ended(1);
    expect(await world.whereabouts()).toEqual({ 'letter late': ['Support/Refunds'] });
    expect(refused).toBe(5);
    expect(vendor.counts().size).toBe(1);
  });

  it('while the API refuses the token does not keep siftd from asking again', async () => {
    const { vendor, clock, world } = await setting(100);
    await world.start();
    vendor.misbehave('submit', { status: 401 });
    await world.deliver(refund('refused'));
    await world.logged((line) => line['level'] === 'error');
    clock.set(ms);
    vendor.misbehave('submit', null);
    await world.ended(1);
    expect(await world.whereabouts()).toEqual({ 'letter refused': ['Support/Refunds'] });
  });

  it('under the real process changes nothing either, and its rate of requests goes on', async () => {
    const { vendor, world } = await setting(1);
    const { url, company, orchestrator } = vendor;
    const rate = { requests: 5, per: '100ms' };
    const classifier = { url, company, orchestrator, token: { env: 'VENDOR_TOKEN' }, rate };
    world.configure({ classifier }, { since: 'all' });
    vendor.misbehave('poll', 'never');
    await world.deliver(...refunds(10));
    const file = join(world.folder, 'time');
    writeFileSync(file, '+0');
    const run = new Run(world, {
      LD_PRELOAD: '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    });
    await run.reached(10, 'submitted');
    writeFileSync(file, ms > 0 ? '+1d' : '-1d');
    const asked = polls(vendor);
    await vi.waitUntil(() => polls(vendor) >= asked + 20, patience);
    vendor.misbehave('poll', null);
    await run.reached(10, 'done');
    await world.deliver(...refunds(10, 'after'));
    await run.reached(20, 'done');
    await run.kill('SIGTERM');
    const last = Date.parse(String(run.lines.at(-1)?.['time']));
    expect([...vendor.counts().values()].map(({ processes }) => processes)).toEqual(Array(20).fill(1));
    // The process did see the new time.
    expect(Math.abs(last - Date.now() - ms)).toBeLessThan(day / 2);
  });
});
