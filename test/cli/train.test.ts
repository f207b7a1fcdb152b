import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ImapFlow } from 'imapflow';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { limits } from '../../src/base/limits.ts';
import { openDatabase } from '../../src/base/sqlite.ts';
import { ProgressLine } from '../../src/cli/progress.ts';
import { type SampleMessage, sampleInbox } from '../../src/demo/inbox/index.ts';
import { loadModel } from '../../src/engine/modelfile.ts';
import { migrations } from '../../src/store/migrations.ts';
import { openReading } from '../../src/store/reading.ts';
import { type Siftd, startSiftd } from '../bench/siftd.ts';
import { visit } from '../crash/mailbox.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { checkout } from '../servers/guard.ts';

/* `siftd train` from the command line, on folders of a real Dovecot. */

const run = promisify(execFile);
let dovecot: Dovecot;
let folder: string;
let users = 0;
let user = '';
let daemon: Siftd | null = null;
beforeAll(async () => {
  dovecot = await startDovecot();
});
afterAll(() => dovecot.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-train-'));
  user = `learner${++users}`;
});
afterEach(async () => {
  await daemon?.stop();
  daemon = null;
  rmSync(folder, { recursive: true });
});

const env = { ...process.env, PASSWORD: 'secret', TOKEN: 't', NO_COLOR: '1' };

function configure(routes: object, account: object = {}): void {
  const support = {
    host: '127.0.0.1',
    port: dovecot.port,
    tls: 'none',
    user,
    password: { env: 'PASSWORD' },
    ...account,
  };
  writeFileSync(
    join(folder, 'siftd.yaml'),
    stringify({ state: './state', console: { listen: 'off' }, accounts: { support }, routes }),
  );
}

async function siftd(...args: string[]): Promise<{ stdout: string; stderr: string }> {
  const main = join(checkout, 'dist', 'main.js');
  return await run(process.execPath, [main, ...args], { env, cwd: folder, maxBuffer: 1 << 24 });
}

interface Report {
  readonly model: string;
  readonly version: string;
  readonly examples: number;
  readonly classes: readonly { readonly label: string; readonly examples: number; readonly threshold: number | null }[];
  readonly tooFew: readonly { readonly label: string; readonly examples: number }[];
}

const trained = async (...args: string[]) => JSON.parse((await siftd('train', '--json', ...args)).stdout) as Report;
const counts = ({ classes, tooFew }: Report) =>
  Object.fromEntries([...classes, ...tooFew].map(({ label, examples }) => [label, examples]));

const person = <T>(work: (client: ImapFlow) => Promise<T>) =>
  visit({ host: '127.0.0.1', port: dovecot.port, user }, work);

