import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import type { Dovecot } from '../servers/dovecot.ts';
import { asRoot, checkout, scriptPath } from '../servers/guard.ts';
import { type Figure, median, type Told } from './figures.ts';
import { folderOf, letters, subjectRules } from './letters.ts';
import { fitOut, onDovecot } from './outfit.ts';
import { whereabouts } from './siftd.ts';
import { type Watched, watchSiftd } from './watched.ts';

const seed = 20260105;

/** How one program got through the mailbox. */
interface Run {
  readonly seconds: number;
  readonly perSecond: number;
  /** Milliseconds of CPU, user and system, all threads, a message. */
  readonly cpuMs?: number;
  readonly peakMiB?: number;
}

export interface Backlog extends Told {
  readonly messages: number;
  readonly seed: number;
  readonly siftd: readonly (Run & Pick<Watched, 'stallMs' | 'stallP99Ms'>)[];
  readonly bare: readonly Run[];
  readonly mbsync: readonly Run[];
  readonly imapfilter: readonly Run[];
  /** Medians of messages a second: siftd's over the bare loop's. */
  readonly ratio: number;
}

/**
 * Sorts a full mailbox in a real Dovecot with the service in siftd's own process, beside a bare loop that only reads and
 * parses the same messages, mbsync that only pulls them and imapfilter that only moves them. Each has a fresh mailbox.
 */
export async function backlog(args: string[]): Promise<Backlog> {
  const { values } = parseArgs({
    args,
    options: {
      messages: { type: 'string', default: '10000' },
      runs: { type: 'string' },
      profile: { type: 'boolean', default: false },
      alone: { type: 'boolean', default: false },
    },
  });
  const messages = Number(values.messages);
  const runs = Number(values.runs ?? (messages <= 10_000 ? 5 : 1));
  const peers = values.alone ? [] : ['mbsync', 'imapfilter'].filter(installed);
  const all = [...letters(messages, seed)].map(({ raw, ...rest }) => ({ ...rest, raw: Buffer.from(raw) }));
  const results = {
    siftd: [] as Backlog['siftd'][number][],
    bare: [] as Run[],
    mbsync: [] as Run[],
    imapfilter: [] as Run[],
  };
  await onDovecot(async (dovecot, dir, model) => {
    for (let run = 1; run <= runs; run++) {
      const fresh = async (name: string) => {
        const user = `${name}${run}`;
        await dovecot.load(user, 'INBOX', all);
        return user;
      };
      const done = (user: string) => rmSync(join(dovecot.dir, 'mail', user), { recursive: true, force: true });
      const read = await fresh('read');
      results.bare.push(await bareLoop(dovecot, read, messages));
      if (peers.includes('mbsync')) results.mbsync.push(mbsync(dovecot, read, join(dir, `pulled${run}`), messages));
      if (peers.includes('imapfilter')) results.imapfilter.push(imapfilter(dovecot, read, dir, messages));
      done(read);
      const sorted = await fresh('sort');
      const state = join(dir, `state${run}`);
      const profile = values.profile ? join(checkout, 'bench', 'profiles') : null;
      const { seconds, cpuSeconds, ...watched } = await sort(dovecot, sorted, { state, model, messages, profile });
      results.siftd.push({ ...rated(messages, seconds, cpuSeconds), ...watched });
      await proveSorted(dovecot, sorted, all);
      done(sorted);
      console.log(lineOf(run, results));
    }
  });
  const ratio = median(results.siftd.map(rate)) / median(results.bare.map(rate));
  const stallMs = Math.max(...results.siftd.map((run) => run.stallMs));
  const backlog = { messages, seed, ratio, stallMs, ...results };
  print(backlog);
  return { ...backlog, figures: figuresOf(backlog) };
}

