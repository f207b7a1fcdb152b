import { openDatabase } from '../base/sqlite.ts';
import type { AnyRequest } from '../triage/requests.ts';
import { migrations } from './migrations.ts';

export type Asking = ReturnType<typeof openAsking>;

/**
 * Where the command line and the console put what persons ask, beside the process that acts. Nothing else is written here:
 * only that process changes jobs.
 */
export function openAsking(path: string) {
  const db = openDatabase(path, migrations, { beside: true });
  const insert = db.prepare('INSERT INTO requests (at, kind, payload) VALUES ($at, $kind, $payload)');
  const withdraw = db.prepare('DELETE FROM requests WHERE id = ? AND finished_at IS NULL');
  return {
    /** Durable when it returns. Answers the ids, in the order given. */
    ask: db.transaction((requests: readonly AnyRequest[], at: number): number[] =>
      requests.map((request) =>
        Number(insert.run({ at, kind: request.kind, payload: JSON.stringify(request) }).lastInsertRowid),
      ),
    ).immediate,

    /** Nobody will take it any more; false: somebody has. */
    withdraw(id: number): boolean {
      return withdraw.run(id).changes === 1;
    },

    close(): void {
      db.close();
    },
  };
}
