import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { openAsking } from '../../src/store/asking.ts';
import { openReading, type Reading } from '../../src/store/reading.ts';
import type { Backfill } from '../../src/triage/backfill.ts';
import type { BackfillRequest } from '../../src/triage/requests.ts';
import { Run } from '../pains/process.ts';
import { refund, refunds, Stage } from '../pains/stage.ts';
import { checkout } from '../servers/guard.ts';
import { type Line, letter, type World } from './world.ts';

/* Old mail goes the way of new mail, behind it, once each, whatever is killed or halted meanwhile. */

const stage = new Stage();
const never = { median: 1e9, sigma: 0 };
const day = 24 * 60 * 60 * 1000;
const from = Date.UTC(2026, 0, 1);

/** Puts old mail, one a day, into a folder that nobody watches. */
function load(world: World, count: number, name = 'old'): Promise<void> {
  const old = refunds(count, name).map((raw, at) => ({ raw, internalDate: new Date(from + at * day) }));
  return stage.dovecot.load(world.mail.user, 'Archive', old);
}

function file(world: World): string {
  return join(world.folder, 'state', 'siftd.db');
}

function read<T>(world: World, look: (reading: Reading) => T): T {
  const reading = openReading(file(world));
  try {
    return look(reading);
  } finally {
    reading.close();
  }
}

function ask(world: World, request: BackfillRequest): number {
  const asking = openAsking(file(world));
  const [id = 0] = asking.ask([{ account: 'support', ...request }], Date.now());
  asking.close();
  return id;
}

const start = (wish: Partial<Backfill> = {}): BackfillRequest => ({
  kind: 'backfill',
  what: 'start',
  wish: { folder: 'Archive', since: null, most: null, ...wish },
});
const sorted = (line: Line) => line.msg.startsWith('old mail: all of it');
const answered = (line: Line) => line.msg === 'a person asked';
const backfillOf = (world: World, id: number) => read(world, (reading) => reading.backfill(id)?.backfill);
const asked = (vendor: { counts(): ReadonlyMap<string, { readonly submissions: number }> }) =>
  [...vendor.counts()].map(([ref, { submissions }]) => `${ref.replace(/@.*/, '').slice(1)} ${submissions}`).sort();

it('new mail that arrives in the middle is taken up at once, while old mail has but a part of what may be unfinished', async () => {
  const vendor = await stage.vendor({ latency: never });
  const world = stage.world(vendor, stage.user());
  world.configure({ classifier: { ...classifierOf(world), pending: 4 } });
  await load(world, 300);
  await world.start();
  ask(world, start());
  await world.reached(2, 'submitted');
  await world.deliver(refund('new1'), refund('new2'));
  await world.reached(4, 'submitted');
  await world.stop();
  // Half of the four places, the oldest first; no more than a page or so of the three hundred is in the journal.
  expect(asked(vendor)).toEqual(['new1 1', 'new2 1', 'old0 1', 'old1 1']);
  const { jobs, backfills } = world.status();
  expect(jobs.found).toBeLessThanOrEqual(500 - 2);
  expect(backfills).toMatchObject([{ folder: 'Archive', messages: 300, open: jobs.found + 2 }]);
});

it('killed twice, it goes on by itself: each message is asked about and filed once', async () => {
  const vendor = await stage.vendor({ latency: { median: 100, sigma: 0.8 } });
  const world = stage.world(vendor, stage.user());
  world.configure({ classifier: { ...classifierOf(world), pending: 40 } });
  await load(world, 60);
  await world.start();
  await world.stop();
  const id = ask(world, start());
  for (const done of [10, 20]) {
    const run = new Run(world);
    await run.reached(done, 'done');
    await run.kill('SIGKILL');
  }
  expect(backfillOf(world, id)).not.toMatchObject({ state: 'ended' });
  const run = new Run(world);
  await run.logged(sorted);
  await run.kill('SIGTERM');
  const expected = Object.fromEntries(refunds(60, 'old').map((_, n) => [`letter old${n}`, ['Support/Refunds']]));
  expect(await world.whereabouts()).toEqual(expected);
  expect([...vendor.counts().values()].map(({ processes }) => processes)).toEqual(Array(60).fill(1));
  expect(backfillOf(world, id)).toMatchObject({ state: 'ended', messages: 60, passed: 60, taken: 60 });
}, 180_000);

