import { expect, it } from 'vitest';
import { chaos } from './chaos.ts';

it('nothing is lost, repeated or misfiled while all goes wrong at once', { timeout: 600_000 }, async () => {
  const { lines, kills } = await chaos({ messages: 150, seed: 1, rate: 20 });
  expect(lines).toEqual([]);
  expect(kills).toBeGreaterThan(0);
});
