import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandHook, ImapServer } from '../../src/demo/imap/server.ts';
import { type AccountHandle, startImapServer } from '../../src/demo/imap/server.ts';
import { openAsking } from '../../src/store/asking.ts';
import { JumpClock, until } from '../hostile-api/stage.ts';
import { startVendor, type Vendor } from '../vendor/vendor.ts';
import { answerOf, type Line, letter, World } from './world.ts';

/* What goes wrong on demand: the server in this process and the vendor misbehave, siftd does not. */

let server: ImapServer;
let account: AccountHandle;
let vendor: Vendor;
let world: World;
let hook: CommandHook = () => undefined;
const user = 'support@example.com';

beforeEach(async () => {
  hook = () => undefined;
  server = await startImapServer({
    accounts: [{ user, password: 'secret' }],
    hooks: { onCommand: (...command) => hook(...command) },
  });
  account = server.store.account(user);
  vendor = await startVendor({ classify: answerOf });
  const { host, port } = server;
  const deliver = async (raw: string) => void account.append('INBOX', raw);
  world = new World({ host, port, user, password: 'secret', deliver }, vendor);
});
afterEach(async () => {
  await world.close();
  await vendor.close();
  await server.close();
});

const refund = (id: string) => letter(id, 'refund_request 0.92');
const folders = () =>
  Object.fromEntries(
    account
      .folders()
      .map(({ name, messages }) => [name, messages])
      .filter(([, n]) => n !== 0),
  );
const submissions = () => [...vendor.counts().values()].map((count) => count.submissions);
const says = (text: string) => (line: Line) => line.msg.includes(text);
const errors = () => world.lines.filter((line) => line['level'] === 'error').map((line) => line.msg);

describe('the connection', () => {
  it('is made again after it was cut, and what came meanwhile is sorted', async () => {
    await world.start();
    server.cutAll();
    account.append('INBOX', refund('cut'));
    await world.ended(1);
    expect(folders()).toEqual({ 'Support/Refunds': 1 });
    expect(world.lines.some(says('watching again'))).toBe(true);
  });

  it('is not asked for again and again where the password is wrong; one line says so', async () => {
    server.store.setPassword(user, 'another');
    let logins = 0;
    hook = (_session, _tag, name) => {
      if (name === 'LOGIN' || name === 'AUTHENTICATE') logins++;
      return undefined;
    };
    await world.start();
    await world.stop();
    expect(logins).toBe(1);
    expect(errors().length).toBe(1);
    expect(errors()[0]).toMatch(/support.*(user|password)/);
    expect(JSON.stringify(world.lines)).not.toContain('secret');
  });

  it('that hangs in a command when siftd is stopped does not keep the process alive', async () => {
    const clock = new JumpClock();
    const { host, port } = server;
    const deliver = async (raw: string) => void account.append('INBOX', raw);
    const own = new World({ host, port, user, password: 'secret', deliver }, vendor, { clock, pollInterval: 30_000 });
    try {
      let hangs = false;
      hook = (_session, _tag, name) => {
        if (name !== 'UID MOVE') return undefined;
        hangs = true;
        return { after: () => new Promise(() => {}) };
      };
      await own.start();
      await own.deliver(refund('a'));
      await until(() => hangs);
      let stopped = false;
      const stopping = own.stop().then(() => {
        stopped = true;
      });
      await clock.passUntil(500, () => stopped);
      await stopping;
      await until(() => server.sessions().length === 0);
    } finally {
      await own.close();
    }
  });

  it('that is cut in the middle of a move neither loses nor repeats the message', async () => {
    let cuts = 0;
    hook = (_session, _tag, name) => (name === 'UID MOVE' && cuts++ === 0 ? { cut: 'after' } : undefined);
    await world.start();
    await world.deliver(refund('a'), refund('b'), refund('c'));
    await world.ended(3);
    expect(folders()).toEqual({ 'Support/Refunds': 3 });
    expect(world.jobs().map((job) => job.state)).toEqual(['done', 'done', 'done']);
  });
});

