import { describe, expect, test } from 'vitest';
import { measure, thresholdFor, worstConfusions } from '../../src/engine/metrics.ts';

const judged = [
  { truth: 'a', predicted: 'a', confidence: 0.9 },
  { truth: 'a', predicted: 'a', confidence: 0.8 },
  { truth: 'a', predicted: 'b', confidence: 0.3 },
  { truth: 'b', predicted: 'b', confidence: 0.7 },
  { truth: 'c', predicted: 'b', confidence: 0.6 },
];

describe('measuring', () => {
  test('gives accuracy, macro-F1, calibration error, the surest 80% and the confusions', () => {
    const result = measure(judged);
    expect(result.accuracy).toBeCloseTo(0.6);
    // F1: a 4/5, b 2/4, c 0.
    expect(result.macroF1).toBeCloseTo((0.8 + 0.5 + 0) / 3);
    // Each answer is alone in its bin.
    expect(result.ece).toBeCloseTo((0.1 + 0.2 + 0.3 + 0.3 + 0.6) / 5);
    expect(result.accuracyAt80).toBeCloseTo(3 / 4);
    expect(result.confusion).toEqual({ a: { a: 2, b: 1 }, b: { b: 1 }, c: { b: 1 } });
    expect(result.classes[2]).toEqual({ label: 'c', examples: 1, precision: null, recall: 0, f1: 0 });
  });

  test('of nothing is zero, not NaN', () => {
    expect(measure([])).toMatchObject({ examples: 0, accuracy: 0, macroF1: 0, ece: 0, accuracyAt80: 0, classes: [] });
  });

  test('lists the worst confusions first', () => {
    const twice = { truth: 'x', predicted: 'y', confidence: 1 };
    expect(worstConfusions([...judged, twice, twice], 2)).toEqual([
      { truth: 'x', predicted: 'y', count: 2 },
      { truth: 'a', predicted: 'b', count: 1 },
    ]);
  });
});

describe('the threshold for a precision', () => {
  const answer = (confidence: number, right: boolean) => ({ confidence, right });

  test('is the lowest that holds, and counts the right answers above it', () => {
    const answers = [answer(0.9, true), answer(0.8, true), answer(0.7, false), answer(0.6, true), answer(0.5, true)];
    expect(thresholdFor(answers, 1)).toEqual({ threshold: 0.8, hits: 2 });
    expect(thresholdFor(answers, 0.8)).toEqual({ threshold: 0.5, hits: 4 });
  });

  test('files answers of equal confidence together or not at all', () => {
    expect(thresholdFor([answer(0.9, true), answer(0.9, false)], 0.98)).toBeNull();
    expect(thresholdFor([], 0.98)).toBeNull();
  });
});
