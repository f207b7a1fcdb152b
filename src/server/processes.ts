import { customAlphabet } from 'nanoid';
import { limits } from '../base/limits.ts';
import { type Commits, type Database, groupCommit, type Migrations, openDatabase } from '../base/sqlite.ts';
import type { Mail, Scored } from '../engine/engine.ts';
import type { Submitted } from './read.ts';

/** Whose a process is, and which engine works on it. */
export interface Owner {
  readonly company: string;
  readonly orchestrator: string;
}

type Status = 'started' | 'completed' | 'failed';

interface Result {
  readonly status: Status;
  readonly classification: string | null;
  readonly confidence: number | null;
  /** 1: the confidence is the model's own word. */
  readonly stated: 0 | 1;
  /** The version of the engine that answered; null where none did. */
  readonly model: string | null;
  /** JSON text; null where the engine named none. */
  readonly predictions: string | null;
}

interface External {
  /** JSON text as submitted; null where absent. */
  readonly externalRef: string | null;
  readonly externalMetadata: string | null;
}

export interface ProcessRow extends Result, External {}

/** What ended and was not asked for yet. */
interface Unasked extends Owner {
  readonly row: ProcessRow;
  readonly endedAt: number;
}

/** An accepted mail that waits for its engine. */
export interface Waiting extends Mail {
  readonly seq: number;
  readonly cuid: string;
  readonly acceptedAt: number;
  /** Classifications of it that were begun, this one not counted, and that no end followed. */
  readonly starts: number;
}

export type Admission =
  | { readonly admitted: true; readonly cuid: string; readonly fresh: boolean }
  | { readonly admitted: false; readonly why: 'full' | 'key-reused' };

export type Ending =
  | {
      readonly status: 'completed';
      readonly label: string;
      readonly confidence: number;
      /** The most likely classes, the best first. */
      readonly predictions: readonly Scored[];
      readonly stated: boolean;
      readonly model: string;
    }
  | { readonly status: 'failed'; readonly model: string | null };

export const migrations: Migrations = [
  `CREATE TABLE processes (
     seq INTEGER PRIMARY KEY AUTOINCREMENT,
     cuid TEXT NOT NULL UNIQUE,
     company TEXT NOT NULL,
     orchestrator TEXT NOT NULL,
     status TEXT NOT NULL CHECK (status IN ('started', 'completed', 'failed')),
     accepted_at INTEGER NOT NULL,
     ended_at INTEGER,
     classification TEXT,
     confidence REAL,
     model TEXT,              -- the engine's version that answered
     external_ref TEXT,       -- JSON text as submitted, NULL where absent
     external_metadata TEXT,
     idempotency_key TEXT,
     fingerprint BLOB,
     CHECK ((status = 'started') = (ended_at IS NULL)),
     CHECK ((status = 'completed') = (classification IS NOT NULL AND confidence IS NOT NULL))
   );
   CREATE UNIQUE INDEX processes_key ON processes (company, orchestrator, idempotency_key)
     WHERE idempotency_key IS NOT NULL;
   CREATE INDEX processes_waiting ON processes (company, orchestrator, seq) WHERE status = 'started';
   CREATE INDEX processes_ended ON processes (ended_at) WHERE ended_at IS NOT NULL;
   -- Somebody's mail: a row lives until its process ends, not longer.
   CREATE TABLE mails (
     seq INTEGER PRIMARY KEY REFERENCES processes (seq) ON DELETE CASCADE,
     subject TEXT NOT NULL,
     body TEXT NOT NULL
   );`,
  `-- begun classifications that no end followed: a mail that ends the process shows here
   ALTER TABLE processes ADD COLUMN starts INTEGER NOT NULL DEFAULT 0;
   -- the confidence is the model's own word
   ALTER TABLE processes ADD COLUMN stated INTEGER NOT NULL DEFAULT 0;
   -- tokens that a language model took, a day (UTC)
   CREATE TABLE spending (
     company TEXT NOT NULL,
     orchestrator TEXT NOT NULL,
     day TEXT NOT NULL,
     tokens INTEGER NOT NULL,
     PRIMARY KEY (company, orchestrator, day)
   ) WITHOUT ROWID;`,
  `-- the most likely classes with their confidences, JSON
   ALTER TABLE processes ADD COLUMN predictions TEXT;`,
];

const letters = 'abcdefghijklmnopqrstuvwxyz';

/** A letter and eleven letters or digits, 61 bits that nobody can guess. */
const first = customAlphabet(letters, 1);
const others = customAlphabet(`${letters}0123456789`, 11);
const newCuid = (): string => first() + others();

/**
 * The durable queue. Writes are group commits: a promise that resolved is on the disk. Reads are immediate.
 */
export class Processes {
  readonly #db: Database;
  readonly #limit: number;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #commits: Commits;
  /** By cuid, the last ones: most are asked for right after their end, and to read them costs several times the answer. */
  readonly #unasked = new Map<string, Unasked>();
  #open = 0;
  #writable = true;

