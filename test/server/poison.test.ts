import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { openDatabase } from '../../src/base/sqlite.ts';
import { migrations } from '../../src/server/processes.ts';
import { HandClock } from '../api/clock.ts';
import { accepted, createHouse, FakeEngine, mail, post, SlowEngine } from './service.ts';

const program = new URL('./poison.mjs', import.meta.url).pathname;
let folder: string;
let file: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-poison-'));
  file = join(folder, 'service.db');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Starts the service and gives what it says next, or the signal that ended it. */
async function run(cuids: readonly string[], submit: readonly string[] = []): Promise<unknown> {
  const child = fork(program, [file, ...cuids]);
  children.push(child);
  const ended = once(child, 'exit').then(([, signal]: unknown[]) => signal);
  const said = once(child, 'message').then(([message]: unknown[]) => message);
  if (submit.length === 0) return await Promise.race([said, ended]);
  await said;
  const answer = once(child, 'message').then(([message]: unknown[]) => message);
  child.send(submit);
  return await Promise.race([answer, ended]);
}

function starts(): Record<string, number> {
  const db = openDatabase(file, migrations, { readonly: true });
  const rows = db.prepare<[], { cuid: string; starts: number }>('SELECT cuid, starts FROM processes').all();
  db.close();
  return Object.fromEntries(rows.map((row) => [row.cuid, row.starts]));
}

it('a mail that ends the service is failed after its third start; none of its neighbours is', async () => {
  const subjects = ['a', 'b', 'poison', 'c', 'd'];
  const cuids = (await run([], [...subjects])) as string[];
  const [child] = children;
  child?.kill('SIGKILL');
  if (child !== undefined) await once(child, 'exit');
  // A kill may come before the first is begun or after all are: as if it had come before.
  const db = openDatabase(file, migrations, { beside: true });
  db.exec('UPDATE processes SET starts = 0');
  db.close();

  for (let died = 1; died <= limits.server.starts; died++) {
    expect(await run(cuids)).toBe('SIGKILL');
    expect(starts()[cuids[2] ?? '']).toBe(died);
  }
  expect(await run(cuids)).toEqual(['completed', 'completed', 'failed', 'completed', 'completed']);
});

it('a stop is no crash: what it leaves behind begins anew without a mark', async () => {
  const house = createHouse();
  for (let restart = 0; restart < 2 * limits.server.starts; restart++) {
    const engine = new SlowEngine();
    const service = house.open(engine);
    if (restart === 0) await accepted(post(service, { mail }));
    await engine.asked(1);
    await service.stop();
  }
  const clock = new HandClock();
  const engine = new FakeEngine();
  engine.answer = () => {
    throw new Error('not yet');
  };
  const waits = house.open(engine, { clock });
  await vi.waitUntil(() => clock.sleepers === 2);
  await waits.stop();
  const db = openDatabase(house.file, migrations, { readonly: true });
  expect(db.prepare('SELECT status, starts FROM processes').all()).toEqual([{ status: 'started', starts: 0 }]);
  db.close();
  await house.close();
});
