import { describe, expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { fastClock } from '../daemon/world.ts';
import { JumpClock, refOf, refund, refunds, type Stage, says, staging, until } from './stage.ts';

/* The API says no: not now, not you, not this one, never heard of it. */

const stage = staging();

describe('429', () => {
  const seconds = 1200;
  const postsOf = ({ vendor }: Stage, id: string) => vendor.counts().get(refOf(id))?.submissions ?? 0;

  it.each([
    ['in seconds', () => String(seconds)],
    ['as a date', (clock: JumpClock) => new Date(clock.now() + seconds * 1000).toUTCString()],
  ])('with Retry-After %s: the message waits as long, the others do not', async (_, header) => {
    const clock = new JumpClock();
    const set = await stage({ clock });
    const { world, vendor, folders } = set;
    await world.start();
    vendor.script('submit', [{ status: 429, retryAfter: header(clock) }]);
    await world.deliver(refund('x'));
    await world.logged(says('not accepted'));
    clock.pass((seconds / 2) * 1000);
    await world.deliver(refund('y'));
    await world.ended(1);
    expect([postsOf(set, 'x'), postsOf(set, 'y')]).toEqual([1, 1]);
    await clock.passUntil(10_000, () => folders()['Support/Refunds'] === 2);
    expect([postsOf(set, 'x'), postsOf(set, 'y')]).toEqual([2, 1]);
  });

  it.each(['315360000', 'Fri, 01 Jan 2100 00:00:00 GMT'])(
    'with a Retry-After of years (%s) is obeyed for an hour',
    async (retryAfter) => {
      const clock = new JumpClock();
      const set = await stage({ clock });
      const { world, vendor, folders } = set;
      await world.start();
      const began = clock.now();
      vendor.script('submit', [{ status: 429, retryAfter }]);
      await world.deliver(refund('x'));
      await world.logged(says('not accepted'));
      clock.pass(limits.api.retryAfterMax - 60_000);
      await world.deliver(refund('y'));
      await world.ended(1);
      expect(postsOf(set, 'x')).toBe(1);
      await clock.passUntil(60_000, () => folders()['Support/Refunds'] === 2);
      expect(clock.now() - began).toBeLessThan(3 * limits.api.retryAfterMax);
    },
  );

  it("is nobody's fault: a message that hears it more often than it has tries is filed in the end", async () => {
    const { world, vendor, folders, processes } = await stage({ clock: fastClock(50) });
    await world.start();
    // Never two in a row, so that the breaker stays closed.
    vendor.misbehave('submit', { status: 429 }, refOf('x'));
    await world.deliver(refund('x'));
    for (let n = 0; (vendor.counts().get(refOf('x'))?.submissions ?? 0) <= limits.api.attempts; n++) {
      await world.deliver(refund(`other${n}`));
      await world.ended(n + 1);
    }
    expect(world.jobs().every(({ state }) => state === 'done')).toBe(true);
    const others = world.jobs().length;
    vendor.misbehave('submit', null);
    await world.ended(others + 1);
    expect(folders()).toEqual({ 'Support/Refunds': others + 1 });
    expect(new Set(processes())).toEqual(new Set([1]));
  });
});

describe('a token that is refused', () => {
  it.each([401, 403])(
    'with %d stops everything with one loud line, the account is told, and all goes on when it is mended',
    async (status) => {
      const clock = new JumpClock();
      const { world, vendor, folders, errors, processes } = await stage({ clock });
      if (status === 401) vendor.admit('another');
      else vendor.misbehave('submit', { status });
      await world.start();
      await world.deliver(...refunds(3));
      await world.logged(({ level }) => level === 'error');
      await until(() => world.status().accounts['support']?.note?.detail?.includes('refuses our token'));
      expect(errors()).toHaveLength(1);
      expect(errors()[0]).toContain('classifier.token');
      expect(world.status().jobs).toMatchObject({ found: 3, failed: 0 });
      expect(folders()).toEqual({ INBOX: 3 });
      vendor.admit(vendor.token);
      vendor.misbehave('submit', null);
      clock.pass(limits.api.authRetry + 1000);
      await world.ended(3);
      expect(folders()).toEqual({ 'Support/Refunds': 3 });
      expect(processes()).toEqual([1, 1, 1]);
      await until(() => world.status().accounts['support']?.note?.detail === null);
      expect(JSON.stringify(world.lines)).not.toContain(vendor.token);
    },
  );

  it('while processes run fails none of them', async () => {
    const clock = new JumpClock();
    const { world, vendor, folders, submissions } = await stage({ clock });
    vendor.misbehave('poll', 'never');
    await world.start();
    await world.deliver(...refunds(3));
    await world.reached(3, 'submitted');
    vendor.admit('another');
    vendor.misbehave('poll', null);
    clock.pass(limits.api.pollMax);
    await world.logged(({ level }) => level === 'error');
    // Far beyond the deadline of a process: while we are not let in, nothing is known of it.
    for (let n = 0; n < 10; n++) {
      const before = vendor.answers().get('401') ?? 0;
      clock.pass(limits.api.authRetry + 1000);
      await until(() => (vendor.answers().get('401') ?? 0) > before);
    }
    vendor.admit(vendor.token);
    clock.pass(limits.api.authRetry + 1000);
    await world.ended(3);
    expect(folders()).toEqual({ 'Support/Refunds': 3 });
    expect(submissions()).toEqual([1, 1, 1]);
  });
});

describe('a message that is refused', () => {
  it.each([{ status: 400 }, { status: 413 }, { status: 422 }])('with %o fails alone', async (malice) => {
    const { world, vendor, folders, flags } = await stage();
    await world.start();
    vendor.misbehave('submit', malice, refOf('bad'));
    await world.deliver(refund('bad'), refund('good'));
    await world.ended(2);
    expect(world.jobs().find(({ state }) => state === 'failed')).toMatchObject({
      identity: { messageId: refOf('bad') },
    });
    expect(folders()).toEqual({ INBOX: 1, 'Support/Refunds': 1 });
    expect(flags()).toEqual([['siftd-failed']]);
  });
});

describe('404 for a process that was accepted', () => {
  it('right after it was accepted is asked again, and the process is followed to its end', async () => {
    const { world, vendor, folders, submissions } = await stage();
    vendor.script('poll', ['lost', 'lost', null]);
    await world.start();
    await world.deliver(refund('x'));
    await world.ended(1);
    expect(folders()).toEqual({ 'Support/Refunds': 1 });
    expect(submissions()).toEqual([1]);
  });

  it.each(['lost', { status: 410 }] as const)('later on (%o) is submitted once more', async (malice) => {
    const { world, vendor, folders, processes } = await stage({ clock: fastClock(10) });
    vendor.misbehave('poll', malice);
    await world.start();
    await world.deliver(refund('x'));
    await world.logged(says('submitted once more'));
    vendor.misbehave('poll', null);
    await world.ended(1);
    expect(folders()).toEqual({ 'Support/Refunds': 1 });
    expect(processes()).toEqual([2]);
  });

  it('twice goes the failed way, and is never submitted a third time', async () => {
    const { world, vendor, folders, flags, processes } = await stage({ clock: fastClock(10) });
    vendor.misbehave('poll', 'lost');
    await world.start();
    await world.deliver(refund('x'));
    await world.ended(1);
    expect(world.jobs()[0]).toMatchObject({ state: 'failed', why: 'the API does not know its process, twice' });
    expect(folders()).toEqual({ INBOX: 1 });
    expect(flags()).toEqual([['siftd-failed']]);
    expect(processes()).toEqual([2]);
  });

  it('as a web page says nothing about a process', async () => {
    const { world, vendor, folders, submissions } = await stage({ clock: fastClock(10) });
    vendor.misbehave('poll', 'html-404');
    await world.start();
    await world.deliver(refund('x'));
    await world.logged(says('no answer to go by'), 4);
    vendor.misbehave('poll', null);
    await world.ended(1);
    expect(folders()).toEqual({ 'Support/Refunds': 1 });
    expect(submissions()).toEqual([1]);
  });
});