  /** `limit`: unfinished processes before `accept` answers `full`. `sound`: see `openDatabase`. */
  constructor(path: string, limit: number, sound = false) {
    this.#db = openDatabase(path, migrations, { secureDelete: true, sound });
    this.#limit = limit;
    this.#statements = prepare(this.#db);
    this.#commits = groupCommit(this.#db, (error) => {
      this.#writable = error === null;
      // Nothing of it is on the disk: the count is taken from what is.
      if (error !== null && this.#db.open) this.#open = this.#countOpen();
    });
    this.#open = this.#countOpen();
  }

  /** Accepted and not ended. */
  get open(): number {
    return this.#open;
  }

  get full(): boolean {
    return this.#open >= this.#limit;
  }

  /** False after a commit that failed, until the next that does not. */
  get writable(): boolean {
    return this.#writable;
  }

  /** A known key with the same request answers the process it started, even when the queue is full. */
  accept(owner: Owner, key: string | null, request: Submitted, now: number): Promise<Admission> {
    return this.#commits.write((): Admission => {
      const { byKey, insertProcess, insertMail } = this.#statements;
      const known = key === null ? undefined : byKey.get(owner.company, owner.orchestrator, key);
      if (known !== undefined) {
        const same = known.fingerprint?.equals(request.fingerprint) === true;
        return same ? { admitted: true, cuid: known.cuid, fresh: false } : { admitted: false, why: 'key-reused' };
      }
      if (this.full) return { admitted: false, why: 'full' };
      const cuid = this.#unusedCuid();
      const { lastInsertRowid } = insertProcess.run({
        ...owner,
        cuid,
        now,
        externalRef: request.externalRef,
        externalMetadata: request.externalMetadata,
        key,
        fingerprint: key === null ? null : request.fingerprint,
      });
      insertMail.run(lastInsertRowid, request.mail.subject, request.mail.body);
      this.#open++;
      return { admitted: true, cuid, fresh: true };
    });
  }

  /**
   * Takes what waits, oldest first, and commits that its classification begins. What was begun before and has not ended
   * is left out: see `begun`.
   */
  begin(owner: Owner, count: number): Promise<Waiting[]> {
    return this.#commits.write(() => {
      const mails = this.#statements.waiting.all({ ...owner, count });
      for (const { seq } of mails) this.#statements.begin.run(seq);
      return mails;
    });
  }

  /** What was begun and has not ended: before the first `begin` of a run, what the run before was in the middle of. */
  begun(owner: Owner): Waiting[] {
    return this.#statements.begun.all({ ...owner });
  }

  /** Commits that one more classification of this mail begins. */
  beginAgain(seq: number): Promise<void> {
    return this.#commits.write(() => void this.#statements.begin.run(seq));
  }

  /** It was begun, and nothing happened: that start does not count. */
  release(seqs: readonly number[]): Promise<void> {
    return this.#commits.write(() => {
      for (const seq of seqs) this.#statements.release.run(seq);
    });
  }

  /** Ends a process and deletes its mail, in one transaction. False if it had ended before. */
  async end(seq: number, ending: Ending, now: number): Promise<boolean> {
    const completed = ending.status === 'completed' ? ending : null;
    const result: Result = {
      status: ending.status,
      classification: completed?.label ?? null,
      confidence: completed?.confidence ?? null,
      stated: completed?.stated === true ? 1 : 0,
      model: ending.model,
      predictions: completed === null ? null : JSON.stringify(completed.predictions),
    };
    const ended = await this.#commits.write(() => {
      const { endProcess, deleteMail } = this.#statements;
      const ended = endProcess.get({ ...result, seq, now });
      deleteMail.run(seq);
      if (ended !== undefined) this.#open--;
      return ended;
    });
    if (ended === undefined) return false;
    const { cuid, company, orchestrator, externalRef, externalMetadata } = ended;
    this.#keep(cuid, { company, orchestrator, endedAt: now, row: { ...result, externalRef, externalMetadata } });
    return true;
  }

  #keep(cuid: string, one: Unasked): void {
    const { most, chars } = limits.server.unasked;
    if ((one.row.externalRef?.length ?? 0) + (one.row.externalMetadata?.length ?? 0) > chars) return;
    this.#unasked.set(cuid, one);
    for (const oldest of this.#unasked.keys()) {
      if (this.#unasked.size <= most) return;
      this.#unasked.delete(oldest);
    }
  }

  find(owner: Owner, cuid: string, endedSince: number): ProcessRow | null {
    const unasked = this.#unasked.get(cuid);
    if (unasked?.company === owner.company && unasked.orchestrator === owner.orchestrator) {
      this.#unasked.delete(cuid);
      if (unasked.endedAt >= endedSince) return unasked.row;
    }
    return this.#statements.find.get({ ...owner, cuid, endedSince }) ?? null;
  }

  /** Tokens that a language model took on a day (`2026-01-31`, UTC). */
  spent(owner: Owner, day: string): number {
    return this.#statements.spent.get({ ...owner, day })?.tokens ?? 0;
  }

  /** Adds tokens to a day, less than none to give some back, unless that day would have more than `most` by it. */
  spend(owner: Owner, day: string, tokens: number, most: number): Promise<boolean> {
    return this.#commits.write(() => {
      if (tokens > 0 && this.spent(owner, day) + tokens > most) return false;
      this.#statements.spend.run({ ...owner, day, tokens });
      return true;
    });
  }

  /**
   * Deletes what ended before `before`, and what was accepted before it for an owner that is configured no more: it
   * will never end. At most `count` rows; answers how many it were.
   */
  sweep(before: number, owners: readonly Owner[], count: number): Promise<number> {
    for (const [cuid, { endedAt }] of this.#unasked) if (endedAt < before) this.#unasked.delete(cuid);
    const known = JSON.stringify(owners.map(({ company, orchestrator }) => [company, orchestrator]));
    return this.#commits.write(() => {
      const { changes } = this.#statements.sweep.run({ before, known, count });
      if (changes > 0) this.#open = this.#countOpen();
      return changes;
    });
  }

  /** The write-ahead log still holds pages that were deleted since: empties it. */
  forgetLog(): void {
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
  }

  /** Commits what is pending, then closes; later writes are refused. */
  close(): void {
    this.#commits.flush();
    this.#db.close();
  }

  #unusedCuid(): string {
    for (;;) {
      const cuid = newCuid();
      if (this.#statements.byCuid.get(cuid) === undefined) return cuid;
    }
  }

  #countOpen(): number {
    return this.#statements.countOpen.get()?.open ?? 0;
  }
}

