import { chownSync, mkdirSync, statSync } from 'node:fs';
import { Command } from 'commander';
import { reasonOf, UserError } from '../base/errors.ts';
import { createLog, type Logger } from '../base/log.ts';
import { notifySystemd } from '../base/notify.ts';
import type { Config } from '../config/config.ts';
import { findConfig, loadConfig } from '../config/load.ts';
import { withConfig } from './options.ts';
import type { Reloads } from './reload.ts';
import { hangups, stopSignal } from './signals.ts';

export interface Standing {
  readonly config: Config;
  readonly log: Logger;
  /** Aborts at SIGTERM or SIGINT: no new work, what is in flight is finished or left where it is durable. */
  readonly signal: AbortSignal;
  /** SIGHUP asks for the configuration to be read again. */
  readonly reloads: Reloads;
  /** To be called once it does its work; systemd is told. */
  readonly ready: () => void;
}

/** A command that runs until it is stopped, within `limits.daemon.stop`: alike for `run` and `serve`. */
export function untilStopped(
  name: 'run' | 'serve',
  description: string,
  work: (standing: Standing) => Promise<void>,
): Command {
  return withConfig(new Command(name).description(description)).action(async (options: { config?: string }) => {
    // Before all else: until then it would end the process.
    const next = hangups();
    // Of two places the one that was found is the one that is read again.
    const file = findConfig({ file: options.config }) ?? undefined;
    const load = () => loadConfig({ file, purpose: name });
    const config = load();
    const log = createLog({ level: process.env['SIFTD_LOG_LEVEL'] });
    for (const warning of config.warnings) log.warn(warning);
    const signal = stopSignal(log);
    signal.addEventListener('abort', () => void notifySystemd('STOPPING=1'), { once: true });
    await work({ config, log, signal, reloads: { next, load }, ready: () => void notifySystemd('READY=1') });
  });
}

/** Mail passes through these folders, and models learned from it stay: nobody else reads them. */
export function makePrivateFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new UserError(`the folder ${folder} cannot be made: ${reasonOf(error)}; set state: or $STATE_DIRECTORY`, 2);
  }
}

/** What root makes in the state folder belongs to whom that belongs: systemd made it for the service's user. */
export function giveToOwner(file: string, state: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(state);
  chownSync(file, uid, gid);
}