describe('twelve folders that people sorted, of the mail of the demo', () => {
  const routes = {
    refund_request: { move: 'Support/Refunds' },
    complaint: { move: 'Support/Complaints' },
    reklamation: { move: 'Support/Reklamationen' },
    order_status: { move: 'Support/Orders' },
    bestellstatus: { move: 'Support/Bestellungen' },
    invoice_question: { move: 'Support/Invoices' },
    product_question: { move: 'Support/Products' },
    cancellation: { move: 'Support/Cancellations' },
    account_access: { move: 'Support/Accounts' },
    job_application: { move: 'Jobs' },
    newsletter: { move: 'Newsletters' },
    spam: { move: '\\Junk' },
    praise: { move: 'Praise' },
  };
  type Route = keyof typeof routes;
  const german: Partial<Record<string, Route>> = { complaint: 'reklamation', order_status: 'bestellstatus' };
  const routeOf = (message: SampleMessage): Route | null =>
    message.class === null ? null : ((message.language === 'de' ? german[message.class] : undefined) ?? message.class);

  it('are learned from, and the report says how good that is before the model is replaced', async () => {
    const sorted = (await sampleInbox()).filter((message) => message.class !== null);
    for (const [name, { move }] of Object.entries(routes)) {
      const letters = sorted.filter((message) => routeOf(message) === name);
      if (letters.length === 0) continue;
      await dovecot.load(
        user,
        move === '\\Junk' ? 'Junk' : move,
        letters.map(({ raw, date }) => ({ raw, internalDate: date })),
      );
    }
    // Nobody meant these to be learned from.
    await person(async (client) => {
      const refund = sorted.find((message) => routeOf(message) === 'refund_request')?.raw ?? '';
      await client.mailboxCreate('Praise');
      for (const flag of ['\\Deleted', '\\Draft']) await client.append('Praise', refund, [flag]);
      for (let copies = 0; copies < 3; copies++) await client.append('Praise', refund);
    });
    configure(routes);
    const { stdout, stderr } = await siftd('train');
    expect(stdout).toMatch(/^support: (\d+) messages in the routes' folders$/m);
    for (const name of Object.keys(routes)) expect(stdout).toContain(name);
    expect(stdout).toMatch(new RegExp(`${sorted.length} examples, 12 classes; cross-validated`));
    expect(stdout).toMatch(/accuracy \d+\.\d% \(\d+\.\d% to \d+\.\d%\), on the surest 80% \d+\.\d%/);
    expect(stdout).toMatch(/macro-F1 \d+\.\d% \(\d+\.\d% to \d+\.\d%\)/);
    expect(stdout).toMatch(/calibration error 0\.\d{3}/);
    expect(stdout).toMatch(/\d+ x \w+ taken for \w+/);
    expect(stdout).toMatch(/98% right from +│ +files then/);
    expect(stdout).toContain('praise has too few examples (3) and will never be predicted');
    // Without a terminal there is a plain line a stage, and nothing that steers one.
    expect(stderr).toContain('support: reading Support/Refunds');
    expect(stderr).toMatch(/^training on \d+ messages$/m);
    for (const steering of ['\r', '\x1b', '%']) expect(stderr).not.toContain(steering);
    const report = await trained();
    expect(report.examples).toBe(sorted.length);
    expect(loadModel(report.model)).toMatchObject({ ok: true, value: { version: report.version } });
    if (process.env['SIFTD_SHOW'] !== undefined) console.log(stdout.replaceAll(folder, ''));
  });
});

const letter = (id: string, word: string) =>
  `From: ann@example.com\r\nTo: ${user}@example.com\r\nSubject: ${word} ${id}\r\nMessage-ID: <${id}.${user}@example.com>\r\n\r\nThis is about ${word}, ${word} and nothing but ${word}, letter ${id}.\r\n`;
const letters = (word: string, count: number, date?: Date) =>
  Array.from({ length: count }, (_, n) => ({
    raw: letter(`${word}${n}`, word),
    ...(date === undefined ? {} : { internalDate: date }),
  }));
const two = { refund: { move: 'Refunds' }, praise: { move: 'Praise' } };

describe('what is learned from', () => {
  it('is what came in the range of dates, and the newest so many of a folder', async () => {
    configure(two);
    await dovecot.load(user, 'Refunds', letters('refund', 20, new Date('2026-01-10T12:00:00Z')));
    await dovecot.load(user, 'Refunds', letters('money', 15, new Date('2026-02-10T12:00:00Z')));
    await dovecot.load(user, 'Praise', letters('praise', 30, new Date('2026-02-20T23:59:59Z')));
    expect(counts(await trained())).toEqual({ refund: 35, praise: 30 });
    expect(counts(await trained('--since', '2026-02-01'))).toEqual({ refund: 15, praise: 30 });
    expect(counts(await trained('--since', '2026-02-10', '--before', '2026-02-21'))).toEqual({
      refund: 15,
      praise: 30,
    });
    expect(counts(await trained('--most', '12'))).toEqual({ refund: 12, praise: 12 });
    await expect(siftd('train', '--before', '2026-02-20')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('too few: none'),
    });
    for (const wrong of [
      ['--since', 'yesterday'],
      ['--since', '2026-02-02', '--before', '2026-02-02'],
      ['--most', '0'],
    ]) {
      await expect(siftd('train', ...wrong)).rejects.toMatchObject({ code: 2 });
    }
  });

  it('is not what siftd filed itself, until a person left it there for a week; and a running daemon takes the new model', async () => {
    configure(two, { since: 'all' });
    await dovecot.load(user, 'Refunds', letters('refund', 20));
    await dovecot.load(user, 'Praise', letters('praise', 20));
    daemon = startSiftd(['run', '-c', join(folder, 'siftd.yaml')], { PASSWORD: 'secret' });
    await daemon.line(({ msg }) => msg === 'learned from the sorted folders');
    for (let n = 0; n < 6; n++) await dovecot.deliver(user, letter(`new${n}`, 'refund'));
    const filed = new Set<number>();
    await daemon.line(({ job, state }) => job !== undefined && state === 'done' && filed.add(job).size === 6);

    const report = await trained();
    expect(counts(report)).toEqual({ refund: 20, praise: 20 });
    const taken = await daemon.line((line) => line.msg === 'model loaded');
    expect(taken).toMatchObject({ version: report.version });

    // A person says of one that it is right, and takes two of them for praise; the others are left alone for a week.
    const reading = openReading(join(folder, 'state', 'siftd.db'));
    const last = [...filed].find((id) => reading.history(id)?.job.place.uid === 26);
    reading.close();
    await siftd('review', '-c', 'siftd.yaml', '--job', `${last}`, '--file', 'refund');
    expect(counts(await trained())).toEqual({ refund: 21, praise: 20 });
    await person(async (client) => {
      await client.mailboxOpen('Refunds');
      await client.messageMove('21:22', 'Praise');
    });
    expect(counts(await trained())).toEqual({ refund: 21, praise: 22 });
    await daemon.stop();
    const db = openDatabase(join(folder, 'state', 'siftd.db'), migrations);
    const shift = (ms: number) => db.prepare('UPDATE jobs SET since = since + ?').run(ms);
    shift(60_000 - limits.daemon.leftAlone);
    expect(counts(await trained())).toEqual({ refund: 21, praise: 22 });
    shift(-60_000);
    db.close();
    expect(counts(await trained())).toEqual({ refund: 24, praise: 22 });
  });
});

