import { Command } from 'commander';
import { systemClock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { createLog } from '../base/log.ts';
import type { AccountConfig, Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { Disk } from '../daemon/disk.ts';
import { takeRequests } from '../daemon/requests.ts';
import { Scribe } from '../daemon/scribe.ts';
import { openAsking } from '../store/asking.ts';
import { type Lock, lockIfFree } from '../store/lock.ts';
import { openReading } from '../store/reading.ts';
import { openStore } from '../store/store.ts';
import { type Backfill, type BackfillWish, shareDone } from '../triage/backfill.ts';
import type { BackfillRequest } from '../triage/requests.ts';
import { journalOf } from './acting.ts';
import { duration, forecast, forecastWords } from './backfill-forecast.ts';
import { runGateway, setupOf } from './gateway.ts';
import { holdState } from './held.ts';
import { type ConfigOptions, moment, printable, wholeNumber, withConfig } from './options.ts';
import { ProgressLine } from './progress.ts';
import { stopSignal } from './signals.ts';

interface Options extends ConfigOptions {
  readonly account?: string;
  readonly folder?: string;
  readonly since?: number;
  readonly limit?: number;
  readonly dryRun?: true;
  readonly pause?: true;
  readonly resume?: true;
  readonly stop?: true;
  readonly detach?: true;
  readonly json?: true;
}

/** `siftd backfill`: old mail goes the way of new mail, behind it. */
export function backfillCommand(): Command {
  return withConfig(new Command('backfill'))
    .description('sort the mail that a folder holds already, behind new mail; Ctrl-C pauses it')
    .option('--folder <name>', 'the folder; it need not be a watched one')
    .option('--account <name>', 'the account; where there is only one it need not be named')
    .option('--since <time>', 'only what came in since then: 30d, or a day (UTC)', (text) => dayOf(moment(text)))
    .option('--limit <number>', 'so many messages at most, the oldest first', wholeNumber(1))
    .option('--dry-run', 'say how many would go where and what it would cost; asks nobody and changes nothing')
    .option('--pause', 'take no more for now')
    .option('--resume', 'go on with what was paused')
    .option('--stop', 'end it: what was taken up is finished, and nothing more is taken')
    .option('--detach', 'do not wait: siftd run does it')
    .option('--json', 'one JSON document on stdout')
    .action(async (options: Options) => {
      const config = loadConfig({ file: options.config, purpose: 'run' });
      const account = accountOf(config, options.account);
      const what = verbOf(options);
      // Ctrl-C says that it is to pause; whatever else ends this command says nothing of that, and a daemon goes on.
      const interrupted = new AbortController();
      process.once('SIGINT', () => interrupted.abort());
      const signal = stopSignal(null);
      if (what === 'start' && options.dryRun) {
        const seen = await forecast(config, account, wishOf(options), signal);
        console.log(options.json ? JSON.stringify(seen, null, 2) : forecastWords(seen, account));
        return;
      }
      const request: BackfillRequest =
        what === 'start' ? { kind: 'backfill', what, wish: wishOf(options) } : { kind: 'backfill', what };
      const waits = options.detach !== true && (what === 'start' || what === 'resume');
      const ended = await new Backfilled(config, account, request).go(signal, interrupted.signal, waits);
      console.log(options.json ? JSON.stringify(documentOf(ended), null, 2) : words(ended));
    });
}

function verbOf({ pause, resume, stop, folder, dryRun }: Options): BackfillRequest['what'] {
  const verbs = [pause && 'pause', resume && 'resume', stop && 'stop'].filter((verb) => typeof verb === 'string');
  const [verb] = verbs as ('pause' | 'resume' | 'stop')[];
  if (verbs.length > 1 || (verb !== undefined && (folder !== undefined || dryRun === true))) {
    throw new UserError(
      '--pause, --resume and --stop stand alone: an account sorts the old mail of one folder at a time',
      2,
    );
  }
  return verb ?? 'start';
}

function wishOf({ folder, since, limit }: Options): BackfillWish {
  if (folder === undefined) throw new UserError('say which folder: --folder NAME', 2);
  return { folder: /^inbox$/i.test(folder) ? 'INBOX' : folder, since: since ?? null, most: limit ?? null };
}

function accountOf(config: Config, name: string | undefined): AccountConfig {
  const all = [...config.accounts.values()];
  const [only] = all;
  if (name === undefined && only !== undefined && all.length === 1) return only;
  const account = name === undefined ? undefined : config.accounts.get(name);
  if (account !== undefined) return account;
  throw new UserError(`say which account: --account ${all.map((one) => one.name).join(' or ')}`, 2);
}

/** The same command means the same mail an hour later: it goes on with what was begun. */
function dayOf(time: number): number {
  const day = 24 * 60 * 60 * 1000;
  return Math.floor(time / day) * day;
}

interface Seen {
  readonly backfill: Backfill;
  readonly open: number;
}

/** A request to the process that sorts, and what came of it. Where no daemon runs, this process does it. */
class Backfilled {
  readonly #config: Config;
  readonly #account: AccountConfig;
  readonly #request: BackfillRequest;
  readonly #pace: { readonly at: number; readonly share: number; readonly done: number }[] = [];

  constructor(config: Config, account: AccountConfig, request: BackfillRequest) {
    this.#config = config;
    this.#account = account;
    this.#request = request;
  }

  /** `waits`: until all of it is sorted, or it is paused; else until the request is answered. */
  async go(signal: AbortSignal, interrupted: AbortSignal, waits: boolean): Promise<Seen> {
    const { state } = this.#config;
    const file = journalOf(this.#config);
    const account = this.#account.name;
    const reading = openReading(file);
    const asking = openAsking(file);
    const progress = new ProgressLine();
    const own = new AbortController();
    let here: Promise<void> | null = null;
    let failure: unknown = null;
    let pausing = false;
    const [asked = 0] = asking.ask([{ account, ...this.#request }], systemClock.date());
    try {
      for (;;) {
        if (failure !== null) throw failure;
        const lock: Lock | null = here === null ? lockIfFree(state) : null;
        if (lock !== null && !waits) await this.#takeHere(file, lock);
        else if (lock !== null) {
          here = this.#run(own.signal, lock).catch((error: unknown) => {
            failure = error;
          });
        }
        const answer = reading.answer(asked);
        const [refusal] = answer?.refused ?? [];
        if (refusal !== undefined) throw new UserError(refusal.why);
        const [id] = answer?.taken ?? [];
        const seen = id === undefined ? null : reading.backfill(id);
        if (seen !== null) {
          const { state, why } = seen.backfill;
          if (!waits || state === 'ended') return seen;
          if (state === 'paused') {
            throw new UserError(`${why ?? 'paused'}; siftd backfill --resume goes on with it`, 75);
          }
          this.#show(progress, seen);
          if (signal.aborted && !interrupted.aborted) throw new UserError('stopped; siftd run goes on with it', 75);
          if (signal.aborted && !pausing) {
            asking.ask([{ account, kind: 'backfill', what: 'pause' }], systemClock.date());
            pausing = true;
          }
          // What was taken is on its way, and goes on when siftd runs.
          if (signal.aborted && state === 'finishing')
            throw new UserError('stopped; what was taken goes on when siftd runs', 75);
        } else if (signal.aborted) throw new UserError('stopped before it began', 75);
        await systemClock.sleep(limits.backfill.look, pausing ? undefined : signal);
      }
    } finally {
      progress.clear();
      asking.withdraw(asked);
      asking.close();
      reading.close();
      own.abort();
      await here;
    }
  }

  /** No daemon runs: the same path, of this account alone, and no new mail is looked for. */
  #run(signal: AbortSignal, lock: Lock): Promise<void> {
    const config = { ...this.#config, accounts: new Map([[this.#account.name, this.#account]]) };
    const log = createLog({ level: process.env['SIFTD_LOG_LEVEL'] ?? 'warn' });
    return runGateway({ config, log, signal, held: holdState(config, lock), watches: false });
  }

  async #takeHere(file: string, lock: Lock): Promise<void> {
    const journal = openStore(file);
    try {
      const log = createLog({ level: process.env['SIFTD_LOG_LEVEL'] ?? 'warn' });
      const account = setupOf(this.#account, this.#config);
      const disk = new Disk(journal, log);
      await takeRequests(
        new Scribe({ account, journal, disk, clock: systemClock, log, stopping: new AbortController().signal }),
      );
    } finally {
      journal.close();
      lock.release();
    }
  }

  #show(progress: ProgressLine, { backfill, open }: Seen): void {
    const share = shareDone(backfill, open);
    const done = backfill.taken - open;
    const now = systemClock.now();
    this.#pace.push({ at: now, share, done });
    while (this.#pace.length > 2 && now - (this.#pace[0]?.at ?? now) > limits.backfill.pace) this.#pace.shift();
    const [first] = this.#pace;
    const name = `old mail of ${printable(backfill.folder)}`;
    // Where nobody watches, each text is a line of its own.
    const waits = backfill.why === null ? '' : `: waits, ${backfill.why}`;
    if (process.stderr.isTTY !== true || first === undefined) progress.show(`${name}${waits}`, share);
    else {
      const seconds = Math.max(1, now - first.at) / 1000;
      const rate = (done - first.done) / seconds;
      const left = share > first.share ? ((1 - share) / (share - first.share)) * seconds : null;
      const time = left === null ? '' : `, ${duration(left)} left`;
      progress.show(`${name}: ${done} of ${backfill.taken} taken, ${rate.toFixed(0)}/s${time}${waits}`, share);
    }
  }
}

function documentOf({ backfill, open }: Seen) {
  const { cursor: _cursor, lastOld: _lastOld, most, since, startedAt, endedAt, ...rest } = backfill;
  const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return {
    ...rest,
    since: time(since),
    limit: most,
    done: backfill.taken - open,
    startedAt: time(startedAt),
    endedAt: time(endedAt),
  };
}

function words({ backfill, open }: Seen): string {
  const { folder, state, taken, passed, messages, why } = backfill;
  const name = printable(folder);
  const left = passed - taken;
  switch (state) {
    case 'ended': {
      const end = why === null ? '' : `; it ended early: ${why}`;
      return `${name}: ${taken} messages were sorted, ${left} were left alone (known already, deleted or too old)${end}`;
    }
    case 'finishing':
      return `${name}: nothing more is taken; ${open} messages are on their way, ${taken - open} are done`;
    case 'paused':
      return `${name}: paused at ${passed} of ${messages}; siftd backfill --resume goes on with it`;
    case 'reading':
      return `${name}: siftd run sorts it; siftd status shows how far it is`;
  }
}
