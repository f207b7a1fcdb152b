import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';

/* What a newcomer sees first: the whole main job, with nothing set up. */

const main = new URL('../../dist/main.js', import.meta.url).pathname;

it('the demo sorts nine of ten right, loses nothing, and leaves nothing behind', { timeout: 180_000 }, async () => {
  const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('siftd-demo-'));
  const before = new Set(left());
  // A CI that shows colours says so in the environment; what is read here are the words.
  const env = { ...process.env, NO_COLOR: '1' };
  const child = spawn(process.execPath, [main, 'demo', '--once'], { stdio: ['ignore', 'pipe', 'inherit'], env });
  let out = '';
  child.stdout.on('data', (data) => {
    out += data;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  expect(out).toMatch(/IMAP 127\.0\.0\.1:\d+/);
  const [, arrived, right] = /│ all +│ (\d+) +│ (\d+) /.exec(out) ?? [];
  expect(Number(arrived)).toBeGreaterThan(100);
  expect(Number(right) / Number(arrived)).toBeGreaterThanOrEqual(0.9);
  expect(out).toContain('lost 0, twice 0');
  expect(left().filter((name) => !before.has(name))).toEqual([]);
});
