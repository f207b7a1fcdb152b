import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { checkout } from '../servers/guard.ts';

/** What siftd took from its line `started` to the end of its last message. */
export interface Watched {
  readonly seconds: number;
  /** User and system, all threads of the process. */
  readonly cpuSeconds: number;
  /** The most memory that it ever had in RAM. */
  readonly peakMiB: number;
  /** How late its event loop ever was, and in 99 of 100 cases. */
  readonly stallMs: number;
  readonly stallP99Ms: number;
}

export interface Watching {
  readonly messages: number;
  /** Its log goes to this file: to read every line of it while it works would take the processor from it. */
  readonly log: string;
  /** The folder for a profile of each of its threads; null: none is made. */
  readonly profile: string | null;
}

/** Nothing is logged for so long: the rest will not end. */
const patience = 120_000;

/** `siftd run` until so many messages have ended, in a process of its own that is stopped then. */
export async function watchSiftd(config: string, { messages, log, profile }: Watching): Promise<Watched> {
  const out = openSync(log, 'w+');
  const node = [
    '--import',
    fileURLToPath(new URL('./stalls.js', import.meta.url)),
    ...(profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
  ];
  const child = spawn(process.execPath, [...node, join(checkout, 'dist', 'main.js'), 'run', '-c', config], {
    stdio: ['ignore', 'inherit', out],
  });
  const leave = (): void => void child.kill('SIGKILL');
  process.once('exit', leave);
  try {
    const tail = new Tail(out, child);
    await tail.until('started', 1);
    child.kill('SIGUSR2');
    const before = cpuSeconds(child);
    await tail.until('ended', messages);
    const cpu = cpuSeconds(child) - before;
    child.kill('SIGUSR2');
    await tail.until('stalls', 2);
    const peakMiB = Math.round(Number(/^VmHWM:\s+(\d+) kB/m.exec(statusOf(child))?.[1]) / 1024);
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'close');
    if (child.exitCode !== 0) throw new Error(`siftd ended with ${child.exitCode}:\n${tail.last}`);
    return { ...read(log), cpuSeconds: cpu, peakMiB };
  } finally {
    leave();
    process.off('exit', leave);
    closeSync(out);
  }
}

function read(log: string): Omit<Watched, 'cpuSeconds' | 'peakMiB'> {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n').map(parsed);
  const started = lines.find(({ msg }) => msg === 'started')?.time;
  const ended = lines.findLast(({ state = '' }) => ['done', 'failed', 'gone'].includes(state))?.time;
  const stalls = lines.findLast(({ msg }) => msg === 'stalls');
  if (started === undefined || ended === undefined || stalls === undefined) throw new Error(`${log} lacks a line`);
  const { max = Number.NaN, p99 = Number.NaN } = stalls;
  return { seconds: (Date.parse(ended) - Date.parse(started)) / 1000, stallMs: max, stallP99Ms: p99 };
}

interface Line {
  readonly msg?: string;
  readonly time?: string;
  readonly state?: string;
  readonly max?: number;
  readonly p99?: number;
}

function parsed(line: string): Line {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

const marks = {
  started: /"msg":"started"/,
  ended: /"state":"(?:done|failed|gone)"/,
  stalls: /"msg":"stalls"/,
} as const;

/** Counts lines of a growing file. */
class Tail {
  readonly #file: number;
  readonly #child: ChildProcess;
  readonly #seen = { started: 0, ended: 0, stalls: 0 };
  #at = 0;
  #rest = '';
  last = '';

  constructor(file: number, child: ChildProcess) {
    this.#file = file;
    this.#child = child;
  }

  /** Resolves once there are so many lines of a kind. */
  async until(mark: keyof typeof marks, count: number): Promise<void> {
    for (let quiet = performance.now(); this.#seen[mark] < count; ) {
      if (this.#read()) quiet = performance.now();
      else if (this.#child.exitCode !== null)
        throw new Error(`siftd ended with ${this.#child.exitCode}:\n${this.last}`);
      else if (performance.now() - quiet > patience)
        throw new Error(`siftd is silent, ${mark}: ${this.#seen[mark]} of ${count}:\n${this.last}`);
      else await delay(20);
    }
  }

  /** Whether there was anything new. */
  #read(): boolean {
    const size = Math.min(fstatSync(this.#file).size - this.#at, 2 ** 24);
    const chunk = Buffer.alloc(size);
    this.#at += readSync(this.#file, chunk, 0, size, this.#at);
    const lines = (this.#rest + chunk.toString('latin1')).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines)
      for (const mark of ['started', 'ended', 'stalls'] as const) if (marks[mark].test(line)) this.#seen[mark]++;
    if (lines.length > 0) this.last = lines.slice(-20).join('\n');
    return lines.length > 0;
  }
}

function statusOf({ pid }: ChildProcess): string {
  return readFileSync(`/proc/${pid}/status`, 'utf8');
}

let ticks: number | undefined;

function cpuSeconds({ pid }: ChildProcess): number {
  ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  // Behind the name, which may hold anything: state is field 3, utime 14, stime 15.
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}
