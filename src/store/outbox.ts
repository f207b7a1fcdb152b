import { type Database, most } from '../base/sqlite.ts';
import type { Needs } from '../triage/digest.ts';
import type { Job } from '../triage/job.ts';
import { type NewPosting, type Posting, stepPosting } from '../triage/posting.ts';

/** What a posting says, until it has ended. */
export interface Letter {
  readonly content: Uint8Array;
  /** The envelope's sender; empty is the null reverse-path (RFC 5321 4.5.5). */
  readonly sender: string;
}

interface PostingRow {
  readonly id: number;
  readonly account: string;
  readonly job: number | null;
  readonly round: number | null;
  readonly seq: number | null;
  readonly kind: Posting['kind'];
  readonly recipient: string;
  readonly key: string;
  readonly route: string | null;
  readonly state: Posting['state'];
  readonly attempts: number;
  readonly next_at: number;
  readonly at: number;
  readonly ended_at: number | null;
  readonly why: string | null;
}

/** A posting as it stands in the journal. */
export type PostingWhole = PostingRow & { readonly sender: string | null; readonly content: Uint8Array | null };

/** All but the content, which may be large. */
const fields = 'id, account, job, round, seq, kind, recipient, key, route, state, attempts, next_at, at, ended_at, why';

/** What was to be sent about a message, oldest first. */
export function postingsIn(db: Database): (job: number) => Posting[] {
  const all = db.prepare(`SELECT ${fields} FROM postings WHERE job = ? ORDER BY id`);
  return (job) => (all.all(job) as PostingRow[]).map(postingOf);
}

/** The same as they stand, to be written into another journal. */
export function postingsWhole(db: Database): (job: number) => PostingWhole[] {
  const all = db.prepare(`SELECT ${fields}, sender, content FROM postings WHERE job = ? ORDER BY id`);
  return (job) => all.all(job) as PostingWhole[];
}

