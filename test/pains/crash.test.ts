/*
 * A crash in the middle of the loop loses, or repeats, what it was at: https://github.com/coddingtonbear/django-mailbox/issues/212
 */
import { expect, it } from 'vitest';
import { fastClock } from '../daemon/world.ts';
import { Run } from './process.ts';
import { type Profile, refunds, Stage } from './stage.ts';

const stage = new Stage();

it.each<[Profile, readonly (readonly [number, string])[]]>([
  [
    'full',
    [
      [5, 'found'],
      [3, 'submitted'],
      [2, 'decided'],
    ],
  ],
  [
    'noMove',
    [
      [1, 'decided'],
      [1, 'done'],
    ],
  ],
])('django-mailbox#212: killed in the middle of its loop, it files each message once (%s)', async (profile, kills) => {
  const mail = stage.user(profile);
  const vendor = await stage.vendor({ latency: { median: 500, sigma: 0.8 } });
  const world = stage.world(vendor, mail, { clock: fastClock(10), pollInterval: 5000 });
  world.configure({}, { since: 'all' });
  await world.deliver(...refunds(40));
  for (const [count, state] of kills) {
    const run = new Run(world);
    await run.reached(count, state);
    await run.kill('SIGKILL');
  }
  const left = 40 - world.jobs().length;
  expect(left).toBeGreaterThan(0);
  await world.start();
  await world.ended(left);
  await world.stop();
  const expected = Object.fromEntries(refunds(40).map((_, n) => [`letter n${n}`, ['Support/Refunds']]));
  expect(await world.whereabouts()).toEqual(expected);
  expect([...vendor.counts().values()].map(({ processes }) => processes)).toEqual(Array(40).fill(1));
});
