import { Command } from 'commander';
import { type Group, tally } from '../doctor/check.ts';
import { checkup } from './checkup.ts';
import { groupText, tallyText } from './doctor-text.ts';
import { type ConfigOptions, withConfig } from './options.ts';
import { stopSignal } from './signals.ts';

interface DoctorOptions extends ConfigOptions {
  readonly json?: true;
  readonly write?: true;
  readonly unit?: string;
}

/** `siftd doctor`: looks at everything that siftd needs, from its file to the folders of its routes. */
export function doctorCommand(): Command {
  return withConfig(new Command('doctor'))
    .description('look at everything that siftd needs: what is wrong, why it matters, what to do')
    .option('--write', 'prove that IDLE pushes, by a message in a folder of its own, which is taken away again')
    .option('--unit <name>', 'the systemd unit that runs siftd (default: the one that would run this file)')
    .option('--json', 'one JSON document on stdout')
    .action(async ({ config, json, write, unit }: DoctorOptions) => {
      const at = new Date();
      const coming = await checkup({
        file: config,
        ...(unit === undefined ? {} : { unit: unit.includes('.') ? unit : `${unit}.service` }),
        write: write === true,
        signal: stopSignal(null),
      });
      const groups: Group[] = [];
      for (const group of coming) {
        groups.push(await group);
        if (json !== true) process.stdout.write(groupText(await group, process.stdout.columns));
      }
      const counts = tally(groups);
      process.stdout.write(json === true ? `${JSON.stringify(document(groups, at), null, 2)}\n` : tallyText(counts));
      process.exitCode = counts.failed > 0 ? 1 : 0;
    });
}

function document(groups: readonly Group[], at: Date): Record<string, unknown> {
  const counts = tally(groups);
  return {
    ok: counts.failed === 0,
    at: at.toISOString(),
    counts,
    checks: groups.flatMap(({ name, account, checks }) => checks.map((check) => ({ group: name, account, ...check }))),
  };
}
