import type { Command } from 'commander';
import { holdState } from './held.ts';
import { untilStopped } from './until-stopped.ts';

/** `siftd run`: the daemon, and its console. */
export function runCommand(): Command {
  return untilStopped('run', 'watch the configured folders and sort new mail, until stopped', async (standing) => {
    // First of all: the databases are read through while everything else is loaded.
    const held = holdState(standing.config);
    const { runGateway } = await import('./gateway.ts');
    await runGateway({
      ...standing,
      held,
      console: async (inside) => (await import('./console.ts')).openConsole(inside),
    });
  });
}
