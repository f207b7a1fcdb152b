import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/base/sqlite.ts';
import { Processes, migrations as serviceMigrations } from '../../src/server/processes.ts';
import { migrations } from '../../src/store/migrations.ts';
import { openReading } from '../../src/store/reading.ts';
import { salvage } from '../../src/store/salvage.ts';
import { openStore } from '../../src/store/store.ts';
import { dump, fixture, load, read } from './fixtures.ts';

/* A database of every schema that was ever released is kept, and is brought to the schema of today. */

let folder: string;
const at = (name: string) => join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-upgrade-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const schemas = (of: readonly string[]) => of.map((_, index) => index + 1);
const both = [
  { name: 'siftd', steps: migrations },
  { name: 'service', steps: serviceMigrations },
] as const;

/** The database of the last schema that is kept, by the newest step: where a step has no database of its own yet. */
function keepNext(name: 'siftd' | 'service', steps: readonly string[]): void {
  const last = schemas(steps).findLast((schema) => existsSync(fixture(name, schema))) ?? 0;
  load(read(fixture(name, last)), at('next.db'));
  openDatabase(at('next.db'), steps.slice(0, last + 1)).close();
  writeFileSync(fixture(name, last + 1), dump(at('next.db')));
}

describe.each(both)('the schemas of $name.db', ({ name, steps }) => {
  it('have a database each that is kept, and it is what its steps make', () => {
    if (process.env['SIFTD_KEEP_SCHEMA'] === name) keepNext(name, steps);
    for (const schema of schemas(steps)) {
      const kept = fixture(name, schema);
      const how = `no database of schema ${schema} is kept: SIFTD_KEEP_SCHEMA=${name} npx vitest run -c test/vitest.config.ts test/store/upgrade.test.ts makes one; put rows into what the step added`;
      expect(existsSync(kept), how).toBe(true);
      load(read(kept), at(`${schema}.db`));
      expect(dump(at(`${schema}.db`))).toBe(read(kept));
      const made = openDatabase(at(`made-${schema}.db`), steps.slice(0, schema));
      made.close();
      expect(schemaOf(at(`${schema}.db`)), `a released step was edited: schema ${schema}`).toEqual(
        schemaOf(at(`made-${schema}.db`)),
      );
    }
    expect(existsSync(fixture(name, steps.length + 1))).toBe(false);
  });

  it('of a newer siftd are refused in words, and left as they are', () => {
    load(read(fixture(name, steps.length)), at('newer.db'));
    const older = steps.slice(0, -1);
    expect(() => openDatabase(at('newer.db'), older)).toThrow(
      `it has schema ${steps.length} and was written by a newer siftd, this one knows schema ${older.length}. Nothing of it was changed`,
    );
    expect(dump(at('newer.db'))).toBe(read(fixture(name, steps.length)));
  });
});

describe.each(schemas(migrations))('a journal of schema %i', (schema) => {
  const file = () => at('siftd.db');
  beforeEach(() => load(read(fixture('siftd', schema)), file()));

  it('comes up with every job where it was, and keeps what it was for an older siftd', () => {
    const store = openStore(file());
    try {
      expect(schemas(new Array(8).fill('')).map((id) => store.job(id))).toMatchObject(jobs);
      expect(store.cursor('support', 'INBOX')).toMatchObject({ uidValidity: 1_763_990_000, lastUid: 18 });
      expect(store.requests().map(({ id }) => id)).toEqual(schema < 2 ? [] : [2]);
      expect(store.noticed('support', 'Support/Refunds')).toEqual(
        schema < 3 ? null : { uidValidity: 1_763_990_007, lastUid: 8 },
      );
      expect(store.openOld('support')).toEqual({ all: 0, found: 0 });
      expect(store.backfill('support')?.folder).toBe(schema < 5 ? undefined : 'Archive/2025');
    } finally {
      store.close();
    }
    const reading = openReading(file());
    expect(reading.history(4)?.deeds).toHaveLength(schema < 2 ? 0 : 1);
    expect(reading.list({}, { most: 9 }).entries).toHaveLength(8);
    reading.close();
    const kept = at(`siftd.db.schema-${schema}`);
    expect(existsSync(kept)).toBe(schema < migrations.length);
    if (!existsSync(kept)) return;
    expect(dump(kept)).toBe(read(fixture('siftd', schema)));
    const older = migrations.slice(0, schema);
    expect(() => openDatabase(file(), older)).toThrow(`siftd restore --replace ${kept}`);
    openDatabase(kept, older).close();
  });

  it('can be salvaged', () => {
    const { jobs: saved, partly } = salvage(file());
    expect(partly).toBe(false);
    expect(saved.map(({ row }) => row.state)).toEqual(jobs.map(({ state }) => state));
  });
});

it('of what was kept before an upgrade the last alone stays', () => {
  load(read(fixture('siftd', 1)), at('siftd.db'));
  openDatabase(at('siftd.db'), migrations.slice(0, 2), { keep: true }).close();
  expect(existsSync(at('siftd.db.schema-1'))).toBe(true);
  openStore(at('siftd.db')).close();
  expect([1, 2].map((schema) => existsSync(at(`siftd.db.schema-${schema}`)))).toEqual([false, true]);
});

it.each(schemas(serviceMigrations))(
  'a queue of schema %i answers what it had, and goes on with what waited',
  (schema) => {
    load(read(fixture('service', schema)), at('service.db'));
    const processes = new Processes(at('service.db'), 100);
    try {
      const owner = { company: 'c4ompanycuid', orchestrator: 'o8rchestrator' };
      expect(processes.open).toBe(1);
      expect(processes.find(owner, 'f45sz0ho8rcl', 0)).toMatchObject({
        status: 'completed',
        classification: 'refund_request',
        confidence: 0.92,
        externalMetadata: '{"thread_id": "t-381", "tries": 1.0}',
      });
      expect(processes.find(owner, 'z9y8x7w6v5u4', 0)).toMatchObject({ status: 'failed' });
      expect(processes.spent(owner, '2025-11-24')).toBe(schema < 2 ? 0 : 1234);
      // Mail is nothing that is kept.
      expect(existsSync(at(`service.db.schema-${schema}`))).toBe(false);
    } finally {
      processes.close();
    }
  },
);

const jobs = [
  { state: 'found', place: { folder: 'INBOX', uid: 11 }, starts: 1, submission: 1 },
  { state: 'submitted', processCuid: 'q0a1b2c3d4e5', submission: 2 },
  {
    state: 'decided',
    decision: { way: 'routed', route: 'refund_request', confidence: 0.92 },
    actions: [
      { action: { kind: 'mark', labels: ['urgent'] }, progress: { step: 'done', newly: ['urgent'] } },
      {
        action: { kind: 'move', to: 'Support/Refunds' },
        progress: { step: 'sent', by: 'copy', fence: { uidNext: 9 } },
      },
    ],
  },
  { state: 'done', place: { folder: 'Support/Refunds', uid: 8 }, actions: [{ progress: { from: { uid: 14 } } }] },
  { state: 'done', review: true, decision: { way: 'unsure', classification: 'poetry' } },
  { state: 'gone', why: 'a person moved it before we acted' },
  { state: 'failed', why: 'the classification failed', review: true },
  { state: 'done', observed: true, identity: { messageId: null, emailId: 'M6f2' } },
];

function schemaOf(path: string): unknown[] {
  const db = new Database(path, { readonly: true });
  try {
    return db.prepare("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name").all();
  } finally {
    db.close();
  }
}
