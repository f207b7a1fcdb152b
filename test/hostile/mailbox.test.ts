import type { ImapFlow } from 'imapflow';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AccountHandle, type CommandHook, type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { fastClock, letter, type MailHost, type World, type WorldOptions } from '../daemon/world.ts';
import { refund, refunds, Stage, says, way } from '../pains/stage.ts';
import { startCyrus } from '../servers/cyrus.ts';
import { underAcl } from '../servers/dovecot.ts';
import type { Vendor } from '../vendor/vendor.ts';

/* The mailbox changes under us: folders go, quotas end, and people are faster. */

const stage = new Stage();
const quota = `mail_plugins = quota
protocol imap {
  mail_plugins = quota imap_quota
}
plugin {
  quota = count:User
  quota_vsizes = yes
  quota_rule = *:bytes=600
  quota_rule2 = INBOX:ignore
  quota_rule3 = Trash:ignore
  quota_grace = 0
}`;
const tight = new Stage({ more: quota });
const locked = new Stage(underAcl('INBOX owner lr'));
const quick: WorldOptions = { clock: fastClock(30), pollInterval: 15_000 };

/** Messages that are submitted, and whose answers come when `go` is called. */
async function waiting(world: World, vendor: Vendor, ...letters: string[]) {
  vendor.misbehave('poll', 'never');
  await world.start();
  await world.deliver(...letters);
  await world.reached(letters.length, 'submitted');
  return () => vendor.misbehave('poll', null);
}

