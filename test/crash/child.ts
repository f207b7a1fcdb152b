import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { checkout } from '../servers/guard.ts';

/** A copy of the built siftd, so that a build beside a long run does not change what is killed. */
export interface Program {
  readonly main: string;
  remove(): void;
}

export function copyProgram(): Program {
  const folder = mkdtempSync(join(tmpdir(), 'siftd-program-'));
  cpSync(join(checkout, 'dist'), join(folder, 'dist'), { recursive: true });
  cpSync(join(checkout, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(checkout, 'node_modules'), join(folder, 'node_modules'));
  return { main: join(folder, 'dist', 'main.js'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export interface Orders {
  readonly limits?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** SIGKILL to itself at one of its commits; see within.mjs. */
  readonly kill?: { readonly when: 'before' | 'after'; readonly at: number | string };
}

export interface Line {
  readonly msg: string;
  readonly level?: string;
  readonly job?: number;
  readonly state?: string;
}

/** siftd as a user runs it, in a process of its own that can be killed. It dies with this process. */
export interface Child {
  readonly lines: readonly Line[];
  /** Called at each line of its log. */
  onLine: (line: Line) => void;
  /** Resolves when it has ended, with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** kill -9. */
  kill(): void;
  /** SIGTERM. */
  stop(): void;
}

export function startChild(
  program: Program,
  config: string,
  env: Readonly<Record<string, string>>,
  orders: Orders,
): Child {
  const within = join(checkout, 'test', 'crash', 'within.mjs');
  const process_ = spawn(process.execPath, ['--import', within, program.main, 'run', '-c', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', ...env, SIFTD_CRASH: JSON.stringify(orders) },
  });
  alive.add(process_);
  const lines: Line[] = [];
  const child: { onLine: (line: Line) => void } = { onLine: () => {} };
  createInterface({ input: process_.stderr }).on('line', (text) => {
    const line = parse(text);
    lines.push(line);
    child.onLine(line);
  });
  const ended = once(process_, 'close').then(([code, signal]) => {
    alive.delete(process_);
    return (code ?? signal) as number | NodeJS.Signals;
  });
  return Object.assign(child, {
    lines,
    ended,
    kill: () => void process_.kill('SIGKILL'),
    stop: () => void process_.kill('SIGTERM'),
  });
}

const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

function parse(text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return { msg: text, level: 'text' };
  }
}
