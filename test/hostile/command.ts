import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../daemon/world.ts';
import { checkout } from '../servers/guard.ts';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command of the real program with a world's configuration, to its end. */
export function command(world: World, ...args: readonly string[]): Promise<Ended> {
  const file = join(world.folder, 'siftd.yaml');
  writeFileSync(file, world.yaml);
  const env = { PATH: process.env['PATH'] ?? '', ...world.env };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(checkout, 'dist', 'main.js'), ...args, '-c', file],
      { env },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}
