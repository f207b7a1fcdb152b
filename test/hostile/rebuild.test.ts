/*
 * A journal that is corrupt is refused, and `siftd rebuild` makes a new one from what can be read of it and from the
 * mailbox, without submitting what was filed.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startImapServer } from '../../src/demo/imap/server.ts';
import { salvage } from '../../src/store/salvage.ts';
import { openStore } from '../../src/store/store.ts';
import { letter, type World } from '../daemon/world.ts';
import { Run } from '../pains/process.ts';
import { refund, refunds, Stage, says } from '../pains/stage.ts';
import type { Vendor } from '../vendor/vendor.ts';
import { command } from './command.ts';

const stage = new Stage();
const pageSize = 4096;

function overwrite(file: string, from: number, octets: number): void {
  const whole = readFileSync(file);
  for (let at = from; at < Math.min(whole.length, from + octets); at++) whole[at] = (at * 7919) % 256;
  writeFileSync(file, whole);
}

/** Changes a database by what SQL can do, and leaves one file. */
function sql(file: string, text: string): void {
  const db = new Database(file);
  db.exec(text);
  db.pragma('journal_mode = DELETE');
  db.close();
}

const journalOf = (world: World) => join(world.folder, 'state', 'siftd.db');
const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
const asideOf = (world: World) =>
  readdirSync(join(world.folder, 'state'))
    .filter((name) => name.includes('.broken-'))
    .map((name) => join(world.folder, 'state', name));
const processes = (vendor: Vendor) =>
  Object.fromEntries([...vendor.counts()].map(([ref, count]) => [/\w+/.exec(ref)?.[0], count.processes]));

const sorted = {
  'letter old': ['INBOX'],
  'letter moved': ['Support/Refunds'],
  'letter twice': ['Support/Complaints \\Flagged urgent'],
  'letter labelled': ['INBOX \\Seen newsletter'],
  'letter unsure': ['INBOX needs-review'],
};
const once = { moved: 1, twice: 1, labelled: 1, unsure: 1 };

/** A mailbox that was sorted, and siftd stopped. */
async function after() {
  const mail = stage.user();
  const vendor = await stage.vendor();
  const world = stage.world(vendor, mail);
  await world.deliver(refund('old'));
  await world.start();
  await world.deliver(
    refund('moved'),
    letter('twice', 'complaint 0.95'),
    letter('labelled', 'newsletter 0.9'),
    letter('unsure', 'poetry 0.9'),
  );
  await world.ended(4);
  await world.stop();
  expect(await world.whereabouts()).toEqual(sorted);
  return { vendor, world };
}

const harm: [string, RegExp, (file: string) => void][] = [
  ['with overwritten pages', /malformed|Tree|btree|page|Page/, (file) => overwrite(file, pageSize, 6 * pageSize)],
  ['whose beginning is overwritten', /not a database/, (file) => overwrite(file, 0, 100)],
  [
    'that was cut off',
    /malformed|page/i,
    (file) => truncateSync(file, Math.floor(statSync(file).size / pageSize / 2) * pageSize),
  ],
  ['that was cut off entirely', /empty/, (file) => truncateSync(file, 0)],
  ['that is no database', /not a database/, (file) => writeFileSync(file, 'Dear diary,\n'.repeat(1000))],
  ['of a newer siftd', /schema 99.*newer/, (file) => sql(file, 'PRAGMA user_version = 99')],
  ['whose schema is unknown', /schema 0/, (file) => sql(file, 'PRAGMA user_version = 0')],
  ['that lacks a table', /the table actions/, (file) => sql(file, 'DROP TABLE actions')],
];

