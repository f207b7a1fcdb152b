import Table from 'cli-table3';
import { Command } from 'commander';
import { UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { loadConfig } from '../config/load.ts';
import { type History, openReading, plansOf, type Reading } from '../store/reading.ts';
import { planUndo } from '../triage/decide.ts';
import type { Done, Failed } from '../triage/job.ts';
import type { PersonRequest } from '../triage/requests.ts';
import { actionWords } from '../triage/words.ts';
import { type Dealt, doRequests, journalOf } from './acting.ts';
import { type ConfigOptions, moment, printable, wholeNumber, withConfig } from './options.ts';
import { ProgressLine } from './progress.ts';
import { stopSignal } from './signals.ts';

interface Options extends ConfigOptions {
  readonly job?: readonly number[];
  readonly since?: number;
  readonly class?: string;
  readonly undone?: true;
  readonly all?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

/** A message that is to be put back, and how. */
interface Undoing {
  readonly job: Done | Failed;
  readonly will: readonly string[];
}

/** `siftd undo`: takes back what siftd did, and an undo too. What a person has changed since stays. */
export function undoCommand(): Command {
  return withConfig(new Command('undo'))
    .description('take back what was done to messages: moves, labels and flags; what people changed since stays')
    .option('--job <number>', 'this message, as siftd show and the log number it (may be given again)', jobNumbers)
    .option('--since <time>', 'all that siftd did since then: 30m, 2h, 7d, or a day (UTC)', moment)
    .option('--class <name>', 'all that siftd filed as this class')
    .option('--undone', 'with --since or --class: do again what was taken back')
    .option(
      '--all',
      'not only what was done last, but all that was ever done, by persons too: they are as they were found',
    )
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--json', 'one JSON document on stdout')
    .action(async (options: Options) => {
      if (options.job === undefined && options.since === undefined && options.class === undefined) {
        throw new UserError('say what: --job N, --since TIME or --class NAME', 2);
      }
      if (options.all && options.undone) throw new UserError('either --all or --undone', 2);
      const config = loadConfig({ file: options.config, purpose: options.dryRun ? 'read' : 'run' });
      const reading = openReading(journalOf(config));
      let wanted: Undoing[];
      try {
        wanted = options.job === undefined ? chosen(reading, options) : named(reading, options.job, options);
      } finally {
        reading.close();
      }
      let dealt: readonly Dealt[] = [];
      if (options.dryRun !== true && wanted.length > 0) {
        const progress = new ProgressLine();
        try {
          dealt = await doRequests(config, requestsOf(wanted, options), {
            signal: stopSignal(null),
            onProgress: (done, of) => progress.show(`taking back ${of} messages`, of === 0 ? 1 : done / of),
          });
        } finally {
          progress.clear();
        }
      }
      console.log(options.json ? JSON.stringify(documentOf(wanted, dealt), null, 2) : render(wanted, dealt));
      if (dealt.some(({ result }) => result !== 'done')) process.exitCode = 1;
    });
}

function jobNumbers(text: string, before: readonly number[] = []): readonly number[] {
  return [...before, wholeNumber(1)(text)];
}

function named(reading: Reading, jobs: readonly number[], options: Options): Undoing[] {
  return [...new Set(jobs)].map((id) => {
    const history = reading.history(id);
    if (history === null) throw new UserError(`there is no job ${id}`);
    const { job } = history;
    if (job.state !== 'done' && job.state !== 'failed')
      throw new UserError(`job ${id} is ${job.state}: nothing to undo`);
    const undoing = undoingOf(job, history, options);
    if (undoing === null) throw new UserError(`job ${id}: nothing was changed that could be taken back`);
    return undoing;
  });
}

/** Of many, what siftd did by itself; what persons filed is taken back by its number, or with all of it. */
function chosen(reading: Reading, options: Options): Undoing[] {
  const { since, class: name, undone, all } = options;
  const found: Undoing[] = [];
  const own = ['routed', 'unsure', 'failed'];
  const ways = undone ? ['undone'] : all ? [...own, 'reviewed', 'undone'] : own;
  for (let before: number | undefined, more = true; more; ) {
    const { entries, next } = reading.list({ since, class: name }, { most: limits.daemon.page, before });
    for (const { id, way } of entries) {
      const history = way !== null && ways.includes(way) ? reading.history(id) : null;
      const job = history?.job;
      if (history === null || (job?.state !== 'done' && job?.state !== 'failed')) continue;
      const undoing = undoingOf(job, history, options);
      if (undoing !== null) found.push(undoing);
    }
    more = next !== null;
    before = next ?? undefined;
  }
  return found;
}

function undoingOf(job: Done | Failed, history: History, { all }: Options): Undoing | null {
  const plan = planUndo(job, plansOf(history), all);
  return plan === null ? null : { job, will: plan.actions.map(({ action }) => actionWords(action)) };
}

/** In parts: a request is taken whole, in one commit. */
function requestsOf(wanted: readonly Undoing[], { all }: Options): PersonRequest[] {
  const byAccount = new Map<string, number[]>();
  for (const { job } of wanted) byAccount.set(job.account, [...(byAccount.get(job.account) ?? []), job.id]);
  return [...byAccount].flatMap(([account, jobs]) =>
    Array.from({ length: Math.ceil(jobs.length / limits.daemon.page) }, (_, part): PersonRequest => {
      const from = part * limits.daemon.page;
      return { account, kind: 'undo', jobs: jobs.slice(from, from + limits.daemon.page), ...(all ? { all } : {}) };
    }),
  );
}

function documentOf(wanted: readonly Undoing[], dealt: readonly Dealt[]) {
  const ends = new Map(dealt.map((one) => [one.job, one]));
  return {
    jobs: wanted.map(({ job, will }) => ({
      job: job.id,
      account: job.account,
      messageId: job.identity.messageId,
      class: job.decision.classification,
      folder: job.place.folder,
      will,
      result: ends.get(job.id)?.result ?? null,
      why: ends.get(job.id)?.why ?? null,
    })),
  };
}

function render(wanted: readonly Undoing[], dealt: readonly Dealt[]): string {
  if (wanted.length === 0) return 'there is nothing to take back';
  const ends = new Map(dealt.map((one) => [one.job, one]));
  const rows = new Map<string, { cells: string[]; messages: number; done: number; not: number }>();
  for (const { job, will } of wanted) {
    const cells = [job.account, job.decision.classification ?? '-', job.place.folder, will.join('; ') || '-'].map(
      printable,
    );
    const key = JSON.stringify(cells);
    const row = rows.get(key) ?? { cells, messages: 0, done: 0, not: 0 };
    row.messages++;
    const result = ends.get(job.id)?.result;
    if (result === 'done') row.done++;
    else if (result !== undefined) row.not++;
    rows.set(key, row);
  }
  const table = new Table({
    head: [
      'account',
      'class',
      'in',
      dealt.length === 0 ? 'would' : 'did',
      'messages',
      ...(dealt.length === 0 ? [] : ['done', 'not']),
    ],
    style: { head: [], border: [], compact: true },
  });
  for (const { cells, messages, done, not } of rows.values()) {
    table.push([...cells, messages, ...(dealt.length === 0 ? [] : [done, not])]);
  }
  const failures = dealt
    .filter(({ result }) => result !== 'done')
    .map(({ job, why }) => `job ${job}: ${printable(why ?? '')}`);
  return [table.toString(), ...failures].join('\n');
}
