import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import type { Line, World } from '../daemon/world.ts';
import { checkout } from '../servers/guard.ts';

/** `siftd run` for a world, as a process of its own that can be killed. */
export class Run {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  readonly config: string;
  readonly lines: Line[] = [];
  #heard: () => void = () => {};

  constructor(world: World, env: Readonly<Record<string, string>> = {}) {
    this.config = join(world.folder, 'siftd.yaml');
    writeFileSync(this.config, world.yaml);
    this.#child = spawn(process.execPath, [join(checkout, 'dist', 'main.js'), 'run', '-c', this.config], {
      env: { PATH: process.env['PATH'] ?? '', ...world.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    // Also where the test fails before it comes to its end.
    onTestFinished(() => void this.#child.kill('SIGKILL'));
    this.#ended = once(this.#child, 'close').then(([code]) => code);
    if (this.#child.stderr === null) throw new Error('siftd has no stderr');
    createInterface({ input: this.#child.stderr }).on('line', (line) => {
      this.lines.push(line.startsWith('{') ? (JSON.parse(line) as Line) : { msg: line });
      this.#heard();
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves when so many messages came to the state since this process began. */
  reached(count: number, state: string): Promise<void> {
    return this.logged((line) => line['state'] === state, count);
  }

  /** Resolves when so many lines fit, those logged before the call included. */
  logged(fits: (line: Line) => boolean, count = 1): Promise<void> {
    return new Promise((resolve) => {
      this.#heard = () => {
        if (this.lines.filter(fits).length >= count) resolve();
      };
      this.#heard();
    });
  }

  /** The exit code; null when a signal ended it. */
  exit(): Promise<number | null> {
    return this.#ended;
  }

  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    return this.#ended;
  }
}