describe('on Dovecot', () => {
  it('a person who is faster than our move keeps what they moved, and the rest of the set is filed', async () => {
    const mail = stage.user();
    const vendor = await stage.vendor();
    const proxy = await stage.proxy(mail);
    const world = stage.world(vendor, mail, { through: proxy });
    const go = await waiting(world, vendor, ...refunds(3));
    let first = true;
    proxy.judge = (line) => {
      if (!first || !line.startsWith('UID MOVE')) return 'pass';
      first = false;
      const after = world.person(async (client) => {
        await client.mailboxCreate('Mine');
        await client.mailboxOpen('INBOX');
        await client.messageMove('1', 'Mine');
        await client.messageDelete('1');
      });
      return { after };
    };
    go();
    await world.ended(3);
    expect(Object.values(await world.whereabouts()).sort()).toEqual([['Mine'], ['Support/Refunds']]);
    expect(
      world
        .jobs()
        .map(({ state }) => state)
        .sort(),
    ).toEqual(['done', 'gone', 'gone']);
  });

  it.each([
    ['moves', 'Mine'],
    ['deletes', null],
  ])('a person who %s a message between our COPY and our expunge wins, and our copy goes', async (_what, to) => {
    const mail = stage.user('noMove');
    const vendor = await stage.vendor();
    const proxy = await stage.proxy(mail);
    const world = stage.world(vendor, mail, { through: proxy });
    world.configure({}, way(proxy));
    const go = await waiting(world, vendor, ...refunds(3));
    let first = true;
    proxy.judge = (line) => {
      // COPY was answered; what comes next is the look at the copies.
      if (!first || !proxy.commands.some((command) => command.startsWith('UID COPY')) || line.startsWith('UID COPY'))
        return 'pass';
      first = false;
      const after = world.person(async (client) => {
        await client.mailboxOpen('INBOX');
        if (to === null) await client.messageDelete('2');
        else {
          await client.mailboxCreate(to);
          await client.messageMove('2', to);
        }
      });
      return { after };
    };
    go();
    await world.ended(3);
    await world.stop();
    const places = Object.values(await world.whereabouts()).sort();
    const refunded = ['Support/Refunds'];
    expect(places).toEqual(to === null ? [refunded, refunded] : [[to], refunded, refunded]);
    expect(
      world
        .jobs()
        .map(({ state }) => state)
        .sort(),
    ).toEqual(['done', 'done', 'gone']);
  });

  it('what a person marked \\Deleted is left to them, whenever they did', async () => {
    const mail = stage.user();
    const vendor = await stage.vendor();
    const world = stage.world(vendor, mail);
    const mark = (subject: string) =>
      world.person(async (client) => {
        await client.mailboxOpen('INBOX');
        const found = await client.search({ subject });
        await client.messageFlagsAdd(found || [], ['\\Deleted']);
      });
    const go = await waiting(world, vendor, refund('submitted'), refund('kept'));
    await mark('letter submitted');
    vendor.misbehave('submit', { status: 503 });
    await world.deliver(refund('found'));
    await world.reached(3, 'found');
    await mark('letter found');
    vendor.misbehave('submit', null);
    go();
    await world.ended(3);
    await world.stop();
    await world.deliver(refund('unseen'));
    await mark('letter unseen');
    await world.start();
    await world.stop();
    const deleted = ['INBOX \\Deleted'];
    expect(await world.whereabouts()).toEqual({
      'letter submitted': deleted,
      'letter found': deleted,
      'letter unseen': deleted,
      'letter kept': ['Support/Refunds'],
    });
    expect(vendor.counts().has('<unseen@example.com>')).toBe(false);
  });

  it('under a new UIDVALIDITY nothing that was closed or labelled is asked for again, and nothing new is missed', async () => {
    const mail = stage.user();
    const vendor = await stage.vendor();
    const world = stage.world(vendor, mail);
    await stage.dovecot.load(mail.user, 'INBOX', [
      { raw: refund('old'), internalDate: new Date('2026-01-01T00:00:00Z') },
    ]);
    await world.start();
    await world.deliver(letter('labelled', 'newsletter 0.9'), letter('unsure', 'poetry 1'), refund('returned'));
    await world.ended(3);
    await world.person(async (client) => {
      await client.mailboxOpen('Support/Refunds');
      await client.messageMove('1', 'INBOX');
    });
    // A person's move is noticed with the next message.
    await world.deliver(letter('other', 'spam 0.9'));
    await world.ended(4);
    vendor.misbehave('poll', 'never');
    await world.deliver(refund('open'));
    await world.reached(5, 'submitted');
    await world.stop();
    await stage.dovecot.doveadm('mailbox', 'update', '-u', mail.user, '--uid-validity', '4242', 'INBOX');
    await world.deliver(refund('between'));
    vendor.misbehave('poll', null);
    await world.start();
    await world.ended(6);
    await world.stop();
    expect(await world.whereabouts()).toEqual({
      'letter old': ['INBOX'],
      'letter labelled': ['INBOX \\Seen newsletter'],
      'letter unsure': ['INBOX needs-review'],
      'letter returned': ['INBOX'],
      'letter other': ['Junk'],
      'letter open': ['Support/Refunds'],
      'letter between': ['Support/Refunds'],
    });
    expect(vendor.counts().size).toBe(6);
    expect([...vendor.counts().values()].map(({ processes }) => processes)).toEqual(Array(6).fill(1));
  });

  it('a destination that was deleted is made again', async () => {
    const mail = stage.user();
    const vendor = await stage.vendor();
    const world = stage.world(vendor, mail);
    const go = await waiting(world, vendor, ...refunds(2));
    await world.person((client) => client.mailboxDelete('Support/Refunds'));
    go();
    await world.ended(2);
    expect((await world.box())['Support/Refunds']?.length).toBe(2);
  });

  it('over quota, messages wait where they are, and go on when there is room', async () => {
    // A MOVE within one quota needs no room of its own; a COPY does.
    const mail = tight.user('noMove');
    const vendor = await tight.vendor();
    const world = tight.world(vendor, mail, { clock: fastClock(30), pollInterval: 15_000 });
    await world.start();
    await world.deliver(...refunds(4));
    await world.logged((line) => line['state'] === 'done', 1);
    await world.reached(4, 'decided');
    await world.person(async (client) => {
      await client.mailboxCreate('Trash');
    });
    let rest = 4;
    // Room for one after the other.
    while (rest-- > 1) {
      const done = world.lines.filter((line) => line['state'] === 'done').length;
      await world.person(async (client) => {
        await client.mailboxOpen('Support/Refunds');
        await client.messageMove('1:*', 'Trash');
      });
      await world.logged((line) => line['state'] === 'done', done + 1);
    }
    const found = Object.values(await world.whereabouts());
    expect(found.length).toBe(4);
    expect(found.every((places) => places.length === 1)).toBe(true);
  });

  it('in a folder that is read-only for us nothing changes, and a person hears of each message', async () => {
    const mail = locked.user();
    const world = locked.world(await locked.vendor(), mail, { clock: fastClock(200), pollInterval: 60_000 });
    await world.start();
    await world.deliver(...refunds(2), letter('marked', 'newsletter 0.9'));
    await world.ended(3);
    expect(world.jobs().map(({ state }) => state)).toEqual(['failed', 'failed', 'failed']);
    expect(Object.values(await world.whereabouts())).toEqual([['INBOX'], ['INBOX'], ['INBOX']]);
  });

  it('with resort, what a person moves into a watched folder is sorted, and what siftd moves there is not', async () => {
    const mail = stage.user();
    const vendor = await stage.vendor();
    const world = stage.world(vendor, mail);
    world.configure({}, { folders: ['INBOX', 'Support/Refunds'], resort: true });
    await world.person((client) => client.mailboxCreate('Support/Refunds'));
    await world.start();
    await world.deliver(refund('again'));
    await world.ended(1);
    await world.person(async (client) => {
      await client.mailboxOpen('Support/Refunds');
      await client.messageMove('1', 'INBOX');
    });
    await world.ended(2);
    await world.stop();
    await world.start();
    await world.stop();
    expect(await world.whereabouts()).toEqual({ 'letter again': ['Support/Refunds'] });
    expect(vendor.counts().get('<again@example.com>')?.processes).toBe(2);
  });

  it('a watched folder that is renamed is left alone with its messages, and read again when it comes back', async () => {
    const mail = stage.user();
    const vendor = await stage.vendor();
    const world = stage.world(vendor, mail, { clock: fastClock(100), pollInterval: 50_000 });
    await away(world, vendor, (client) => client.mailboxRename('Team', 'Former'));
    expect(await world.whereabouts()).toEqual({
      'letter submitted': ['Former'],
      'letter found': ['Former'],
      'letter elsewhere': ['Support/Refunds'],
    });
    await world.person((client) => client.mailboxRename('Former', 'Team'));
    await world.person((client) => client.append('Team', refund('back')));
    await world.logged((line) => line['state'] === 'done', 3);
    // What was to be acted on while its folder was away was moved by a person, as far as anybody could see.
    expect(await world.whereabouts()).toEqual({
      'letter submitted': ['Team'],
      'letter found': ['Support/Refunds'],
      'letter elsewhere': ['Support/Refunds'],
      'letter back': ['Support/Refunds'],
    });
    expect([...vendor.counts().values()].map(({ processes }) => processes)).toEqual([1, 1, 1, 1]);
  });

  it('a watched folder that is deleted takes its messages along; another one under its name is read anew', async () => {
    const mail = stage.user();
    const vendor = await stage.vendor();
    const world = stage.world(vendor, mail, { clock: fastClock(100), pollInterval: 50_000 });
    await away(world, vendor, (client) => client.mailboxDelete('Team'));
    await world.person((client) => client.mailboxCreate('Team'));
    await world.person((client) => client.append('Team', refund('anew')));
    await world.logged((line) => line['state'] === 'done', 2);
    await world.logged((line) => line['state'] === 'gone', 2);
    expect(await world.whereabouts()).toEqual({
      'letter elsewhere': ['Support/Refunds'],
      'letter anew': ['Support/Refunds'],
    });
  });
});