function prepare(db: Database) {
  const waiting = `SELECT seq, cuid, accepted_at AS acceptedAt, starts, subject, body FROM processes JOIN mails USING (seq)
       WHERE company = :company AND orchestrator = :orchestrator AND status = 'started'`;
  return {
    byKey: db.prepare<[string, string, string], { cuid: string; fingerprint: Buffer | null }>(
      'SELECT cuid, fingerprint FROM processes WHERE company = ? AND orchestrator = ? AND idempotency_key = ?',
    ),
    byCuid: db.prepare<[string], { seq: number }>('SELECT seq FROM processes WHERE cuid = ?'),
    insertProcess: db.prepare(
      `INSERT INTO processes (cuid, company, orchestrator, status, accepted_at, external_ref, external_metadata,
         idempotency_key, fingerprint)
       VALUES (:cuid, :company, :orchestrator, 'started', :now, :externalRef, :externalMetadata, :key, :fingerprint)`,
    ),
    insertMail: db.prepare('INSERT INTO mails (seq, subject, body) VALUES (?, ?, ?)'),
    endProcess: db.prepare<Result & { seq: number; now: number }, Owner & External & { cuid: string }>(
      `UPDATE processes SET status = :status, ended_at = :now, classification = :classification,
         confidence = :confidence, stated = :stated, predictions = :predictions, model = :model
       WHERE seq = :seq AND status = 'started'
       RETURNING cuid, company, orchestrator, external_ref AS externalRef, external_metadata AS externalMetadata`,
    ),
    deleteMail: db.prepare('DELETE FROM mails WHERE seq = ?'),
    find: db.prepare<Owner & { cuid: string; endedSince: number }, ProcessRow>(
      `SELECT status, classification, confidence, stated, model, predictions, external_ref AS externalRef,
         external_metadata AS externalMetadata
       FROM processes
       WHERE cuid = :cuid AND company = :company AND orchestrator = :orchestrator
         AND (ended_at IS NULL OR ended_at >= :endedSince)`,
    ),
    waiting: db.prepare<Owner & { count: number }, Waiting>(`${waiting} AND starts = 0 ORDER BY seq LIMIT :count`),
    begun: db.prepare<Owner, Waiting>(`${waiting} AND starts > 0 ORDER BY seq`),
    begin: db.prepare('UPDATE processes SET starts = starts + 1 WHERE seq = ?'),
    release: db.prepare(`UPDATE processes SET starts = max(starts - 1, 0) WHERE seq = ? AND status = 'started'`),
    spent: db.prepare<Owner & { day: string }, { tokens: number }>(
      'SELECT tokens FROM spending WHERE company = :company AND orchestrator = :orchestrator AND day = :day',
    ),
    spend: db.prepare(
      `INSERT INTO spending (company, orchestrator, day, tokens) VALUES (:company, :orchestrator, :day, max(:tokens, 0))
       ON CONFLICT DO UPDATE SET tokens = max(tokens + :tokens, 0)`,
    ),
    sweep: db.prepare(
      `DELETE FROM processes WHERE seq IN (
         SELECT seq FROM processes WHERE ended_at < :before
         UNION ALL
         SELECT seq FROM processes WHERE status = 'started' AND accepted_at < :before
           AND (company, orchestrator) NOT IN (SELECT value ->> 0, value ->> 1 FROM json_each(:known))
         LIMIT :count)`,
    ),
    countOpen: db.prepare<[], { open: number }>(`SELECT count(*) AS open FROM processes WHERE status = 'started'`),
  };
}
