import Table from 'cli-table3';
import { Command, Option } from 'commander';
import pc from 'picocolors';
import { systemClock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { Letters } from '../daemon/letters.ts';
import { createParser } from '../mail/pool.ts';
import { requestOf, wireOf } from '../mail/request.ts';
import { type History, openReading } from '../store/reading.ts';
import { ownDecision } from '../triage/decide.ts';
import type { Deed } from '../triage/deed.ts';
import { type State, states } from '../triage/job.ts';
import { actionWords, postingWords, recordWords } from '../triage/words.ts';
import { journalOf } from './acting.ts';
import { setupOf } from './gateway.ts';
import { mailboxesOf } from './mailboxes.ts';
import { type ConfigOptions, moment, printable, wholeNumber, withConfig } from './options.ts';
import { stopSignal } from './signals.ts';

interface Options extends ConfigOptions {
  readonly request?: true;
  readonly json?: true;
  readonly account?: string;
  readonly class?: string;
  readonly state?: State;
  readonly text?: string;
  readonly since?: number;
  readonly limit: number;
}

type Wire = Readonly<Record<string, unknown>>;

/**
 * `siftd show`: what became of a message, from found to done; without one, the latest messages. Reads beside a daemon or without
 * one.
 */
export function showCommand(): Command {
  return withConfig(new Command('show'))
    .description(
      'the whole history of a message: times, tries, what was said of it, which rule decided, what was changed',
    )
    .argument('[message]', 'its Message-ID, or the number of its job; left out: the latest messages')
    .option('--account <name>', 'of the latest messages, those of this account')
    .option('--class <name>', 'those that the API called so')
    .addOption(new Option('--state <state>', 'those in this state').choices(states))
    .option('--text <part>', 'those with this in their Message-ID')
    .option('--since <time>', 'those that something happened to since: 30m, 2h, 7d, or a day (UTC)', moment)
    .option('--limit <number>', 'so many of them', wholeNumber(1, limits.daemon.page), limits.console.page)
    .option('--request', 'what was sent to the API too, made again from the mailbox: siftd stores no bodies')
    .option('--json', 'one JSON document on stdout')
    .action(async (message: string | undefined, options: Options) => {
      if (message === undefined) return list(options);
      const config = loadConfig({ file: options.config, purpose: options.request ? 'run' : 'read' });
      const histories = find(journalOf(config), message);
      const requests = options.request ? await requestsOf(config, histories) : [];
      const messages = histories.map((history, index) => ({
        ...history,
        ...(options.request ? { request: requests[index] ?? null } : {}),
      }));
      if (options.json) console.log(JSON.stringify({ messages }, null, 2));
      else console.log(histories.map((history, index) => render(history, requests[index])).join('\n\n'));
    });
}

function list({ config: file, json, limit, request, ...filter }: Options): void {
  if (request) throw new UserError('--request is of one message: say which', 2);
  const reading = openReading(journalOf(loadConfig({ file, purpose: 'read' })));
  const { entries } = reading.list(filter, { most: limit });
  reading.close();
  if (json) {
    console.log(JSON.stringify({ messages: entries }, null, 2));
    return;
  }
  const head = ['job', 'found', 'account', 'message', 'class', 'confidence', 'state', 'way', 'in'];
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  for (const one of entries) {
    const state = `${one.state}${one.observed ? ', observed' : ''}${one.review ? ', waits for a person' : ''}`;
    const found = new Date(one.foundAt).toISOString().slice(0, 19);
    const said = [one.classification ?? '-', one.confidence?.toFixed(2) ?? '-'];
    table.push([
      one.id,
      found,
      ...[one.account, one.messageId ?? '-', ...said, state, one.way ?? '-', one.folder].map(printable),
    ]);
  }
  console.log(entries.length === 0 ? 'there is no such message' : table.toString());
}

function find(journal: string, message: string): History[] {
  const reading = openReading(journal);
  try {
    const bracketed = message.startsWith('<') ? message : `<${message}>`;
    const ids = /^\d+$/.test(message)
      ? [Number(message)]
      : [message, bracketed].flatMap((id) => reading.withMessageId(id));
    const histories = [...new Set(ids)].map((id) => reading.history(id)).filter((one) => one !== null);
    if (histories.length > 0) return histories;
    throw new UserError(`siftd knows no message ${printable(message)}`);
  } finally {
    reading.close();
  }
}

/** What the API was sent: the same functions on the same message give the same request. */
async function requestsOf(config: Config, histories: readonly History[]): Promise<(Wire | string)[]> {
  const parser = createParser({ ...config.body, size: 1 });
  const mailboxes = mailboxesOf(() => config, { clock: systemClock });
  const letters = new Letters({ mailboxes, parser, signal: stopSignal(null) });
  try {
    const requests: (Wire | string)[] = [];
    for (const { job, foundIn } of histories) {
      const account = config.accounts.get(job.account);
      const letter = await letters.read(job.account, job.place, job.identity.size);
      if (!letter.ok) requests.push(letter.fault.message);
      else {
        const { subject, body } = letter.value;
        const { identity, thread } = job;
        const metadata = account === undefined ? {} : setupOf(account, config).metadata;
        const facts = {
          identity,
          thread,
          folder: foundIn,
          account: job.account,
          readable: { subject, body },
          metadata,
        };
        requests.push(wireOf(requestOf(facts)));
      }
    }
    return requests;
  } finally {
    await letters.close();
    await parser.close();
  }
}

function render(history: History, request?: Wire | string): string {
  const { job, foundIn, times, submission, rounds, deeds, postings } = history;
  const decision = 'decision' in job ? job.decision : null;
  const own = decision === null ? null : ownDecision(decision);
  const facts: [string, string | null][] = [
    ['job', `${job.id}`],
    ['message', job.identity.messageId ?? '(without a Message-ID)'],
    ['account', job.account],
    ['state', stateWords(history)],
    ['is in', `${job.place.folder} (UID ${job.place.uid}, UIDVALIDITY ${job.place.uidValidity})`],
    ['was found in', foundIn],
    ['thread', job.thread],
    ['class', decision?.classification ?? null],
    ['confidence', decision?.confidence?.toFixed(3) ?? null],
    [
      'also possible',
      decision?.best
        .slice(1)
        .map(({ label, confidence }) => `${label} ${confidence.toFixed(3)}`)
        .join(', ') || null,
    ],
    ['model', decision?.model ?? null],
    ['decided', own === null ? null : `${own.way}: ${own.reason}`],
    ['since then', decision === null || decision === own ? null : `${decision.way}: ${decision.reason}`],
    ['process', submission.processCuid],
    ['submissions', submission.number > 1 ? `${submission.number}` : null],
    ['tries of this state', job.attempts > 0 ? `${job.attempts}` : null],
    ['a person said', job.verdict === null ? null : verdictWords(job.verdict)],
  ];
  const width = Math.max(...facts.map(([name]) => name.length));
  const lines = facts.flatMap(([name, value]) =>
    value === null ? [] : [`${name.padEnd(width)}  ${printable(value)}`],
  );
  const moments: [number, string][] = [
    [times.found, `found in ${foundIn}`],
    ...(times.submitted === null ? [] : [[times.submitted, 'submitted'] as [number, string]]),
    ...(times.decided === null ? [] : [[times.decided, 'decided'] as [number, string]]),
    ...(times.ended === null ? [] : [[times.ended, 'ended'] as [number, string]]),
    ...deeds.map((deed): [number, string] => [deed.at, deedWords(deed)]),
  ];
  // Array.sort keeps the order of equals, which is the one in which they came.
  for (const [at, what] of moments.sort(([a], [b]) => a - b))
    lines.push(`${new Date(at).toISOString()}  ${printable(what)}`);
  for (const { round, actions } of rounds) {
    lines.push(rounds.length === 1 ? 'done to it:' : `done to it, plan ${round}:`);
    for (const record of actions) {
      const sent = postings.find(({ of }) => of?.round === round && of.seq === record.seq);
      lines.push(
        `  ${printable(sent === undefined ? recordWords(record) : `${actionWords(record.action)}: ${postingWords(sent)}`)}`,
      );
    }
  }
  if (typeof request === 'string') lines.push(pc.yellow(`what was sent cannot be shown: ${printable(request)}`));
  else if (request !== undefined) lines.push('sent to the API:', JSON.stringify(request, null, 2));
  return lines.join('\n');
}

function stateWords({ job }: History): string {
  switch (job.state) {
    case 'gone':
      return `gone: ${job.why}`;
    case 'failed':
      return `failed${job.review ? ', waits for a person' : ''}: ${job.why}`;
    case 'done':
      return ['done', job.observed ? 'only observed' : '', job.review ? 'waits for a person' : '']
        .filter(Boolean)
        .join(', ');
    case 'found':
    case 'submitted':
    case 'decided':
      return job.state;
  }
}

function verdictWords({ truth, right, by }: NonNullable<History['job']['verdict']>): string {
  return `${truth ?? 'no class of ours'} (${right ? 'siftd was right' : 'siftd was wrong'}, by ${by})`;
}

function deedWords({ who, what, from, to, class: name, note }: Deed): string {
  const way = from === null && to === null ? '' : ` ${[from, to].filter((one) => one !== null).join(' -> ')}`;
  return `${who === 'person' ? 'a person' : 'siftd'}: ${what}${name === null ? '' : ` as ${name}`}${way}${note === null ? '' : ` (${note})`}`;
}
