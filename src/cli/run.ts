import type { Command } from 'commander';
import { systemClock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import { heartbeat } from './heartbeat.ts';
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
      beat: heartbeat({ clock: systemClock, log: standing.log }),
      console: async (inside) => {
        await systemClock.sleep(limits.console.after, inside.stopping);
        return inside.stopping.aborted ? null : (await import('./console.ts')).openConsole(inside);
      },
    });
  });
}
