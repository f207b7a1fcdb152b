import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MappedFolder } from '../../src/daemon/rebuild.ts';
import { openReading } from '../../src/store/reading.ts';
import { answerOf, letter, World } from '../daemon/world.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { startVendor, type Vendor } from '../vendor/vendor.ts';
import { called } from './called.ts';

/* A backup that is made beside a running daemon, and what comes of mail and people's deeds when it is restored. */

let dovecot: Dovecot;
let world: World;
let vendor: Vendor;
let clerks = 0;

beforeAll(async () => {
  dovecot = await startDovecot();
});
afterAll(() => dovecot.stop());
beforeEach(async () => {
  vendor = await startVendor({ classify: answerOf });
  const user = `keeper${++clerks}`;
  const deliver = (raw: string) => dovecot.deliver(user, raw);
  world = new World({ host: dovecot.hosts.full, port: dovecot.port, user, password: 'secret', deliver }, vendor);
});
afterEach(async () => {
  await world.close();
  await vendor.close();
});

const siftd = (...args: string[]) => {
  const file = join(world.folder, 'siftd.yaml');
  writeFileSync(file, world.yaml);
  return called([...args, '-c', file], world.env);
};

const refund = (id: string) => letter(id, 'refund_request 0.92');
const at = (name: string) => join(world.folder, name);
const processes = () =>
  Object.fromEntries([...vendor.counts()].map(([ref, count]) => [/\w+/.exec(ref)?.[0], count.processes]));

/** A person drags letters from one folder into another. */
async function drag(from: string, to: string, ...ids: string[]): Promise<void> {
  await world.person(async (client) => {
    await client.mailboxOpen(from);
    for (const id of ids) await client.messageMove({ header: { 'message-id': `<${id}@example.com>` } }, to);
  });
}

describe('a restored backup', () => {
  it('files nothing twice, loses nothing, and leaves to people what they did since', async () => {
    await world.start();
    await world.deliver(refund('filed'), refund('corrected'), letter('waiting', 'poetry 0.9'));
    await world.ended(3);
    const file = at('backup.tar.gz');
    const made = await siftd('backup', file, '--json');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(made.stdout)).toMatchObject({ file, files: [{ name: 'siftd.db' }] });
    expect(statSync(file).mode & 0o777).toBe(0o600);

    // Since: siftd goes on, and people put back, correct, and file what it had left to them.
    await world.deliver(
      refund('later'),
      refund('returned'),
      letter('marked', 'newsletter 0.9'),
      letter('doubtful', 'poetry 0.9'),
    );
    await world.ended(7);
    await drag('Support/Refunds', 'INBOX', 'returned');
    await drag('Support/Refunds', 'Support/Complaints', 'corrected');
    await drag('INBOX', 'Support/Refunds', 'waiting');
    expect(await siftd('restore', file, '--replace')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/another siftd/),
    });
    await world.stop();
    await world.deliver(refund('meanwhile'));
    const before = await world.whereabouts();

    expect(await siftd('restore', file)).toMatchObject({ code: 2, stderr: expect.stringMatching(/--replace/) });
    const restored = await siftd('restore', file, '--replace', '--json');
    expect(restored).toMatchObject({ code: 0, stderr: '' });
    const { accounts, aside } = JSON.parse(restored.stdout);
    const told = (accounts.support as MappedFolder[]).map(({ folder, filed, submit, left }) => [
      folder,
      filed,
      submit,
      left,
    ]);
    expect(told).toEqual([
      // `later`; `waiting` is a person's.
      ['Support/Refunds', 1, 0, 1],
      ['Support/Complaints', 0, 0, 1],
      ['Junk', 0, 0, 0],
      // `marked` and `doubtful` bear labels; of the other two nobody knows.
      ['INBOX', 2, 0, 2],
    ]);
    expect(existsSync(join(aside, 'siftd.db'))).toBe(true);
    expect(await world.whereabouts()).toEqual(before);

    await world.start();
    await world.deliver(refund('new'));
    await world.logged((line) => line['state'] === 'done', 8);
    // People are heard, and siftd's own deeds are not taken for theirs.
    await vi.waitFor(() => expect(verdicts()).toEqual({ corrected: 'complaint', waiting: 'refund_request' }), {
      timeout: 30_000,
    });
    await drag('Support/Refunds', 'INBOX', 'later');
    await world.deliver(refund('last'));
    await world.logged((line) => line['state'] === 'done', 9);
    await world.stop();
    expect(await world.whereabouts()).toEqual({
      ...before,
      'letter later': ['INBOX'],
      'letter new': ['Support/Refunds'],
      'letter last': ['Support/Refunds'],
    });
    // Nobody was asked about any of them again.
    expect(processes()).toEqual({
      ...{ filed: 1, corrected: 1, waiting: 1, later: 1, returned: 1, marked: 1, doubtful: 1 },
      ...{ new: 1, last: 1 },
    });

    // What came after siftd had stopped is sorted when somebody says so.
    expect(await siftd('restore', file, '--replace', '--treat-as', 'new')).toMatchObject({ code: 0 });
    await world.start();
    await world.logged((line) => line['state'] === 'done', 12);
    await world.stop();
    expect(await world.whereabouts()).toMatchObject({
      'letter meanwhile': ['Support/Refunds'],
      'letter filed': ['Support/Refunds'],
    });
  });

  it('takes an open job up where it is, whatever became of its message since', async () => {
    vendor.misbehave('poll', 'never');
    await world.start();
    await world.deliver(refund('filed'), refund('stays'), refund('returned'));
    await world.reached(3, 'submitted');
    expect(await siftd('backup', at('open.tar.gz'))).toMatchObject({ code: 0 });
    await world.stop();
    vendor.misbehave('poll', null);
    await drag('INBOX', 'Support/Refunds', 'filed', 'returned');
    await drag('Support/Refunds', 'INBOX', 'returned');
    expect(await siftd('restore', at('open.tar.gz'), '--replace')).toMatchObject({ code: 0 });
    await world.start();
    // `returned` was known as a person's before.
    await world.ended(2);
    await world.stop();
    expect(await world.whereabouts()).toEqual({
      'letter filed': ['Support/Refunds'],
      'letter stays': ['Support/Refunds'],
      'letter returned': ['INBOX'],
    });
    expect(processes()).toEqual({ filed: 1, stays: 1, returned: 1 });
  });
});