describe.each(harm)('a journal %s', (_what, why, hurt) => {
  it('is refused as it is, and after the rebuild nothing that was filed is submitted or moved again', async () => {
    const { vendor, world } = await after();
    const journal = journalOf(world);
    hurt(journal);
    const broken = hashOf(journal);
    const refused = await command(world, 'run');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(why);
    expect(refused.stderr).toMatch(/siftd rebuild -c FILE/);
    expect(refused.stderr).not.toContain('    at ');
    expect(hashOf(journal)).toBe(broken);
    const status = await command(world, 'status');
    if (status.code !== 0) expect(status.stderr).toMatch(/^siftd: .*the database .*\n$/);

    const rebuilt = await command(world, 'rebuild', '--json');
    expect(rebuilt.stderr).toBe('');
    expect(rebuilt.code).toBe(0);
    expect(JSON.parse(rebuilt.stdout)).toMatchObject({ journal: { was: 'broken', why: expect.stringMatching(why) } });
    expect(asideOf(world).map(hashOf)).toContain(broken);
    expect(await world.whereabouts()).toEqual(sorted);

    await world.start();
    await world.deliver(refund('after'));
    // A person takes back what was filed; it is known, and so it is theirs.
    await world.person(async (client) => {
      await client.mailboxOpen('Support/Complaints');
      await client.messageMove('1:*', 'INBOX');
    });
    await world.deliver(refund('last'));
    await world.ended(6);
    await world.stop();
    expect(processes(vendor)).toEqual({ ...once, after: 1, last: 1 });
    expect(await world.whereabouts()).toEqual({
      ...sorted,
      'letter twice': ['INBOX \\Flagged urgent'],
      'letter after': ['Support/Refunds'],
      'letter last': ['Support/Refunds'],
    });
  });
});

it('with --treat-as new what stands in the watched folders is submitted, and what was filed is not', async () => {
  const { vendor, world } = await after();
  overwrite(journalOf(world), 0, 100);
  const rebuilt = await command(world, 'rebuild', '--treat-as', 'new');
  expect(rebuilt.stdout).toMatch(/support.*INBOX.*3.*0.*2.*1.*0/);
  await world.start();
  await world.ended(5);
  await world.stop();
  expect(processes(vendor)).toEqual({ ...once, old: 1 });
  expect(await world.whereabouts()).toEqual({ ...sorted, 'letter old': ['Support/Refunds'] });
});

it('what can be read goes on: a process that was accepted is asked for, and not started again', async () => {
  const { vendor, world } = await after();
  vendor.misbehave('poll', 'never');
  await world.start();
  await world.deliver(...refunds(3, 'open'));
  await world.reached(7, 'submitted');
  await world.stop();
  sql(journalOf(world), 'PRAGMA user_version = 99');
  const rebuilt = await command(world, 'rebuild', '--json', '--treat-as', 'new');
  expect(JSON.parse(rebuilt.stdout)).toMatchObject({ journal: { salvaged: 7, partly: false } });
  vendor.misbehave('poll', null);
  await world.start();
  await world.ended(8);
  await world.stop();
  expect(processes(vendor)).toEqual({ ...once, old: 1, open0: 1, open1: 1, open2: 1 });
  expect((await world.box())['Support/Refunds']?.length).toBe(5);
});

it('is refused beside a running siftd, and leaves everything as it is where a mailbox cannot be read', async () => {
  const { world } = await after();
  const run = new Run(world);
  await run.logged(says('started'));
  const beside = await command(world, 'rebuild', '--treat-as', 'new');
  expect(beside.code).toBe(2);
  expect(beside.stderr).toMatch(/another siftd \(pid \d+\)/);
  await run.kill('SIGTERM');
  overwrite(journalOf(world), 0, 100);
  const broken = hashOf(journalOf(world));
  world.configure({}, { port: 1 });
  const away = await command(world, 'rebuild');
  expect(away.code).toBe(75);
  expect(away.stderr).toMatch(/nothing was changed/);
  expect(hashOf(journalOf(world))).toBe(broken);
  expect(asideOf(world)).toEqual([]);
  expect(readdirSync(join(world.folder, 'state')).filter((name) => /rebuilt|salvage/.test(name))).toEqual([]);
  const unknown = await command(world, 'rebuild', '--account', 'sales');
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toMatch(/there are support/);
});

it('a journal that is fine stays as it is, and what came since the last look is new all the same', async () => {
  const { vendor, world } = await after();
  const nothing = await command(world, 'rebuild');
  expect(nothing).toMatchObject({ code: 0, stdout: expect.stringMatching(/is fine.*\n.*--treat-as/) });
  await world.deliver(refund('down'));
  expect(await command(world, 'rebuild', '--treat-as', 'old')).toMatchObject({ code: 0 });
  await world.start();
  await world.ended(5);
  await world.stop();
  expect(processes(vendor)).toEqual({ ...once, down: 1 });
  expect(asideOf(world)).toEqual([]);
});

