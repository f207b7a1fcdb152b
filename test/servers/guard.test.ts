import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { guard } from './guard.ts';

const script = fileURLToPath(new URL('./guard.sh', import.meta.url));

test('a server and its folder are gone after the process that started it was killed', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'siftd-guard-'));
  const folder = mkdtempSync(join(parent, 'x'));
  const owner = spawn(process.execPath, [
    '-e',
    `require('node:child_process').spawn(${JSON.stringify(script)}, [${JSON.stringify(folder)}, 'bash', '-c', 'echo $$; sleep 1000'],
      { detached: true }).stdout.pipe(process.stdout)`,
  ]);
  const [pid] = await once(owner.stdout.setEncoding('utf8'), 'data');
  expect(existsSync(`/proc/${Number(pid)}`)).toBe(true);

  const removed = new Promise<void>((resolve) => {
    const watcher = watch(parent, () => {
      if (existsSync(folder)) return;
      watcher.close();
      resolve();
    });
  });
  owner.kill('SIGKILL');
  await removed;
  expect(existsSync(`/proc/${Number(pid)}`)).toBe(false);
  await guard(parent, ['true'], /never/).catch(() => undefined);
});

test('a server that ends before it is ready rejects with what it said', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'siftd-guard-'));
  await expect(guard(folder, ['bash', '-c', 'echo no such thing >&2; exit 3'], /never/)).rejects.toThrow(
    /ended with 3 before it was ready:\nno such thing/,
  );
  expect(existsSync(folder)).toBe(false);
});
