/**
 * Loaded into siftd by `node --import`, before anything of its own: shortens the times of limits.ts, and numbers the
 * commits of siftd.db. Plain JavaScript, as nothing compiles it. Told by SIFTD_CRASH, a JSON object:
 *
 * - `limits`: values over those of base/limits.js, by section.
 * - `kill`: `{ when: 'before' | 'after', at }`, SIGKILL to itself right before or after its n-th commit, or the n-th one
 *   that notes a step of an action, `sent 1`, or a state of a posting, `reply sending 1`.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';

const asked = JSON.parse(process.env['SIFTD_CRASH'] ?? '{}');
// The process's own modules: these very objects are what siftd goes by.
const main = pathToFileURL(process.argv[1]);

if (isMainThread) {
  const { limits } = await import(new URL('base/limits.js', main).href);
  for (const [section, values] of Object.entries(asked.limits ?? {})) Object.assign(limits[section], values);
  if (asked.kill !== undefined) numberCommits(asked.kill);
}

function numberCommits({ when, at }) {
  const Database = createRequire(main)('better-sqlite3');
  const isJournal = (db) => db.name.endsWith('/siftd.db');
  const counts = { before: 0, after: 0 };
  /** The step that was noted last in this transaction. */
  let step = '';
  /** What became of postings in it. */
  const posted = new Set();
  const reach = (side) => {
    counts[side]++;
    const noted = step === '' ? [...posted] : [step, ...posted];
    for (const name of noted) counts[`${side} ${name}`] = (counts[`${side} ${name}`] ?? 0) + 1;
    const here =
      side === when && (counts[side] === at || noted.some((name) => `${name} ${counts[`${side} ${name}`]}` === at));
    if (here) process.kill(process.pid, 'SIGKILL');
    if (side === 'after') {
      step = '';
      posted.clear();
    }
  };

  const { transaction, prepare } = Database.prototype;
  Database.prototype.transaction = function (work) {
    if (!isJournal(this)) return transaction.call(this, work);
    const db = this;
    const whole = transaction.call(db, function (...args) {
      const result = work.apply(this, args);
      // Within another transaction this is a savepoint, and none of the two is a commit.
      if (outermost) reach('before');
      return result;
    });
    let outermost = false;
    const counted = (run) =>
      function (...args) {
        if (db.inTransaction) return run.apply(this, args);
        outermost = true;
        let result;
        try {
          result = run.apply(this, args);
        } finally {
          outermost = false;
        }
        reach('after');
        return result;
      };
    const wrapped = counted(whole);
    for (const way of ['default', 'deferred', 'immediate', 'exclusive']) {
      Object.defineProperty(wrapped, way, { value: counted(whole[way]) });
    }
    return wrapped;
  };

  // A statement outside of a transaction is a transaction of its own.
  let patched = false;
  Database.prototype.prepare = function (sql) {
    const statement = prepare.call(this, sql);
    if (patched) return statement;
    patched = true;
    const prototype = Object.getPrototypeOf(statement);
    const { run } = prototype;
    prototype.run = function (...args) {
      if (/^(INSERT INTO|UPDATE) actions\b/.test(this.source)) step = args[0].step;
      if (/^(INSERT INTO|UPDATE) postings\b/.test(this.source) && args[0]?.state !== undefined) {
        const { kind = kindOf(this.database, args[0].id), state } = args[0];
        posted.add(`${kind} ${state}`);
      }
      // better-sqlite3 begins a transaction by a statement of its own, and that one is no commit.
      if (this.source.startsWith('BEGIN') || this.readonly || !isJournal(this.database) || this.database.inTransaction)
        return run.apply(this, args);
      reach('before');
      const result = run.apply(this, args);
      reach('after');
      return result;
    };
    return statement;
  };
}

function kindOf(db, posting) {
  return db.prepare('SELECT kind FROM postings WHERE id = ?').pluck().get(posting);
}