it('a journal that turns out to be corrupt ends siftd, which says how to rebuild it', async () => {
  const { world } = await after();
  const run = new Run(world);
  await run.logged(says('started'));
  const db = new Database(journalOf(world));
  db.unsafeMode();
  db.exec(
    `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'nonsense' WHERE name = 'jobs'; PRAGMA schema_version = 99`,
  );
  db.close();
  await world.deliver(refund('late'));
  expect(await run.exit()).toBe(2);
  expect(run.lines.at(-1)?.msg).toMatch(/the journal is corrupt: .*siftd rebuild -c FILE/);
  expect(run.lines.filter(says('    at '))).toEqual([]);
  expect((await command(world, 'run')).code).toBe(2);
  expect((await command(world, 'rebuild')).code).toBe(0);
});

it('a state folder without a journal gets one', async () => {
  const { vendor, world } = await after();
  rmSync(journalOf(world));
  const rebuilt = await command(world, 'rebuild');
  expect(rebuilt).toMatchObject({ code: 0, stdout: expect.stringMatching(/there was no journal/) });
  await world.start();
  await world.deliver(refund('after'));
  await world.ended(5);
  await world.stop();
  expect(processes(vendor)).toEqual({ ...once, after: 1 });
});

it('decides on a folder of which nobody could tell what was new in it', async () => {
  const user = 'support@example.com';
  const server = await startImapServer({ accounts: [{ user, password: 'secret' }] });
  try {
    const account = server.store.account(user);
    const { host, port } = server;
    const deliver = async (raw: string) => void account.append('INBOX', raw);
    const vendor = await stage.vendor();
    const world = stage.world(vendor, { host, port, user, password: 'secret', deliver });
    await world.start();
    for (const raw of refunds(120)) account.append('Trash', raw);
    const uids = account.messages('Trash').map(({ uid }) => uid);
    account.renewUidValidity('INBOX');
    account.move('Trash', uids, 'INBOX');
    const [held] = await world.logged(says('none of them is submitted'));
    expect(held?.msg).toContain('siftd rebuild --account support --treat-as new');
    await world.stop();
    expect(await command(world, 'rebuild', '--account', 'support', '--treat-as', 'old')).toMatchObject({ code: 0 });
    await world.start();
    await world.stop();
    expect(vendor.counts().size).toBe(0);
    expect(await command(world, 'rebuild', '--account', 'support', '--treat-as', 'new')).toMatchObject({ code: 0 });
    await world.start();
    await world.ended(120);
    expect(account.messages('Support/Refunds').length).toBe(120);
  } finally {
    await server.close();
  }
});

describe('what is salvaged', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'siftd-salvage-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is whole and true, whichever page of the journal is overwritten', async () => {
    const file = join(folder, 'siftd.db');
    const store = openStore(file);
    const found = Array.from({ length: 200 }, (_, uid) => ({
      account: 'support',
      place: { folder: 'INBOX', uidValidity: 1, uid },
      identity: { emailId: null, messageId: `<${uid}@x>`, headerHash: hash(uid), internalDate: 1000, size: 9 },
      thread: `<${uid}@x>`,
    }));
    await store.commit(() => ({ found }), 1);
    store.close();
    const whole = readFileSync(file);
    const all = new Map(salvage(file).jobs.map((job) => [job.row.id, job]));
    expect(all.size).toBe(200);
    let some = 0;
    for (let page = 0; page < whole.length / pageSize; page++) {
      writeFileSync(file, whole);
      overwrite(file, page * pageSize, pageSize);
      const saved = salvage(file);
      for (const job of saved.jobs) expect(job).toEqual(all.get(job.row.id));
      if (saved.jobs.length < 200) expect(saved.partly).toBe(true);
      if (saved.jobs.length > 100) some++;
    }
    // One leaf costs its own rows: most pages cost few or none.
    expect(some).toBeGreaterThan((whole.length / pageSize) * 0.7);
    expect(readdirSync(folder)).toEqual(['siftd.db']);
  });
});

function hash(uid: number): string {
  return createHash('sha256').update(`${uid}`).digest('hex');
}
