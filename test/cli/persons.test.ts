import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { review } from '../../src/cli/review.ts';
import { type Case, meaning, page, type View } from '../../src/cli/review-page.ts';
import { lockState } from '../../src/store/lock.ts';
import type { History } from '../../src/store/reading.ts';
import { openStore } from '../../src/store/store.ts';
import type { PersonRequest } from '../../src/triage/requests.ts';
import { answerOf, letter, World } from '../daemon/world.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { checkout } from '../servers/guard.ts';
import { done } from '../triage/jobs.ts';
import { startVendor, type Vendor, type VendorMail } from '../vendor/vendor.ts';
import { called } from './called.ts';

/* `siftd show`, `undo` and `review` as they are called, beside a daemon on a real Dovecot. */

describe('show, undo and review', () => {
  let dovecot: Dovecot;
  let world: World;
  let vendor: Vendor;
  let clerks = 0;
  /** What the API was sent. */
  const mails: VendorMail[] = [];
  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterAll(() => dovecot.stop());
  beforeEach(async () => {
    mails.length = 0;
    vendor = await startVendor({
      classify: (mail) => {
        mails.push(mail);
        return answerOf(mail);
      },
    });
    const user = `clerk${++clerks}`;
    const deliver = (raw: string) => dovecot.deliver(user, raw);
    world = new World({ host: dovecot.hosts.full, port: dovecot.port, user, password: 'secret', deliver }, vendor);
  });
  afterEach(async () => {
    await world.close();
    await vendor.close();
  });

  /** In this process: starting another one takes longer than all that is asked of it. */
  const siftd = (...args: string[]) => {
    const file = join(world.folder, 'siftd.yaml');
    writeFileSync(file, world.yaml);
    return called([...args, '-c', file], world.env);
  };

  it('undo that nobody takes is given up by Ctrl-C, and is asked for no more', async () => {
    await world.start();
    await world.deliver(letter('a', 'complaint 0.95'));
    await world.ended(1);
    await world.stop();
    const before = await world.whereabouts();
    const state = join(world.folder, 'state');
    // As if a daemon ran that is busy with something else.
    const lock = lockState(state);
    try {
      const file = join(world.folder, 'siftd.yaml');
      writeFileSync(file, world.yaml);
      const child = spawn(process.execPath, [join(checkout, 'dist', 'main.js'), 'undo', '--since', '1h', '-c', file], {
        env: { PATH: process.env['PATH'] ?? '', ...world.env },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      child.stderr.setEncoding('utf8');
      let said = '';
      for await (const text of child.stderr) {
        if (said === '') child.kill('SIGINT');
        said += text;
      }
      expect(said).toMatch(/^taking back 1 messages\n.*stopped; what was begun goes on when siftd runs/);
      expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(75);
      const store = openStore(join(state, 'siftd.db'), { readonly: true });
      expect(store.requests()).toEqual([]);
      store.close();
    } finally {
      lock.release();
    }
    expect(await world.whereabouts()).toEqual(before);
  });

  it('explain a message, take it back, and have a person file it', { timeout: 240_000 }, async () => {
    await world.start();
    await world.deliver(letter('a', 'complaint 0.95'), letter('b', 'refund_request 0.5'));
    await world.ended(2);

    const shown = await siftd('show', '<a@example.com>', '--request', '--json');
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    const [a] = (JSON.parse(shown.stdout) as { messages: (History & { request: unknown })[] }).messages;
    expect(a).toMatchObject({
      foundIn: 'INBOX',
      job: { state: 'done', decision: { way: 'routed', classification: 'complaint', best: [{ label: 'complaint' }] } },
      rounds: [{ actions: [{ action: { kind: 'mark' } }, { action: { kind: 'move', to: 'Support/Complaints' } }] }],
      request: {
        mail: { subject: '[complaint 0.95] letter a' },
        external_ref: '<a@example.com>',
        external_metadata: { folder: 'INBOX' },
      },
    });
    expect(mails).toContainEqual((a as { request: { mail: unknown } }).request.mail);
    const inWords = await siftd('show', `${a?.job.id}`);
    expect(inWords.stdout).toMatch(
      /complaint[\s\S]*confidence 0.95 reaches the threshold[\s\S]*move to Support\/Complaints: done/,
    );
    expect(await siftd('show', 'nobody@example.com')).toMatchObject({ code: 1 });
    const listed = await siftd('show', '--class', 'complaint', '--state', 'done', '--text', 'A@EX', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject({ messages: [{ id: a?.job.id, folder: 'Support/Complaints' }] });
    expect((await siftd('show', '--limit', '1')).stdout).toMatch(
      /<b@example.com>.*refund_request.*0.50.*waits for a person/,
    );
    const { day } = JSON.parse((await siftd('status', '--day', '--json')).stdout) as {
      day: { found: number; ended: number; median: number | null }[];
    };
    expect(day).toHaveLength(24);
    expect(day.reduce((sum, { ended }) => sum + ended, 0)).toBe(2);
    // A table of its own, with the hour in which they came.
    expect((await siftd('status', '--day')).stdout).toMatch(/slowest of 20[\s\S]*:00 .* \d+(\.\d)? s/);
    expect((await siftd('show', '--account', 'sales')).stdout).toMatch('no such message');
    expect(await siftd('show', '--request')).toMatchObject({ code: 2 });

    expect(await siftd('undo')).toMatchObject({ code: 2 });
    const dry = await siftd('undo', '--since', '1h', '--dry-run');
    expect(dry.stdout).toMatch(/take off urgent, \\Flagged; move to INBOX/);
    expect(await world.whereabouts()).toMatchObject({ 'letter a': ['Support/Complaints \\Flagged urgent'] });
    const undone = await siftd('undo', '--class', 'complaint', '--json');
    expect(undone).toMatchObject({ code: 0 });
    expect(JSON.parse(undone.stdout)).toMatchObject({ jobs: [{ job: a?.job.id, result: 'done', why: null }] });
    expect(await world.whereabouts()).toMatchObject({ 'letter a': ['INBOX'] });
    expect((await siftd('undo', '--class', 'complaint')).stdout).toMatch('nothing to take back');
    expect(await siftd('undo', '--class', 'complaint', '--undone')).toMatchObject({ code: 0 });
    expect(await world.whereabouts()).toMatchObject({ 'letter a': ['Support/Complaints \\Flagged urgent'] });

    const { waiting } = JSON.parse((await siftd('review', '--json')).stdout) as { waiting: { job: number }[] };
    expect(waiting).toMatchObject([
      { messageId: '<b@example.com>', best: [{ label: 'refund_request', confidence: 0.5 }] },
    ]);
    const job = `${waiting[0]?.job}`;
    expect(await siftd('review', '--job', job)).toMatchObject({ code: 2 });
    expect(await siftd('review', '--job', job, '--file', 'nobody')).toMatchObject({ code: 1 });
    expect(await siftd('review', '--job', job, '--file', 'refund_request')).toMatchObject({ code: 0 });
    expect(await world.whereabouts()).toMatchObject({ 'letter b': ['Support/Refunds'] });
    expect((await siftd('review')).stdout).toMatch('nothing waits');
    expect((await siftd('show', job)).stdout).toMatch(
      /decided .*unsure: confidence 0.50 is below[\s\S]*since then .*reviewed:/,
    );
    expect(await siftd('undo', '--class', 'refund_request', '--all', '--undone')).toMatchObject({ code: 2 });
    expect((await siftd('undo', '--class', 'refund_request')).stdout).toMatch('nothing to take back');
    expect((await siftd('undo', '--class', 'refund_request', '--all', '--dry-run')).stdout).toMatch('move to INBOX');

    expect(await siftd('review', '--sample', '0')).toMatchObject({ code: 2 });
    expect(await siftd('review', '--class', 'complaint')).toMatchObject({ code: 2 });
    expect((await siftd('review', '--sample', '--class', 'spam')).stdout).toMatch('nobody has judged');
    const { sample } = JSON.parse((await siftd('review', '--sample', '5', '--json')).stdout) as { sample: unknown[] };
    expect(sample).toMatchObject([{ job: a?.job.id, messageId: '<a@example.com>', folder: 'Support/Complaints' }]);
    expect(await siftd('review', '--job', `${a?.job.id}`, '--judge', 'none', '--skip')).toMatchObject({ code: 2 });
    // Whoever picks a message tells nothing of others; what the lot fell on does.
    for (const [lot, by] of [
      [[], 'correction'],
      [['--sample'], 'sample'],
    ] as const) {
      expect(await siftd('review', '--job', `${a?.job.id}`, '--judge', 'none', ...lot)).toMatchObject({ code: 0 });
      const judged = JSON.parse((await siftd('show', `${a?.job.id}`, '--json')).stdout) as { messages: History[] };
      expect(judged.messages[0]?.job.verdict).toMatchObject({ truth: null, right: false, by });
    }
    expect((await siftd('review', '--sample')).stdout).toMatch('nobody has judged');
    expect(await world.whereabouts()).toMatchObject({ 'letter a': ['Support/Complaints \\Flagged urgent'] });
  });
});

describe('the page of siftd review', () => {
  const size = { rows: 24, columns: 60 };
  const one: Case = {
    job: 7,
    account: 'support',
    folder: 'INBOX',
    reason: 'confidence 0.50 is below the threshold 0.75 of refund_request',
    best: [
      { label: 'refund_request', confidence: 0.5 },
      { label: 'poetry', confidence: 0.3 },
    ],
    named: null,
    routes: ['refund_request', 'complaint'],
    letter: { subject: 'Money\u001b[2J back', from: 'Ann <ann@example.com>', body: `${'word '.repeat(200)}\nthe end` },
  };
  const history = { job: done } as unknown as History;

  const played = async (keys: string, cases: readonly Case[] = [one]) => {
    const asked: PersonRequest[] = [];
    const shown: string[] = [];
    await review({
      histories: cases.map(() => history),
      left: () => cases.length - asked.length,
      inWords: (left) => `${left} wait for a person`,
      caseOf: async () => cases[asked.length] ?? one,
      ask: async (request) => {
        asked.push(request);
        return null;
      },
      keys: (async function* () {
        yield* keys;
      })(),
      show: (text) => void shown.push(text),
      size: () => size,
    });
    return { asked, shown };
  };

  it('shows who wrote what and what it may be, and nothing of it steers the terminal', async () => {
    const { shown } = await played('q');
    expect(shown[0]).toMatch(
      /1 wait for a person[\s\S]*Money\?\[2J back[\s\S]*ann@example.com[\s\S]*1 {2}0.50 {2}refund_request/,
    );
    expect(shown[0]).toMatch('poetry (no route)');
    for (const line of (shown[0] ?? '').split('\n')) expect(plain(line).length).toBeLessThan(size.columns);
    expect((shown[0] ?? '').split('\n').length).toBeLessThanOrEqual(size.rows);
  });

  it('files by one key, skips, leaves for later, and ends with the queue or the keyboard', async () => {
    const request = { account: 'support', job: 7 };
    expect((await played('1')).asked).toEqual([{ ...request, kind: 'file', route: 'refund_request' }]);
    expect((await played('fb')).asked).toEqual([{ ...request, kind: 'file', route: 'complaint' }]);
    expect((await played('s')).asked).toEqual([{ ...request, kind: 'skip' }]);
    expect((await played('2nx')).asked).toEqual([]);
    expect((await played('')).asked).toEqual([]);
    expect((await played('1s', [one, { ...one, job: 8 }])).asked).toEqual([
      { ...request, kind: 'file', route: 'refund_request' },
      { ...request, kind: 'skip', job: 8 },
    ]);
  });

  it('asks of a sample whether it was right, by one key, and says so of nothing else', async () => {
    const sampled = { ...one, named: 'refund_request' };
    const said = async (keys: string) => (await played(keys, [sampled])).asked;
    const request = { account: 'support', kind: 'judge', job: 7 };
    expect(await said('y')).toEqual([{ ...request, route: 'refund_request' }]);
    expect(await said('1')).toEqual([{ ...request, route: 'refund_request' }]);
    expect(await said('fb')).toEqual([{ ...request, route: 'complaint' }]);
    expect(await said('x')).toEqual([{ ...request, route: null }]);
    expect(await said('sn')).toEqual([]);
    expect((await played('yx')).asked).toEqual([]);
    expect((await played('q', [sampled])).shown[0]).toMatch(/siftd says refund_request: confidence[\s\S]*y: right/);
    expect((await played('q', [{ ...sampled, named: 'poetry' }])).asked).toEqual([]);
    expect((await played('y', [{ ...sampled, named: 'poetry' }])).asked).toEqual([]);
  });

  it('pages through the whole text', () => {
    let view: View = { shows: 'text', from: 0 };
    const press = (key: string) => {
      const choice = meaning(key, view, one, size);
      if (choice.choice === 'look') view = choice.view;
      return page(one, view, { left: '1', last: '' }, size);
    };
    expect(press('x')).not.toMatch('the end');
    expect(press(' ')).toMatch('the end');
    expect(press('b')).not.toMatch('the end');
    expect(press('o')).toMatch('refund_request');
  });
});

function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the colours are what is taken out
  return text.replace(/\u001b\[\d+m/g, '');
}
