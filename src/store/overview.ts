import type { Database } from '../base/sqlite.ts';
import type { FolderCursor } from '../triage/cursor.ts';
import { type State, states } from '../triage/job.ts';
import type { backfillsOf } from './backfills.ts';
import { type CursorRow, cursorOf } from './rows.ts';
import type { statements } from './statements.ts';

/** What was said of an account last. */
export interface AccountNote {
  readonly state: string;
  readonly at: number;
  readonly detail: string | null;
}

/** What became of the configuration when the daemon read it. */
export interface Configured {
  /** null: no daemon has run yet. */
  readonly takenAt: number | null;
  /** Another one was refused since; null: none was. */
  readonly refused: { readonly at: number; readonly why: string } | null;
}

interface AccountView {
  note: AccountNote | null;
  readonly jobs: Partial<Record<State, number>>;
  readonly folders: Record<string, FolderCursor>;
}

/** Everything that `siftd status` shows, read in one transaction. */
export function overviewOf(
  db: Database,
  sql: ReturnType<typeof statements>,
  backfills: ReturnType<typeof backfillsOf>,
) {
  return db.transaction(() => {
    const jobs = Object.fromEntries(states.map((state) => [state, 0])) as Record<State, number>;
    const accounts: Record<string, AccountView> = {};
    const of = (account: string) => {
      accounts[account] ??= { note: null, jobs: {}, folders: {} };
      return accounts[account];
    };
    for (const { account, state, n } of sql.counts.all() as { account: string; state: State; n: number }[]) {
      jobs[state] += n;
      of(account).jobs[state] = n;
    }
    for (const row of sql.cursors.all() as CursorRow[]) of(row.account).folders[row.folder] = cursorOf(row);
    for (const { account, ...note } of sql.notes.all() as ({ account: string } & AccountNote)[])
      of(account).note = note;
    const review = (sql.review.get() as { n: number }).n;
    const unsent = (sql.unsent.get() as { n: number }).n;
    const oldest = (sql.oldest.get() as { at: number | null }).at;
    const filling = backfills
      .unended()
      .map((backfill) => ({ ...backfill, open: backfills.open(backfill.account).all }));
    const configured = configuredOf(sql.configured.all() as ConfiguredRow[]);
    return { jobs, review, unsent, oldestOpen: oldest, accounts, backfills: filling, configured };
  });
}

interface ConfiguredRow {
  readonly event: 'taken' | 'refused';
  readonly at: number;
  readonly why: string | null;
}

function configuredOf(rows: readonly ConfiguredRow[]): Configured {
  const takenAt = rows.find(({ event }) => event === 'taken')?.at ?? null;
  const last = rows.find(({ event }) => event === 'refused');
  const stands = last !== undefined && last.at >= (takenAt ?? 0);
  return { takenAt, refused: stands ? { at: last.at, why: last.why ?? '' } : null };
}
