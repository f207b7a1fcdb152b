import { describe, expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { fastClock } from '../daemon/world.ts';
import { classifierOf, JumpClock, refund, refunds, staging, until } from './stage.ts';

/* The API takes its time. */

const stage = staging();
const minute = 60_000;

describe('a process that never ends', () => {
  it.each(['never', 'null-result', 'foreign-ref', 'confidence-nan', 'unknown-status'] as const)(
    '(%s) is submitted once more at the deadline, then goes the failed way',
    async (malice) => {
      const { world, vendor, folders, flags, processes } = await stage({ clock: fastClock(20) });
      world.configure({ classifier: { ...classifierOf(vendor), deadline: '20s' } });
      vendor.misbehave('poll', malice);
      await world.start();
      await world.deliver(refund('x'));
      await world.ended(1);
      expect(world.jobs()[0]).toMatchObject({
        state: 'failed',
        why: expect.stringMatching(/^its process never ended.*twice$/),
      });
      expect(folders()).toEqual({ INBOX: 1 });
      expect(flags()).toEqual([['siftd-failed']]);
      expect(processes()).toEqual([2]);
    },
  );
});

describe('slow for an hour, then fine', () => {
  it('processes: each is asked about now and then, none is submitted twice, all are filed', async () => {
    const clock = new JumpClock();
    const { world, vendor, folders, submissions } = await stage({ clock });
    world.configure({ classifier: { ...classifierOf(vendor), deadline: '2h' } });
    vendor.misbehave('poll', 'never');
    await world.start();
    await world.deliver(...refunds(3));
    await world.reached(3, 'submitted');
    const gets = () => [...vendor.counts().values()].map((one) => one.gets);
    const began = clock.now();
    while (clock.now() - began < 60 * minute) {
      const before = gets();
      clock.pass(4 * minute);
      await clock.passUntil(limits.api.pollMax, () => gets().every((count, at) => count > (before[at] ?? 0)));
    }
    vendor.misbehave('poll', null);
    await clock.passUntil(limits.api.pollMax, () => folders()['Support/Refunds'] === 3);
    expect(folders()).toEqual({ 'Support/Refunds': 3 });
    expect(submissions()).toEqual([1, 1, 1]);
  });

  it('requests, that are all given up after a minute: one at a time is tried, nothing is failed, all are filed', async () => {
    const clock = new JumpClock();
    const { world, vendor, folders, processes } = await stage({ clock });
    vendor.misbehave('submit', 'hang');
    vendor.misbehave('poll', 'hang');
    await world.start();
    await world.deliver(...refunds(40));
    // Eight at a time hang, until ten have been given up in a row.
    for (let opened = false; !opened; opened = world.lines.some(({ msg }) => msg.includes('nothing is submitted'))) {
      await until(() => vendor.open() === 8);
      clock.pass(limits.api.requestTimeout);
      await until(() => vendor.open() < 8 || world.lines.some(({ msg }) => msg.includes('nothing is submitted')));
    }
    // Those that had begun before are given up, too.
    await clock.passUntil(5000, () => vendor.open() === 0);
    const probes: number[] = [];
    const began = clock.now();
    while (clock.now() - began < 60 * minute) {
      await clock.passUntil(5000, () => vendor.open() > 0);
      probes.push(vendor.open());
      clock.pass(limits.api.requestTimeout);
      await until(() => vendor.open() === 0);
    }
    expect(probes.length).toBeGreaterThan(30);
    expect(new Set(probes)).toEqual(new Set([1]));
    expect(world.status().jobs).toMatchObject({ found: 40, failed: 0 });
    vendor.misbehave('submit', null);
    vendor.misbehave('poll', null);
    clock.pass(limits.api.breakerMax);
    await world.ended(40);
    expect(folders()).toEqual({ 'Support/Refunds': 40 });
    expect(processes()).toEqual(Array(40).fill(1));
  });
});