/** Team goes away while one of its messages is submitted and one is found; the other folder is watched on. */
async function away(world: World, vendor: Vendor, change: (client: ImapFlow) => Promise<unknown>): Promise<void> {
  world.configure({}, { folders: ['INBOX', 'Team'] });
  await world.person((client) => client.mailboxCreate('Team'));
  await world.start();
  vendor.misbehave('poll', 'never');
  await world.person((client) => client.append('Team', refund('submitted')));
  await world.reached(1, 'submitted');
  vendor.misbehave('submit', { status: 503 });
  await world.person((client) => client.append('Team', refund('found')));
  await world.reached(2, 'found');
  await world.person(change);
  await world.logged(says('Team is not watched'));
  vendor.misbehave('submit', null);
  vendor.misbehave('poll', null);
  await world.deliver(refund('elsewhere'));
  await world.ended(2);
  expect(world.lines.filter(says('Team is not watched')).length).toBe(1);
}

describe('on the server in this process', () => {
  let server: ImapServer;
  let account: AccountHandle;
  let hook: CommandHook = () => undefined;
  let mail: MailHost;
  const user = 'support@example.com';

  beforeEach(async () => {
    hook = () => undefined;
    server = await startImapServer({
      accounts: [{ user, password: 'secret' }],
      hooks: { onCommand: (...command) => hook(...command) },
    });
    account = server.store.account(user);
    const { host, port } = server;
    mail = { host, port, user, password: 'secret', deliver: async (raw) => void account.append('INBOX', raw) };
  });
  afterEach(() => server.close());

  it('a folder that is read-only for a while is waited for', async () => {
    const vendor = await stage.vendor();
    const world = stage.world(vendor, mail, quick);
    const go = await waiting(world, vendor, ...refunds(2));
    account.setReadOnly('INBOX', true);
    server.cutAll();
    go();
    await world.reached(2, 'decided');
    let looks = 0;
    await new Promise<void>((resolve) => {
      hook = (_session, _tag, name) => {
        if (name === 'NOOP' && ++looks === 3) resolve();
        return undefined;
      };
    });
    expect(account.messages('INBOX').length).toBe(2);
    account.setReadOnly('INBOX', false);
    await world.ended(2);
    expect(account.messages('Support/Refunds').length).toBe(2);
    expect(account.messages('INBOX')).toEqual([]);
  });

  it('a quota that ends for good leaves each message where it is, marked for a person', async () => {
    const vendor = await stage.vendor();
    const world = stage.world(vendor, mail, { clock: fastClock(200), pollInterval: 60_000 });
    account.create('Support/Refunds');
    account.refuse('Support/Refunds', 'OVERQUOTA');
    await world.start();
    await world.deliver(...refunds(2));
    await world.ended(2);
    expect(account.messages('INBOX').map(({ flags }) => flags)).toEqual([['siftd-failed'], ['siftd-failed']]);
    expect(account.messages('Support/Refunds')).toEqual([]);
  });
});

it('on Cyrus two deliveries of the same bytes share even their EMAILID, and both are sorted', async () => {
  const cyrus = await startCyrus();
  try {
    const vendor = await stage.vendor();
    const { host, port } = cyrus;
    const user = cyrus.user();
    // By APPEND: its LMTP drops the second of two deliveries by itself.
    const deliver = (raw: string) => cyrus.load(user, 'INBOX', [{ raw }]);
    const world = stage.world(vendor, { host, port, user, password: 'secret', deliver });
    await world.deliver(refund('before'));
    await world.start();
    await world.deliver(refund('twin'), refund('twin'));
    await world.ended(2);
    await world.deliver(refund('twin'));
    await world.ended(3);
    await world.stop();
    expect(new Set(world.jobs().map(({ identity }) => identity.emailId)).size).toBe(1);
    expect((await world.whereabouts())['letter twin']).toEqual(Array(3).fill('Support/Refunds'));
    expect(vendor.counts().get('<twin@example.com>')?.processes).toBe(3);
  } finally {
    await cyrus.stop();
  }
});