function figuresOf({ messages, ratio, ...results }: Backlog): Figure[] {
  const [siftd, bare, mbsync, imapfilter] = (['siftd', 'bare', 'mbsync', 'imapfilter'] as const).map((name) =>
    results[name].length === 0 ? null : median(results[name].map(rate)).toFixed(0),
  );
  const peers = [`bare loop ${bare}/s`, mbsync && `mbsync ${mbsync}/s`, imapfilter && `imapfilter ${imapfilter}/s`];
  return [
    {
      what: `a backlog of ${messages.toLocaleString('en')}: messages a second, over the bare loop's`,
      value: ratio,
      goal: { least: 1.1 },
      unit: '',
      digits: 2,
      beside: `siftd ${siftd}/s, ${peers.filter(Boolean).join(', ')}; medians of ${results.siftd.length} runs`,
    },
  ];
}

const rate = ({ perSecond }: Run): number => perSecond;

function rated(messages: number, seconds: number, cpuSeconds?: number, peakMiB?: number): Run {
  return {
    seconds,
    perSecond: messages / seconds,
    ...(cpuSeconds === undefined ? {} : { cpuMs: (cpuSeconds * 1000) / messages }),
    ...(peakMiB === undefined ? {} : { peakMiB: Math.round(peakMiB) }),
  };
}

interface Sorting {
  readonly state: string;
  readonly model: string;
  readonly messages: number;
  readonly profile: string | null;
}

function sort(server: Dovecot, user: string, { state, model, messages, profile }: Sorting): Promise<Watched> {
  const config = fitOut({
    state,
    model,
    server: { host: server.host, port: server.port },
    users: [user],
    since: 'all',
  });
  return watchSiftd(config, { messages, log: join(state, 'log'), profile });
}

/** Every message once, in the folder of its class. */
export async function proveSorted(
  dovecot: Dovecot,
  user: string,
  all: readonly { readonly messageId: string; readonly label: string }[],
): Promise<void> {
  const found = await whereabouts(dovecot, user);
  const wrong = all.filter(({ messageId, label }) => {
    const places = found.get(messageId) ?? [];
    return places.length !== 1 || places[0] !== folderOf(label);
  });
  if (wrong.length > 0 || found.size !== all.length) {
    const [first] = wrong;
    const where =
      first && `, ${first.messageId} (${first.label}) is in ${found.get(first.messageId)?.join() ?? 'nowhere'}`;
    throw new Error(`${wrong.length} of ${all.length} messages are not where they belong${where ?? ''}`);
  }
}

async function bareLoop({ host, port }: Dovecot, user: string, messages: number): Promise<Run> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./bare.js', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const stop = () => child.kill();
  process.once('exit', stop);
  child.stdin.end(JSON.stringify({ host, port, user }));
  const answer = await text(child.stdout);
  process.off('exit', stop);
  const told = JSON.parse(answer) as { messages: number; seconds: number; cpuSeconds: number; peakMiB: number };
  if (told.messages !== messages) throw new Error(`the bare loop read ${told.messages} of ${messages} messages`);
  return rated(messages, told.seconds, told.cpuSeconds, told.peakMiB);
}

function mbsync({ host, port }: Dovecot, user: string, into: string, messages: number): Run {
  mkdirSync(into);
  const rc = join(into, 'mbsyncrc');
  writeFileSync(
    rc,
    `IMAPAccount bench
Host ${host}
Port ${port}
User ${user}
Pass secret
SSLType None
AuthMechs LOGIN

IMAPStore far
Account bench

MaildirStore near
Path ${into}/
Inbox ${into}/INBOX

Channel bench
Far :far:
Near :near:
Patterns INBOX
Sync Pull
Create Near
SyncState *
`,
  );
  const run = timed('mbsync', ['-q', '-c', rc, 'bench'], messages);
  const pulled = Number(execFileSync('sh', ['-c', 'ls "$1/INBOX/new" "$1/INBOX/cur" | grep -c ,', 'sh', into]));
  if (pulled !== messages) throw new Error(`mbsync pulled ${pulled} of ${messages} messages`);
  rmSync(into, { recursive: true });
  return run;
}