/** The outbox of a journal's writer. Whatever writes here is called within one of its transactions. */
export function outboxOf(db: Database) {
  const ofJob = postingsIn(db);
  const open = `state IN ('held', 'due', 'sending')`;
  const sql = {
    due: db.prepare(
      `SELECT ${fields} FROM postings WHERE account = ? AND state = 'due' AND ${open} AND next_at <= ?
         AND (kind = 'webhook') = ? ORDER BY next_at, id ${most}`,
    ),
    next: db.prepare(
      `SELECT min(next_at) AS at FROM postings WHERE account = ? AND state = 'due' AND ${open} AND next_at > ?`,
    ),
    left: db.prepare(`SELECT ${fields} FROM postings WHERE account = ? AND state = 'sending' AND ${open} ORDER BY id`),
    resume: db.prepare(
      `UPDATE postings SET next_at = $now WHERE account = $account AND state = 'due' AND ${open} AND next_at > $latest`,
    ),
    one: db.prepare(`SELECT ${fields} FROM postings WHERE id = ?`),
    letter: db.prepare('SELECT content, sender FROM postings WHERE id = ?'),
    answered: db.prepare(
      `SELECT 1 FROM postings WHERE kind = 'reply' AND account = ? AND recipient = ? AND route IS ? AND at > ?
         AND state <> 'withheld' LIMIT 1`,
    ),
    lastDigest: db.prepare(`SELECT max(at) AS at FROM postings WHERE kind = 'digest' AND account = ?`),
    review: db.prepare(
      `SELECT account, count(*) AS waiting, sum(max(since, coalesce((SELECT max(ended_at) FROM postings
         WHERE postings.job = jobs.id AND postings.state IN ('unknown', 'refused')), 0)) > ?) AS fresh
       FROM jobs WHERE review = 1 GROUP BY account ORDER BY account`,
    ),
    known: db.prepare(`SELECT 1 FROM postings WHERE key = ? AND state NOT IN ('refused', 'withheld')`),
    add: db.prepare(
      `INSERT INTO postings (account, job, round, seq, kind, sender, recipient, key, route, content, state, at, ended_at, why)
       VALUES ($account, $job, $round, $seq, $kind, $sender, $recipient, $key, $route, $content, $state, $at, $ended_at, $why)`,
    ),
    put: db.prepare(
      `UPDATE postings SET state = $state, attempts = $attempts, next_at = $nextAt, ended_at = $endedAt, why = $why,
         content = iif($endedAt IS NULL, content, NULL) WHERE id = $id`,
    ),
    restore: db.prepare(
      `INSERT OR IGNORE INTO postings (${fields}, sender, content) VALUES (${fields
        .split(', ')
        .map((name) => `$${name}`)
        .join(', ')}, $sender, $content)`,
    ),
    doubt: db.prepare(`UPDATE postings SET state = 'sending' WHERE state IN ('held', 'due') AND kind <> 'webhook'`),
    waiting: db.prepare(`SELECT DISTINCT job FROM postings WHERE state IN ('held', 'due') AND job IS NOT NULL`),
  };
  /** Jobs of which something has not left yet: all others need not be asked about when they change. */
  const waiting = new Set((sql.waiting.all() as { job: number }[]).map(({ job }) => job));

  return {
    /** Its action is `done` then: the caller says so in the same transaction. */
    add({ of, content, sender, ...posting }: NewPosting): void {
      const ended_at = posting.state === 'withheld' ? posting.at : null;
      const { job, round, seq } = of ?? { job: null, round: null, seq: null };
      sql.add.run({ ...posting, job, round, seq, content, sender, ended_at });
      if (posting.state === 'held' && job !== null) waiting.add(job);
    },

    put({ id, state, attempts, nextAt, endedAt, why }: Posting): void {
      sql.put.run({ id, state, attempts, nextAt, endedAt, why });
    },

    /** A job was written: what is held for its message leaves, or does not, by what became of it. */
    follow(job: Job): void {
      if (!waiting.has(job.id)) return;
      let left = false;
      for (const posting of ofJob(job.id)) {
        const next = stepPosting(posting, { type: 'ended', job }, job.nextAt, job.since);
        if (next !== null) this.put(next);
        // By what stood there: what is written now may be rolled back, and is then written once more.
        left ||= posting.state === 'held' || posting.state === 'due';
      }
      if (!left) waiting.delete(job.id);
    },

    restore(posting: PostingWhole): void {
      sql.restore.run(posting);
    },

    /**
     * The journal is of an earlier time, or not whole: a mail that stands in it may have been sent since. It is not sent, and a
     * person is shown it as soon as the account begins.
     */
    doubt(): void {
      sql.doubt.run();
    },

    due(account: string, what: 'mails' | 'webhooks', now: number, most: number): Posting[] {
      return (sql.due.all(account, now, Number(what === 'webhooks'), most) as PostingRow[]).map(postingOf);
    },

    nextDue(account: string, now: number): number | null {
      return (sql.next.get(account, now) as { at: number | null }).at;
    },

    posting(id: number): Posting | null {
      const row = sql.one.get(id) as PostingRow | undefined;
      return row === undefined ? null : postingOf(row);
    },

    left(account: string): Posting[] {
      return (sql.left.all(account) as PostingRow[]).map(postingOf);
    },

    resume(account: string, now: number, most: number): void {
      sql.resume.run({ account, now, latest: now + most });
    },

    letter(id: number): Letter | null {
      const row = sql.letter.get(id) as { content: Buffer | null; sender: string | null } | undefined;
      return row?.content == null ? null : { content: row.content, sender: row.sender ?? '' };
    },

    answered(account: string, recipient: string, route: string | null, since: number): boolean {
      return sql.answered.get(account, recipient, route, since) !== undefined;
    },

    lastDigest(account: string): number | null {
      return (sql.lastDigest.get(account) as { at: number | null }).at;
    },

    review(since: number): Needs['review'] {
      return sql.review.all(since) as Needs['review'];
    },

    known(key: string): boolean {
      return sql.known.get(key) !== undefined;
    },
  };
}

function postingOf({ job, round, seq, next_at: nextAt, ended_at: endedAt, ...row }: PostingRow): Posting {
  const of = job === null || round === null || seq === null ? null : { job, round, seq };
  return { ...row, of, nextAt, endedAt };
}