describe('where the model goes', () => {
  const service = {
    listen: '127.0.0.1:0',
    companies: {
      c: {
        tokens: [{ env: 'TOKEN' }],
        orchestrators: {
          o: {},
          p: { model: './shared.model' },
          l: { engine: 'llm', labels: { a: 'is a', b: 'is b' }, llm: { url: 'http://127.0.0.1:1/v1', model: 'm' } },
        },
      },
    },
  };
  const asking = (orchestrator: string) => {
    const account = { host: '127.0.0.1', port: dovecot.port, tls: 'none', user, password: { env: 'PASSWORD' } };
    const classifier = { url: 'http://127.0.0.1:1', company: 'c', orchestrator, token: { env: 'TOKEN' } };
    const all = { state: './state', accounts: { support: account }, routes: two, classifier, service };
    writeFileSync(join(folder, 'siftd.yaml'), stringify(all));
  };

  it('is the orchestrator of the same file that the accounts ask, which takes it without a restart', async () => {
    await dovecot.load(user, 'Refunds', letters('refund', 20));
    await dovecot.load(user, 'Praise', letters('praise', 20));
    asking('o');
    daemon = startSiftd(['serve', '-c', join(folder, 'siftd.yaml')], { TOKEN: 't' });
    await daemon.line(({ msg }) => msg.startsWith('no model yet'));
    await daemon.line(({ msg }) => msg === 'serving');
    const report = await trained();
    expect(report.model).toBe(join(folder, 'state', 'models', 'c.o.model'));
    expect(await daemon.line(({ msg }) => msg === 'model loaded')).toMatchObject({ version: report.version });

    asking('p');
    expect((await trained()).model).toBe(join(folder, 'shared.model'));
    for (const elsewhere of ['l', 'unknown']) {
      asking(elsewhere);
      await expect(siftd('train')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining('--model FILE') });
    }
    const named = await trained('--model', 'mine.model');
    expect(loadModel(join(folder, named.model))).toMatchObject({ ok: true, value: { version: report.version } });
  });
});

describe('the models before', () => {
  it('are kept, three in all, and rolled back to by the configuration', async () => {
    configure(two);
    await dovecot.load(user, 'Refunds', letters('refund', 20));
    await dovecot.load(user, 'Praise', letters('praise', 20));
    await expect(siftd('train', '--rollback')).rejects.toMatchObject({
      stderr: expect.stringContaining('there is no model before'),
    });
    const versions: string[] = [];
    for (const seed of ['1', '2', '3', '4']) versions.push((await trained('--seed', seed)).version);
    const back = JSON.parse((await siftd('train', '--rollback', '--json')).stdout) as { version: string };
    expect(back.version).toBe(versions[2]);
  });

  it('of several sets of routes are rolled back to by name', async () => {
    const account = { host: '127.0.0.1', port: dovecot.port, tls: 'none', password: { env: 'PASSWORD' } };
    const accounts = {
      a: { ...account, user, routes: two },
      b: { ...account, user: 'other', routes: { ...two, more: { move: 'More' } } },
    };
    writeFileSync(join(folder, 'siftd.yaml'), stringify({ state: './state', accounts }));
    await expect(siftd('train', '--rollback')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/several models; --model FILE says which one:\n {2}a: .*\.model\n {2}b: .*\.model/),
    });
  });
});

describe('the progress', () => {
  const screen = (isTTY: boolean, columns = 80) => {
    let text = '';
    return {
      isTTY,
      columns,
      write(part: string | Uint8Array) {
        text += String(part);
        return true;
      },
      get text() {
        return text;
      },
    };
  };

  it('is one line written anew on a terminal, and leaves a clean one', () => {
    const terminal = screen(true, 60);
    const line = new ProgressLine(terminal);
    for (const share of [0, 0.5, 0.501, 1]) line.show('reading', share);
    line.show(`${'x'.repeat(100)}`, 0.25);
    line.clear();
    line.clear();
    expect(terminal.text.split('\r').slice(1)).toEqual([
      `[${' '.repeat(24)}]  0% reading\x1b[K`,
      `[${'='.repeat(12)}${' '.repeat(12)}] 50% reading\x1b[K`,
      `[${'='.repeat(24)}]100% reading\x1b[K`,
      `[${'='.repeat(6)}${' '.repeat(18)}] 25% ${'x'.repeat(28)}\x1b[K`,
      '\x1b[K',
    ]);
  });

  it('is a plain line a stage elsewhere', () => {
    const file = screen(false);
    const line = new ProgressLine(file);
    for (const share of [0, 0.5, 1]) line.show('reading', share);
    line.show('training', 0);
    line.clear();
    expect(file.text).toBe('reading\ntraining\n');
  });
});
