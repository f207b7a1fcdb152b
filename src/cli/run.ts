import type { Command } from 'commander';
import { runGateway } from './gateway.ts';
import { untilStopped } from './until-stopped.ts';

/** `siftd run`: the daemon, and its console. */
export function runCommand(): Command {
  return untilStopped('run', 'watch the configured folders and sort new mail, until stopped', (standing) =>
    runGateway({ ...standing, console: async (inside) => (await import('./console.ts')).openConsole(inside) }),
  );
}
