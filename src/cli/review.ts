import { randomInt } from 'node:crypto';
import Table from 'cli-table3';
import { Command } from 'commander';
import { systemClock } from '../base/clock.ts';
import { reasonOf, UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { Letters } from '../daemon/letters.ts';
import { createParser } from '../mail/pool.ts';
import { type History, openReading, type Reading } from '../store/reading.ts';
import type { PersonRequest } from '../triage/requests.ts';
import { drawn } from '../triage/sample.ts';
import { saidOf } from '../triage/step.ts';
import { doRequests, journalOf } from './acting.ts';
import { mailboxesOf } from './mailboxes.ts';
import { type ConfigOptions, moment, printable, wholeNumber, withConfig } from './options.ts';
import { type Case, type Choice, meaning, page, type Size, type View } from './review-page.ts';
import { stopSignal } from './signals.ts';

interface Options extends ConfigOptions {
  readonly account?: string;
  readonly job?: number;
  readonly file?: string;
  readonly skip?: true;
  readonly judge?: string;
  /** true: as many as is usual. */
  readonly sample?: number | true;
  readonly since?: number;
  readonly class?: string;
  readonly json?: true;
}

/**
 * `siftd review`: what waits for a person, or a sample of what siftd filed, one by one in the terminal; or one message by its
 * number, for scripts.
 */
export function reviewCommand(): Command {
  return withConfig(new Command('review'))
    .description('look through what waits for a person: file it, or leave it where it is')
    .option('--account <name>', 'of this account alone')
    .option(
      '--sample [number]',
      `draw by lot from what siftd filed and nobody judged, and say whether it was right`,
      wholeNumber(1),
    )
    .option('--since <time>', 'with --sample: found since, 12h, 30d, or a day (UTC); default 30d', moment)
    .option('--class <name>', 'with --sample: of this class alone')
    .option('--job <number>', 'this message, without the page; with --file, --skip or --judge', wholeNumber(1))
    .option('--file <class>', 'file it as this class; where siftd has filed it so, that says that it was right')
    .option('--skip', 'it is fine where it is')
    .option(
      '--judge <class>',
      'it is of this class, or none; nothing is moved. With --sample: --sample drew it; else you picked it, and it tells nothing of others',
    )
    .option('--json', 'what waits, or the sample, as one JSON document on stdout')
    .action(async (options: Options) => {
      const { job, sample } = options;
      const said = [options.file, options.skip, options.judge].filter((one) => one !== undefined).length;
      if ((job === undefined) !== (said === 0) || said > 1) {
        throw new UserError('--job N goes with one of --file CLASS, --skip and --judge CLASS', 2);
      }
      if (sample !== undefined && job !== undefined && options.judge === undefined) {
        throw new UserError('--sample goes with --job where --judge says what it is', 2);
      }
      if (sample === undefined && (options.since ?? options.class) !== undefined) {
        throw new UserError('--since and --class go with --sample', 2);
      }
      const acting = job !== undefined || (!options.json && process.stdin.isTTY === true);
      const config = loadConfig({ file: options.config, purpose: acting ? 'run' : 'read' });
      const reading = openReading(journalOf(config));
      try {
        if (job !== undefined) {
          await say(config, reading, job, options);
          return;
        }
        const queue = sample === undefined ? waitingOf(reading, options) : sampleOf(config, reading, sample, options);
        if (acting) await inTerminal(config, queue);
        else list(queue, options);
      } finally {
        reading.close();
      }
    });
}

async function say(config: Config, reading: Reading, id: number, options: Options): Promise<void> {
  const job = reading.history(id)?.job;
  if (job === undefined) throw new UserError(`there is no job ${id}`);
  const request = requestOf(config, job.account, id, options);
  const [dealt] = await doRequests(config, [request], { signal: stopSignal(null) });
  if (options.json) console.log(JSON.stringify(dealt, null, 2));
  else console.log(`job ${id}: ${dealt?.why ?? 'done'}`);
  if (dealt?.result !== 'done') process.exitCode = 1;
}

function requestOf(config: Config, account: string, job: number, { file, judge, sample }: Options): PersonRequest {
  if (file !== undefined) return { account, kind: 'file', job, route: file };
  if (judge === undefined) return { account, kind: 'skip', job };
  // A class may be called so too.
  const none = judge === 'none' && config.accounts.get(account)?.policy.routes.has(judge) !== true;
  const picked = sample === undefined ? ({ picked: true } as const) : {};
  return { account, kind: 'judge', job, route: none ? null : judge, ...picked };
}

/** What a person is to look at. */
interface Queue {
  readonly histories: Iterable<History>;
  /** They are asked whether siftd was right. */
  readonly sample: boolean;
  readonly left: () => number;
  readonly inWords: (left: number) => string;
  /** A person's word is done. */
  readonly said: () => void;
}

function waitingOf(reading: Reading, { account }: Options): Queue {
  return {
    histories: waiting(reading, account),
    sample: false,
    left: () => reading.waiting(account),
    inWords: (left) => (left === 0 ? 'nothing waits for a person' : `${left} wait for a person`),
    said: () => {},
  };
}

function sampleOf(config: Config, reading: Reading, sample: number | true, options: Options): Queue {
  const accounts = [...config.accounts.keys()].filter((name) => (options.account ?? name) === name);
  if (accounts.length === 0) throw new UserError(`there is no account ${options.account}`, 2);
  const most = sample === true ? limits.review.sample : sample;
  const since = options.since ?? moment('30d');
  const unjudged = accounts.map((account) => reading.unjudged({ account, class: options.class, since }));
  const jobs = drawn(unjudged, most, { below: (below) => randomInt(below) });
  let left = jobs.length;
  return {
    histories: jobs.flatMap((id) => reading.history(id) ?? []),
    sample: true,
    left: () => left,
    inWords: (many) => {
      if (jobs.length === 0) return 'there is nothing that siftd filed and nobody has judged';
      return many === 0 ? 'the sample is judged' : `${many} of the sample left to judge`;
    },
    said: () => void left--,
  };
}

/** Newest first, page by page: who reviews need not wait until all are read. */
function* waiting(reading: Reading, account: string | undefined): Generator<History> {
  for (let before: number | undefined, more = true; more; ) {
    const { entries, next } = reading.list({ review: true, account }, { most: limits.daemon.page, before });
    for (const { id } of entries) {
      const history = reading.history(id);
      const { job } = history ?? {};
      if (history !== null && (job?.state === 'done' || job?.state === 'failed') && job.review) yield history;
    }
    more = next !== null;
    before = next ?? undefined;
  }
}

function list({ histories, sample, inWords }: Queue, { json }: Options): void {
  const rows = [...histories].map(({ job }) => {
    const decision = 'decision' in job ? job.decision : null;
    const { id, place, identity } = job;
    return {
      job: id,
      account: job.account,
      messageId: identity.messageId,
      folder: place.folder,
      best: decision?.best ?? [],
      reason: decision?.reason ?? null,
    };
  });
  if (json) {
    console.log(JSON.stringify(sample ? { sample: rows } : { waiting: rows }, null, 2));
    return;
  }
  const table = new Table({
    head: ['job', 'account', 'message', 'in', 'why'],
    style: { head: [], border: [], compact: true },
  });
  for (const { job, account, messageId, folder, reason } of rows) {
    table.push([job, ...[account, messageId ?? '-', folder, reason ?? ''].map(printable)]);
  }
  console.log(rows.length === 0 ? inWords(0) : table.toString());
}

async function inTerminal(config: Config, queue: Queue): Promise<void> {
  const stop = new AbortController();
  const parser = createParser({ ...config.body, size: 1 });
  const mailboxes = mailboxesOf(() => config, { clock: systemClock });
  const letters = new Letters({ mailboxes, parser, signal: stop.signal });
  const { stdin, stdout } = process;
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  try {
    await review({
      ...queue,
      caseOf: async (history) => ({
        ...(await caseOf(history, config, letters)),
        named: queue.sample && 'decision' in history.job && history.job.decision ? saidOf(history.job.decision) : null,
      }),
      ask: async (request) => {
        const [dealt] = await doRequests(config, [request], { signal: stop.signal });
        const why = dealt?.why ?? null;
        if (why === null) queue.said();
        return why;
      },
      keys: keysOf(stdin as AsyncIterable<string>),
      show: (text) => void stdout.write(`\u001b[2J\u001b[H${text}`),
      size: () => ({ rows: stdout.rows ?? 24, columns: stdout.columns ?? 80 }),
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stdout.write('\n');
    stop.abort();
    await letters.close();
    await parser.close();
  }
}

/** Keys one by one: what is typed fast comes together, and a key of several characters (an arrow) begins with Esc. */
async function* keysOf(input: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const text of input) {
    if (text.startsWith('\u001b')) yield text;
    else yield* text;
  }
}

async function caseOf({ job }: History, config: Config, letters: Letters): Promise<Omit<Case, 'named'>> {
  const decision = 'decision' in job ? job.decision : null;
  const letter = await letters.read(job.account, job.place, job.identity.size);
  return {
    job: job.id,
    account: job.account,
    folder: job.place.folder,
    reason: decision?.reason ?? '',
    best: decision?.best ?? [],
    routes: [...(config.accounts.get(job.account)?.policy.routes.keys() ?? [])],
    letter: letter.ok ? letter.value : letter.fault.message,
  };
}

export interface Reviewing {
  readonly histories: Iterable<History>;
  /** How many there are now. */
  readonly left: () => number;
  readonly inWords: (left: number) => string;
  readonly caseOf: (history: History) => Promise<Case>;
  /** Answers why not; null: it is done. */
  readonly ask: (request: PersonRequest) => Promise<string | null>;
  readonly keys: AsyncIterable<string>;
  readonly show: (text: string) => void;
  readonly size: () => Size;
}

/**
 * The page and its keys, until nothing is left or the person quits. What they say is carried out while they look at the
 * next message; all of it is waited for at the end.
 */
export async function review({ histories, left, inWords, caseOf, ask, keys, show, size }: Reviewing): Promise<void> {
  const keyboard = keys[Symbol.asyncIterator]();
  const asked: Promise<void>[] = [];
  let last = '';
  /** Said and maybe not done yet. */
  let said = 0;
  const say = (request: PersonRequest, what: string) => {
    said++;
    last = `job ${'job' in request ? request.job : ''}: ${what} ...`;
    const asking = ask(request)
      .catch((error: unknown) => reasonOf(error))
      .then((why) => {
        said--;
        last = `job ${'job' in request ? request.job : ''}: ${why ?? what}`;
      });
    asked.push(asking);
  };
  look: for (const history of histories) {
    const one = await caseOf(history);
    const { account, job } = one;
    for (let view: View = { shows: 'case' }; ; ) {
      show(page(one, view, { left: inWords(Math.max(1, left() - said)), last }, size()));
      const key = await keyboard.next();
      const choice: Choice = key.done ? { choice: 'quit' } : meaning(key.value, view, one, size());
      if (choice.choice === 'quit') break look;
      if (choice.choice === 'look') view = choice.view;
      else if (choice.choice === 'next') break;
      else if (choice.choice === 'file') {
        say({ account, kind: 'file', job, route: choice.route }, `filed as ${choice.route}`);
        break;
      } else if (choice.choice === 'judge') {
        const { route } = choice;
        say({ account, kind: 'judge', job, route }, route === one.named ? 'it was right' : `it is ${route ?? 'none'}`);
        break;
      } else if (choice.choice === 'skip') {
        say({ account, kind: 'skip', job }, 'left where it is');
        break;
      }
    }
  }
  await Promise.all(asked);
  show(`${last === '' ? '' : `${last}\n`}${inWords(left())}`);
}
