import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { startVendor, type Vendor } from '../vendor/vendor.ts';
import { answerOf, letter, type MailHost, World } from './world.ts';

/*
 * The whole path, against a mailbox and an API that share no code with it: a real Dovecot, one without MOVE, UIDPLUS and
 * IDLE, and the server of the demo.
 */

let dovecot: Dovecot;
let inProcess: ImapServer;
let users = 0;

beforeAll(async () => {
  [dovecot, inProcess] = await Promise.all([startDovecot(), startImapServer()]);
});
afterAll(() => Promise.all([dovecot.stop(), inProcess.close()]));

const hosts: Record<string, () => MailHost> = {
  Dovecot: () => onDovecot(dovecot.hosts.full),
  'Dovecot as bare IMAP4rev1': () => onDovecot(dovecot.hosts.bare),
  'the server in this process': () => {
    const user = `user${++users}`;
    const account = inProcess.store.addAccount({ user, password: 'secret' });
    const deliver = async (raw: string) => void account.append('INBOX', raw);
    return { host: inProcess.host, port: inProcess.port, user, password: 'secret', deliver };
  },
};

function onDovecot(host: string): MailHost {
  const user = `user${++users}`;
  return { host, port: dovecot.port, user, password: 'secret', deliver: (raw) => dovecot.deliver(user, raw) };
}

describe.each(Object.entries(hosts))('on %s', (_name, host) => {
  let world: World;
  let vendor: Vendor;
  const bare = () => world.mail.host === '127.0.0.3';
  /** Where there is no UIDPLUS, the original stays, marked \Deleted, beside its copy. */
  const moved = (...places: string[]) => (bare() ? ['INBOX \\Deleted', ...places].sort() : places);

  beforeEach(async () => {
    vendor = await startVendor({ classify: answerOf });
    world = new World(host(), vendor);
  });
  afterEach(async () => {
    await world.close();
    await vendor.close();
  });

  it('files, labels and flags each message by its class, and leaves what is unsure to a person', async () => {
    await world.deliver(letter('old', 'refund_request 0.99'));
    await world.start();
    await world.deliver(
      letter('a', 'refund_request 0.92'),
      letter('b', 'complaint 0.95'),
      letter('c', 'complaint 0.85'),
      letter('d', 'newsletter 0.80'),
      letter('e', 'poetry 0.99'),
      letter('f', 'spam 0.75'),
    );
    await world.ended(6);
    await world.stop();
    expect(await world.whereabouts()).toEqual({
      'letter old': ['INBOX'],
      'letter a': moved('Support/Refunds'),
      'letter b': bare()
        ? ['INBOX \\Deleted \\Flagged urgent', 'Support/Complaints \\Flagged urgent']
        : ['Support/Complaints \\Flagged urgent'],
      'letter c': ['INBOX needs-review'],
      'letter d': ['INBOX \\Seen newsletter'],
      'letter e': ['INBOX needs-review'],
      'letter f': moved('Junk'),
    });
    const counts = [...vendor.counts().values()].map(({ submissions }) => submissions);
    expect(counts).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('keeps flags, keywords, INTERNALDATE and every octet of what it moves', async () => {
    await world.start();
    await world.person(async (client) => {
      const raw = letter('kept', 'refund_request 0.92');
      await client.append('INBOX', raw, ['\\Answered', 'mine'], new Date('2026-03-04T05:06:07Z'));
    });
    await world.ended(1);
    await world.stop();
    const box = await world.box();
    expect(box['Support/Refunds']).toEqual([
      {
        uid: 1,
        flags: ['\\Answered', 'mine'],
        internalDate: Date.parse('2026-03-04T05:06:07Z'),
        source: letter('kept', 'refund_request 0.92'),
      },
    ]);
  });

  it('sorts what a person had read first, and what came while it was down', async () => {
    await world.start();
    await world.stop();
    await world.deliver(letter('down', 'refund_request 0.92'), letter('read', 'refund_request 0.92'));
    await world.person(async (client) => {
      await client.mailboxOpen('INBOX');
      await client.messageFlagsAdd('2', ['\\Seen']);
    });
    await world.start();
    await world.ended(2);
    await world.stop();
    expect(await world.whereabouts()).toEqual({
      'letter down': moved('Support/Refunds'),
      'letter read': bare() ? ['INBOX \\Deleted \\Seen', 'Support/Refunds \\Seen'] : ['Support/Refunds \\Seen'],
    });
  });

  it('sorts twins, and messages without a Message-ID, each once', async () => {
    await world.start();
    const nameless = letter('', 'refund_request 0.92');
    const twin = letter('twin', 'refund_request 0.92');
    await world.deliver(nameless, nameless, twin, twin);
    await world.ended(4);
    await world.stop();
    const box = await world.box();
    expect(box['Support/Refunds']?.length).toBe(4);
    expect((box['INBOX'] ?? []).every(({ flags }) => flags.includes('\\Deleted'))).toBe(true);
    const counts = [...vendor.counts()].map(([ref, { submissions }]) => [ref, submissions] as const);
    expect(counts.reduce((sum, [, submissions]) => sum + submissions, 0)).toBe(4);
    expect(counts.filter(([ref]) => ref.endsWith('@siftd.invalid>')).length).toBeGreaterThan(0);
  });

  it('lets a person win who moves a message before siftd acts, and leaves alone what a person puts back', async () => {
    vendor.misbehave('poll', { status: 503, retryAfter: '1' });
    await world.start();
    await world.deliver(letter('mine', 'refund_request 0.92'), letter('ours', 'refund_request 0.92'));
    await world.reached(2, 'submitted');
    await world.person(async (client) => {
      await client.mailboxCreate('Mine');
      await client.mailboxOpen('INBOX');
      await client.messageMove('1', 'Mine');
    });
    vendor.misbehave('poll', null);
    await world.ended(2);
    expect((await world.whereabouts())['letter mine']?.at(-1)).toBe('Mine');
    await world.person(async (client) => {
      await client.mailboxOpen('Support/Refunds');
      await client.messageMove('1', 'INBOX');
    });
    await world.deliver(letter('after', 'spam 0.9'));
    await world.ended(3);
    await world.stop();
    expect((await world.whereabouts())['letter ours']).toContain('INBOX');
    expect(world.jobs().find((job) => job.identity.messageId === '<ours@example.com>')?.place.folder).toBe('INBOX');
  });

  it('touches nothing in observe mode, and never acts later on what it only observed', async () => {
    world.configure({ mode: 'observe' });
    await world.start();
    await world.deliver(letter('watched', 'complaint 0.99'));
    await world.ended(1);
    await world.stop();
    world.configure({ mode: 'act' });
    await world.start();
    await world.deliver(letter('acted', 'newsletter 0.99'));
    await world.ended(2);
    await world.stop();
    expect(await world.whereabouts()).toEqual({
      'letter watched': ['INBOX'],
      'letter acted': ['INBOX \\Seen newsletter'],
    });
    expect(await world.person((client) => client.list())).not.toContainEqual(
      expect.objectContaining({ path: 'Support/Complaints', listed: false }),
    );
  });
});
