/*
 * What Mailpilot 1.8.3 did on Dovecot 2.3 when it was measured, as to which message is which:
 *
 * - 10 of 20 messages without Message-ID never sorted (one key for two folders);
 * - the second of two messages with one Message-ID never sorted;
 * - after a new UIDVALIDITY 5 of 60 and 10 of 10 never sorted;
 * - 10 of 10 that a person had read first never sorted;
 * - "new only" obeyed by nothing.
 */
import { expect, it } from 'vitest';
import { fastClock, letter } from '../daemon/world.ts';
import { refund, refunds, Stage, says } from './stage.ts';

const stage = new Stage();
const sorted = async (world: { box(): Promise<Record<string, readonly unknown[]>> }) =>
  (await world.box())['Support/Refunds']?.length;

it('Mailpilot: of 20 messages without a Message-ID in two folders 20 are sorted', async () => {
  const mail = stage.user();
  const world = stage.world(await stage.vendor(), mail);
  world.configure({}, { folders: ['INBOX', 'Team'] });
  await world.person((client) => client.mailboxCreate('Team'));
  await world.start();
  for (const folder of ['INBOX', 'Team']) {
    const nameless = Array.from({ length: 10 }, (_, n) => letter('', 'refund_request 0.92', `X-Number: ${n}\r\n`));
    await stage.dovecot.load(
      mail.user,
      folder,
      nameless.map((raw) => ({ raw })),
    );
  }
  await world.ended(20);
  expect(await sorted(world)).toBe(20);
});

it('Mailpilot: two messages with one Message-ID are two messages, in one folder and in two', async () => {
  const mail = stage.user();
  const vendor = await stage.vendor();
  const world = stage.world(vendor, mail);
  world.configure({}, { folders: ['INBOX', 'Team'] });
  await world.person((client) => client.mailboxCreate('Team'));
  await world.start();
  await world.deliver(refund('same'));
  await world.ended(1);
  await world.deliver(letter('same', 'spam 0.92'), refund('same'));
  await world.person((client) => client.append('Team', refund('same')));
  await world.ended(4);
  const box = await world.box();
  expect([box['Support/Refunds']?.length, box['Junk']?.length, box['INBOX'], box['Team']]).toEqual([
    3,
    1,
    undefined,
    undefined,
  ]);
  expect(vendor.counts().get('<same@example.com>')?.processes).toBe(4);
});

it('Mailpilot: under a new UIDVALIDITY 60 of 60 that wait and 10 of 10 that come are sorted', async () => {
  const mail = stage.user();
  const vendor = await stage.vendor();
  const world = stage.world(vendor, mail, { clock: fastClock(10), pollInterval: 5000 });
  vendor.misbehave('poll', 'never');
  await world.start();
  await world.deliver(...refunds(60, 'waits'));
  await world.reached(60, 'submitted');
  await world.stop();
  await stage.dovecot.doveadm('mailbox', 'update', '-u', mail.user, '--uid-validity', '4242', 'INBOX');
  await world.deliver(...refunds(10, 'between'));
  vendor.misbehave('poll', null);
  await world.start();
  await world.logged(says('INBOX got a new UIDVALIDITY'));
  await world.ended(70);
  expect(await sorted(world)).toBe(70);
  expect([...vendor.counts().values()].map(({ processes }) => processes)).toEqual(Array(70).fill(1));
});

it('Mailpilot: of 10 messages that a person had read first 10 are sorted', async () => {
  const mail = stage.user();
  const world = stage.world(await stage.vendor(), mail);
  await world.start();
  await world.stop();
  await world.deliver(...refunds(10));
  await world.person(async (client) => {
    await client.mailboxOpen('INBOX');
    await client.messageFlagsAdd('1:*', ['\\Seen']);
  });
  await world.start();
  await world.ended(10);
  expect(await sorted(world)).toBe(10);
});

it.each([
  ['now', []],
  ['2026-03-01', ['recent0', 'recent1', 'recent2']],
  ['all', ['old0', 'old1', 'old2', 'recent0', 'recent1', 'recent2']],
])('Mailpilot: what counts as new is obeyed (since: %s)', async (since, expected) => {
  const mail = stage.user();
  const vendor = await stage.vendor();
  const world = stage.world(vendor, mail);
  world.configure({}, { since });
  const at = (date: string) => (raw: string) => ({ raw, internalDate: new Date(date) });
  await stage.dovecot.load(mail.user, 'INBOX', [
    ...refunds(3, 'old').map(at('2026-01-01T00:00:00Z')),
    ...refunds(3, 'recent').map(at('2026-03-02T00:00:00Z')),
  ]);
  await world.start();
  await world.deliver(refund('new'));
  await world.ended(expected.length + 1);
  await world.stop();
  await world.start();
  await world.stop();
  const asked = [...vendor.counts().keys()].map((reference) => /\w+/.exec(reference)?.[0]);
  expect(asked.sort()).toEqual(['new', ...expected].sort());
});
