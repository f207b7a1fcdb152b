import { describe, expect, test } from 'vitest';
import type { Month } from '../../src/cli/demo-month.ts';
import { monthText, promisesOf, seedLine, seedsHead, sumText } from '../../src/cli/demo-month-text.ts';
import type { Answered } from '../../src/triage/evidence.ts';
import { reportOf } from '../../src/triage/report.ts';

const routes = new Map(['refund', 'spam'].map((name) => [name, { threshold: 0.75, mode: 'observe' as const }]));

/** What was observed, and people filed: of the first class 300 with 3 mistakes, which is enough, of the other too little. */
const promise = reportOf(
  [...answers('refund', 297, true), ...answers('refund', 3, false), ...answers('spam', 9, true)],
  routes,
  0.98,
);

function answers(classification: string, count: number, right: boolean): Answered[] {
  const verdict = { right, truth: right ? classification : null, by: 'filing' as const };
  return Array.from({ length: count }, () => ({
    classification,
    ...{ confidence: 0.95, way: 'routed' as const, observed: true, verdict },
  }));
}

function month(seed: number, right: number, all: number): Month {
  const counts = { messages: 1400, deeds: 400, noticed: 400, reviewed: 50 };
  return { seed, promise, end: promise, filed: new Map([['refund', { all, right }]]), ...counts };
}

describe('the promise beside the truth', () => {
  test.each([
    ['true', 990, 1000],
    ['worse', 950, 1000],
    ['better', 1000, 1000],
    [null, 0, 0],
  ] as const)('came %s', (came, right, all) => {
    const { classes, together } = promisesOf(month(1, right, all));
    expect(classes).toMatchObject([{ name: 'refund', filed: all, right, came }]);
    expect(together).toMatchObject({ name: 'together', filed: all, right, came });
  });

  test('nothing was ready', () => {
    const none = { ...month(1, 0, 0), promise: reportOf([], routes, 0.98) };
    expect(promisesOf(none)).toEqual({ classes: [], together: null });
    expect(monthText(none)).toContain('Nothing was ready.');
    expect(seedLine(none)).toMatch(/^ +1 +0 +- +- +0 +- +- +-$/);
  });
});

test('a month is told with what is missing, and several in a line each and a sum', () => {
  const [one, other] = [month(1, 990, 1000), month(20, 950, 1000)];
  expect(monthText(one)).toContain('Ready to act on refund at 0.95: 300 seen, 99.0% right');
  expect(monthText(one)).toContain('Not ready to act on spam: 100.0% right');
  expect(seedLine(one)).toMatch(/^ +1 +1 +99\.0% +96\.\d-99\.\d +1,000 +99\.0% +yes +1 of 1$/);
  expect(seedLine(other)).toMatch(/^ +20 .+ 95\.0% +no: worse +0 of 1$/);
  expect(seedLine(one)).toHaveLength(seedLine(other).length);
  expect(seedsHead()).toContain('right, by the truth');
  expect(sumText([one, other])).toBe(
    'The truth lay in the promised interval in 1 of 2 months (1 worse), and for 1 of 2 single classes (1 worse). Of 2,000 that were filed, 97.0% were right.',
  );
});
