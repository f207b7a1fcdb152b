import { resolve } from 'node:path';
import { Command } from 'commander';
import { systemClock } from '../base/clock.ts';
import { loadConfig } from '../config/load.ts';
import { pack } from './archive.ts';
import { type ConfigOptions, withConfig } from './options.ts';
import { version } from './version.ts';

/** `siftd backup`: the state folder in one file, while siftd runs. */
export function backupCommand(): Command {
  return withConfig(new Command('backup'))
    .description('write the journal, the queue and the models into one file, beside a running siftd')
    .argument('<file>', 'the file to write: a tar.gz; one that is there is never written over')
    .option('--json', 'one JSON document on stdout')
    .action(async (name: string, options: ConfigOptions & { readonly json?: true }) => {
      const config = loadConfig({ file: options.config, purpose: 'read' });
      const file = resolve(name);
      const at = new Date(systemClock.date()).toISOString();
      const contents = await pack(config.state, file, { version: version(), at });
      const octets = contents.files.reduce((sum, one) => sum + one.octets, 0);
      if (options.json) console.log(JSON.stringify({ file, ...contents }, null, 2));
      else
        console.log(
          `wrote ${file}: ${contents.files.length} files of ${config.state}, ${mib(octets)} MiB unpacked; read again, all sound`,
        );
    });
}

function mib(octets: number): string {
  return (octets / 1024 / 1024).toFixed(1);
}