function imapfilter({ host, port }: Dovecot, user: string, dir: string, messages: number): Run {
  const rc = join(dir, 'imapfilter.lua');
  const moves = subjectRules.map(
    ({ label, phrase }) => `a.INBOX:contain_subject('${phrase}'):move_messages(a['${folderOf(label)}'])`,
  );
  writeFileSync(
    rc,
    `options.create = true
options.starttls = false
options.info = false
options.range = 1000000
a = IMAP { server = '${host}', port = ${port}, username = '${user}', password = 'secret' }
${moves.join('\n')}
`,
  );
  return timed('imapfilter', ['-c', rc], messages, { HOME: dir });
}

/** Runs a peer to its end; GNU time would be one more thing to install, so the shell tells what it took. */
function timed(program: string, args: readonly string[], messages: number, env: Record<string, string> = {}): Run {
  const began = performance.now();
  const ended = spawnSync('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$@"', 'bash', program, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  const seconds = (performance.now() - began) / 1000;
  if (ended.status !== 0) throw new Error(`${program} ended with ${ended.status}:\n${ended.stdout}${ended.stderr}`);
  const [user = 0, system = 0] = (ended.stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return rated(messages, seconds, user + system);
}

const packages: Readonly<Record<string, string>> = { mbsync: 'isync', imapfilter: 'imapfilter' };

/** Installs a peer that is missing, as the tests do with servers. */
function installed(program: string): boolean {
  const there = () => spawnSync('which', [program]).status === 0;
  if (there()) return true;
  console.log(`\n!!! ${program} is missing: installing it by apt-get, to measure against it !!!\n`);
  const [first = '', ...rest] = [...asRoot, scriptPath('install.sh'), packages[program] ?? program];
  spawnSync(first, rest, { stdio: 'inherit' });
  if (!there()) throw new Error(`${program} cannot be had: there is nothing to measure against`);
  return true;
}

function lineOf(run: number, { siftd, bare }: Pick<Backlog, 'siftd' | 'bare'>): string {
  const ours = siftd.at(-1);
  const theirs = bare.at(-1);
  if (ours === undefined || theirs === undefined) return '';
  const { perSecond, cpuMs = Number.NaN, peakMiB, stallMs } = ours;
  const told = `${perSecond.toFixed(0)}/s, ${cpuMs.toFixed(2)} ms of CPU, ${peakMiB} MiB, longest stall ${stallMs} ms`;
  return `run ${run}: siftd ${told}; bare loop ${theirs.perSecond.toFixed(0)}/s, ${theirs.cpuMs?.toFixed(2)} ms of CPU`;
}

function print(figures: Backlog): void {
  const head = ['medians', 'messages/s', 'over the bare loop', 'CPU ms a message', 'peak RSS MiB', 'longest stall ms'];
  const table = new Table({ head, style: { head: [], border: [] } });
  const bare = median(figures.bare.map(rate));
  for (const name of ['siftd', 'bare', 'mbsync', 'imapfilter'] as const) {
    const runs = figures[name];
    if (runs.length === 0) continue;
    const of = (values: readonly (number | undefined)[], digits: number) =>
      values.includes(undefined) ? '' : median(values as readonly number[]).toFixed(digits);
    const perSecond = median(runs.map(rate));
    table.push([
      name === 'bare' ? 'bare loop' : name,
      perSecond.toFixed(0),
      (perSecond / bare).toFixed(2),
      of(
        runs.map(({ cpuMs }) => cpuMs),
        2,
      ),
      of(
        runs.map(({ peakMiB }) => peakMiB),
        0,
      ),
      name === 'siftd' ? `${Math.max(...figures.siftd.map(({ stallMs }) => stallMs))}` : '',
    ]);
  }
  console.log(table.toString());
}
