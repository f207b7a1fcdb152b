import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Table from 'cli-table3';
import { ImapFlow } from 'imapflow';
import { seeded } from '../../src/base/random.ts';
import { startCyrus } from '../servers/cyrus.ts';
import { startDovecot } from '../servers/dovecot.ts';
import { type Figure, median, quantile, type Told } from './figures.ts';
import { folderOf, letters, type SortedLetter, subjectRules } from './letters.ts';
import { numbersOf } from './numbers.ts';
import { allWatching, fitOut, learned } from './outfit.ts';
import { Watch } from './watched.ts';

const seed = 20260108;
/** Between two looks of whoever sees a message arrive: what it adds to a figure is half of it and one NOOP. */
const look = 2;
/** The same where ten folders are looked at all the time. */
const glance = 20;
/** Between two messages to an idle daemon: by then it is in IDLE again, and so is the client beside it. */
const gap = { least: 600, most: 1200 } as const;

interface Server {
  readonly host: string;
  readonly port: number;
  deliver(user: string, raw: string): Promise<void>;
  stop(): Promise<void>;
}

/** Milliseconds after the LMTP answer, a message each. */
interface OneByOne {
  /** Until it is in the folder of its class. */
  readonly visible: readonly number[];
  /** Until a client that does nothing but idle on the same mailbox hears of it. */
  readonly pushed: readonly number[];
  /** What looking adds, at most. */
  readonly lookMs: number;
  readonly stallMs: number;
}

interface Stream {
  readonly perSecond: number;
  readonly seconds: number;
  readonly visible: readonly number[];
  readonly stallMs: number;
}

export interface Live extends Told {
  readonly seed: number;
  readonly cyrus: OneByOne;
  readonly dovecot: OneByOne;
  readonly stream: Stream;
}

