import { type Database, most, type Statement } from '../base/sqlite.ts';
import { type Part, parts } from './rows.ts';

/** Each statement of the journal's writer, prepared once. */
export function statements(db: Database) {
  const listed = (list: string) => list.split(',').map((field) => field.trim());
  // Fixed once it is found.
  const fixed = listed('account, email_id, message_id, header_hash, internal_date, size, thread, found_at');
  const fields = [...fixed, ...Object.values(parts).flatMap(listed)].join(', ');
  const once = 'origin, priority, found_in';
  const values = listed(`${fields}, ${once}`)
    .map((name) => `$${name}`)
    .join(', ');
  const open = `state IN ('found', 'submitted', 'decided')`;
  // What was once known of a submission stays on the row: a vendor's support will ask for the process id.
  const kept: Record<string, string> = {
    process_cuid: 'coalesce($process_cuid, process_cuid)',
    submitted_at: 'coalesce($submitted_at, submitted_at)',
    // When it first came so far: what a person does about it later has a time of its own.
    decided_at: 'coalesce(decided_at, $decided_at)',
    ended_at: 'coalesce(ended_at, $ended_at)',
    submission: 'max($submission, submission)',
  };
  // What siftd made of it by itself, whatever persons do with it then: its accuracy is measured by that. No IN: SQLite
  // would make a table of its list at each run.
  const own: Partial<Record<Part, string>> = {
    plan: `, own_way = iif($way = 'routed' OR $way = 'unsure' OR $way = 'failed', $way, own_way)`,
    state: ', own_observed = max(own_observed, $observed)',
  };
  /** As each set of parts was first asked for: a handful of all there could be. */
  const updates = new Map<string, Statement>();
  const update = (changed: readonly Part[]): Statement => {
    const sets = changed.map((part) => {
      const columns = listed(parts[part]).map((name) => `${name} = ${kept[name] ?? `$${name}`}`);
      return columns.join(', ') + (own[part] ?? '');
    });
    return db.prepare(`UPDATE jobs SET ${sets.join(', ')} WHERE id = $id AND rev = $rev - 1`);
  };
  return {
    insert: db.prepare(`INSERT INTO jobs (${fields}, ${once}) VALUES (${values})`),
    /** Writes these parts of a row over the revision before it. */
    update(changed: readonly Part[]): Statement {
      const known = changed.join();
      const statement = updates.get(known) ?? update(changed);
      updates.set(known, statement);
      return statement;
    },
    byId: db.prepare('SELECT * FROM jobs WHERE id = ?'),
    ready: db.prepare(
      `SELECT * FROM jobs WHERE account = ? AND state = ? AND ${open} AND next_at <= ? ORDER BY priority, next_at, id ${most}`,
    ),
    resume: db.prepare(`UPDATE jobs SET next_at = ? WHERE account = ? AND ${open} AND next_at > ?`),
    submitted: db.prepare(`SELECT * FROM jobs WHERE account = ? AND state = 'submitted' AND ${open} ORDER BY id`),
    due: db.prepare(
      `SELECT min(at) AS at FROM (
         SELECT min(next_at) AS at FROM jobs WHERE account = $account AND state = $state AND priority = 0 AND ${open}
         UNION ALL SELECT min(next_at) FROM jobs WHERE account = $account AND state = $state AND priority = 1 AND ${open})`,
    ),
    latest: db.prepare(
      `SELECT * FROM jobs WHERE account = ? AND state IN ('done', 'failed', 'gone') ORDER BY since DESC, id DESC ${most}`,
    ),
    count: db.prepare('SELECT count(*) AS n FROM jobs WHERE account = ? AND state = ?'),
    counts: db.prepare('SELECT account, state, count(*) AS n FROM jobs GROUP BY account, state'),
    review: db.prepare(`SELECT count(*) AS n FROM jobs WHERE review = 1 AND state IN ('done', 'failed')`),
    unsent: db.prepare(`SELECT count(*) AS n FROM postings WHERE state IN ('held', 'due', 'sending')`),
    waiting: db.prepare(`SELECT count(*) AS count, min(found_at) AS oldest FROM jobs WHERE ${open}`),
    oldest: db.prepare(`SELECT min(found_at) AS at FROM jobs WHERE ${open}`),
    candidates: db.prepare(
      `SELECT * FROM jobs WHERE id IN (
         SELECT id FROM jobs WHERE account = $account AND email_id = $email_id
         UNION SELECT id FROM jobs WHERE account = $account AND message_id = $message_id
         UNION SELECT id FROM jobs WHERE account = $account AND header_hash = $header_hash)
       ORDER BY id DESC`,
    ),
    inFolder: db.prepare('SELECT * FROM jobs WHERE account = ? AND folder = ? AND uidvalidity = ? ORDER BY uid'),
    validities: db.prepare('SELECT DISTINCT uidvalidity FROM jobs WHERE account = ? AND folder = ?'),
    restore: db.prepare(`INSERT OR IGNORE INTO jobs (id, ${fields}, ${once}) VALUES ($id, ${values})`),
    restoreOwn: db.prepare('UPDATE jobs SET own_way = $way, own_observed = $observed WHERE id = $id'),
    restoreRequest: db.prepare(
      `INSERT OR IGNORE INTO requests (id, at, kind, payload, finished_at, result)
       VALUES ($id, $at, 'backfill', '{}', $at, $result)`,
    ),
    ofThread: db.prepare(
      `SELECT * FROM jobs WHERE account = ? AND thread = ? AND id <> ? ORDER BY internal_date DESC, id DESC ${most}`,
    ),
    thread: db.prepare('SELECT thread FROM jobs WHERE account = ? AND message_id = ? ORDER BY id LIMIT 1'),
    actionsOf: db.prepare('SELECT * FROM actions WHERE job = $job AND round = $round ORDER BY seq'),
    putAction: db.prepare(
      `INSERT INTO actions (job, round, seq, action, step, progress, dest_folder, dest_uidvalidity, dest_uid)
       VALUES ($job, $round, $seq, $action, $step, $progress, $dest_folder, $dest_uidvalidity, $dest_uid)
       ON CONFLICT (job, round, seq) DO UPDATE SET action = $action, step = $step, progress = $progress,
         dest_folder = $dest_folder, dest_uidvalidity = $dest_uidvalidity, dest_uid = $dest_uid`,
    ),
    // Acting knows of one plan, which is the newest.
    progress: db.prepare(
      `UPDATE actions SET step = $step, progress = $progress, dest_folder = $dest_folder,
         dest_uidvalidity = $dest_uidvalidity, dest_uid = $dest_uid
       WHERE job = $job AND round = (SELECT round FROM jobs WHERE id = $job) AND seq = $seq`,
    ),
    dropActions: db.prepare('DELETE FROM actions WHERE job = ? AND round = ?'),
    before: db.prepare('SELECT state, round, next_at, folder, uidvalidity, uid, verdict FROM jobs WHERE id = ?'),
    putDeed: db.prepare(
      `INSERT INTO deeds (job, at, who, what, from_folder, to_folder, class, note)
       VALUES ($job, $at, $who, $what, $from, $to, $class, $note)`,
    ),
    requests: db.prepare('SELECT id, at, payload FROM requests WHERE finished_at IS NULL ORDER BY id'),
    answer: db.prepare(
      'UPDATE requests SET taken_at = coalesce(taken_at, $at), finished_at = $at, result = $result WHERE id = $id',
    ),
    holders: db.prepare(
      `SELECT id AS job FROM jobs WHERE account = $account AND folder = $folder AND uidvalidity = $uidvalidity AND uid = $uid
       UNION SELECT actions.job FROM actions JOIN jobs ON jobs.id = actions.job
         WHERE jobs.account = $account AND dest_folder = $folder AND dest_uidvalidity = $uidvalidity AND dest_uid = $uid`,
    ),
    cursor: db.prepare('SELECT * FROM cursors WHERE account = ? AND folder = ?'),
    cursors: db.prepare('SELECT * FROM cursors ORDER BY account, folder'),
    putCursor: db.prepare(
      `INSERT OR REPLACE INTO cursors (account, folder, uidvalidity, last_uid, synced_at, baseline_uid, baseline_date)
       VALUES ($account, $folder, $uidvalidity, $last_uid, $synced_at, $baseline_uid, $baseline_date)`,
    ),
    synced: db.prepare('UPDATE cursors SET synced_at = ? WHERE account = ? AND folder = ? AND last_uid = ?'),
    noticed: db.prepare(
      'SELECT uidvalidity AS uidValidity, last_uid AS lastUid FROM noticed WHERE account = ? AND folder = ?',
    ),
    putNoticed: db.prepare(
      'INSERT OR REPLACE INTO noticed (account, folder, uidvalidity, last_uid) VALUES (?, ?, ?, ?)',
    ),
    lastEnded: db.prepare(
      `SELECT max(at) AS at FROM (
         SELECT max(since) AS at FROM jobs WHERE account = $account AND state = 'done'
         UNION ALL SELECT max(since) FROM jobs WHERE account = $account AND state = 'failed')`,
    ),
    // By their UIDs: an index on places is there anyhow, and walks from the newest down.
    endedIn: db.prepare(
      `SELECT * FROM jobs WHERE account = ? AND folder = ? AND uidvalidity = ? AND +state IN ('done', 'failed')
       ORDER BY uid DESC ${most}`,
    ),
    configured: db.prepare('SELECT event, at, why FROM configuration'),
    putConfigured: db.prepare('INSERT OR REPLACE INTO configuration (event, at, why) VALUES (?, ?, ?)'),
    notes: db.prepare('SELECT account, state, at, detail FROM accounts'),
    putNote: db.prepare(
      'INSERT OR REPLACE INTO accounts (account, state, at, detail) VALUES ($account, $state, $at, $detail)',
    ),
  };
}
