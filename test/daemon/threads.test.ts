import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { startVendor, type Vendor } from '../vendor/vendor.ts';
import { answerOf, letter, World } from './world.ts';

/* `threads: follow`: a reply goes where its thread stands, and nobody is asked. On a real Dovecot. */

let dovecot: Dovecot;
let world: World;
let vendor: Vendor;
let users = 0;
beforeAll(async () => {
  dovecot = await startDovecot();
});
afterAll(() => dovecot.stop());

beforeEach(async () => {
  vendor = await startVendor({ classify: answerOf });
  const user = `thread${++users}`;
  const mail = { host: dovecot.hosts.full, port: dovecot.port, user, password: 'secret' };
  world = new World({ ...mail, deliver: (raw) => dovecot.deliver(user, raw) }, vendor, { pollInterval: 50 });
  world.configure({ threads: 'follow' });
  await world.start();
});
afterEach(async () => {
  await world.close();
  await vendor.close();
});

const reply = (name: string, to: string, from = 'Ann <ann@example.com>') =>
  letter(name, 'complaint 0.95', `References: <${to}@example.com>\r\n`).replace('Ann <ann@example.com>', from);
const jobOf = (name: string) => {
  const job = world.jobs().find(({ identity }) => identity.messageId === `<${name}@example.com>`);
  if (job === undefined) throw new Error(`no job of ${name}`);
  return job;
};

it('files a reply beside its thread, and follows a person who moves the newest message', async () => {
  await world.deliver(letter('a', 'refund_request 0.95'));
  await world.ended(1);
  await world.deliver(reply('b', 'a'));
  await world.ended(2);
  expect((await world.whereabouts())['letter b']).toEqual(['Support/Refunds']);
  const { id } = jobOf('a');
  expect(jobOf('b')).toMatchObject({
    decision: { way: 'routed', route: 'refund_request', classification: null, confidence: null },
  });
  expect(jobOf('b')).toMatchObject({
    decision: { reason: `it follows its thread to refund_request, where siftd filed message ${id}` },
  });
  await world.person(async (client) => {
    await client.mailboxOpen('Support/Refunds');
    await client.messageMove('2', 'Support/Complaints');
  });
  await world.logged(({ msg }) => msg === 'a person said what it is');
  expect(jobOf('b').verdict).toMatchObject({ truth: 'complaint', right: false, by: 'correction' });
  await world.deliver(reply('c', 'b'));
  await world.ended(3);
  expect((await world.whereabouts())['letter c']).toEqual(['Support/Complaints \\Flagged urgent']);
  expect(jobOf('c')).toMatchObject({ decision: { classification: null } });
  // Only the first was asked about.
  expect(vendor.counts().size).toBe(1);
});

it('asks about a reply whose thread stands in the inbox, and about a stranger who names a thread', async () => {
  await world.deliver(letter('a', 'refund_request 0.95'), letter('b', 'refund_request 0.5'));
  await world.ended(2);
  await world.deliver(reply('c', 'a', 'Mallory <mallory@example.net>'), reply('d', 'b'));
  await world.ended(4);
  for (const name of ['c', 'd']) {
    expect(jobOf(name)).toMatchObject({ decision: { classification: 'complaint' }, thread: expect.any(String) });
  }
  expect(jobOf('c').thread).toBe(jobOf('a').thread);
  // What a stranger sent does not lead the thread away; whoever was written to takes part in it.
  await world.deliver(reply('e', 'c', 'SUPPORT@example.com'));
  await world.ended(5);
  expect(jobOf('e')).toMatchObject({ decision: { route: 'refund_request', classification: null } });
});
