import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ImapFlow } from 'imapflow';
import { checkout } from '../servers/guard.ts';

const main = join(checkout, 'dist', 'main.js');

/** A line of siftd's log. */
export interface Line {
  readonly time: string;
  readonly level: string;
  readonly msg: string;
  readonly job?: number;
  readonly state?: string;
  /** Where `siftd serve` listens. */
  readonly url?: string;
}

/** siftd in a process of its own, as a user runs it. */
export interface Siftd {
  /** Every line so far; those that are not JSON are errors for a person, and have level `text`. */
  readonly lines: readonly Line[];
  /** Resolves with the first line, past or to come, that fits; rejects when the process ends first. */
  line(fits: (line: Line) => boolean): Promise<Line>;
  /** The most memory that it had in RAM so far, in MiB. */
  peakMiB(): number;
  /** The memory that it has in RAM now, in MiB. */
  residentMiB(): number;
  signal(signal: 'SIGHUP' | 'SIGSTOP' | 'SIGCONT'): void;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

export function startSiftd(args: readonly string[], env: Record<string, string> = {}): Siftd {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'inherit', 'pipe'],
    env: { ...process.env, ...env },
  });
  const leave = (): void => void child.kill('SIGKILL');
  process.once('exit', leave);
  child.once('close', () => process.off('exit', leave));
  const lines: Line[] = [];
  const waiting = new Set<(line: Line | null) => void>();
  createInterface({ input: child.stderr }).on('line', (text) => {
    const line = parse(text);
    lines.push(line);
    if (['text', 'error', 'fatal'].includes(line.level)) console.error(`siftd ${args[0]}: ${line.msg}`);
    for (const hear of waiting) hear(line);
  });
  child.once('close', () => {
    for (const hear of waiting) hear(null);
  });
  return {
    lines,
    line(fits) {
      const past = lines.find(fits);
      if (past !== undefined) return Promise.resolve(past);
      return new Promise((resolve, reject) => {
        const hear = (line: Line | null): void => {
          if (line !== null && !fits(line)) return;
          waiting.delete(hear);
          if (line !== null) resolve(line);
          else reject(new Error(`siftd ${args[0]} ended:\n${tail(lines)}`));
        };
        waiting.add(hear);
        if (child.exitCode !== null) hear(null);
      });
    },
    signal: (signal) => void child.kill(signal),
    peakMiB: () => memoryOf(child, 'VmHWM'),
    residentMiB: () => memoryOf(child, 'VmRSS'),
    async kill() {
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
      return child.exitCode;
    },
  };
}

const tail = (lines: readonly Line[]): string =>
  lines
    .slice(-20)
    .map((line) => line.msg)
    .join('\n');

function parse(text: string): Line {
  try {
    return JSON.parse(text);
  } catch {
    return { time: new Date().toISOString(), level: 'text', msg: text };
  }
}

function memoryOf(child: ChildProcess, what: 'VmHWM' | 'VmRSS'): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Math.round(Number(new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024);
}

/** Jobs by state, as `siftd status --json` tells beside the running daemon. */
export function statusOf(config: string): Record<string, number> {
  const text = execFileSync(process.execPath, [main, 'status', '--json', '-c', config], { encoding: 'utf8' });
  return JSON.parse(text).jobs;
}

/** No state changes for so long: the rest will not end. */
const patience = 120_000;

/** Resolves when `count` jobs came to an end, with the time of the start and of the last end. */
export async function allEnded(siftd: Siftd, count: number): Promise<{ readonly from: number; readonly to: number }> {
  const { time } = await siftd.line((line) => line.msg === 'started');
  const ended = new Set<number>();
  let timer: NodeJS.Timeout | undefined;
  let stalled = (): void => {};
  const stall = new Promise<never>((_, reject) => {
    stalled = () =>
      reject(new Error(`${ended.size} of ${count} messages ended, and nothing happens:\n${tail(siftd.lines)}`));
  });
  const last = await Promise.race([
    stall,
    siftd.line((line) => {
      clearTimeout(timer);
      if (line.job !== undefined && ['done', 'failed', 'gone'].includes(line.state ?? '')) ended.add(line.job);
      timer = setTimeout(() => stalled(), patience);
      return ended.size === count;
    }),
  ]);
  clearTimeout(timer);
  return { from: Date.parse(time), to: Date.parse(last.time) };
}

/** Where each Message-ID is: the names of the folders that hold it, one entry a copy. */
export async function whereabouts(
  server: { host: string; port: number },
  user: string,
): Promise<Map<string, string[]>> {
  const client = new ImapFlow({
    ...server,
    secure: false,
    doSTARTTLS: false,
    auth: { user, pass: 'secret' },
    logger: false,
  });
  await client.connect();
  const found = new Map<string, string[]>();
  for (const { path, flags } of await client.list()) {
    if (flags.has('\\Noselect') || flags.has('\\NonExistent')) continue;
    const { exists } = await client.mailboxOpen(path, { readOnly: true });
    if (exists === 0) continue;
    for await (const message of client.fetch('1:*', { headers: ['message-id'] })) {
      const header = message.headers?.toString('latin1').replace(/\r\n[ \t]+/g, ' ') ?? '';
      const id = /^message-id:\s*(\S.*?)\s*$/im.exec(header)?.[1] ?? '';
      found.set(id, [...(found.get(id) ?? []), path]);
    }
  }
  await client.logout();
  return found;
}
