import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { systemClock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import { inspectDatabase } from '../base/sqlite.ts';
import type { AccountConfig, Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import type { JournalKind, TreatAs } from '../daemon/rebuild.ts';
import { migrations as serviceMigrations } from '../server/processes.ts';
import { lockState } from '../store/lock.ts';
import { migrations } from '../store/migrations.ts';
import { putAside, salvage } from '../store/salvage.ts';
import { openStore, type Store } from '../store/store.ts';
import { type MappedAccounts, mapAccounts, mappedTable } from './mapping.ts';
import { type ConfigOptions, withConfig } from './options.ts';
import { stopSignal } from './signals.ts';
import { makePrivateFolder } from './until-stopped.ts';

interface Options extends ConfigOptions {
  readonly account?: string;
  readonly treatAs?: TreatAs;
  readonly json?: true;
}

/** What it did, as `--json` prints it. */
interface Report {
  readonly journal: {
    readonly was: 'fine' | 'missing' | 'broken';
    /** What was wrong with it. */
    readonly why: string | null;
    /** Where the broken one is now. */
    readonly aside: string | null;
    /** Jobs that could be read from it and are in the new one; null where there was none to read. */
    readonly salvaged: number | null;
    /** Not all of them could be read. */
    readonly partly: boolean;
  };
  /** Where a broken service.db is now; null where it is fine, or there is none. */
  readonly serviceAside: string | null;
  readonly accounts: MappedAccounts;
}

/**
 * `siftd rebuild`: a journal that is corrupt is put aside, never deleted, and a new one is made from what can be read of it
 * and from the mailboxes. It also decides on mail of which siftd could not tell whether it is new. Only while no daemon
 * runs. Until all mailboxes were read nothing that exists is changed.
 */
export function rebuildCommand(): Command {
  const treatAs = new Option(
    '--treat-as <old|new>',
    'what becomes of messages in the watched folders that siftd does not know: old, they are left alone; new, all are submitted',
  ).choices(['old', 'new']);
  return withConfig(new Command('rebuild'))
    .description('put a corrupt journal aside and map the mailboxes again, without submitting what was filed')
    .option('--account <name>', 'this account alone')
    .addOption(treatAs)
    .option('--json', 'one JSON document on stdout')
    .action(async (options: Options) => {
      const config = loadConfig({ file: options.config, purpose: 'run' });
      const report = await work(config, options, stopSignal(null));
      console.log(options.json ? JSON.stringify(report, null, 2) : render(report));
    });
}

async function work(config: Config, options: Options, signal: AbortSignal): Promise<Report> {
  const accounts = accountsOf(config, options.account);
  makePrivateFolder(config.state);
  const lock = lockState(config.state, 2);
  try {
    const file = join(config.state, 'siftd.db');
    const exists = existsSync(file);
    const why = exists ? inspectDatabase(file, migrations) : null;
    const serviceAside = mendService(config.state);
    if (exists && why === null) {
      const accountsMapped = options.treatAs === undefined ? {} : await mapIn(file, options.treatAs, 'sound');
      const journal = { was: 'fine', why, aside: null, salvaged: null, partly: false } as const;
      return { journal, serviceAside, accounts: accountsMapped };
    }
    if (accounts.length < config.accounts.size) {
      throw new UserError('the journal of all accounts has to be made anew: leave --account out', 2);
    }
    const making = `${file}.rebuilt`;
    const forget = () => {
      for (const end of ['', '-wal', '-shm', '.new']) rmSync(making + end, { force: true });
    };
    forget();
    try {
      const saved = why === null ? null : salvage(file);
      let salvaged: number | null = null;
      const mapped = await mapIn(making, options.treatAs ?? 'old', 'anew', (store) => {
        salvaged = saved === null ? null : store.restore(saved);
      });
      const aside = why === null ? null : putAside(file, systemClock.date());
      renameSync(making, file);
      const was = why === null ? 'missing' : 'broken';
      const partly = saved?.partly === true;
      return { journal: { was, why, aside, salvaged, partly }, serviceAside, accounts: mapped };
    } finally {
      forget();
    }
  } finally {
    lock.release();
  }

  async function mapIn(
    path: string,
    treatAs: TreatAs,
    journal: JournalKind,
    prepare: (store: Store) => void = () => {},
  ): Promise<MappedAccounts> {
    const store = openStore(path);
    try {
      prepare(store);
      return await mapAccounts(accounts, config, store, { treatAs, journal }, signal);
    } finally {
      store.close();
    }
  }
}

function accountsOf(config: Config, name: string | undefined): AccountConfig[] {
  if (name === undefined) return [...config.accounts.values()];
  const account = config.accounts.get(name);
  if (account !== undefined) return [account];
  throw new UserError(
    `there is no account ${JSON.stringify(name)}: there are ${[...config.accounts.keys()].join(', ')}`,
    2,
  );
}

/** The service inside siftd makes a new queue; what it had accepted is submitted once more. */
function mendService(state: string): string | null {
  const file = join(state, 'service.db');
  if (!existsSync(file) || inspectDatabase(file, serviceMigrations) === null) return null;
  const aside = putAside(file, systemClock.date());
  rmSync(file);
  return aside;
}

function render({ journal, serviceAside, accounts }: Report): string {
  const lines: string[] = [];
  switch (journal.was) {
    case 'fine':
      lines.push('the journal is fine and stays as it is');
      if (Object.keys(accounts).length === 0) {
        lines.push('nothing was done: --treat-as old|new decides on messages that siftd does not know');
      }
      break;
    case 'missing':
      lines.push('there was no journal: a new one was made');
      break;
    case 'broken':
      lines.push(`the journal was broken: ${journal.why}`, `it is kept as ${journal.aside}`);
      lines.push(
        `${journal.salvaged} of its jobs ${journal.partly ? 'could be read, not all of them,' : 'were read'} and go on`,
      );
      break;
  }
  if (serviceAside !== null) lines.push(`the queue of the service was broken too: it is kept as ${serviceAside}`);
  return [...lines, ...mappedTable(accounts)].join('\n');
}