describe('the mailbox', () => {
  it('whose folder refuses a message keeps it where it is, unmarked, and a person hears of it', async () => {
    account.create('Support/Complaints');
    account.refuse('Support/Complaints', 'NOPERM');
    await world.start();
    await world.deliver(letter('no', 'complaint 0.95'), refund('yes'));
    await world.ended(2);
    expect(folders()).toEqual({ INBOX: 1, 'Support/Refunds': 1 });
    expect(account.messages('INBOX').map(({ flags }) => flags)).toEqual([['siftd-failed']]);
    expect(world.jobs().find((job) => job.state === 'failed')).toMatchObject({
      decision: { way: 'failed', classification: 'complaint' },
    });
  });

  it('that gets a new UIDVALIDITY is mapped again: nothing is sorted twice, nothing is missed', async () => {
    account.append('INBOX', refund('old'), { internalDate: Date.now() - 86_400_000 });
    vendor.misbehave('poll', { status: 503 });
    await world.start();
    await world.deliver(refund('open'));
    await world.reached(1, 'submitted');
    account.renewUidValidity('INBOX');
    account.append('INBOX', refund('between'));
    await world.reached(2, 'submitted');
    vendor.misbehave('poll', null);
    await world.ended(2);
    expect(submissions()).toEqual([1, 1]);
    expect(folders()).toEqual({ INBOX: 1, 'Support/Refunds': 2 });
  });

  it('that is found full of unknown old mail after a new UIDVALIDITY is left alone, loudly', async () => {
    await world.start();
    for (let n = 0; n < 150; n++) account.append('Trash', refund(`t${n}`));
    const uids = account.messages('Trash').map(({ uid }) => uid);
    account.renewUidValidity('INBOX');
    account.move('Trash', uids, 'INBOX');
    await world.logged(says('none of them is submitted'));
    await world.stop();
    expect(submissions()).toEqual([]);
    expect(folders()).toEqual({ INBOX: 150 });
  });

  it('that keeps no keywords has its moves made, and fails what was to be labelled and nothing else', async () => {
    server.store.addAccount({ user, password: 'secret', capabilities: { keywords: false } });
    account = server.store.account(user);
    await world.start();
    await world.deliver(letter('l', 'newsletter 0.9'), letter('m', 'complaint 0.95'), letter('u', 'poetry 1'));
    world.configure({ routes: { newsletter: { label: ['newsletter'] } } });
    await world.ended(3);
    await world.stop();
    expect(folders()).toEqual({ INBOX: 2, 'Support/Complaints': 1 });
    await world.start();
    await world.deliver(letter('n', 'newsletter 0.9'));
    await world.ended(4);
    expect(world.jobs()[0]).toMatchObject({ state: 'failed', why: 'the server keeps none of its labels' });
    expect(world.lines.some(says('the server keeps no new keywords in INBOX'))).toBe(true);
    // Nor is it filed so because a person wants it.
    const job = world.jobs().find(({ identity }) => identity.messageId === '<u@example.com>')?.id ?? 0;
    const asking = openAsking(join(world.folder, 'state', 'siftd.db'));
    asking.ask([{ account: 'support', kind: 'file', job, route: 'newsletter' }], Date.now());
    asking.close();
    await world.logged((line) => line['job'] === job && line['state'] === 'done', 2);
    expect(world.jobs().find(({ id }) => id === job)).toMatchObject({ decision: { way: 'unsure' }, review: true });
  });

  it('that lacks one of the watched folders has the others watched, and says so once', async () => {
    world.configure({}, { folders: ['Gone', 'INBOX'] });
    await world.start();
    await world.deliver(refund('a'));
    await world.ended(1);
    await world.deliver(refund('b'));
    await world.ended(2);
    expect(folders()).toEqual({ 'Support/Refunds': 2 });
    expect(world.lines.filter(says('Gone is not watched')).length).toBe(1);
  });

  it('with one message that cannot be fetched sorts all the others', async () => {
    hook = (_session, _tag, name, args) =>
      name === 'UID FETCH' && /BODY/.test(args) && !/HEADER/.test(args) && covers(args, 2)
        ? { refuse: { status: 'NO', text: 'this one is broken' } }
        : undefined;
    await world.start();
    await world.deliver(refund('a'), refund('b'), refund('c'), refund('d'));
    await world.ended(4);
    expect(folders()).toEqual({ INBOX: 1, 'Support/Refunds': 3 });
    expect(world.jobs().find((job) => job.state === 'failed')?.identity.messageId).toBe('<b@example.com>');
  });
});

/** Whether the UID set at the front of a FETCH's arguments has this UID in it. */
function covers(args: string, uid: number): boolean {
  const set = args.split(' ')[0] ?? '';
  return set.split(',').some((range) => {
    const [from = 0, to = from] = range.split(':').map(Number);
    return uid >= from && uid <= to;
  });
}
