import type { Database } from '../base/sqlite.ts';
import type { Backfill } from '../triage/backfill.ts';

/** Old mail that is being sorted, in the journal: shared by who writes it and who only looks. */
export function backfillsOf(db: Database) {
  const unended = db.prepare("SELECT * FROM backfills WHERE state <> 'ended' AND account = ? ORDER BY id LIMIT 1");
  const byId = db.prepare('SELECT * FROM backfills WHERE id = ?');
  const all = db.prepare("SELECT * FROM backfills WHERE state <> 'ended' ORDER BY id");
  const waiting = db
    .prepare(
      "SELECT count(*) FROM jobs WHERE account = ? AND state = ? AND priority = 1 AND state IN ('found', 'submitted', 'decided')",
    )
    .pluck();
  const count = (account: string, state: string) => Number(waiting.get(account, state));
  return {
    of(account: string): Backfill | null {
      const row = unended.get(account) as BackfillRow | undefined;
      return row === undefined ? null : backfillOf(row);
    },

    byId(id: number): Backfill | null {
      const row = byId.get(id) as BackfillRow | undefined;
      return row === undefined ? null : backfillOf(row);
    },

    unended(): Backfill[] {
      return (all.all() as BackfillRow[]).map(backfillOf);
    },

    /** Old mail that was taken and has not ended: all of it, and what nobody was asked about yet. */
    open(account: string): { readonly found: number; readonly all: number } {
      const found = count(account, 'found');
      return { found, all: found + count(account, 'submitted') + count(account, 'decided') };
    },
  };
}

export function backfillWriter(db: Database): (backfill: Backfill) => void {
  const put = db.prepare(
    `INSERT OR REPLACE INTO backfills (id, account, folder, since, most, state, uidvalidity, last_uid, last_old, messages,
       passed, taken, started_at, ended_at, why)
     VALUES ($id, $account, $folder, $since, $most, $state, $uidvalidity, $last_uid, $last_old, $messages, $passed, $taken,
       $started_at, $ended_at, $why)`,
  );
  return ({ cursor, lastOld, startedAt, endedAt, ...rest }) =>
    void put.run({
      ...rest,
      uidvalidity: cursor?.uidValidity ?? null,
      last_uid: cursor?.lastUid ?? null,
      last_old: lastOld,
      started_at: startedAt,
      ended_at: endedAt,
    });
}

interface BackfillRow {
  readonly id: number;
  readonly account: string;
  readonly folder: string;
  readonly since: number | null;
  readonly most: number | null;
  readonly state: Backfill['state'];
  readonly uidvalidity: number | null;
  readonly last_uid: number | null;
  readonly last_old: number;
  readonly messages: number;
  readonly passed: number;
  readonly taken: number;
  readonly started_at: number;
  readonly ended_at: number | null;
  readonly why: string | null;
}

function backfillOf({ uidvalidity, last_uid, last_old, started_at, ended_at, ...rest }: BackfillRow): Backfill {
  const cursor = uidvalidity === null || last_uid === null ? null : { uidValidity: uidvalidity, lastUid: last_uid };
  return { ...rest, cursor, lastOld: last_old, startedAt: started_at, endedAt: ended_at };
}
