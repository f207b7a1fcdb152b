import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase, soundOf } from '../../src/base/sqlite.ts';

const migrations = ['CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT;'];
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-sqlite-'));
  file = join(folder, 'words.db');
  const db = openDatabase(file, migrations);
  const insert = db.prepare('INSERT INTO words (word) VALUES (?)');
  for (let word = 0; word < 2000; word++) insert.run(`word ${word}`);
  db.close();
});
afterEach(() => rmSync(folder, { recursive: true }));

function overwrite(from: number): void {
  const octets = readFileSync(file);
  octets.fill(0x55, from, from + 4096);
  writeFileSync(file, octets);
}

it('a thread says of a database whether it is sound, also while another connection writes to it', async () => {
  expect([...(await soundOf([file]))]).toEqual([file]);
  const db = openDatabase(file, migrations, { sound: true });
  db.exec("INSERT INTO words (word) VALUES ('unread')");
  expect([...(await soundOf([file]))]).toEqual([file]);
  db.close();
});

it.each([
  ['with an overwritten page', () => overwrite(3 * 4096)],
  ['that is none', () => overwrite(0)],
  ['that was cut off', () => writeFileSync(file, '')],
  ['that is not there', () => rmSync(file)],
])('a database %s is not sound, and is left to whoever opens it', async (_what, harm) => {
  harm();
  const before = existsSync(file) ? readFileSync(file) : null;
  expect([...(await soundOf([file]))]).toEqual([]);
  expect(existsSync(file) ? readFileSync(file) : null).toEqual(before);
});

it('what is sound is still refused where it has another schema', () => {
  openDatabase(file, migrations).exec('DROP TABLE words');
  expect(() => openDatabase(file, migrations, { sound: true })).toThrow(/the table words/);
});
