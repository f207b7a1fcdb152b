import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import { systemClock } from '../base/clock.ts';
import { type Outcome, UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { AccountConfig, Config } from '../config/config.ts';
import type { TrainedModel } from '../engine/model.ts';
import { loadModel } from '../engine/modelfile.ts';
import type { ImapSession } from '../imap/session.ts';
import { sameMessage } from '../mail/identity.ts';
import type { Row } from '../mail/message.ts';
import { createParser } from '../mail/pool.ts';
import { openReading } from '../store/reading.ts';
import { openStore } from '../store/store.ts';
import type { BackfillWish } from '../triage/backfill.ts';
import { decide, decideFailed, type Plan } from '../triage/decide.ts';
import { actionWords } from '../triage/words.ts';
import { modelId, modelPath } from './embedded.ts';
import { mailboxesOf } from './mailboxes.ts';
import { printable } from './options.ts';
import { ProgressLine } from './progress.ts';

/** What a backfill would do. */
interface Forecast {
  readonly account: string;
  readonly folder: string;
  /** Messages that were looked at, those that siftd knows, and those that it would ask about. */
  readonly messages: number;
  readonly known: number;
  readonly asked: number;
  /** By class, as the model inside siftd says; null: somebody else would have to be asked. */
  readonly ways: readonly Way[] | null;
  /** Else how the classes were spread in what the journal knows: shares of 1. */
  readonly sofar: readonly { readonly class: string; readonly share: number }[];
  /** To somebody else's API: one POST and at least one GET a message, and the least time at the configured rate. null: nobody else. */
  readonly calls: { readonly submissions: number; readonly polls: number; readonly seconds: number | null } | null;
}

interface Way {
  readonly class: string | null;
  readonly way: string;
  readonly will: string;
  readonly messages: number;
}

/** Reads the folder and asks nobody. It takes no lock, and may run beside the daemon. */
export async function forecast(
  config: Config,
  account: AccountConfig,
  wish: BackfillWish,
  signal: AbortSignal,
): Promise<Forecast> {
  const session = need(await mailboxesOf(() => config, { clock: systemClock }).connect(account.name, signal), account);
  const vendor = config.classifier.endpoint !== null;
  const model = vendor ? null : loadModel(modelPath(config.state, modelId(account.policy)));
  const sorter = model?.ok ? new Sorter(config, account, model.value) : null;
  const progress = new ProgressLine();
  try {
    const survey = need(await session.survey(wish.folder, wish.since), account);
    const most = wish.most ?? Number.POSITIVE_INFINITY;
    const seen = { messages: 0, known: 0, asked: 0 };
    let at = { uidValidity: survey.uidValidity, lastUid: survey.firstUid - 1 };
    const journal = journalFor(config, account.name);
    try {
      for (let more = true; more && seen.asked < most; ) {
        if (signal.aborted) throw new UserError('stopped', 75);
        const page = need(await session.glance(wish.folder, at, () => new Set()), account);
        const wanted = page.rows.filter(
          ({ flags, identity }) =>
            !flags.includes('\\Deleted') && (wish.since === null || identity.internalDate >= wish.since),
        );
        const strange = wanted.filter((row) => !journal.knows(wish.folder, page.uidValidity, row));
        const chosen = strange.slice(0, most - seen.asked);
        seen.messages += page.rows.length;
        seen.known += wanted.length - strange.length;
        seen.asked += chosen.length;
        if (sorter !== null) await sorter.sort(session, wish.folder, page.uidValidity, chosen);
        progress.show(`reading ${printable(wish.folder)}`, seen.messages / Math.max(1, survey.messages));
        more = page.more;
        at = { uidValidity: page.uidValidity, lastUid: page.lastUid };
      }
    } finally {
      journal.close();
    }
    const ways = sorter?.ways() ?? null;
    const calls = vendor ? callsFor(config, seen.asked) : null;
    return {
      account: account.name,
      folder: wish.folder,
      ...seen,
      ways,
      sofar: ways === null ? sharesOf(config, account) : [],
      calls,
    };
  } finally {
    progress.clear();
    await session.close();
    await sorter?.close();
  }
}

function need<T>(outcome: Outcome<T>, { name }: AccountConfig): T {
  if (outcome.ok) return outcome.value;
  throw new UserError(`account ${name}: ${outcome.fault.message}`, outcome.fault.kind === 'temporary' ? 75 : 1);
}

/** What the journal knows; before the first start that is nothing. A copy of a known message counts as known here. */
function journalFor(config: Config, account: string) {
  const file = join(config.state, 'siftd.db');
  const store = existsSync(file) ? openStore(file, { readonly: true }) : null;
  return {
    knows(folder: string, uidValidity: number, { uid, identity }: Row): boolean {
      if (store === null) return false;
      if (store.ledger(account).claimed(folder, uidValidity, [uid], new Set()).size > 0) return true;
      return store.candidates(account, identity).some((job) => sameMessage(identity, job.identity));
    },
    close: () => store?.close(),
  };
}

/** The model inside siftd, asked without submitting anything. */
class Sorter {
  readonly #model: TrainedModel;
  readonly #account: AccountConfig;
  readonly #parser: ReturnType<typeof createParser>;
  readonly #ways = new Map<string, { class: string | null; way: string; will: string; messages: number }>();

  constructor(config: Config, account: AccountConfig, model: TrainedModel) {
    this.#model = model;
    this.#account = account;
    this.#parser = createParser(config.body);
  }

  async sort(session: ImapSession, folder: string, uidValidity: number, rows: readonly Row[]): Promise<void> {
    for (let at = 0; at < rows.length; at += limits.imap.batch) {
      const set = rows.slice(at, at + limits.imap.batch).map(({ uid, identity }) => ({ uid, size: identity.size }));
      for await (const fetched of session.fetch(folder, uidValidity, set)) {
        const { content } = need(fetched, this.#account);
        const readable = await this.#parser.parse(content);
        this.#count(
          readable.ok ? this.#decide(readable.value) : decideFailed(readable.fault.message, this.#account.policy),
        );
      }
    }
  }

  #decide(mail: { readonly subject: string; readonly body: string }): Plan {
    const { label, confidence, alternatives } = this.#model.classify(mail);
    const said = { classification: label, confidence, best: alternatives, model: this.#model.version };
    return decide({ status: 'completed', ...said }, this.#account.policy);
  }

  #count({ decision: { way, classification }, actions }: Plan): void {
    const will = actions.map(({ action }) => actionWords(action)).join(', ') || 'stays where it is';
    const key = JSON.stringify([classification, way]);
    const counted = this.#ways.get(key) ?? { class: classification, way, will, messages: 0 };
    this.#ways.set(key, { ...counted, messages: counted.messages + 1 });
  }

  ways(): Way[] {
    return [...this.#ways.values()].sort((a, b) => b.messages - a.messages);
  }

  close(): Promise<void> {
    return this.#parser.close();
  }
}

function sharesOf(config: Config, { name }: AccountConfig): Forecast['sofar'] {
  const file = join(config.state, 'siftd.db');
  if (!existsSync(file)) return [];
  const reading = openReading(file);
  const classes = reading.classes({ account: name, since: 0 });
  reading.close();
  const all = classes.reduce((sum, { seen }) => sum + seen, 0);
  return classes.map(({ class: called, seen }) => ({ class: called, share: seen / all }));
}

function callsFor({ classifier: { rate } }: Config, asked: number): NonNullable<Forecast['calls']> {
  const seconds = rate === null ? null : (2 * asked * rate.per) / rate.requests / 1000;
  return { submissions: asked, polls: asked, seconds };
}

export function forecastWords(seen: Forecast, { policy }: AccountConfig): string {
  const { folder, messages, known, asked, ways, sofar, calls } = seen;
  const lines = [
    `${printable(folder)}: ${messages} messages were looked at; ${asked} would be sorted, siftd knows ${known} already`,
  ];
  const style = { head: [], border: [] };
  if (ways !== null) {
    const table = new Table({ head: ['class', 'way', 'would be done', 'messages'], style });
    for (const way of ways) table.push([printable(way.class ?? '-'), way.way, way.will, way.messages]);
    if (ways.length > 0) lines.push(table.toString());
  } else if (sofar.length > 0) {
    const table = new Table({ head: ['class', 'of what siftd has seen so far', 'of these, about'], style });
    for (const { class: called, share } of sofar) {
      table.push([printable(called), `${(share * 100).toFixed(0)}%`, Math.round(share * asked)]);
    }
    lines.push(
      'their classes are not known before they are asked about; if they are as those so far:',
      table.toString(),
    );
  } else lines.push('their classes are not known before they are asked about');
  if (calls === null) lines.push('no calls to anybody: the classifier is inside siftd');
  else {
    const time =
      calls.seconds === null ? '' : `; at the configured rate that takes ${duration(calls.seconds)} at least`;
    lines.push(`${calls.submissions} submissions to the API, and at least as many questions for their results${time}`);
  }
  if (policy.mode === 'observe')
    lines.push('mode: observe: they would be asked about, and none of them would be touched');
  return lines.join('\n');
}

export function duration(seconds: number): string {
  if (seconds < 100) return `${Math.ceil(seconds)} s`;
  if (seconds < 6000) return `${Math.ceil(seconds / 60)} min`;
  return `${Math.ceil(seconds / 3600)} h`;
}
