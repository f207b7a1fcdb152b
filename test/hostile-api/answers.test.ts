import { describe, expect, it } from 'vitest';
import { fastClock } from '../daemon/world.ts';
import type { Malice } from '../vendor/replies.ts';
import { refund, refunds, says, staging, until } from './stage.ts';

/* What the API says is wrong, or says nothing. The message stays untouched until an answer can be believed. */

const stage = staging({ clock: fastClock(10) });

const spoken: readonly [string, Malice][] = [
  ['is reset in the middle of its headers', 'reset-in-headers'],
  ['is reset halfway through its body', 'reset'],
  ['is HTML with status 200', 'html'],
  ['is truncated JSON', 'truncated'],
  ['is empty', 'empty'],
  ['lacks its fields', 'missing-fields'],
  ['is enormous', 'endless-body'],
  ['has headers without end', 'endless-headers'],
  ['unpacks to 64 MiB', 'bomb'],
  ['unpacks twice', 'bomb-in-bomb'],
  ['is nested 400,000 deep', 'deep'],
];

const results: readonly [string, Malice][] = [
  ['has an unknown status', 'unknown-status'],
  ['is completed with null', 'null-result'],
  ['is completed without a result', 'no-result'],
  ['is for another external_ref', 'foreign-ref'],
  ['has a confidence in an unknown word', 'confidence-word'],
  ['has the confidence "0.9"', 'confidence-text'],
  ['has the confidence NaN', 'confidence-nan'],
  ['has the confidence 1e999', 'confidence-infinite'],
  ['has the confidence 7', 'confidence-seven'],
  ['has a confidence below 0', 'confidence-negative'],
  ['has no confidence', 'confidence-missing'],
  ['has an empty class', 'label-empty'],
];

describe('an answer to a poll that', () => {
  it.each([...spoken, ...results])(
    '%s files nothing; the message waits and is filed by the next good one',
    async (_, malice) => {
      const { world, vendor, folders, flags, submissions } = await stage();
      vendor.misbehave('poll', malice);
      await world.start();
      await world.deliver(refund('x'));
      await world.logged(says('no answer to go by'), 2);
      expect(folders()).toEqual({ INBOX: 1 });
      expect(flags()).toEqual([[]]);
      vendor.misbehave('poll', null);
      await world.ended(1);
      expect(folders()).toEqual({ 'Support/Refunds': 1 });
      expect(submissions()).toEqual([1]);
    },
  );

  it('names a class that no route names leaves the message to a person, whatever its confidence', async () => {
    const { world, vendor, folders, flags } = await stage();
    vendor.misbehave('poll', 'unroutable');
    await world.start();
    await world.deliver(refund('x'));
    await world.ended(1);
    expect(world.jobs()[0]).toMatchObject({
      state: 'done',
      review: true,
      decision: { classification: 'poetry', confidence: 1 },
    });
    expect(folders()).toEqual({ INBOX: 1 });
    expect(flags()).toEqual([['needs-review']]);
  });

  it('says that the classification failed sends the message the failed way', async () => {
    const { world, vendor, folders, flags, submissions } = await stage();
    vendor.misbehave('poll', 'failed');
    await world.start();
    await world.deliver(refund('x'));
    await world.ended(1);
    expect(world.jobs()[0]).toMatchObject({ state: 'failed', why: 'the classification failed' });
    expect(folders()).toEqual({ INBOX: 1 });
    expect(flags()).toEqual([['siftd-failed']]);
    expect(submissions()).toEqual([1]);
  });

  it('fails for some processes alone, for ever, does not keep new mail waiting', async () => {
    const { world, vendor, folders } = await stage();
    vendor.misbehave('poll', { status: 500 });
    await world.start();
    await world.deliver(refund('x'));
    await world.reached(1, 'submitted');
    vendor.misbehave('poll', { status: 500 }, '<x@example.com>');
    // Ten times in a row: the breaker opens for a process that the API will never tell of.
    await world.logged(says('nothing is submitted for'));
    for (let n = 1; n <= 3; n++) {
      await world.deliver(refund(`new${n}`));
      await world.ended(n);
      await world.logged(says('nothing is submitted for'), n + 1);
    }
    expect(folders()).toEqual({ INBOX: 1, 'Support/Refunds': 3 });
  });

  it('is nonsense for one message alone does not hold up the others', async () => {
    const { world, vendor, folders } = await stage();
    vendor.misbehave('poll', 'null-result', '<n0@example.com>');
    await world.start();
    await world.deliver(...refunds(10));
    await world.ended(9);
    expect(folders()).toEqual({ INBOX: 1, 'Support/Refunds': 9 });
  });
});

describe('an answer to a submission that', () => {
  const unaccepted: readonly [string, Malice][] = [
    ['is no object', 'not-an-object'],
    ['gives a path for an id', 'path-as-id'],
  ];
  it.each([...spoken, ...unaccepted])(
    '%s is no acceptance; the same is asked again under the same key',
    async (_, malice) => {
      const { world, vendor, folders, submissions, processes } = await stage();
      vendor.script('submit', [malice, malice]);
      await world.start();
      await world.deliver(refund('x'));
      await world.ended(1);
      expect(folders()).toEqual({ 'Support/Refunds': 1 });
      expect(submissions()).toEqual([3]);
      expect(processes()).toEqual([1]);
    },
  );

  it('never comes although the mail was taken starts no second process at a server that knows the key', async () => {
    const { world, vendor, folders, submissions, processes } = await stage({ vendor: { faults: { droppedAfter: 1 } } });
    await world.start();
    await world.deliver(refund('x'));
    await until(() => vendor.answers().get('drop') === 2);
    vendor.setFaults({});
    await world.ended(1);
    expect(folders()).toEqual({ 'Support/Refunds': 1 });
    expect(submissions()).toEqual([3]);
    expect(processes()).toEqual([1]);
  });
});