it('takes so many and none older; done again it asks about nobody twice; what persons leave \\Deleted is left', async () => {
  const vendor = await stage.vendor();
  const world = stage.world(vendor, stage.user());
  // Filed messages would leave the folder: these stay.
  world.configure({ routes: { refund_request: { label: ['refund'] } } });
  await load(world, 8);
  await world.person(async (client) => {
    await client.mailboxOpen('Archive');
    await client.messageFlagsAdd('8', ['\\Deleted'], { uid: true });
  });
  await world.start();
  ask(world, start({ since: from + 2 * day, most: 2 }));
  await world.logged(sorted);
  expect(asked(vendor)).toEqual(['old2 1', 'old3 1']);
  const id = ask(world, start());
  await world.logged(sorted, 2);
  expect(asked(vendor)).toEqual(refunds(7, 'old').map((_, at) => `old${at} 1`));
  expect(backfillOf(world, id)).toMatchObject({ state: 'ended', passed: 8, taken: 5 });
  ask(world, start());
  await world.logged(sorted, 3);
  expect(asked(vendor)).toHaveLength(7);
  // Another backfill comes when this one has ended; a folder that is not there ends it, and the account goes on.
  const lost = ask(world, start({ folder: 'Nowhere' }));
  await world.logged(sorted, 4);
  expect(backfillOf(world, lost)).toMatchObject({
    state: 'ended',
    taken: 0,
    why: expect.stringContaining('does not exist'),
  });
});

it('halts when a person wants it to, and goes on from there', async () => {
  const vendor = await stage.vendor();
  const world = stage.world(vendor, stage.user());
  await load(world, 5);
  await world.start();
  await world.stop();
  const id = ask(world, start());
  ask(world, { kind: 'backfill', what: 'pause' });
  await world.start();
  await world.logged(answered, 2);
  await world.deliver(refund('new'));
  await world.ended(1);
  expect(asked(vendor)).toEqual(['new 1']);
  expect(backfillOf(world, id)).toMatchObject({ state: 'paused' });
  // Of another folder there is none meanwhile.
  const other = ask(world, start({ folder: 'INBOX' }));
  await world.logged(answered, 3);
  expect(read(world, (reading) => reading.answer(other))).toMatchObject({ refused: [{ job: id }] });
  ask(world, { kind: 'backfill', what: 'resume' });
  await world.logged(sorted);
  expect(asked(vendor)).toHaveLength(6);
});

it('of a watched folder it takes what was there before it was watched, and a message that goes meanwhile is gone', async () => {
  const vendor = await stage.vendor({ latency: never });
  const world = stage.world(vendor, stage.user());
  await world.deliver(...refunds(3));
  await world.start();
  ask(world, start({ folder: 'INBOX' }));
  await world.reached(3, 'submitted');
  await world.stop();
  await world.person(async (client) => {
    await client.mailboxOpen('INBOX');
    await client.messageMove('1', 'Junk', { uid: true });
  });
  await world.start();
  expect(asked(vendor)).toEqual(['n0 1', 'n1 1', 'n2 1']);
  expect(world.status().backfills).toMatchObject([{ state: 'finishing', taken: 3, open: 3 }]);
  // The same command again, after a kill, waits for that end.
  ask(world, start({ folder: 'INBOX' }));
  const again = ask(world, { kind: 'backfill', what: 'resume' });
  await world.logged(answered, 3);
  expect(read(world, (reading) => reading.answer(again))).toMatchObject({ refused: [] });
});

it('at the command line, with no daemon running: a forecast that asks nobody, and then the whole of it', async () => {
  const vendor = await stage.vendor();
  const world = stage.world(vendor, stage.user());
  await load(world, 4);
  await world.deliver(letter('unseen', 'refund_request 0.9'));
  await world.start();
  await world.stop();
  await world.deliver(refund('new'));
  const seen = await siftd(world, '--folder', 'Archive', '--limit', '3', '--dry-run');
  expect(seen).toMatchObject({
    code: 0,
    out: { asked: 3, known: 0, ways: null, calls: { submissions: 3, polls: 3, seconds: expect.any(Number) } },
  });
  expect(vendor.counts().size).toBe(0);
  const done = await siftd(world, '--folder', 'Archive');
  expect(done).toMatchObject({ code: 0, out: { state: 'ended', taken: 4, done: 4 } });
  expect(asked(vendor)).toEqual(['old0 1', 'old1 1', 'old2 1', 'old3 1']);
  // It was not for it to look for new mail.
  expect(await world.whereabouts()).toMatchObject({
    'letter new': ['INBOX'],
    'letter old0': ['Support/Refunds'],
    'letter unseen': ['INBOX'],
  });
  expect(await siftd(world, '--pause')).toMatchObject({ code: 1, err: expect.stringContaining('no old mail') });
});

it('finds what it took in a folder that was made anew on the server, and asks about nobody again', async () => {
  const vendor = await stage.vendor();
  const world = stage.world(vendor, stage.user());
  await load(world, 5);
  await world.start();
  vendor.misbehave('poll', 'never');
  const id = ask(world, start());
  await world.reached(5, 'submitted');
  await world.person(async (client) => {
    await client.mailboxOpen('Archive');
    await client.messageDelete('1', { uid: true });
  });
  await stage.dovecot.doveadm('mailbox', 'update', '-u', world.mail.user, '--uid-validity', '4242', 'Archive');
  await world.reached(1, 'gone');
  vendor.misbehave('poll', null);
  await world.logged(sorted);
  expect(asked(vendor)).toEqual(refunds(5, 'old').map((_, at) => `old${at} 1`));
  const filed = refunds(5, 'old').map((_, at) => [`letter old${at}`, ['Support/Refunds']]);
  expect(await world.whereabouts()).toEqual(Object.fromEntries(filed.slice(1)));
  expect(backfillOf(world, id)).toMatchObject({ state: 'ended', cursor: { uidValidity: 4242 }, taken: 5 });
});

