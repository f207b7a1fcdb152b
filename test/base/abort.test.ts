import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { onAbort } from '../../src/base/abort.ts';

test('who waits hears of the abort, who called it off does not, and nothing is kept of either', () => {
  const stop = new AbortController();
  const heard: number[] = [];
  const [callOff, ...others] = [0, 1, 2].map((n) => onAbort(stop.signal, () => heard.push(n)));
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
  callOff?.();
  callOff?.();
  stop.abort();
  expect(heard).toEqual([1, 2]);
  for (const one of others) one();
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
});
