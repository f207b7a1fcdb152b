import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { destination } from 'pino';
import { stringify } from 'yaml';
import { type Clock, systemClock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { createLog } from '../base/log.ts';
import { loadConfig } from '../config/load.ts';
import { type ImapServer, startImapServer } from '../demo/imap/server.ts';
import { arriving, history, routes, type SampleMessage } from '../demo/inbox/index.ts';
import { openStore } from '../store/store.ts';
import { type Month, simulateMonth } from './demo-month.ts';
import { monthText, seedLine, seedsHead, sumText } from './demo-month-text.ts';
import { type Scene, screen, verdict } from './demo-screen.ts';
import { runGateway } from './gateway.ts';
import { wholeNumber } from './options.ts';
import { ProgressLine } from './progress.ts';
import { stopSignal } from './signals.ts';

const user = 'support@lindgren-hale.example';
const account = 'support';

/** `siftd demo`: the whole main job on an invented shop's inbox. Only loopback, only a temporary folder. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('watch siftd sort the support inbox of an invented shop; nothing has to be set up')
    .option('--once', 'end when all is sorted, with a table of right, wrong and unsure')
    .option('--month', 'a month in minutes: siftd observes for a week, reports, then acts, and people correct it')
    .option(
      '--seeds <number>',
      'with --month: so many different months, and how often what was promised came true',
      wholeNumber(1, limits.demo.months),
    )
    .action(async (options: { once?: boolean; month?: boolean; seeds?: number }) => {
      if (options.month === true && options.once === true) throw new UserError('--once and --month: one of them', 2);
      if (options.month === true) return months(options.seeds ?? 1);
      if (options.seeds !== undefined) throw new UserError('--seeds is for --month', 2);
      const folder = mkdtempSync(join(tmpdir(), 'siftd-demo-'));
      try {
        await demo(folder, options.once === true, systemClock);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
}

async function months(count: number): Promise<void> {
  const models = join(mkdtempSync(join(tmpdir(), 'siftd-demo-')), 'models');
  const progress = new ProgressLine();
  const signal = stopSignal(null);
  const done: Month[] = [];
  try {
    for (let seed = 1; seed <= count; seed++) {
      const onProgress = (stage: string, share: number) => progress.show(stage, share);
      const month = await simulateMonth({ seed, daily: limits.demo.daily, signal, onProgress, models });
      progress.clear();
      if (count === 1) return console.log(monthText(month));
      if (seed === 1) console.log(seedsHead());
      console.log(seedLine(month));
      done.push(month);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    progress.clear();
    rmSync(dirname(models), { recursive: true, force: true });
  }
  if (done.length > 0) console.log(sumText(done));
}

async function demo(folder: string, once: boolean, clock: Clock): Promise<void> {
  const started = clock.now();
  const password = `demo-${randomInt(1000, 10_000)}`;
  const server = await startImapServer({ accounts: [{ user, password }] });
  const [sorted, coming] = [await history(), await arriving()];
  const mailbox = server.store.account(user);
  for (const message of sorted) {
    if (!mailbox.has(message.folder)) mailbox.create(message.folder);
    mailbox.append(message.folder, message.raw, { internalDate: message.date, flags: ['\\Seen', ...message.flags] });
  }
  const config = loadConfig({ file: writeConfig(folder, server, password), purpose: 'run' });
  const log = createLog({ to: destination({ dest: join(folder, 'siftd.log'), sync: false }) });
  const stop = new AbortController();
  const person = stopSignal(log);
  const signal = AbortSignal.any([stop.signal, person]);

  const team = new Map(mailbox.folders().map(({ name, messages }) => [name, messages]));
  let running: Promise<void> = Promise.resolve();
  let link: string | null = null;
  // It is learned first, and mail arrives when that is done, so that the first minute shows sorting, not waiting.
  const learned = new Promise<void>((resolve, reject) => {
    running = runGateway({
      ...{ config, log, signal, learned: () => resolve() },
      async console(inside) {
        const opened = once ? null : await (await import('./console.ts')).openConsole(inside);
        link = opened?.link ?? null;
        return opened;
      },
    });
    running.then(resolve, reject);
  });
  const look = (delivered: number): Scene => ({
    address: `${server.host}:${server.port}`,
    user,
    password,
    console: link,
    folder,
    seconds: (clock.now() - started) / 1000,
    folders: mailbox.folders().map(({ name, messages }) => ({ name, team: team.get(name) ?? 0, messages })),
    delivered,
    coming,
    ...journal(config.state),
  });
  const show = screen(process.stdout, once);
  try {
    await learned;
    let delivered = 0;
    while (!signal.aborted) {
      const message = coming[delivered];
      if (message !== undefined) {
        mailbox.append('INBOX', message.raw, { internalDate: clock.now() });
        delivered++;
      }
      const scene = look(delivered);
      show.draw(scene);
      if (once && delivered === coming.length && scene.open === 0 && scene.ended.length === delivered) break;
      await clock.sleep(message === undefined ? limits.demo.redraw : limits.demo.arrival, signal);
    }
    stop.abort();
    await running;
    show.end();
    if (once && !person.aborted) console.log(verdict(look(delivered), places(server, coming)));
  } finally {
    stop.abort();
    await Promise.allSettled([running]);
    await server.close();
  }
}

function writeConfig(folder: string, server: ImapServer, password: string): string {
  writeFileSync(join(folder, 'password'), password, { mode: 0o600 });
  const file = join(folder, 'siftd.yaml');
  const text = stringify({
    state: './state',
    console: { listen: '127.0.0.1:0' },
    accounts: {
      [account]: { host: server.host, port: server.port, tls: 'none', user, password: { file: './password' } },
    },
    routes,
    unsure: { label: ['needs-review'] },
  });
  writeFileSync(file, text);
  return file;
}

/** What the journal says, read from beside the daemon as `siftd status` does. */
function journal(state: string): Pick<Scene, 'open' | 'review' | 'ended'> {
  const store = openStore(join(state, 'siftd.db'), { readonly: true });
  try {
    const { jobs, review } = store.overview();
    return {
      open: jobs.found + jobs.submitted + jobs.decided,
      review,
      ended: store.latest(account, limits.daemon.page),
    };
  } finally {
    store.close();
  }
}

/** How often each message that came in stands in the mailbox, whatever siftd says of it. */
function places(server: ImapServer, coming: readonly SampleMessage[]): Map<string, number> {
  const mailbox = server.store.account(user);
  const seen = new Map<string, number>();
  for (const { name } of mailbox.folders()) {
    for (const { raw } of mailbox.messages(name)) {
      const id = coming.find((message) => message.raw.equals(raw))?.id;
      if (id !== undefined) seen.set(id, (seen.get(id) ?? 0) + 1);
    }
  }
  return seen;
}
