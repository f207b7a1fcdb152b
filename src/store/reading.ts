import { openDatabase } from '../base/sqlite.ts';
import type { ActionRecord } from '../triage/acting.ts';
import type { Backfill } from '../triage/backfill.ts';
import type { Deed } from '../triage/deed.ts';
import type { Answered, Verdict as Said } from '../triage/evidence.ts';
import { type Job, type Origin, type State, states, type Verdict, type Way } from '../triage/job.ts';
import type { Posting } from '../triage/posting.ts';
import type { RequestResult } from '../triage/requests.ts';
import type { Unjudged } from '../triage/sample.ts';
import { backfillsOf } from './backfills.ts';
import { migrations } from './migrations.ts';
import { postingsIn } from './outbox.ts';
import { type ActionRow, deedsIn, jobOf, type NewRow, recordOf } from './rows.ts';

/** Everything that is known of a message, for the person who asks what became of it. */
export interface History {
  readonly job: Job;
  readonly origin: Origin;
  /** The folder that it was found in. */
  readonly foundIn: string;
  /** When it first came so far; null: it has not. */
  readonly times: {
    readonly found: number;
    readonly submitted: number | null;
    readonly decided: number | null;
    readonly ended: number | null;
  };
  readonly submission: { readonly number: number; readonly key: string | null; readonly processCuid: string | null };
  /** What every plan wanted and came to; the last is the present one. */
  readonly rounds: readonly { readonly round: number; readonly actions: readonly ActionRecord[] }[];
  /** Oldest first. */
  readonly deeds: readonly Deed[];
  /** What was to be sent about it, oldest first. */
  readonly postings: readonly Posting[];
}

/** What each of its plans came to, the first at 0; those of one that could not be made are none of its own. */
export function plansOf({ job, rounds }: Pick<History, 'job' | 'rounds'>): (readonly ActionRecord[])[] {
  return Array.from({ length: job.round }, (_, at) => rounds.find(({ round }) => round === at + 1)?.actions ?? []);
}

export interface Filter {
  readonly account?: string | undefined;
  readonly state?: State | undefined;
  /** What the API said. */
  readonly class?: string | undefined;
  readonly way?: Way | undefined;
  /** A part of the Message-ID. */
  readonly text?: string | undefined;
  readonly thread?: string | undefined;
  /** It came into its present state then or later. */
  readonly since?: number | undefined;
  /** It waits for a person, or it does not. */
  readonly review?: boolean | undefined;
}

export interface Page {
  readonly most: number;
  /** What the page before said as `next`. */
  readonly before?: number | undefined;
}

/** A message in a list. */
export interface Entry {
  readonly id: number;
  readonly account: string;
  readonly messageId: string | null;
  readonly thread: string;
  readonly folder: string;
  readonly foundIn: string;
  readonly origin: Origin;
  readonly state: State;
  readonly way: Way | null;
  readonly route: string | null;
  readonly classification: string | null;
  readonly confidence: number | null;
  readonly review: boolean;
  readonly observed: boolean;
  readonly foundAt: number;
  readonly endedAt: number | null;
  readonly since: number;
  readonly verdict: 'right' | 'wrong' | null;
  readonly truth: string | null;
}

/** What became of the messages of one class. */
export interface ClassTally {
  readonly class: string;
  readonly seen: number;
  /** siftd's own doing: it filed them, or would have (observed). */
  readonly filed: number;
  readonly observed: number;
  /** Left for a person, by a threshold or for want of a route. */
  readonly unsure: number;
  readonly failed: number;
  readonly undone: number;
  /** Persons' words: on what siftd said of it. */
  readonly right: number;
  readonly wrong: number;
}

/** A message that a person has said the truth about. */
export interface Judged {
  readonly job: number;
  readonly classification: string | null;
  readonly confidence: number | null;
  readonly way: Way;
  readonly route: string | null;
  readonly observed: boolean;
  readonly truth: string | null;
  readonly right: boolean;
  readonly by: Verdict['by'];
  readonly at: number;
}

/** A span of time of the path. */
export interface Pulse {
  readonly at: number;
  readonly found: number;
  readonly ended: number;
  /** From found to ended, of those that ended in it, in milliseconds; null where none did. */
  readonly median: number | null;
  readonly slow: number | null;
}

export interface Span {
  readonly account?: string | undefined;
  /** By the time when a message was found. */
  readonly since: number;
}

export type Reading = ReturnType<typeof openReading>;

const ended = `state IN ('done', 'failed')`;
/** The index on (account, state, since) is good for a span of time only where the other two are named. */
const lately = `account IN (SELECT value FROM json_each($accounts)) AND state IN (${states.map((state) => `'${state}'`).join(', ')}) AND since >= $since`;

