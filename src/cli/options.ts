import type { Command } from 'commander';

/** What every command with a configuration takes. */
export interface ConfigOptions {
  /** The file that `-c` names; else it is looked for (config/load.ts). */
  readonly config?: string;
}

/** Gives a command `-c, --config FILE`, spelt and explained alike everywhere. */
export function withConfig(command: Command): Command {
  return command.option(
    '-c, --config <file>',
    'configuration (default: $SIFTD_CONFIG, ./siftd.yaml, /etc/siftd/siftd.yaml)',
  );
}
