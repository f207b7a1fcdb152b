import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { CommandHook } from '../../src/demo/imap/server.ts';
import { Run } from '../pains/process.ts';
import { classifierOf, JumpClock, refund, refunds, says, staging, until } from './stage.ts';

/* The API is away for a while, and a team's mail goes on coming. */

/** Messages whose content was asked for, whole or in part. */
function counting(): { readonly onCommand: CommandHook; contents: number } {
  const count = {
    contents: 0,
    onCommand: ((_session, _tag, name, args) => {
      if (name === 'UID FETCH' && /BODY(\.PEEK)?\[(?!HEADER)/.test(args))
        count.contents += uidsOf(args.split(' ')[0] ?? '');
      return undefined;
    }) as CommandHook,
  };
  return count;
}

function uidsOf(set: string): number {
  return set
    .split(',')
    .map((range) => range.split(':').map(Number))
    .reduce((sum, [from = 0, to = from]) => sum + to - from + 1, 0);
}

const stage = staging();
const many = 3000;

it(`with ${many} messages waiting siftd, a process of its own, holds no more of them than before, and files all when the API is back`, async () => {
  const count = counting();
  const { account, vendor, world, folders, processes } = await stage({ onCommand: count.onCommand });
  world.configure({ classifier: { ...classifierOf(vendor), concurrency: 8 } }, { since: 'all' });
  const down = { status: 503 } as const;
  vendor.misbehave('submit', down);
  vendor.misbehave('poll', down);
  for (const raw of refunds(many / 2, 'before')) account.append('INBOX', raw);
  const run = new Run(world);
  await run.reached(many / 2, 'found');
  await until(() => (vendor.answers().get('503') ?? 0) > limits.api.breakerFaults);
  const half = memoryOf(run.pid);
  // It goes on watching while nobody can be asked.
  for (const raw of refunds(many / 2, 'meanwhile')) account.append('INBOX', raw);
  await run.reached(many, 'found');
  const probes = vendor.answers().get('503') ?? 0;
  await until(() => (vendor.answers().get('503') ?? 0) > probes + 1, 3 * limits.api.breakerMax);
  const whole = memoryOf(run.pid);
  // What it ever read of them is two sets, as one is fetched while the one before is asked about, and from then on one
  // message for each probe that was sent or is to be.
  expect(count.contents).toBeLessThanOrEqual(2 * limits.imap.batch + (vendor.answers().get('503') ?? 0) + 1);
  expect(folders()).toEqual({ INBOX: many });
  console.log(
    `RSS with ${many / 2} messages waiting ${half} MiB, with ${many} ${whole} MiB, ${count.contents} contents read`,
  );
  vendor.misbehave('submit', null);
  vendor.misbehave('poll', null);
  await run.reached(many, 'done');
  expect(folders()).toEqual({ 'Support/Refunds': many });
  expect(processes()).toEqual(Array(many).fill(1));
  expect(vendor.peak().open).toBeLessThanOrEqual(8);
  await run.kill('SIGTERM');
}, 280_000);

it('that is away is watched through: new mail is found, one request at a time is tried, and one line says so', async () => {
  const clock = new JumpClock();
  const { vendor, world, folders, errors } = await stage({ clock });
  world.configure({ classifier: { ...classifierOf(vendor), concurrency: 4 } });
  await world.start();
  vendor.misbehave('submit', 'hang');
  vendor.misbehave('poll', 'hang');
  await world.deliver(...refunds(30));
  await clock.passUntil(limits.api.requestTimeout / 10, () => world.lines.some(says('nothing is submitted for')));
  await clock.passUntil(5000, () => vendor.open() === 0);
  await clock.passUntil(1000, () => vendor.open() > 0);
  const watched = world.lines.filter(({ state }) => state === 'found').length;
  await world.deliver(...refunds(10, 'late'));
  await world.reached(watched + 10, 'found');
  expect(vendor.open()).toBe(1);
  expect(world.status().accounts['support']?.note?.detail).toContain('did not answer in time');
  vendor.misbehave('submit', null);
  vendor.misbehave('poll', null);
  await clock.passUntil(1000, () => world.lines.some(says('answers again')));
  await world.ended(40);
  expect(folders()).toEqual({ 'Support/Refunds': 40 });
  expect(errors()).toEqual([]);
  expect(world.lines.filter(says('nothing is submitted for'))).toHaveLength(1);
});

it('that refuses connections is waited for, and nothing is lost or asked twice', async () => {
  const clock = new JumpClock();
  const { vendor, world, folders, submissions } = await stage({ clock });
  const nobody = createServer().listen(0, '127.0.0.1');
  await once(nobody, 'listening');
  const { port } = nobody.address() as { port: number };
  nobody.close();
  world.configure({ classifier: { ...classifierOf(vendor), url: `http://127.0.0.1:${port}` } });
  await world.start();
  await world.deliver(...refunds(12));
  await world.logged(says('(ECONNREFUSED); nothing is submitted for'));
  await world.stop();
  world.configure({});
  await world.start();
  await clock.passUntil(5000, () => folders()['Support/Refunds'] === 12);
  expect(submissions()).toEqual(Array(12).fill(1));
});

it('that answers again is asked for what was submitted before a restart, and nothing is submitted again', async () => {
  const { vendor, world, folders, submissions } = await stage();
  vendor.misbehave('poll', { status: 503 });
  await world.start();
  await world.deliver(refund('a'), refund('b'));
  await world.reached(2, 'submitted');
  await world.stop();
  vendor.misbehave('poll', null);
  await world.start();
  await world.ended(2);
  expect(submissions()).toEqual([1, 1]);
  expect(folders()).toEqual({ 'Support/Refunds': 2 });
});

/** MiB in RAM now. */
function memoryOf(pid: number): number {
  return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}
