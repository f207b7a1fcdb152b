import Table from 'cli-table3';
import { systemClock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import { createLog } from '../base/log.ts';
import type { AccountConfig, Config } from '../config/config.ts';
import { Disk } from '../daemon/disk.ts';
import { type MappedFolder, rebuild } from '../daemon/rebuild.ts';
import { Scribe } from '../daemon/scribe.ts';
import type { Store } from '../store/store.ts';
import { setupOf } from './gateway.ts';
import { mailboxesOf } from './mailboxes.ts';

/** What the mailboxes hold, folder by folder, as a journal sees it now. */
export type MappedAccounts = Readonly<Record<string, readonly MappedFolder[]>>;

type How = Parameters<typeof rebuild>[2];

/** Maps the mailboxes of some accounts to a journal. Only while no daemon runs; changes nothing but the journal. */
export async function mapAccounts(
  accounts: Iterable<AccountConfig>,
  config: Config,
  journal: Store,
  how: How,
  signal: AbortSignal,
): Promise<MappedAccounts> {
  const mapped: Record<string, MappedFolder[]> = {};
  for (const account of accounts) mapped[account.name] = await mapAccount(account, config, journal, how, signal);
  return mapped;
}

async function mapAccount(
  account: AccountConfig,
  config: Config,
  journal: Store,
  how: How,
  signal: AbortSignal,
): Promise<MappedFolder[]> {
  const log = createLog({ level: process.env['SIFTD_LOG_LEVEL'] ?? 'warn' });
  const clock = systemClock;
  const session = await mailboxesOf(() => config, { clock }).connect(account.name, signal);
  if (!session.ok) throw failing(account, session.fault.message, session.fault.kind === 'temporary');
  const disk = new Disk(journal, log);
  const scribe = new Scribe({ account: setupOf(account, config), journal, disk, clock, log, stopping: signal });
  try {
    const mapped = await rebuild(scribe, session.value, how);
    if (!mapped.ok) throw failing(account, mapped.fault.message, mapped.fault.kind === 'temporary');
    return mapped.value;
  } finally {
    await session.value.close();
  }
}

function failing(account: AccountConfig, why: string, later: boolean): UserError {
  return new UserError(`account ${account.name}: ${why}; nothing was changed`, later ? 75 : 1);
}

/** A table for a person; nothing where there is nothing in it. */
export function mappedTable(accounts: MappedAccounts): string[] {
  const table = new Table({
    head: ['account', 'folder', 'messages', 'known', 'known as filed', 'to be submitted', 'left alone'],
    style: { head: [], border: [] },
  });
  for (const [name, folders] of Object.entries(accounts)) {
    for (const { folder, messages, known, filed, submit, left } of folders) {
      table.push([name, folder, messages, known, filed, submit, left]);
    }
  }
  return table.length > 0 ? [table.toString()] : [];
}
