import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { createLog } from '../base/log.ts';
import type { Config } from '../config/config.ts';
import { Disk } from '../daemon/disk.ts';
import { act } from '../daemon/path.ts';
import { takeRequests } from '../daemon/requests.ts';
import { Scribe } from '../daemon/scribe.ts';
import { openAsking } from '../store/asking.ts';
import { lockIfFree } from '../store/lock.ts';
import { openReading, type Reading } from '../store/reading.ts';
import { openStore } from '../store/store.ts';
import type { PersonRequest } from '../triage/requests.ts';
import { setupOf } from './gateway.ts';
import { keyringOf, mailboxesOf } from './mailboxes.ts';
import { postOf } from './posts.ts';

/** How one message of a request ended. */
export interface Dealt {
  readonly job: number;
  readonly result: 'done' | 'refused' | 'failed';
  /** Why not; null where it is done. */
  readonly why: string | null;
}

export interface Doing {
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, of: number) => void;
}

/** The journal of a configuration; a UserError says where there is none yet. */
export function journalOf(config: Config): string {
  const file = join(config.state, 'siftd.db');
  if (!existsSync(file)) throw new UserError(`there is no ${file} yet: start siftd run once`);
  return file;
}

/**
 * Has done what a person asks: by the daemon where one runs, which takes it from the journal; else by this process, which
 * takes the lock and goes the same path. Resolves when nothing of it is under way any more.
 */
export async function doRequests(config: Config, requests: readonly PersonRequest[], doing: Doing): Promise<Dealt[]> {
  const file = journalOf(config);
  const reading = openReading(file);
  const asking = openAsking(file);
  const ids = asking.ask(requests, systemClock.date());
  const dealings = new Dealings(reading, ids);
  const of = requests.reduce((sum, request) => sum + (request.kind === 'undo' ? request.jobs.length : 1), 0);
  /** Whether something of it is under way. */
  const left = (): boolean => {
    const { length } = dealings.look();
    doing.onProgress?.(length, of);
    return length < of;
  };
  try {
    while (left()) {
      if (doing.signal.aborted) throw new UserError('stopped; what was begun goes on when siftd runs', 75);
      const lock = lockIfFree(config.state);
      if (lock === null) await systemClock.sleep(limits.daemon.answerPoll, doing.signal);
      else {
        try {
          await actHere(config, file, [...new Set(requests.map(({ account }) => account))], doing.signal, left);
        } finally {
          lock.release();
        }
      }
    }
    return dealings.look();
  } finally {
    // What nobody took is asked no more: nobody would expect it to happen some day.
    for (const id of ids) asking.withdraw(id);
    asking.close();
    reading.close();
  }
}

/** What came of requests so far. */
class Dealings {
  readonly #reading: Reading;
  readonly #requests: readonly number[];
  readonly #dealt = new Map<number, Dealt>();

  constructor(reading: Reading, requests: readonly number[]) {
    this.#reading = reading;
    this.#requests = requests;
  }

  look(): Dealt[] {
    for (const request of this.#requests) {
      const { taken, refused } = this.#reading.answer(request) ?? { taken: [], refused: [] };
      for (const { job, why } of refused) this.#dealt.set(job, { job, result: 'refused', why });
      for (const job of taken) if (!this.#dealt.has(job)) this.#see(job);
    }
    return [...this.#dealt.values()];
  }

  #see(id: number): void {
    const history = this.#reading.history(id);
    if (history === null || history.job.state === 'decided') return;
    const last = history.deeds.at(-1);
    const declined = last?.what === 'declined' ? (last.note ?? '') : null;
    const why = history.job.state === 'gone' ? history.job.why : declined;
    this.#dealt.set(id, { job: id, result: why === null ? 'done' : 'failed', why });
  }
}

/** No daemon runs: this process is the one that acts, as long as there is something `left`. */
async function actHere(
  config: Config,
  file: string,
  accounts: readonly string[],
  signal: AbortSignal,
  left: () => boolean,
): Promise<void> {
  const clock = systemClock;
  const log = createLog({ level: process.env['SIFTD_LOG_LEVEL'] ?? 'warn' });
  const journal = openStore(file);
  try {
    const disk = new Disk(journal, log);
    const keyring = keyringOf(() => config, clock);
    for (const name of accounts) {
      const account = config.accounts.get(name);
      if (account === undefined)
        throw new UserError(`there is no account ${JSON.stringify(name)} in the configuration`, 2);
      const setup = setupOf(account, config);
      // What is written down leaves when siftd runs.
      const post = postOf(config, name, keyring, clock);
      const scribe = new Scribe({
        account: setup,
        journal,
        disk,
        clock,
        log,
        stopping: signal,
        random: Math.random,
        post,
      });
      const session = await mailboxesOf(() => config, { clock }, keyring).connect(name, signal);
      if (!session.ok) throw failing(name, session.fault.message, session.fault.kind === 'temporary');
      try {
        await takeRequests(scribe);
        journal.resume(name, clock.now());
        for (let due: number | null = 0; due !== null && left() && !signal.aborted; ) {
          const acted = await act(scribe, session.value);
          if (!acted.ok) throw failing(name, acted.fault.message, true);
          // What was refused for now is tried again, as the daemon would.
          due = journal.nextDue(name, ['decided']);
          if (due !== null && left()) await clock.sleep(Math.max(0, due - clock.now()), signal);
        }
      } finally {
        await session.value.close();
      }
    }
  } finally {
    journal.close();
  }
}

function failing(account: string, why: string, later: boolean): UserError {
  return new UserError(`account ${account}: ${why}; what was begun goes on when siftd runs`, later ? 75 : 1);
}
