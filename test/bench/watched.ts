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
  /** Its log goes to this file: to read every line of it while it works would take the processor from it. */
  readonly log: string;
  /** The folder for a profile of each of its threads; null: none is made. */
  readonly profile: string | null;
  /** Other than `run`. */
  readonly command?: string;
}

/** Nothing is logged for so long: the rest will not end. */
const patience = 120_000;

/** siftd in a process of its own, which is looked at from outside. */
export class Watch {
  readonly log: string;
  readonly #child: ChildProcess;
  readonly #file: number;
  readonly #tail: Tail;
  readonly #leave = (): void => void this.#child.kill('SIGKILL');
  #stalls = 0;

  constructor(config: string, { log, profile, command = 'run' }: Watching) {
    this.log = log;
    this.#file = openSync(log, 'w+');
    const node = [
      '--import',
      fileURLToPath(new URL('./stalls.js', import.meta.url)),
      ...(profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
    ];
    const main = join(checkout, 'dist', 'main.js');
    this.#child = spawn(process.execPath, [...node, main, command, '-c', config], {
      stdio: ['ignore', 'inherit', this.#file],
    });
    process.once('exit', this.#leave);
    this.#tail = new Tail(this.#file, this.#child);
  }

  /** Resolves once there are so many lines of a kind, since its start. */
  async until(mark: keyof typeof marks, count: number): Promise<void> {
    await this.#tail.until(mark, count);
  }

  /** How late its event loop was since the last call, milliseconds. */
  async stalls(): Promise<{ readonly max: number; readonly p99: number }> {
    this.#child.kill('SIGUSR2');
    await this.until('stalls', ++this.#stalls);
    const line = this.lines().findLast(({ msg }) => msg === 'stalls');
    return { max: line?.max ?? Number.NaN, p99: line?.p99 ?? Number.NaN };
  }

  /** User and system, all threads. */
  cpuSeconds(): number {
    ticks ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
    // Behind the name, which may hold anything: state is field 3, utime 14, stime 15.
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'latin1');
    const fields = stat.split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / ticks;
  }

  residentMiB(): number {
    return this.#memory('VmRSS');
  }

  /** The most that it ever had in RAM. */
  peakMiB(): number {
    return this.#memory('VmHWM');
  }

  #memory(what: 'VmHWM' | 'VmRSS'): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Math.round(Number(new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024);
  }

  lines(): Line[] {
    return readFileSync(this.log, 'utf8').trimEnd().split('\n').map(parsed);
  }

  /** Throws unless it ends with code 0. */
  async stop(): Promise<void> {
    if (this.#child.exitCode === null) {
      const closed = once(this.#child, 'close');
      this.#child.kill('SIGTERM');
      await closed;
    }
    const { exitCode } = this.#child;
    this.end();
    if (exitCode !== 0) throw new Error(`siftd ended with ${exitCode}:\n${this.#tail.last}`);
  }

  /** At once, if it is still there. */
  end(): void {
    if (process.listeners('exit').includes(this.#leave)) closeSync(this.#file);
    this.#leave();
    process.off('exit', this.#leave);
  }
}

/** `siftd run` until so many messages have ended, in a process of its own that is stopped then. */
export async function watchSiftd(config: string, watching: Watching & { readonly messages: number }): Promise<Watched> {
  const siftd = new Watch(config, watching);
  try {
    await siftd.until('started', 1);
    const before = siftd.cpuSeconds();
    await siftd.stalls();
    await siftd.until('ended', watching.messages);
    const cpuSeconds = siftd.cpuSeconds() - before;
    const { max, p99 } = await siftd.stalls();
    const peakMiB = siftd.peakMiB();
    await siftd.stop();
    return { seconds: secondsIn(siftd.lines()), cpuSeconds, peakMiB, stallMs: max, stallP99Ms: p99 };
  } finally {
    siftd.end();
  }
}

/** From the start to the last end. */
function secondsIn(lines: readonly Line[]): number {
  const from = lines.find(({ msg }) => msg === 'started')?.time;
  const to = lines.findLast(({ state = '' }) => ['done', 'failed', 'gone'].includes(state))?.time;
  if (from === undefined || to === undefined) throw new Error('the log lacks a line');
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

/** A line of siftd's log. */
export interface Line {
  readonly msg?: string;
  readonly time?: string;
  readonly account?: string;
  readonly state?: string;
  readonly url?: string;
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
  serving: /"msg":"serving"/,
} as const;

/** Counts lines of a growing file. */
class Tail {
  readonly #file: number;
  readonly #child: ChildProcess;
  readonly #seen = { started: 0, ended: 0, stalls: 0, serving: 0 };
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
      for (const mark of ['started', 'ended', 'stalls', 'serving'] as const)
        if (marks[mark].test(line)) this.#seen[mark]++;
    if (lines.length > 0) this.last = lines.slice(-20).join('\n');
    return lines.length > 0;
  }
}

let ticks: number | undefined;
