import type { Command } from 'commander';
import { openConsole } from './console.ts';
import { runGateway } from './gateway.ts';
import { untilStopped } from './until-stopped.ts';

/** `siftd run`: the daemon, and its console. */
export function runCommand(): Command {
  return untilStopped('run', 'watch the configured folders and sort new mail, until stopped', (standing) =>
    runGateway({ ...standing, console: (store) => openConsole(standing.config, store, standing.log) }),
  );
}
