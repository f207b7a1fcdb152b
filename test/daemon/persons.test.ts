import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { doRequests } from '../../src/cli/acting.ts';
import { parseConfig } from '../../src/config/load.ts';
import { openReading } from '../../src/store/reading.ts';
import { ownDecision } from '../../src/triage/decide.ts';
import type { Done } from '../../src/triage/job.ts';
import type { PersonRequest } from '../../src/triage/requests.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { startVendor, type Vendor } from '../vendor/vendor.ts';
import { answerOf, fastClock, letter, World } from './world.ts';

/* What a person asks of siftd: by the daemon while it runs, by the command itself else. On a real Dovecot. */

let dovecot: Dovecot;
let users = 0;
beforeAll(async () => {
  dovecot = await startDovecot();
});
afterAll(() => dovecot.stop());

type Wanted = PersonRequest extends infer R ? (R extends PersonRequest ? Omit<R, 'account'> : never) : never;

describe.each([['with a daemon'], ['without one']])('%s', (name) => {
  let world: World;
  let vendor: Vendor;

  beforeEach(async () => {
    vendor = await startVendor({ classify: answerOf });
    const user = `person${++users}`;
    world = new World(
      {
        host: dovecot.hosts.full,
        port: dovecot.port,
        user,
        password: 'secret',
        deliver: (raw) => dovecot.deliver(user, raw),
      },
      vendor,
      // Requests are looked for once a second.
      { clock: fastClock(5) },
    );
  });
  afterEach(async () => {
    await world.close();
    await vendor.close();
  });

  const ask = (request: Wanted) => {
    const config = parseConfig(world.yaml, { name: 'siftd.yaml', file: 'siftd.yaml', purpose: 'run', env: world.env });
    const signal = new AbortController().signal;
    return doRequests(config, [{ account: 'support', ...request } as PersonRequest], { signal });
  };
  const settled = async (count: number) => {
    await world.ended(count);
    if (name === 'without one') await world.stop();
  };
  const jobOf = (letterName: string) => {
    const job = world.jobs().find(({ identity }) => identity.messageId === `<${letterName}@example.com>`);
    if (job === undefined) throw new Error(`no job of ${letterName}`);
    return job;
  };

  it('takes back what siftd did, to the last flag, and does it again', async () => {
    await world.start();
    await world.deliver(letter('a', 'complaint 0.95'), letter('b', 'newsletter 0.8'), letter('c', 'complaint 0.5'));
    await settled(3);
    const filed = await world.whereabouts();
    expect(filed).toEqual({
      'letter a': ['Support/Complaints \\Flagged urgent'],
      'letter b': ['INBOX \\Seen newsletter'],
      'letter c': ['INBOX needs-review'],
    });
    const jobs = ['a', 'b', 'c'].map((one) => jobOf(one).id);
    const undo = { kind: 'undo', jobs } as const;
    expect(await ask(undo)).toEqual(jobs.map((job) => ({ job, result: 'done', why: null })));
    expect(await world.whereabouts()).toEqual({ 'letter a': ['INBOX'], 'letter b': ['INBOX'], 'letter c': ['INBOX'] });
    expect(jobOf('a')).toMatchObject({ state: 'done', decision: { way: 'undone' }, review: false, verdict: null });
    expect(jobOf('c')).toMatchObject({ state: 'done', review: true });
    await ask(undo);
    expect(await world.whereabouts()).toEqual(filed);
    expect(jobOf('a')).toMatchObject({ decision: { way: 'routed', route: 'complaint' } });
  });

  it('takes back all that was ever done, to what was found, and makes all of it again', async () => {
    await world.start();
    await world.deliver(letter('a', 'complaint 0.95'));
    await settled(1);
    const { id } = jobOf('a');
    const where = async () => (await world.whereabouts())['letter a'];
    const last = { kind: 'undo', jobs: [id] } as const;
    const all = { ...last, all: true } as const;
    await ask({ kind: 'file', job: id, route: 'refund_request' });
    expect(await where()).toEqual(['Support/Refunds']);
    await ask(last);
    expect(await where()).toEqual(['Support/Complaints \\Flagged urgent']);
    await ask(all);
    expect(await where()).toEqual(['INBOX']);
    expect(await ask(all)).toMatchObject([{ result: 'refused' }]);
    await ask(last);
    expect(await where()).toEqual(['Support/Complaints \\Flagged urgent']);
    await ask(last);
    expect(await where()).toEqual(['Support/Refunds']);
    expect(jobOf('a')).toMatchObject({ decision: { way: 'reviewed' }, verdict: { truth: 'refund_request' } });
    await ask(all);
    expect(await where()).toEqual(['INBOX']);
    const { decision, verdict } = jobOf('a') as Done;
    expect([decision.way, verdict]).toEqual(['undone', null]);
    expect(ownDecision(decision)).toMatchObject({
      way: 'routed',
      reason: expect.stringContaining('reaches the threshold'),
    });
  });

  if (name === 'without one') return;

  it('leaves what a person has changed since', async () => {
    await world.start();
    await world.deliver(letter('a', 'complaint 0.95'), letter('b', 'complaint 0.95'));
    await settled(2);
    await world.person(async (client) => {
      await client.mailboxCreate('Archive');
      await client.mailboxOpen('Support/Complaints');
      await client.messageFlagsRemove('1', ['urgent']);
      await client.messageFlagsAdd('1', ['mine']);
      await client.messageMove('2', 'Archive');
    });
    const before = await world.whereabouts();
    const jobs = ['a', 'b'].map((one) => jobOf(one).id);
    const dealt = await ask({ kind: 'undo', jobs });
    expect(dealt.map(({ result }) => result).sort()).toEqual(['done', 'failed']);
    const after = await world.whereabouts();
    const [kept] = Object.entries(before).filter(([, [at]]) => at?.startsWith('Archive'));
    expect(after).toEqual({
      ...before,
      ...Object.fromEntries([kept ?? ['', []]]),
      [otherThan(kept?.[0])]: ['INBOX mine'],
    });
    const declined = jobOf((kept?.[0] ?? '').replace('letter ', ''));
    expect(declined).toMatchObject({ state: 'done', decision: { way: 'routed' } });
  });

  it('finds what it filed in a folder that was made anew on the server', async () => {
    await world.start();
    await world.deliver(letter('a', 'complaint 0.95'), letter('b', 'refund_request 0.95'));
    await settled(2);
    const folder = 'Support/Complaints';
    await dovecot.doveadm('mailbox', 'update', '-u', world.mail.user, '--uid-validity', '4242', folder);
    await ask({ kind: 'undo', jobs: [jobOf('a').id] });
    expect(await world.whereabouts()).toEqual({ 'letter a': ['INBOX'], 'letter b': ['Support/Refunds'] });
  });

  it('files what waits, says so, and takes it back into the queue', async () => {
    await world.start();
    await world.deliver(letter('a', 'complaint 0.5'));
    await settled(1);
    const { id } = jobOf('a');
    await ask({ kind: 'file', job: id, route: 'refund_request' });
    expect(await world.whereabouts()).toEqual({ 'letter a': ['Support/Refunds'] });
    expect(jobOf('a')).toMatchObject({
      review: false,
      decision: { way: 'reviewed', route: 'refund_request', classification: 'complaint' },
      verdict: { truth: 'refund_request', right: false, by: 'review' },
    });
    await ask({ kind: 'undo', jobs: [id] });
    expect(await world.whereabouts()).toEqual({ 'letter a': ['INBOX needs-review'] });
    expect(jobOf('a')).toMatchObject({ review: true, verdict: null });
    await ask({ kind: 'skip', job: id });
    expect(jobOf('a')).toMatchObject({ review: false });
    expect(await ask({ kind: 'skip', job: id })).toMatchObject([{ result: 'refused' }]);
    expect(await ask({ kind: 'file', job: id, route: 'nobody' })).toMatchObject([{ result: 'refused' }]);
  });

  it('keeps in the sample what the lot fell on, whatever is done with it then', async () => {
    await world.start();
    await world.deliver(letter('a', 'complaint 0.95'), letter('b', 'complaint 0.95'), letter('c', 'complaint 0.5'));
    await settled(3);
    const [a = 0, b = 0, c = 0] = ['a', 'b', 'c'].map((one) => jobOf(one).id);
    await ask({ kind: 'judge', job: a, route: 'complaint' });
    await ask({ kind: 'judge', job: b, route: null, picked: true });
    expect(jobOf('b')).toMatchObject({ verdict: { right: false, truth: null, by: 'correction' } });
    await ask({ kind: 'judge', job: b, route: null });
    expect(jobOf('a')).toMatchObject({ decision: { way: 'routed' }, verdict: { right: true, by: 'sample' } });
    expect(jobOf('b')).toMatchObject({ verdict: { right: false, truth: null, by: 'sample' } });
    await ask({ kind: 'file', job: b, route: 'refund_request' });
    expect(jobOf('b')).toMatchObject({
      decision: { way: 'reviewed' },
      verdict: { truth: 'refund_request', by: 'sample' },
    });
    expect(await ask({ kind: 'judge', job: c, route: null })).toMatchObject([{ why: 'siftd has not filed it' }]);
    const reading = openReading(join(world.folder, 'state', 'siftd.db'));
    const answers = reading.answers({ since: 0 });
    reading.close();
    expect(answers.map(({ way, observed, verdict }) => [way, observed, verdict?.by])).toEqual([
      ['routed', false, 'sample'],
      ['routed', false, 'sample'],
      ['unsure', false, undefined],
    ]);
  });

  it('files what was only observed, and confirms what was right', async () => {
    world.configure({ mode: 'observe' });
    await world.start();
    await world.deliver(letter('a', 'refund_request 0.95'));
    await settled(1);
    const { id } = jobOf('a');
    expect(await world.whereabouts()).toEqual({ 'letter a': ['INBOX'] });
    await ask({ kind: 'judge', job: id, route: null });
    expect(jobOf('a')).toMatchObject({ observed: true, verdict: { right: false, truth: null, by: 'observation' } });
    expect(await ask({ kind: 'undo', jobs: [id] })).toMatchObject([{ result: 'refused' }]);
    await ask({ kind: 'file', job: id, route: 'refund_request' });
    expect(await world.whereabouts()).toEqual({ 'letter a': ['Support/Refunds'] });
    expect(jobOf('a')).toMatchObject({ verdict: { right: true } });
    const { rev } = jobOf('a');
    await ask({ kind: 'file', job: id, route: 'refund_request' });
    expect(jobOf('a')).toMatchObject({ rev: rev + 1, decision: { way: 'reviewed' } });
  });
});

function otherThan(name: string | undefined): string {
  return name === 'letter a' ? 'letter b' : 'letter a';
}
