import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import { Command } from 'commander';
import { UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { span } from '../base/span.ts';
import { diskTrouble, unusable } from '../base/sqlite.ts';
import { loadConfig } from '../config/load.ts';
import { openReading } from '../store/reading.ts';
import { openStore } from '../store/store.ts';
import { type Backfill, shareDone } from '../triage/backfill.ts';
import { printable, withConfig } from './options.ts';

/** `siftd status`: what the journal says, beside a running daemon or without one. It writes nothing. */
export function statusCommand(): Command {
  const command = new Command('status')
    .description('how many messages are in which state, and how each account fares')
    .option('--day', 'the last day too, hour by hour: how many messages, and how long they took')
    .option('--json', 'one JSON document on stdout');
  return withConfig(command).action((options: { config?: string; day?: boolean; json?: boolean }) => {
    const config = loadConfig({ file: options.config, purpose: 'read' });
    const now = Date.now();
    const status = readStatus(config.state);
    const day = options.day === true ? readDay(config.state, now) : null;
    if (options.json) console.log(JSON.stringify({ ...status, ...(day === null ? {} : { day }) }, null, 2));
    else console.log([render(status, now), ...(day === null ? [] : [dayTable(day)])].join('\n\n'));
  });
}

type Status = ReturnType<typeof readStatus>;

function readStatus(state: string) {
  const file = join(state, 'siftd.db');
  if (!existsSync(file)) throw new UserError(`there is no ${file} yet: start siftd run once`);
  const store = openStore(file, { readonly: true });
  try {
    const { jobs, review, unsent, oldestOpen, accounts, backfills, configured } = store.overview();
    return {
      // The daemon cannot write down that the disk is full, where it is.
      disk: { free: store.room(), needed: limits.daemon.diskReserve },
      configuration: {
        taken: time(configured.takenAt),
        refused: time(configured.refused?.at ?? null),
        why: configured.refused?.why ?? null,
      },
      jobs,
      review,
      unsent,
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

const hour = 3_600_000;

/** By the hours of the clock, so that a figure stays what it was. */
function readDay(state: string, now: number) {
  const reading = openReading(join(state, 'siftd.db'));
  try {
    const from = Math.floor(now / hour - 23) * hour;
    return reading.pulse(from, now, hour).map(({ at, ...pulse }) => ({ from: new Date(at).toISOString(), ...pulse }));
  } finally {
    reading.close();
  }
}

function dayTable(day: ReturnType<typeof readDay>): string {
  const head = ['from (UTC)', 'found', 'dealt with', 'median', 'slowest of 20'];
  const table = new Table({ head, style: { head: [], border: [] } });
  const words = (ms: number | null) => (ms === null ? '-' : span(ms));
  for (const { from, found, ended, median, slow } of day) {
    if (found + ended > 0) table.push([from.slice(0, 16).replace('T', ' '), found, ended, words(median), words(slow)]);
  }
  return table.length === 0 ? 'the last day: nothing was found and nothing was dealt with' : table.toString();
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
  const sending = status.unsent === 0 ? '' : `\n${status.unsent} in the outbox`;
  const { taken, refused, why } = status.configuration;
  const configuration =
    refused === null
      ? `\nthe configuration was taken ${ago(taken, now)}`
      : `\nthe configuration was taken ${ago(taken, now)}; what was read ${ago(refused, now)} is refused: ${printable(why ?? '')}`;
  return `${jobs.toString()}\n${accounts.toString()}\n${oldest}${sending}${configuration}${filling.join('')}${disk}`;
}

function ago(iso: string | null, now: number): string {
  if (iso === null) return 'never';
  const seconds = Math.max(0, Math.round((now - Date.parse(iso)) / 1000));
  if (seconds < 120) return `${seconds} s ago`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min ago`;
  return `${Math.round(seconds / 3600)} h ago`;
}
