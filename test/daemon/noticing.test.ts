import type { ImapFlow } from 'imapflow';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { startVendor, type Vendor } from '../vendor/vendor.ts';
import { answerOf, letter, World } from './world.ts';

/* What people do with what siftd has looked at or filed is noticed, whatever the server can. On a real Dovecot. */

let dovecot: Dovecot;
let users = 0;
beforeAll(async () => {
  dovecot = await startDovecot();
});
afterAll(() => dovecot.stop());

describe.each(['full', 'bare'] as const)('on Dovecot %s', (host) => {
  let world: World;
  let vendor: Vendor;

  beforeEach(async () => {
    vendor = await startVendor({ classify: answerOf });
    const user = `noticed${++users}`;
    const mail = { host: dovecot.hosts[host], port: dovecot.port, user, password: 'secret' };
    world = new World({ ...mail, deliver: (raw) => dovecot.deliver(user, raw) }, vendor, { pollInterval: 50 });
  });
  afterEach(async () => {
    await world.close();
    await vendor.close();
  });

  /** As a mail program would: by MOVE, else COPY and \Deleted. */
  const move = (name: string, from: string, to: string) =>
    world.person(async (client) => {
      await client.mailboxOpen(from);
      const uid = await uidOf(client, name);
      await client.messageMove(`${uid}`, to, { uid: true });
    });
  const uidOf = async (client: ImapFlow, name: string) => {
    const found = await client.search(
      { header: { 'message-id': `<${name}@example.com>` }, deleted: false },
      { uid: true },
    );
    const uid = (found || []).at(-1);
    if (uid === undefined) throw new Error(`letter ${name} is not there`);
    return uid;
  };
  const make = (...folders: string[]) =>
    world.person(async (client) => {
      for (const folder of folders) await client.mailboxCreate(folder);
    });
  const jobOf = (name: string) => {
    const job = world.jobs().find(({ identity }) => identity.messageId === `<${name}@example.com>`);
    if (job === undefined) throw new Error(`no job of ${name}`);
    return job;
  };
  /** Resolves once so many words of persons were noticed. */
  const said = (count: number) => world.logged(({ msg }) => msg === 'a person said what it is', count);

  it('compares what people file with what it would have done', async () => {
    world.configure({ mode: 'observe' });
    await world.start();
    await world.deliver(
      letter('a', 'refund_request 0.95'),
      letter('b', 'refund_request 0.9'),
      letter('c', 'complaint 0.5'),
    );
    await world.ended(3);
    await make('Support/Refunds', 'Support/Complaints');
    await move('a', 'INBOX', 'Support/Refunds');
    await move('b', 'INBOX', 'Support/Complaints');
    await move('c', 'INBOX', 'Support/Complaints');
    await said(3);
    expect(jobOf('a').verdict).toMatchObject({ truth: 'refund_request', right: true, by: 'observation' });
    expect(jobOf('b').verdict).toMatchObject({ truth: 'complaint', right: false, by: 'observation' });
    expect(jobOf('c')).toMatchObject({ verdict: { truth: 'complaint', right: true }, review: false });
    expect(jobOf('a').place.folder).toBe('Support/Refunds');
  });
});
