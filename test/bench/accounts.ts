import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import type { Dovecot } from '../servers/dovecot.ts';
import { checkout } from '../servers/guard.ts';
import { type Figure, median, quantile, type Told } from './figures.ts';
import { folderOf, letters, type SortedLetter } from './letters.ts';
import { allWatching, fitOut, onDovecot } from './outfit.ts';
import { whereabouts } from './siftd.ts';
import { Watch } from './watched.ts';

const seed = 20260107;
/** After the last account is connected: what a start leaves behind is over by then. */
const settle = 45_000;
const idling = 60_000;
/** Connections that deliver at a time, as an MTA has. */
const senders = 4;

export interface Accounts extends Told {
  readonly accounts: number;
  readonly seed: number;
  /** From the start of the process to the last account's first complete sync. */
  readonly startSeconds: number;
  readonly residentMiB: number;
  readonly peakMiB: number;
  /** Of one core, while nothing happens. */
  readonly idleCpuPercent: number;
  /** Milliseconds from the LMTP answer to siftd's line that it is filed. */
  readonly filed: { readonly p50: number; readonly p99: number; readonly most: number };
  readonly deliverySeconds: number;
}

/** A thousand accounts in one process on a real Dovecot, all in IDLE: what they cost, and one message to each of them. */
export async function accounts(args: string[]): Promise<Accounts> {
  const { values } = parseArgs({
    args,
    options: { accounts: { type: 'string', default: '1000' }, profile: { type: 'boolean', default: false } },
  });
  const users = Array.from({ length: Number(values.accounts) }, (_, index) => `user${index}`);
  const mail = [...letters(users.length, seed)];
  const release = roomForWatches(users.length);
  return await onDovecot(async (dovecot, state, model) => {
    const server = { host: dovecot.host, port: dovecot.port };
    const config = fitOut({ state, model, server, users, since: 'now' });
    const profile = values.profile ? join(checkout, 'bench', 'profiles') : null;
    const siftd = new Watch(config, { log: join(state, 'log'), profile });
    try {
      const began = performance.now();
      await siftd.until('started', 1);
      // What was before it was the configuration of all of them, and kept nobody waiting.
      await siftd.stalls();
      await allWatching(state, users.length);
      const startSeconds = (performance.now() - began) / 1000;
      console.log(`${users.length} accounts are connected after ${startSeconds.toFixed(1)} s`);
      await delay(settle);
      const atStart = await siftd.stalls();
      const before = siftd.cpuSeconds();
      await delay(idling);
      const idleCpuPercent = ((siftd.cpuSeconds() - before) * 100_000) / idling;
      const residentMiB = siftd.residentMiB();
      console.log(`idle: ${residentMiB} MiB, ${idleCpuPercent.toFixed(2)}% of a core`);
      const answered = await deliverToEach(dovecot, users, mail);
      await siftd.until('ended', users.length);
      const stalls = await siftd.stalls();
      const peakMiB = siftd.peakMiB();
      const filed = delaysOf(siftd, answered);
      await siftd.stop();
      await proveFiled(dovecot, users, mail);
      const told = {
        accounts: users.length,
        seed,
        startSeconds,
        residentMiB,
        peakMiB,
        idleCpuPercent,
        filed: { p50: median(filed), p99: quantile(filed, 0.99), most: Math.max(...filed) },
        deliverySeconds: (Math.max(...answered.values()) - Math.min(...answered.values())) / 1000,
        stallMs: Math.max(atStart.max, stalls.max),
        stalls: { atStart, filing: stalls },
      };
      print(told);
      return { ...told, figures: figuresOf(told) };
    } finally {
      siftd.end();
    }
  }).finally(release);
}

/**
 * Dovecot watches each mailbox in IDLE by an inotify instance, of which Linux gives a user 128: beyond them it looks every 30 s.
 * That would be a figure of the kernel's default, so it is raised meanwhile. Answers how to put it back.
 */
function roomForWatches(mailboxes: number): () => void {
  const knob = '/proc/sys/fs/inotify/max_user_instances';
  const before = readFileSync(knob, 'utf8').trim();
  const wanted = mailboxes + 128;
  if (Number(before) >= wanted) return () => {};
  try {
    writeFileSync(knob, `${wanted}`);
  } catch {
    console.log(`${knob} is ${before} and cannot be raised here: Dovecot pushes to no more mailboxes than that`);
    return () => {};
  }
  return () => writeFileSync(knob, before);
}

/** When LMTP answered for each user. */
async function deliverToEach(
  dovecot: Dovecot,
  users: readonly string[],
  mail: readonly SortedLetter[],
): Promise<Map<string, number>> {
  const answered = new Map<string, number>();
  const left = [...users.entries()];
  const send = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const [index, user] = next;
      await dovecot.deliver(user, mail[index]?.raw ?? '');
      answered.set(user, Date.now());
    }
  };
  await Promise.all(Array.from({ length: senders }, send));
  return answered;
}

function delaysOf(siftd: Watch, answered: ReadonlyMap<string, number>): number[] {
  return siftd.lines().flatMap(({ account = '', state, time = '' }) => {
    if (state !== 'done') return [];
    return [Date.parse(time) - (answered.get(account) ?? Number.NaN)];
  });
}

/** Every 20th account, by what the server says: its message once, in the folder of its class. */
async function proveFiled(dovecot: Dovecot, users: readonly string[], mail: readonly SortedLetter[]): Promise<void> {
  for (let index = 0; index < users.length; index += 20) {
    const [user, letter] = [users[index], mail[index]];
    if (user === undefined || letter === undefined) continue;
    const found = await whereabouts(dovecot, user);
    const places = found.get(letter.messageId) ?? [];
    if (found.size === 1 && places.length === 1 && places[0] === folderOf(letter.label)) continue;
    throw new Error(
      `the message of ${user} is in ${places.join(' and ') || 'no folder'}, not ${folderOf(letter.label)}`,
    );
  }
}

function figuresOf(told: Omit<Accounts, 'figures'>): Figure[] {
  const many = `${told.accounts.toLocaleString('en')} accounts in IDLE`;
  return [
    {
      what: `${many}: RSS`,
      value: told.residentMiB,
      goal: { most: 250 },
      unit: 'MiB',
      digits: 0,
      beside: `at most ${told.peakMiB} MiB, while messages were sorted`,
    },
    { what: `${many}: CPU of one core`, value: told.idleCpuPercent, goal: { most: 2 }, unit: '%', digits: 2 },
    {
      what: 'one message to each of them: p99 from the LMTP answer until it is filed',
      value: told.filed.p99 / 1000,
      goal: { most: 5 },
      unit: 's',
      digits: 2,
      beside: `median ${(told.filed.p50 / 1000).toFixed(2)} s; delivered within ${told.deliverySeconds.toFixed(1)} s`,
    },
  ];
}

function print(told: Omit<Accounts, 'figures'>): void {
  const table = new Table({ style: { head: [], border: [] } });
  table.push(
    ['accounts', told.accounts],
    ['connected after', `${told.startSeconds.toFixed(1)} s`],
    ['RSS, idle', `${told.residentMiB} MiB`],
    ['RSS, at most', `${told.peakMiB} MiB`],
    ['CPU, idle', `${told.idleCpuPercent.toFixed(2)}% of a core`],
    ['filed after: p50, p99, most', `${told.filed.p50}, ${told.filed.p99.toFixed(0)}, ${told.filed.most} ms`],
    ['longest stall', `${told.stallMs} ms`],
  );
  console.log(table.toString());
}
