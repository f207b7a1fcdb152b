/*
 * What Mailpilot 1.8.3 did on Dovecot 2.3 when it was measured, as to what it made of an answer:
 *
 * - 3 of 3 foreign messages expunged;
 * - after an outage of the classifier 5 of 50 only after a restart, and 12 calls a message;
 * - 5 of 5 recorded as moved though the target refused them, and without MOVE 5 of 5 lost.
 */
import { expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { fastClock } from '../daemon/world.ts';
import { underAcl } from '../servers/dovecot.ts';
import { type Profile, refunds, Stage, says } from './stage.ts';

const stage = new Stage();
const closed = new Stage(underAcl('Support/Refunds owner lr'));

it.each<[Profile]>([['full'], ['noMove'], ['bare']])(
  'Mailpilot: of 3 foreign messages that bear \\Deleted 3 are still there (%s)',
  async (profile) => {
    const mail = stage.user(profile);
    const world = stage.world(await stage.vendor(), mail);
    await world.deliver(...refunds(3, 'foreign'));
    await world.person(async (client) => {
      await client.mailboxOpen('INBOX');
      await client.messageFlagsAdd('1:*', ['\\Deleted']);
    });
    await world.start();
    await world.deliver(...refunds(5));
    await world.ended(5);
    await world.stop();
    const found = await world.whereabouts();
    expect([0, 1, 2].map((n) => found[`letter foreign${n}`])).toEqual(Array(3).fill(['INBOX \\Deleted']));
    expect((await world.box())['Support/Refunds']?.length).toBe(5);
  },
);

it('Mailpilot: after an outage of the API all 50 are sorted, without a restart and without a storm of calls', async () => {
  const mail = stage.user();
  const vendor = await stage.vendor();
  const world = stage.world(vendor, mail, { clock: fastClock(10), pollInterval: 5000 });
  vendor.misbehave('submit', { status: 503 });
  await world.start();
  await world.deliver(...refunds(50));
  await world.logged(says('nothing is submitted for'));
  const calls = () => [...vendor.counts().values()].reduce((sum, { submissions }) => sum + submissions, 0);
  // Nothing but probes, one at a time, from here on.
  const before = calls();
  await world.logged((line) => line['state'] === 'found', 50);
  vendor.misbehave('submit', null);
  await world.ended(50);
  expect((await world.box())['Support/Refunds']?.length).toBe(50);
  // What was under way when the breaker opened, and a few probes: far from a call for each message each time.
  expect(before).toBeLessThanOrEqual(limits.api.breakerFaults + 8);
  expect(calls()).toBeLessThanOrEqual(before + 50 + 10);
  expect([...vendor.counts().values()].map(({ processes }) => processes)).toEqual(Array(50).fill(1));
});

it.each<[Profile]>([['full'], ['noMove'], ['bare']])(
  'Mailpilot: of 5 messages that their target refuses 5 stay where they are and none is recorded as moved (%s)',
  async (profile) => {
    const mail = closed.user(profile);
    const world = closed.world(await closed.vendor(), mail);
    await world.start();
    await world.deliver(...refunds(5));
    await world.ended(5);
    expect(world.jobs().map(({ state, place }) => [state, place.folder])).toEqual(Array(5).fill(['failed', 'INBOX']));
    expect(Object.values(await world.whereabouts())).toEqual(Array(5).fill(['INBOX siftd-failed']));
  },
);