describe('a backup', () => {
  it('is never written over, is whole or not there, and has the queue and the models', async () => {
    await world.start();
    await world.stop();
    const state = at('state');
    mkdirSync(join(state, 'models'));
    writeFileSync(join(state, 'models', 'm0123.model'), 'weights');
    writeFileSync(join(state, 'models', 'm0123.model.half.tmp'), 'half');
    mkdirSync(join(state, 'serve'));
    new Database(join(state, 'serve', 'service.db')).exec('CREATE TABLE t (x); PRAGMA user_version = 0').close();
    writeFileSync(at('there'), 'mine');
    expect(await siftd('backup', at('there'))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/there already/),
    });
    expect(readFileSync(at('there'), 'utf8')).toBe('mine');
    const made = await siftd('backup', at('whole'));
    expect(made.stdout).toMatch(/3 files/);
    // A disk that turned an octet.
    const octets = readFileSync(at('whole'));
    octets[octets.length >> 1] = (octets[octets.length >> 1] ?? 0) ^ 1;
    writeFileSync(at('turned'), octets);
    writeFileSync(join(state, 'siftd.db'), 'no database at all');
    expect((await siftd('backup', at('broken'))).code).toBe(2);
    for (const [name, why] of [
      ['turned', /no backup that can be used/],
      ['there', /no backup that can be used/],
      ['nowhere', /cannot read/],
    ] as const) {
      expect(await siftd('restore', '--replace', at(name))).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(why),
      });
    }
    expect(
      [world.folder, state].flatMap((folder) => readdirSync(folder)).filter((name) => name.startsWith('.')),
    ).toEqual([]);
    expect(readFileSync(join(state, 'siftd.db'), 'utf8')).toBe('no database at all');
  });

  it('is restored all or nothing: while a mailbox cannot be read nothing is changed', async () => {
    await world.start();
    await world.deliver(refund('one'));
    await world.ended(1);
    await world.stop();
    expect(await siftd('backup', at('backup'))).toMatchObject({ code: 0 });
    const journal = join(at('state'), 'siftd.db');
    const before = readFileSync(journal);
    world.configure({}, { port: 1 });
    expect(await siftd('restore', '--replace', at('backup'))).toMatchObject({ code: 75 });
    expect(readFileSync(journal)).toEqual(before);
    expect(readdirSync(at('state')).filter((name) => !name.startsWith('siftd.'))).toEqual([]);
  });
});

/** What people said, by the letter. */
function verdicts(): Record<string, string | null> {
  const reading = openReading(join(world.folder, 'state', 'siftd.db'));
  try {
    const { entries } = reading.list({}, { most: 100 });
    return Object.fromEntries(
      entries
        .filter(({ verdict }) => verdict !== null)
        .map(({ messageId, truth }) => [/\w+/.exec(messageId ?? '')?.[0], truth]),
    );
  } finally {
    reading.close();
  }
}
