import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { systemClock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import { checkpoint, inspectDatabase } from '../base/sqlite.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import type { TreatAs } from '../daemon/rebuild.ts';
import { migrations as serviceMigrations } from '../server/processes.ts';
import { type Lock, lockState } from '../store/lock.ts';
import { migrations } from '../store/migrations.ts';
import { openStore } from '../store/store.ts';
import { type Index, isDatabase, partsOf, sync, unpack, workFolder } from './archive.ts';
import { type MappedAccounts, mapAccounts, mappedTable } from './mapping.ts';
import { type ConfigOptions, withConfig } from './options.ts';
import { stopSignal } from './signals.ts';
import { giveToOwner, makePrivateFolder } from './until-stopped.ts';

interface Options extends ConfigOptions {
  readonly replace?: true;
  readonly treatAs: TreatAs;
  readonly json?: true;
}

/** What it did, as `--json` prints it. */
interface Report extends Index {
  readonly state: string;
  /** Where what was there is now; null: there was nothing. */
  readonly aside: string | null;
  readonly accounts: MappedAccounts;
}

const journal = 'siftd.db';

/**
 * `siftd restore`: a backup becomes the state folder. Only while no daemon runs. Until the backup was proved and all mailboxes
 * were read nothing that exists is changed.
 */
export function restoreCommand(): Command {
  const treatAs = new Option(
    '--treat-as <old|new>',
    'what becomes of messages that came into the watched folders since the backup: old, they are left alone; new, all are submitted',
  )
    .choices(['old', 'new'])
    .default('old');
  return withConfig(new Command('restore'))
    .description(
      'make a backup the state folder, and map the mailboxes to it; nothing that was filed since is filed again',
    )
    .argument('<file>', 'what siftd backup wrote, or a journal that an upgrade kept (siftd.db.schema-N)')
    .option('--replace', 'put aside what the state folder holds now')
    .addOption(treatAs)
    .option('--json', 'one JSON document on stdout')
    .action(async (name: string, options: Options) => {
      const config = loadConfig({ file: options.config, purpose: 'run' });
      const report = await restore(config, resolve(name), options, stopSignal(null));
      console.log(options.json ? JSON.stringify(report, null, 2) : render(report));
    });
}

async function restore(config: Config, file: string, options: Options, signal: AbortSignal): Promise<Report> {
  const { state } = config;
  makePrivateFolder(state);
  const locks: Lock[] = [lockState(state, 2)];
  // Of one that was killed: nobody else works here now.
  for (const name of readdirSync(state)) if (name.startsWith('.siftd-')) rmSync(join(state, name), { recursive: true });
  const work = workFolder(state);
  try {
    const serve = join(state, 'serve');
    if (existsSync(serve)) locks.push(lockState(serve, 2));
    const there = partsOf(state);
    if (there.length > 0 && options.replace !== true) {
      throw new UserError(`${state} holds a ${there[0]} already: --replace puts aside what is there`, 2);
    }
    const fresh = join(work, 'fresh');
    const contents = await unpack(file, fresh);
    for (const { name } of contents.files.filter((one) => isDatabase(one.name))) {
      const why = inspectDatabase(join(fresh, name), name === journal ? migrations : serviceMigrations);
      if (why !== null) throw new UserError(`${name} of ${file} cannot be used: ${why}`, 2);
    }
    const accounts = await mapped(join(fresh, journal), config, options.treatAs, signal);
    for (const { name } of contents.files) giveToOwner(join(fresh, name), state);
    const aside = exchange(
      state,
      fresh,
      contents.files.map(({ name }) => name),
    );
    return { ...contents, state, aside, accounts };
  } finally {
    rmSync(work, { recursive: true, force: true });
    for (const lock of locks) lock.release();
  }
}

async function mapped(file: string, config: Config, treatAs: TreatAs, signal: AbortSignal): Promise<MappedAccounts> {
  if (!existsSync(file)) return {};
  const store = openStore(file, { sound: true });
  try {
    store.doubt();
    return await mapAccounts(config.accounts.values(), config, store, { treatAs, journal: 'earlier' }, signal);
  } finally {
    store.close();
  }
}

/**
 * Puts the fresh files in the place of what is there, the journal last: at every instant there is a whole one, and with the
 * one before it a queue or a model of another time does no harm. Answers where what was there is now.
 */
function exchange(state: string, fresh: string, names: readonly string[]): string | null {
  // A backup without models has nothing to put in their place.
  const there = partsOf(state).filter((name) => isDatabase(name) || !names.every(isDatabase));
  const stamp = new Date(systemClock.date()).toISOString().replace(/[-:]|\.\d+/g, '');
  const aside = join(state, `replaced-${stamp}`);
  for (const name of there) {
    const from = join(state, name);
    mkdirSync(dirname(join(aside, name)), { recursive: true, mode: 0o700 });
    if (isDatabase(name)) {
      // What its log holds goes into the file, so that the file is all of it; but for one that is corrupt.
      checkpoint(from);
      for (const end of ['-wal', '-shm']) if (existsSync(from + end)) renameSync(from + end, join(aside, name) + end);
    }
    if (name === journal && names.includes(journal)) keep(from, join(aside, name));
    else renameSync(from, join(aside, name));
  }
  for (const name of [...names].sort((a, b) => Number(a === journal) - Number(b === journal))) {
    const to = join(state, name);
    if (!existsSync(dirname(to))) {
      mkdirSync(dirname(to), { mode: 0o700 });
      giveToOwner(dirname(to), state);
    }
    renameSync(join(fresh, name), to);
    sync(dirname(to));
  }
  return there.length === 0 ? null : aside;
}

function keep(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // A file system without hard links.
    copyFileSync(from, to);
  }
}

function render({ state, at, files, aside, accounts }: Report): string {
  const left = Object.values(accounts)
    .flat()
    .reduce((sum, folder) => sum + (folder.watched ? folder.left : 0), 0);
  return [
    `${state} is as it was at ${at}: ${files.map(({ name }) => name).join(', ')}`,
    ...(aside === null ? [] : [`what was there is in ${aside}`]),
    ...mappedTable(accounts),
    ...(left === 0
      ? []
      : [
          `${left} messages came since the backup and lie in a watched folder; whether they were sorted before nobody knows, so they are left alone.`,
          'Those that came after siftd had stopped: siftd backfill --folder INBOX --since TIME',
        ]),
  ].join('\n');
}