const entry = `id, account, message_id AS messageId, thread, folder, found_in AS foundIn, origin, state, way, route, classification,
  confidence, review, observed, found_at AS foundAt, ended_at AS endedAt, since, verdict, truth`;

/** The journal for those who only look, beside the process that writes it. Every call sees one state of it. */
export function openReading(path: string, mend?: string) {
  const db = openDatabase(path, migrations, { readonly: true, ...(mend === undefined ? {} : { mend }) });
  const byId = db.prepare('SELECT * FROM jobs WHERE id = ?');
  const actionsOf = db.prepare('SELECT * FROM actions WHERE job = ? ORDER BY round, seq');
  const deedsOf = deedsIn(db);
  const postingsOf = postingsIn(db);
  const accounts = db
    .prepare('SELECT account FROM cursors UNION SELECT account FROM accounts ORDER BY account')
    .pluck();
  const byMessageId = db
    .prepare(
      'SELECT id FROM jobs WHERE account IN (SELECT value FROM json_each($accounts)) AND message_id = $id ORDER BY id DESC',
    )
    .pluck();
  const waiting = db
    .prepare('SELECT count(*) FROM jobs WHERE review = 1 AND ($account IS NULL OR account = $account)')
    .pluck();
  const classes = db.prepare(
    `SELECT classification AS class, count(*) AS seen,
       sum(${ended} AND way = 'routed' AND NOT observed) AS filed, sum(${ended} AND way = 'routed' AND observed) AS observed,
       sum(way = 'unsure') AS unsure, sum(way = 'failed') AS failed, sum(way = 'undone') AS undone,
       coalesce(sum(verdict = 'right'), 0) AS right, coalesce(sum(verdict = 'wrong'), 0) AS wrong
     FROM jobs WHERE ${lately} AND found_at >= $since AND classification IS NOT NULL GROUP BY classification ORDER BY seen DESC`,
  );
  const judged = db.prepare(
    `SELECT id AS job, classification, confidence, way, route, observed, truth, verdict = 'right' AS right, judged_by AS by,
       judged_at AS at
     FROM jobs WHERE ${lately} AND found_at >= $since AND verdict IS NOT NULL ORDER BY id`,
  );
  const answers = db.prepare(
    `SELECT classification, confidence, way, coalesce(own_way, way) AS own, observed OR own_observed AS observed, verdict, truth,
       judged_by AS by
     FROM jobs WHERE ${lately} AND found_at >= $since AND ${ended} AND confidence IS NOT NULL ORDER BY id`,
  );
  const unjudged = db.prepare(
    `SELECT id, observed FROM jobs WHERE ${lately} AND found_at >= $since AND state = 'done' AND way = 'routed'
       AND confidence IS NOT NULL AND verdict IS NULL AND ($class IS NULL OR classification = $class) ORDER BY id`,
  );
  const ends = db.prepare(`SELECT found_at, ended_at FROM jobs WHERE ${lately}`);
  const backfills = backfillsOf(db);
  const asked = db.prepare('SELECT finished_at, result FROM requests WHERE id = ?');

  const named = (account: string | undefined) => JSON.stringify(account === undefined ? accounts.all() : [account]);

  return {
    /** Accounts that the journal knows. */
    accounts(): string[] {
      return accounts.all() as string[];
    },

    /** The jobs of a Message-ID (with its angle brackets), newest first. */
    withMessageId(messageId: string): number[] {
      return byMessageId.all({ accounts: named(undefined), id: messageId }) as number[];
    },

    history: db.transaction((id: number): History | null => {
      const row = byId.get(id) as NewRow | undefined;
      if (row === undefined) return null;
      const actions = actionsOf.all(id) as ActionRow[];
      const ofRound = (round: number) => actions.filter((action) => action.round === round).map(recordOf);
      const rounds = [...new Set(actions.map(({ round }) => round))];
      return {
        job: jobOf(row, ofRound),
        origin: row.origin,
        foundIn: row.found_in,
        times: { found: row.found_at, submitted: row.submitted_at, decided: row.decided_at, ended: row.ended_at },
        submission: { number: row.submission, key: row.key, processCuid: row.process_cuid },
        rounds: rounds.map((round) => ({ round, actions: ofRound(round) })),
        deeds: deedsOf(id),
        postings: postingsOf(id),
      };
    }),

    /** Newest first. `next` leads to the page behind this one; null: there is none. */
    list(filter: Filter, page: Page): { readonly entries: Entry[]; readonly next: number | null } {
      const conditions = [
        filter.account === undefined ? null : 'account = $account',
        filter.state === undefined ? null : 'state = $state',
        filter.class === undefined ? null : 'classification = $class',
        filter.way === undefined ? null : 'way = $way',
        filter.text === undefined ? null : `instr(lower(message_id), lower($text)) > 0`,
        filter.thread === undefined ? null : 'thread = $thread',
        filter.since === undefined ? null : 'since >= $since',
        filter.review === undefined ? null : `review = ${Number(filter.review)}`,
        page.before === undefined ? null : 'id < $before',
      ].filter((condition) => condition !== null);
      const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
      const rows = db
        .prepare(`SELECT ${entry} FROM jobs ${where} ORDER BY id DESC LIMIT $limit`)
        .all({ ...filter, before: page.before, limit: page.most + 1 }) as EntryRow[];
      const entries = rows.slice(0, page.most).map((row) => ({
        ...row,
        review: row.review === 1,
        observed: row.observed === 1,
      }));
      return { entries, next: rows.length > page.most ? (entries.at(-1)?.id ?? null) : null };
    },

    /** How many wait for a person. */
    waiting(account?: string): number {
      return waiting.get({ account: account ?? null }) as number;
    },

    classes({ account, since }: Span): ClassTally[] {
      return classes.all({ accounts: named(account), since }) as ClassTally[];
    },

    judged({ account, since }: Span): Judged[] {
      const rows = judged.all({ accounts: named(account), since }) as JudgedRow[];
      return rows.map((row) => ({ ...row, observed: row.observed === 1, right: row.right === 1 }));
    },

    /** Everything that the classifier answered and siftd is done with, as `siftd report` weighs it. */
    answers({ account, since }: Span): Answered[] {
      const rows = answers.iterate({ accounts: named(account), since }) as Iterable<AnswerRow>;
      return Array.from(rows, answeredOf);
    },

    /** What a sample is drawn from: answers of the classifier, as in `answers`. */
    unjudged({ account, since, class: name }: Span & { readonly class?: string | undefined }): Unjudged {
      const rows = unjudged.all({ accounts: named(account), since, class: name ?? null }) as UnjudgedRow[];
      const idsOf = (observed: number) => rows.filter((row) => row.observed === observed).map(({ id }) => id);
      return { filed: idsOf(0), observed: idsOf(1) };
    },

    /** The path from a time on, in spans of `step` milliseconds; the first begins at `from`. */
    pulse(from: number, until: number, step: number): Pulse[] {
      const spans = Array.from({ length: Math.max(0, Math.ceil((until - from) / step)) }, (_, index) => ({
        at: from + index * step,
        found: 0,
        took: [] as number[],
      }));
      const at = (time: number) => spans[Math.floor((time - from) / step)];
      const rows = ends.iterate({ accounts: named(undefined), since: from });
      for (const { found_at: foundAt, ended_at: endedAt } of rows as Iterable<{
        found_at: number;
        ended_at: number | null;
      }>) {
        const found = at(foundAt);
        if (found !== undefined) found.found++;
        if (endedAt !== null) at(endedAt)?.took.push(endedAt - foundAt);
      }
      return spans.map(({ at, found, took }) => {
        const sorted = took.sort((a, b) => a - b);
        const part = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
        return { at, found, ended: sorted.length, median: part(0.5), slow: part(0.95) };
      });
    },

    /** How far the sorting of old mail is; null: it was never begun. */
    backfill: db.transaction((id: number): { readonly backfill: Backfill; readonly open: number } | null => {
      const backfill = backfills.byId(id);
      return backfill === null ? null : { backfill, open: backfills.open(backfill.account).all };
    }),

    /** What became of a request; null: nothing yet. */
    answer(request: number): RequestResult | null {
      const row = asked.get(request) as { finished_at: number | null; result: string | null } | undefined;
      return row?.result == null ? null : (JSON.parse(row.result) as RequestResult);
    },

    close(): void {
      db.close();
    },
  };
}

type EntryRow = Omit<Entry, 'review' | 'observed'> & { readonly review: number; readonly observed: number };
type JudgedRow = Omit<Judged, 'observed' | 'right'> & { readonly observed: number; readonly right: number };

interface UnjudgedRow {
  readonly id: number;
  readonly observed: number;
}

interface AnswerRow {
  readonly classification: string;
  readonly confidence: number;
  readonly way: Way;
  readonly own: Way;
  readonly observed: number;
  readonly verdict: 'right' | 'wrong' | null;
  readonly truth: string | null;
  readonly by: Verdict['by'];
}

function answeredOf({ classification, confidence, way, own, observed, verdict, truth, by }: AnswerRow): Answered {
  return {
    classification,
    confidence,
    way: own === 'routed' ? 'routed' : 'unsure',
    // What was taken back is for people to file, like what siftd only looked at.
    observed: observed === 1 || (way === 'undone' && by !== 'sample'),
    verdict: verdict === null ? null : { right: verdict === 'right', truth, by: saidBy[by] },
  };
}

const saidBy: Readonly<Record<Verdict['by'], Said['by']>> = {
  review: 'filing',
  observation: 'filing',
  correction: 'correction',
  sample: 'sample',
};
