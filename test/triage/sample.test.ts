import { expect, test } from 'vitest';
import { seeded } from '../../src/base/random.ts';
import { drawn } from '../../src/triage/sample.ts';

test('each filed message is drawn as often as any other, and observed ones only where those do not suffice', () => {
  const unjudged = [
    { filed: [1, 2, 3], observed: [7] },
    { filed: [4], observed: [8] },
  ];
  const random = seeded(1);
  const draw = (most: number) => drawn(unjudged, most, random);
  const times = new Map<number, number>();
  for (let at = 0; at < 4000; at++) for (const id of draw(1)) times.set(id, (times.get(id) ?? 0) + 1);
  expect([...times.keys()].sort()).toEqual([1, 2, 3, 4]);
  for (const [id, often] of times) expect(Math.abs(often - 1000), `${id}`).toBeLessThan(120);
  expect(draw(4).sort()).toEqual([1, 2, 3, 4]);
  expect(draw(5).slice(0, 4).sort()).toEqual([1, 2, 3, 4]);
  expect(draw(9).sort()).toEqual([1, 2, 3, 4, 7, 8]);
});
