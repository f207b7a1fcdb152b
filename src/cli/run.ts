import { Command } from 'commander';
import { createLog } from '../base/log.ts';
import { notifySystemd } from '../base/notify.ts';
import { loadConfig } from '../config/load.ts';
import { runGateway } from './gateway.ts';
import { withConfig } from './options.ts';
import { stopSignal } from './signals.ts';

/** `siftd run`: the daemon. SIGTERM or SIGINT ends it within `limits.daemon.stop`. */
export function runCommand(): Command {
  return withConfig(
    new Command('run').description('watch the configured folders and sort new mail, until stopped'),
  ).action(async (options: { config?: string }) => {
    const config = loadConfig({ file: options.config, purpose: 'run' });
    const log = createLog({ level: process.env['SIFTD_LOG_LEVEL'] });
    for (const warning of config.warnings) log.warn(warning);
    const stop = stopSignal(log);
    await runGateway({
      config,
      log,
      signal: stop,
      ready: () => void notifySystemd('READY=1'),
    });
    await notifySystemd('STOPPING=1');
  });
}
