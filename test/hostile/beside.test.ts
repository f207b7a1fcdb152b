/*
 * Whoever reads the journal beside a running siftd, for a status or a backup, never blocks it, however long they take.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { refunds, Stage } from '../pains/stage.ts';
import { command } from './command.ts';
import { integrity } from './disks.ts';

const stage = new Stage();
const countIn = (file: string) => {
  const db = new Database(file, { readonly: true });
  try {
    return (db.prepare('SELECT count(*) AS n FROM jobs').get() as { n: number }).n;
  } finally {
    db.close();
  }
};

it('a reader that never ends, a backup and a status beside siftd hold up no message', async () => {
  const mail = stage.user();
  const world = stage.world(await stage.vendor(), mail);
  await world.start();
  await world.deliver(...refunds(10, 'before'));
  await world.ended(10);
  const file = join(world.folder, 'state', 'siftd.db');
  const backups = join(world.folder, 'backups');
  mkdirSync(backups);
  const reader = new Database(file, { readonly: true });
  reader.exec('BEGIN');
  const seen = () => (reader.prepare('SELECT count(*) AS n FROM jobs').get() as { n: number }).n;
  expect(seen()).toBe(10);
  // As `sqlite3 siftd.db ".backup FILE"` does, page by page, with mail sorted between two of them.
  const copier = new Database(file, { readonly: true });
  let pages = 0;
  const progress = () => {
    pages++;
    return 1;
  };
  const copied = copier.backup(join(backups, 'online.db'), { progress });
  await world.deliver(...refunds(20, 'during'));
  const [status] = await Promise.all([command(world, 'status', '--json'), world.ended(30)]);
  expect(status.code).toBe(0);
  expect(seen()).toBe(10);
  await copied;
  expect(pages).toBeGreaterThan(5);
  copier.exec(`VACUUM INTO '${join(backups, 'vacuum.db')}'`);
  await world.deliver(...refunds(5, 'after'));
  await world.ended(35);
  reader.exec('COMMIT');
  reader.close();
  copier.close();
  for (const name of ['online.db', 'vacuum.db']) {
    expect(integrity(join(backups, name))).toBe('ok');
    expect(countIn(join(backups, name))).toBeGreaterThanOrEqual(10);
  }
  await world.stop();
  expect(world.lines.filter((line) => line['level'] === 'error')).toEqual([]);
  expect(countIn(file)).toBe(35);
});
