import type { ImapFlow } from 'imapflow';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { doRequests } from '../../src/cli/acting.ts';
import { parseConfig } from '../../src/config/load.ts';
import { startImapServer } from '../../src/demo/imap/server.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { startVendor, type Vendor } from '../vendor/vendor.ts';
import { answerOf, letter, routes, World } from './world.ts';

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

  it('takes a move of what it filed for a correction, and the last word counts', async () => {
    await world.start();
    await world.deliver(...['a', 'b', 'c', 'd'].map((name) => letter(name, 'refund_request 0.95')));
    await world.ended(4);
    await make('Archive');
    // Tidying up says nothing; nor does a copy, or old mail of theirs.
    await move('d', 'Support/Refunds', 'Archive');
    await world.person(async (client) => {
      await client.mailboxOpen('Support/Refunds');
      await client.messageCopy(`${await uidOf(client, 'c')}`, 'Support/Complaints', { uid: true });
      await client.append('Support/Complaints', letter('old', 'complaint 1'));
    });
    await move('a', 'Support/Refunds', 'Support/Complaints');
    await move('b', 'Support/Refunds', 'INBOX');
    await said(2);
    expect(jobOf('a').verdict).toMatchObject({ truth: 'complaint', right: false, by: 'correction' });
    expect(jobOf('b').verdict).toMatchObject({ truth: null, right: false, by: 'correction' });
    await move('b', 'INBOX', 'Support/Refunds');
    await said(3);
    expect(jobOf('b').verdict).toMatchObject({ truth: 'refund_request', right: true });
    expect([jobOf('c').verdict, jobOf('d').verdict]).toEqual([null, null]);
    // Nothing was sorted again, and nothing was fought over.
    expect(world.jobs()).toHaveLength(4);
    expect(world.jobs().every(({ round }) => round === 1)).toBe(true);
  });

  it('notices a label, where a route is nothing but that', async () => {
    world.configure({ mode: 'observe' });
    await world.start();
    await world.deliver(letter('a', 'newsletter 0.9'), letter('b', 'refund_request 0.9'));
    await world.ended(2);
    await world.person(async (client) => {
      await client.mailboxOpen('INBOX');
      await client.messageFlagsAdd('1:2', ['Newsletter']);
    });
    await said(2);
    expect(jobOf('a').verdict).toMatchObject({ truth: 'newsletter', right: true, by: 'observation' });
    expect(jobOf('b').verdict).toMatchObject({ truth: 'newsletter', right: false });
  });
});

it('takes neither its own undo nor a folder of another UIDVALIDITY for a word of a person', async () => {
  const vendor = await startVendor({ classify: answerOf });
  const user = `noticed${++users}`;
  const mail = { host: dovecot.hosts.full, port: dovecot.port, user, password: 'secret' };
  const world = new World({ ...mail, deliver: (raw) => dovecot.deliver(user, raw) }, vendor, { pollInterval: 50 });
  try {
    await world.start();
    await world.deliver(...['a', 'b', 'c'].map((name) => letter(name, 'refund_request 0.95')));
    await world.ended(3);
    const [a, b, c] = ['a', 'b', 'c'].map((name) =>
      world.jobs().find(({ identity }) => identity.messageId === `<${name}@example.com>`),
    );
    const config = parseConfig(world.yaml, { name: 'siftd.yaml', file: 'siftd.yaml', purpose: 'run', env: world.env });
    const undo = [{ account: 'support', kind: 'undo', jobs: [a?.id ?? 0] }] as const;
    await doRequests(config, undo, { signal: new AbortController().signal });
    await dovecot.doveadm('mailbox', 'update', '--uid-validity', '4711', '-u', user, 'Support/Refunds');
    await dovecot.kick(user);
    await world.person(async (client) => {
      await client.mailboxOpen('Support/Refunds');
      const uid = await client.search({ header: { 'message-id': '<b@example.com>' } }, { uid: true });
      await client.messageMove(`${uid || ''}`, 'Support/Complaints', { uid: true });
    });
    await world.logged(({ msg }) => msg === 'a person said what it is');
    const verdicts = [a, b, c].map((job) => world.jobs().find(({ id }) => id === job?.id)?.verdict?.truth);
    expect(verdicts).toEqual([undefined, 'complaint', undefined]);
  } finally {
    await world.close();
    await vendor.close();
  }
});

it('takes the label of a route, on Gmail, for its folder', async () => {
  const server = await startImapServer();
  const vendor = await startVendor({ classify: answerOf });
  const account = server.store.addAccount({ user: 'team', password: 'secret', capabilities: { gmail: true } });
  const deliver = async (raw: string) => void account.append('INBOX', raw);
  const { host, port } = server;
  const world = new World({ host, port, user: 'team', password: 'secret', deliver }, vendor, { pollInterval: 50 });
  const truths = () =>
    Object.fromEntries(world.jobs().map(({ identity, verdict }) => [identity.messageId, verdict?.truth ?? null]));
  try {
    world.configure({ routes: { ...routes, refund_request: { mode: 'observe', move: 'Support/Refunds' } } });
    await world.start();
    await world.deliver(
      letter('a', 'refund_request 0.95'),
      letter('b', 'complaint 0.95'),
      letter('c', 'complaint 0.5'),
      letter('d', 'refund_request 0.95'),
    );
    await world.ended(4);
    await world.person(async (client) => {
      await client.mailboxOpen('INBOX');
      await client.messageFlagsAdd('1', ['Support/Refunds'], { useLabels: true });
      await client.messageFlagsAdd('2', ['newsletter'], { useLabels: true });
      await client.mailboxOpen('Support/Complaints');
      await client.messageMove('1', 'Support/Refunds');
    });
    await world.logged(({ msg }) => msg === 'a person said what it is', 3);
    expect(truths()).toEqual({
      '<a@example.com>': 'refund_request',
      '<b@example.com>': 'refund_request',
      '<c@example.com>': 'newsletter',
      '<d@example.com>': null,
    });
  } finally {
    await world.close();
    await vendor.close();
    await server.close();
  }
});