/** How soon a message is where it belongs: one at a time to an idle daemon on two servers, and a steady stream on one. */
export async function live(args: string[]): Promise<Live> {
  const { messages: count, rate, seconds } = numbersOf(args, { messages: 100, rate: 50, seconds: 120 });
  const dir = mkdtempSync(join(tmpdir(), 'siftd-bench-'));
  const remove = () => rmSync(dir, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const model = await learned(join(dir, 'model'));
    const cyrus = await on('cyrus', dir, model, (server, user, siftd) => oneByOne(server, user, siftd, count));
    const dovecot = await on('dovecot', dir, model, (server, user, siftd) => oneByOne(server, user, siftd, count));
    const stream = await on('dovecot', dir, model, (server, user, siftd) =>
      streamed(server, user, siftd, rate, seconds),
    );
    const stallMs = Math.max(cyrus.stallMs, dovecot.stallMs, stream.stallMs);
    const told = { seed, cyrus, dovecot, stream, stallMs };
    print(told);
    return { ...told, figures: figuresOf(told) };
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** With siftd at rest on an empty mailbox of a server of its own. */
async function on<T>(
  name: 'cyrus' | 'dovecot',
  dir: string,
  model: string,
  work: (server: Server, user: string, siftd: Watch) => Promise<T>,
): Promise<T> {
  const server: Server & { user?(): string } =
    name === 'cyrus' ? await startCyrus() : await startDovecot({ fsync: 'optimized' });
  try {
    const user = server.user?.() ?? 'bench';
    const state = mkdtempSync(join(dir, 'state-'));
    mkdirSync(state, { recursive: true });
    const config = fitOut({
      state,
      model,
      server: { host: server.host, port: server.port },
      users: [user],
      since: 'now',
    });
    const siftd = new Watch(config, { log: join(state, 'log'), profile: null });
    try {
      await siftd.until('started', 1);
      await allWatching(state, 1);
      const done = await work(server, user, siftd);
      await siftd.stop();
      return done;
    } finally {
      siftd.end();
    }
  } finally {
    await server.stop();
  }
}

async function connect({ host, port }: Server, user: string): Promise<ImapFlow> {
  const auth = { user, pass: 'secret' };
  const client = new ImapFlow({
    host,
    port,
    auth,
    secure: false,
    doSTARTTLS: false,
    disableAutoIdle: true,
    logger: false,
  });
  await client.connect();
  return client;
}

async function oneByOne(server: Server, user: string, siftd: Watch, count: number): Promise<OneByOne> {
  const eye = await connect(server, user);
  const bare = await connect(server, user);
  await bare.mailboxOpen('INBOX', { readOnly: true });
  void bare.idle();
  const random = seeded(seed);
  const visible: number[] = [];
  const pushed: number[] = [];
  const looks: number[] = [];
  // The first starts the parser's threads and makes the connections that are kept: it is not counted.
  await siftd.stalls();
  for (const letter of letters(count + 1, seed)) {
    const folder = folderOf(letter.label);
    const { exists } = await eye.mailboxOpen(folder, { readOnly: true });
    await delay(gap.least + random.below(gap.most - gap.least));
    const push = new Promise<number>((heard) => bare.once('exists', () => heard(performance.now())));
    await server.deliver(user, letter.raw);
    const answered = performance.now();
    const seen = await grown(eye, exists, looks);
    visible.push(seen - answered);
    pushed.push((await push) - answered);
  }
  const { max } = await siftd.stalls();
  await Promise.all([eye.logout(), bare.logout()]);
  return { visible: visible.slice(1), pushed: pushed.slice(1), lookMs: look + median(looks), stallMs: max };
}

/** When the open folder has more messages than it had. */
async function grown(eye: ImapFlow, exists: number, looks: number[]): Promise<number> {
  const until = performance.now() + 30_000;
  for (;;) {
    const asked = performance.now();
    await eye.noop();
    const answered = performance.now();
    looks.push(answered - asked);
    if (eye.mailbox !== false && eye.mailbox.exists > exists) return answered;
    if (answered > until) throw new Error('a message is not in the folder of its class after half a minute');
    await delay(look);
  }
}

/** So many messages a second, whatever becomes of them: the p99 counts the time in every queue. */
async function streamed(
  server: Server,
  user: string,
  siftd: Watch,
  perSecond: number,
  seconds: number,
): Promise<Stream> {
  const mail = [...letters(perSecond * seconds, seed + 1)];
  const answered = new Map<string, number>();
  const seen = new Map<string, number>();
  const watching = new AbortController();
  const eyes = subjectRules.map(({ label }) => watch(server, user, folderOf(label), seen, watching.signal));
  await siftd.stalls();
  const began = performance.now();
  const delivered = mail.map(async (letter: SortedLetter, index) => {
    await delay(began + (index * 1000) / perSecond - performance.now());
    await server.deliver(user, letter.raw);
    answered.set(letter.messageId, performance.now());
  });
  await Promise.all(delivered);
  for (let patience = 3000; seen.size < mail.length; patience--) {
    if (patience === 0)
      throw new Error(`${seen.size} of ${mail.length} messages are in their folders, and no more come`);
    await delay(20);
  }
  const { max } = await siftd.stalls();
  watching.abort();
  await Promise.all(eyes);
  const visible = mail.map(
    ({ messageId }) => (seen.get(messageId) ?? Number.NaN) - (answered.get(messageId) ?? Number.NaN),
  );
  return { perSecond, seconds, visible, stallMs: max };
}

/** Notes when each message of a folder was first seen there, by its Message-ID. */
async function watch(
  server: Server,
  user: string,
  folder: string,
  seen: Map<string, number>,
  signal: AbortSignal,
): Promise<void> {
  const eye = await connect(server, user);
  await eye.mailboxOpen(folder, { readOnly: true });
  for (let known = 0; !signal.aborted; await delay(glance)) {
    await eye.noop();
    const now = performance.now();
    const exists = eye.mailbox === false ? 0 : eye.mailbox.exists;
    if (exists === known) continue;
    for await (const { headers } of eye.fetch(`${known + 1}:${exists}`, { headers: ['message-id'] })) {
      const id = /<[^>]+>/.exec(headers?.toString('latin1') ?? '')?.[0];
      if (id !== undefined) seen.set(id, now);
    }
    known = exists;
  }
  await eye.logout();
}

const late = ({ visible, pushed }: OneByOne): number[] =>
  visible.map((ms, index) => ms - (pushed[index] ?? Number.NaN));

function figuresOf({ cyrus, dovecot, stream }: Omit<Live, 'figures'>): Figure[] {
  const many = `${cyrus.visible.length} messages one at a time`;
  const ms = (values: readonly number[]) => `${median(values).toFixed(0)} ms`;
  const whole = `from LMTP's answer to visible in its folder`;
  return [
    {
      what: `Cyrus, idle daemon, ${whole}: p50`,
      value: median(cyrus.visible),
      goal: { most: 60 },
      unit: 'ms',
      digits: 0,
      beside: `${many}; Cyrus pushes after ${ms(cyrus.pushed)}; looking adds at most ${cyrus.lookMs.toFixed(0)} ms`,
    },
    {
      what: `Cyrus, idle daemon, ${whole}: p99`,
      value: quantile(cyrus.visible, 0.99),
      goal: { most: 200 },
      unit: 'ms',
      digits: 0,
    },
    {
      what: 'Dovecot, idle daemon, the same, over its own IDLE push: median',
      value: median(late(dovecot)),
      goal: { most: 50 },
      unit: 'ms',
      digits: 0,
      beside: `${many}: ${ms(dovecot.visible)}; a client that only idles hears of them after ${ms(dovecot.pushed)}`,
    },
    {
      what: `Dovecot, ${stream.perSecond} messages a second for ${stream.seconds} s, the same: p99`,
      value: quantile(stream.visible, 0.99) / 1000,
      goal: { most: 1.5 },
      unit: 's',
      digits: 2,
      beside: `p50 ${(median(stream.visible) / 1000).toFixed(2)} s; looking adds at most ${glance} ms`,
    },
  ];
}

function print({ cyrus, dovecot, stream }: Omit<Live, 'figures'>): void {
  const head = ['ms after the LMTP answer', 'p50', 'p90', 'p99', 'most', 'longest stall'];
  const table = new Table({ head, style: { head: [], border: [] } });
  const row = (what: string, values: readonly number[], stallMs?: number) =>
    table.push([
      what,
      ...[0.5, 0.9, 0.99, 1].map((share) => quantile(values, share).toFixed(0)),
      stallMs === undefined ? '' : `${stallMs} ms`,
    ]);
  row('Cyrus, pushed by IDLE', cyrus.pushed);
  row('Cyrus, visible in its folder', cyrus.visible, cyrus.stallMs);
  row('Dovecot, pushed by IDLE', dovecot.pushed);
  row('Dovecot, visible in its folder', dovecot.visible, dovecot.stallMs);
  row('Dovecot, visible later than pushed', late(dovecot));
  row(`Dovecot, ${stream.perSecond} a second`, stream.visible, stream.stallMs);
  console.log(table.toString());
}
