import type { Command } from 'commander';
import { runGateway } from './gateway.ts';
import { untilStopped } from './until-stopped.ts';

/** `siftd run`: the daemon. */
export function runCommand(): Command {
  return untilStopped('run', 'watch the configured folders and sort new mail, until stopped', runGateway);
}