it('is forecast by the model inside siftd: how many would go where, with no calls to anybody', async () => {
  const vendor = await stage.vendor();
  const world = stage.world(vendor, stage.user());
  const moves = { refund_request: { move: 'Support/Refunds' }, complaint: { move: 'Support/Complaints' } };
  world.configure({ classifier: undefined, routes: moves });
  const dry = ['--folder', 'Archive', '--dry-run'] as const;
  await load(world, 3);
  expect(await siftd(world, ...dry)).toMatchObject({ code: 0, out: { asked: 3, ways: null, calls: null } });
  const filed = (words: string) => Array.from({ length: 12 }, (_, n) => letter(`${words} ${n}`, `${words} ${n % 3}`));
  const { user } = world.mail;
  await stage.dovecot.load(
    user,
    'Support/Refunds',
    filed('refund_request money').map((raw) => ({ raw })),
  );
  await stage.dovecot.load(
    user,
    'Support/Complaints',
    filed('complaint shame').map((raw) => ({ raw })),
  );
  await world.start();
  await world.logged((line) => line.msg.startsWith('learned'));
  await world.stop();
  const { out } = await siftd(world, ...dry);
  expect(out).toMatchObject({ asked: 3, known: 0, calls: null });
  expect(out.ways).toMatchObject([{ class: 'refund_request', messages: 3 }]);
  expect(await world.whereabouts()).toMatchObject({ 'letter old0': ['Archive'], 'letter old2': ['Archive'] });
});

it('Ctrl-C pauses it, as it says; a daemon goes on with what was only let go of', async () => {
  const vendor = await stage.vendor();
  const world = stage.world(vendor, stage.user());
  // Nobody has taught the classifier inside siftd: it waits.
  world.configure({ classifier: undefined });
  await load(world, 3);
  await world.start();
  await world.stop();
  const here = called(world, '--folder', 'Archive');
  await here.said('old mail of Archive: waits');
  here.child.kill('SIGINT');
  expect(await here.ended).toMatchObject({ code: 75, err: expect.stringMatching(/paused it; .*--resume goes on/) });
  expect(world.status().backfills).toMatchObject([{ state: 'paused' }]);
  // A daemon does it for the command, and is told nothing where a terminal closes.
  await world.start();
  const beside = called(world, '--resume');
  await beside.said('old mail of Archive: waits');
  beside.child.kill('SIGTERM');
  expect(await beside.ended).toMatchObject({ code: 75, err: expect.stringContaining('siftd run goes on with it') });
  expect(world.status().backfills).toMatchObject([{ state: 'reading' }]);
});

it('--detach takes it down and is gone; siftd run does it', async () => {
  const vendor = await stage.vendor();
  const world = stage.world(vendor, stage.user());
  await load(world, 2);
  await world.start();
  await world.stop();
  expect(await siftd(world, '--folder', 'Archive', '--detach')).toMatchObject({ code: 0, out: { state: 'reading' } });
  expect(vendor.counts().size).toBe(0);
  await world.start();
  await world.logged(sorted);
  expect(asked(vendor)).toEqual(['old0 1', 'old1 1']);
});

/** The world's own; a configuration replaces it whole. */
function classifierOf(world: World): Record<string, unknown> {
  const [, url, company, orchestrator] = /url: (\S+)\s+company: (\S+)\s+orchestrator: (\S+)/.exec(world.yaml) ?? [];
  return { url, company, orchestrator, token: { env: 'VENDOR_TOKEN' }, rate: { requests: 1000, per: '1s' } };
}

async function siftd(world: World, ...args: string[]) {
  const { code, err, out } = await called(world, ...args).ended;
  return { code, err, out: out === '' ? null : JSON.parse(out) };
}

function called(world: World, ...args: string[]) {
  const config = join(world.folder, 'siftd.yaml');
  writeFileSync(config, world.yaml);
  const child = spawn(
    process.execPath,
    [join(checkout, 'dist', 'main.js'), 'backfill', '-c', config, '--json', ...args],
    { env: { PATH: process.env['PATH'] ?? '', ...world.env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([out, err, [code]]: [string, string, unknown[]]) => ({ code, err, out }),
  );
  /** Resolves when it has said so on stderr. */
  const said = (words: string) =>
    new Promise<void>((resolve) => {
      let err = '';
      child.stderr.on('data', (data) => {
        err += data;
        if (err.includes(words)) resolve();
      });
    });
  return { child, ended, said };
}
