import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import { Command } from 'commander';
import { UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { diskTrouble, unusable } from '../base/sqlite.ts';
import { loadConfig } from '../config/load.ts';
import { openStore } from '../store/store.ts';
import { type Backfill, shareDone } from '../triage/backfill.ts';
import { printable, withConfig } from './options.ts';

/** `siftd status`: what the journal says, beside a running daemon or without one. It writes nothing. */
export function statusCommand(): Command {
  const command = new Command('status')
    .description('how many messages are in which state, and how each account fares')
    .option('--json', 'one JSON document on stdout');
  return withConfig(command).action((options: { config?: string; json?: boolean }) => {
    const config = loadConfig({ file: options.config, purpose: 'read' });
    const status = readStatus(config.state);
    console.log(options.json ? JSON.stringify(status, null, 2) : render(status, Date.now()));
  });
}

type Status = ReturnType<typeof readStatus>;

function readStatus(state: string) {
  const file = join(state, 'siftd.db');
  if (!existsSync(file)) throw new UserError(`there is no ${file} yet: start siftd run once`);
  const store = openStore(file, { readonly: true });
  try {
    const { jobs, review, oldestOpen, accounts, backfills } = store.overview();
    return {
      // The daemon cannot write down that the disk is full, where it is.
      disk: { free: store.room(), needed: limits.daemon.diskReserve },
      jobs,
      review,
      oldestOpen: time(oldestOpen),
      accounts: Object.fromEntries(
        Object.entries(accounts).map(([name, { note, jobs, folders }]) => [
          name,
          {
            state: note?.state ?? 'never started',
            since: time(note?.at ?? null),
            detail: note?.detail ?? null,
            jobs,
            backfill: backfillOf(backfills.find(({ account }) => account === name)),
            folders: Object.fromEntries(
              Object.entries(folders).map(([folder, cursor]) => [folder, { syncedAt: time(cursor.syncedAt) }]),
            ),
          },
        ]),
      ),
    };
  } catch (error) {
    throw diskTrouble(error) === null ? error : unusable(file, error, 'siftd run says more');
  } finally {
    store.close();
  }
}

function backfillOf(backfill: (Backfill & { readonly open: number }) | undefined) {
  if (backfill === undefined) return null;
  const { folder, state, messages, passed, taken, open, why } = backfill;
  return { folder, state, messages, passed, taken, done: taken - open, share: shareDone(backfill, open), why };
}

function time(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function render(status: Status, now: number): string {
  const plain = { head: [], border: [] };
  const jobs = new Table({ head: [...Object.keys(status.jobs), 'for a person'], style: plain });
  jobs.push([...Object.values(status.jobs), status.review]);
  const accounts = new Table({ head: ['account', 'state', 'folder', 'last read', 'detail'], style: plain });
  for (const [name, account] of Object.entries(status.accounts)) {
    const folders = Object.entries(account.folders);
    if (folders.length === 0) accounts.push([name, account.state, '-', '-', account.detail ?? '']);
    for (const [folder, { syncedAt }] of folders) {
      accounts.push([name, account.state, folder, ago(syncedAt, now), account.detail ?? '']);
    }
  }
  const filling = Object.entries(status.accounts).flatMap(([name, { backfill }]) => {
    if (backfill === null) return [];
    const { folder, state, share, done, why } = backfill;
    const because = why === null ? '' : ` (${why})`;
    return [
      `\nold mail of ${printable(folder)} (${name}): ${state}${because}, ${done} done, ${Math.floor(share * 100)}%`,
    ];
  });
  const { free, needed } = status.disk;
  const mib = (octets: number) => `${Math.floor(octets / 2 ** 20)} MiB`;
  const disk =
    free < needed
      ? `\nthe disk is full but for ${mib(free)}: nothing new is taken up until there are ${mib(needed)} and some`
      : '';
  const oldest =
    status.oldestOpen === null ? 'nothing is waiting' : `the oldest message waits since ${ago(status.oldestOpen, now)}`;
  return `${jobs.toString()}\n${accounts.toString()}\n${oldest}${filling.join('')}${disk}`;
}

function ago(iso: string | null, now: number): string {
  if (iso === null) return 'never';
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3600)} h ago`;
}
