import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const heap = new URL('../../dist/base/heap.js', import.meta.url).href;

/** MiB of the space for what is young, after much of what was made had to be kept for a while. */
async function youngMib(before: string): Promise<number> {
  const program = `import v8 from 'node:v8';
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    import { keepHeapSmall } from ${JSON.stringify(heap)};
    ${before}
    for (let round = 0, kept = []; round < 1e6; round++) {
      if (kept.push([round]) === 5e4) kept = [];
    }
    console.log(v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size / 2 ** 20);`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  expect(stderr).toBe('');
  return Number(stdout);
}

test('what is young keeps its first size, also after V8 has made a thread', async () => {
  const thread = "await once(new Worker('0', { eval: true }), 'exit');";
  expect(await youngMib(`keepHeapSmall(); ${thread}`)).toBe(2);
  expect(await youngMib(thread)).toBeGreaterThan(2);
});
