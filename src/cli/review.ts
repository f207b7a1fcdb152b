import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../base/clock.ts';
import { reasonOf, UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { Letters } from '../daemon/letters.ts';
import { createMailboxes } from '../imap/session.ts';
import { createParser } from '../mail/pool.ts';
import { type History, openReading, type Reading } from '../store/reading.ts';
import type { PersonRequest } from '../triage/requests.ts';
import { doRequests, journalOf } from './acting.ts';
import { imapOf } from './gateway.ts';
import { type ConfigOptions, printable, withConfig } from './options.ts';
import { type Case, type Choice, meaning, page, type Size, type View } from './review-page.ts';
import { stopSignal } from './signals.ts';

interface Options extends ConfigOptions {
  readonly account?: string;
  readonly job?: number;
  readonly file?: string;
  readonly skip?: true;
  readonly json?: true;
}

/** `siftd review`: what waits for a person, one by one in the terminal; or one message by its number, for scripts. */
export function reviewCommand(): Command {
  return withConfig(new Command('review'))
    .description('look through what waits for a person: file it, or leave it where it is')
    .option('--account <name>', 'of this account alone')
    .option('--job <number>', 'this message, without the page; with --file or --skip', jobNumber)
    .option('--file <class>', 'file it as this class; where siftd has filed it so, that says that it was right')
    .option('--skip', 'it is fine where it is')
    .option('--json', 'what waits, as one JSON document on stdout')
    .action(async (options: Options) => {
      const { job, file, skip } = options;
      const one = file !== undefined || skip === true;
      if ((job === undefined) === one) throw new UserError('--job N goes with --file CLASS or --skip', 2);
      if (file !== undefined && skip) throw new UserError('either --file CLASS or --skip', 2);
      const acting = job !== undefined || (!options.json && process.stdin.isTTY === true);
      const config = loadConfig({ file: options.config, purpose: acting ? 'run' : 'read' });
      const reading = openReading(journalOf(config));
      try {
        if (job !== undefined) await judge(config, reading, job, options);
        else if (!acting) list(reading, options);
        else await inTerminal(config, reading, options);
      } finally {
        reading.close();
      }
    });
}

function jobNumber(text: string): number {
  const job = Number(text);
  if (!Number.isSafeInteger(job) || job < 1) throw new InvalidArgumentError('the number of a message');
  return job;
}

async function judge(config: Config, reading: Reading, id: number, { file, json }: Options): Promise<void> {
  const job = reading.history(id)?.job;
  if (job === undefined) throw new UserError(`there is no job ${id}`);
  const [dealt] = await doRequests(config, [requestOf(job.account, id, file)], { signal: stopSignal(null) });
  if (json) console.log(JSON.stringify(dealt, null, 2));
  else console.log(`job ${id}: ${dealt?.why ?? 'done'}`);
  if (dealt?.result !== 'done') process.exitCode = 1;
}

function requestOf(account: string, job: number, route: string | undefined): PersonRequest {
  return route === undefined ? { account, kind: 'skip', job } : { account, kind: 'file', job, route };
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

function list(reading: Reading, { account, json }: Options): void {
  const rows = [...waiting(reading, account)].map(({ job }) => {
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
    console.log(JSON.stringify({ waiting: rows }, null, 2));
    return;
  }
  const table = new Table({
    head: ['job', 'account', 'message', 'in', 'why'],
    style: { head: [], border: [], compact: true },
  });
  for (const { job, account, messageId, folder, reason } of rows) {
    table.push([job, ...[account, messageId ?? '-', folder, reason ?? ''].map(printable)]);
  }
  console.log(rows.length === 0 ? 'nothing waits for a person' : table.toString());
}

async function inTerminal(config: Config, reading: Reading, { account }: Options): Promise<void> {
  const stop = new AbortController();
  const parser = createParser({ ...config.body, size: 1 });
  const mailboxes = createMailboxes(
    (name) => {
      const known = config.accounts.get(name);
      return known === undefined ? undefined : imapOf(known);
    },
    { clock: systemClock },
  );
  const letters = new Letters({ mailboxes, parser, signal: stop.signal });
  const { stdin, stdout } = process;
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  try {
    await review({
      histories: waiting(reading, account),
      left: () => reading.waiting(account),
      caseOf: async (history) => caseOf(history, config, letters),
      ask: async (request) => {
        const [dealt] = await doRequests(config, [request], { signal: stop.signal });
        return dealt?.why ?? null;
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

async function caseOf({ job }: History, config: Config, letters: Letters): Promise<Case> {
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
  /** How many wait now. */
  readonly left: () => number;
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
export async function review({ histories, left, caseOf, ask, keys, show, size }: Reviewing): Promise<void> {
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
      show(page(one, view, { left: Math.max(1, left() - said), last }, size()));
      const key = await keyboard.next();
      const choice: Choice = key.done ? { choice: 'quit' } : meaning(key.value, view, one, size());
      if (choice.choice === 'quit') break look;
      if (choice.choice === 'look') view = choice.view;
      else if (choice.choice === 'next') break;
      else if (choice.choice === 'file') {
        say({ account, kind: 'file', job, route: choice.route }, `filed as ${choice.route}`);
        break;
      } else if (choice.choice === 'skip') {
        say({ account, kind: 'skip', job }, 'left where it is');
        break;
      }
    }
  }
  await Promise.all(asked);
  show(
    `${last === '' ? '' : `${last}\n`}${left() === 0 ? 'nothing waits for a person' : `${left()} wait for a person`}`,
  );
}
