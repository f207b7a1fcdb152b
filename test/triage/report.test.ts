import { describe, expect, test } from 'vitest';
import { seeded } from '../../src/base/random.ts';
import { adviceOf, bySureness, sentence } from '../../src/triage/advice.ts';
import { type Answered, Evidence, type Verdict } from '../../src/triage/evidence.ts';
import { exactInterval } from '../../src/triage/interval.ts';
import { reportOf } from '../../src/triage/report.ts';

const refunds = 'refund_request';
const routes = new Map([[refunds, { threshold: 0.75, mode: 'observe' as const }]]);

/** So many answers alike. */
function times(count: number, answer: Partial<Answered>): Answered[] {
  return Array.from({ length: count }, () => ({
    classification: refunds,
    confidence: 0.9,
    way: 'routed',
    observed: true,
    verdict: null,
    ...answer,
  }));
}

function said(right: boolean, by: Verdict['by'], truth: string | null = right ? refunds : 'complaint'): Verdict {
  return { right, truth, by };
}
const right = said(true, 'filing');
const wrong = said(false, 'filing');

function evidenceOf(...answers: Answered[]): Evidence {
  const evidence = new Evidence();
  for (const answer of answers) evidence.add(answer);
  return evidence;
}

function advice(answers: readonly Answered[], target = 0.98, mode: 'act' | 'observe' = 'observe') {
  const report = reportOf(answers, new Map([[refunds, { threshold: 0.75, mode }]]), target);
  const [own] = report.classes;
  if (own === undefined) throw new Error('no class');
  return { ...own.advice, text: sentence(own, target) };
}

describe('an exact interval', () => {
  // By R's binom.test and scipy's beta.ppf.
  test.each([
    [9, 10, 0.05, 0.5549839, 0.9974714],
    [408, 412, 0.05, 0.9753295, 0.9973485],
    [20_000, 1_000_000, 0.05, 0.0197265, 0.0202763],
    [50, 100, 0.015, 0.3756648, 0.6243352],
    [1, 1, 0.05, 0.025, 1],
    [0, 149, 0.1, 0, 1 - 0.05 ** (1 / 149)],
    [0, 0, 0.05, 0, 1],
  ])('%i of %i, missed by %f', (hits, of, miss, low, high) => {
    const interval = exactInterval(hits, of, miss);
    expect(interval.low).toBeCloseTo(low, 6);
    expect(interval.high).toBeCloseTo(high, 6);
  });
});

describe('what verdicts tell', () => {
  test('what people filed themselves is judged as it stands', () => {
    const evidence = evidenceOf(...times(95, { verdict: right }), ...times(5, { verdict: wrong }), ...times(50, {}));
    expect(evidence.estimate(0.05)).toMatchObject({ right: 0.95, answers: 150, judged: 100, wrong: 5, unfiled: 50 });
    // Nobody files what no route is for: what was left lying may be wrong, all of it.
    expect(evidence.estimate(0.05)?.low).toBeCloseTo((1 - exactInterval(5, 100, 0.05).high) * (100 / 150), 9);
  });

  test('silence about what siftd filed is no proof, whatever was corrected', () => {
    const acted = { observed: false };
    const corrected = times(10, { ...acted, verdict: said(false, 'correction') });
    const evidence = evidenceOf(...corrected, ...times(990, acted));
    expect(evidence.estimate(0.05)).toBeNull();
    expect(evidence.atMost(0.05)).toBeCloseTo(1 - exactInterval(10, 1000, 0.05).low, 9);
  });

  test('a sample tells of all that nobody spoke of, and corrections of themselves', () => {
    const acted = { observed: false };
    const evidence = evidenceOf(
      ...times(10, { ...acted, verdict: said(false, 'correction') }),
      ...times(98, { ...acted, verdict: said(true, 'sample') }),
      ...times(1, { ...acted, verdict: said(false, 'sample') }),
      ...times(891, acted),
    );
    const estimate = evidence.estimate(0.05);
    // 10 known mistakes, and one in 99 of the other 990.
    expect(estimate?.right).toBeCloseTo(0.98, 9);
    // 1000 / (10 / 1000 + 0.99 * 990 / 99): the sample is worth itself, the corrections hardly more.
    expect(estimate?.judged).toBeCloseTo(1_000_000 / 9910, 6);
  });

  test('a reviewed sample of everything is worth as much as itself', () => {
    const acted = { observed: false };
    const evidence = evidenceOf(
      ...times(5, { ...acted, verdict: said(false, 'correction') }),
      ...times(95, { ...acted, verdict: said(true, 'sample') }),
    );
    expect(evidence.estimate(0.05)).toMatchObject({ right: 0.95, answers: 100 });
    expect(evidence.estimate(0.05)?.judged).toBeCloseTo(100, 9);
  });

  test('what was left to people does not count for more because they file all of it', () => {
    const evidence = evidenceOf(
      ...times(900, { observed: false }),
      ...times(90, { observed: false, verdict: said(true, 'sample') }),
      ...times(50, { observed: false, way: 'unsure', verdict: right }),
      ...times(60, { observed: false, way: 'unsure', verdict: wrong }),
    );
    // 60 of 1100, not 60 of 200.
    expect(evidence.estimate(0.05)?.right).toBeCloseTo(1 - 60 / 1100, 9);
  });

  test('nothing is said where a part has no verdict', () => {
    expect(evidenceOf(...times(200, { verdict: right }), ...times(3, { way: 'unsure' })).estimate(0.05)).toBeNull();
    expect(evidenceOf().estimate(0.05)).toBeNull();
  });
});

describe('the advice', () => {
  test('ready: the lowest threshold that keeps to the target', () => {
    const sure = times(340, { confidence: 0.95, verdict: right });
    const less = [
      ...times(20, { confidence: 0.716, verdict: right }),
      ...times(3, { confidence: 0.716, verdict: wrong }),
    ];
    const doubtful = times(49, { confidence: 0.4, verdict: wrong });
    expect(advice([...doubtful, ...less, ...sure])).toMatchObject({
      kind: 'ready',
      at: { threshold: 0.71 },
      text: 'Ready to act on refund_request at 0.71: 412 seen, 99.2% right (97.2-99.9), files 88% of them.',
    });
  });

  test('few: a hundred messages without a mistake do not rule out 4% of them', () => {
    const found = advice(times(100, { verdict: right }));
    expect(found).toMatchObject({ kind: 'few', missing: 20 });
    expect(found.text).toContain('20 more, all of them right, would do');
    expect(advice(times(119, { verdict: right })).kind).toBe('few');
    expect(advice(times(120, { verdict: right })).kind).toBe('ready');
  });

  test('few: a mistake asks for more', () => {
    const found = advice([...times(100, { verdict: right }), ...times(1, { verdict: wrong })]);
    if (found.kind !== 'few') throw new Error(found.kind);
    const more = times(found.missing, { verdict: right });
    const before = [...times(100, { verdict: right }), ...times(1, { verdict: wrong })];
    expect(advice([...before, ...more]).kind).toBe('ready');
    expect(advice([...before, ...more.slice(1)]).kind).toBe('few');
  });

  test('wrong: says how good it is at the best', () => {
    const found = advice([
      ...times(190, { confidence: 0.9, verdict: right }),
      ...times(10, { confidence: 0.9, verdict: wrong }),
      ...times(100, { confidence: 0.5, verdict: wrong }),
    ]);
    expect(found).toMatchObject({ kind: 'wrong', at: { threshold: 0.9 } });
    expect(found.text).toMatch(/at the best 95\.0% right \(89\.9-98\.0\), from 0\.9 on; the target is 98%/);
  });

  test('corrections alone can show that it is not good enough, and never that it is', () => {
    const acted = { observed: false };
    const corrected = (count: number) => [
      ...times(count, { ...acted, verdict: said(false, 'correction') }),
      ...times(500 - count, acted),
    ];
    expect(advice(corrected(5), 0.98, 'act')).toMatchObject({ kind: 'unsampled', missing: 120 });
    expect(advice(corrected(40), 0.98, 'act')).toMatchObject({ kind: 'corrected' });
    // They weigh against a week that looked well.
    const observed = times(400, { verdict: right });
    expect(advice([...observed, ...corrected(5)], 0.98, 'act').kind).toBe('ready');
    expect(advice([...observed, ...corrected(40)], 0.98, 'act').kind).toBe('corrected');
  });

  test('unjudged, never seen, and a class without a route', () => {
    expect(advice(times(30, {}))).toMatchObject({ kind: 'unjudged', missing: 120 });
    expect(advice([]).text).toBe('No message was taken for refund_request.');
    const report = reportOf(times(3, { classification: 'other', way: 'unsure' }), routes, 0.98);
    expect(report.classes.map(({ name, route }) => [name, route?.threshold ?? null])).toEqual([
      [refunds, 0.75],
      ['other', null],
    ]);
  });

  test('a classifier that is nearly always sure has thresholds between 0.99 and 1', () => {
    const found = advice([
      ...times(300, { confidence: 0.9987, verdict: right }),
      ...times(40, { confidence: 0.9921, verdict: wrong }),
    ]);
    expect(found).toMatchObject({ kind: 'ready', at: { threshold: 0.998 } });
  });
});

describe('the report', () => {
  const answers = [
    ...times(180, { confidence: 0.97, verdict: right }),
    ...times(2, { confidence: 0.97, verdict: wrong }),
    ...times(6, { confidence: 0.55, way: 'unsure', verdict: right }),
    ...times(4, { confidence: 0.55, way: 'unsure', verdict: said(false, 'filing', null) }),
    ...times(8, { confidence: 0.97 }),
  ];
  const report = reportOf(answers, routes, 0.98);

  test('counts', () => {
    expect(report.classes[0]).toMatchObject({
      seen: 200,
      filed: 0,
      left: 0,
      observed: 200,
      filings: 192,
      corrected: 0,
    });
  });

  test('the confusions', () => {
    expect(report.confusion).toEqual([
      { truth: refunds, answered: refunds, count: 186 },
      { truth: 'complaint', answered: refunds, count: 2 },
      { truth: null, answered: refunds, count: 4 },
    ]);
  });

  test('the calibration: ten bins, and the mean gap between confidence and truth', () => {
    const { bins, error } = report.calibration;
    expect(bins).toHaveLength(10);
    expect(bins[9]).toMatchObject({ from: 0.9, to: 1, judged: 182 });
    expect(bins[9]?.right).toBeCloseTo(180 / 182, 9);
    expect(bins[5]).toMatchObject({ judged: 10, right: 0.6 });
    expect(bins[5]?.confidence).toBeCloseTo(0.55, 9);
    expect(bins[0]).toMatchObject({ judged: 0, confidence: null, right: null });
    // Verdicts of what was observed stand for the eight of which nobody said anything.
    expect(error).toBeCloseTo((190 * Math.abs(0.97 - 180 / 182) + 10 * 0.05) / 200, 9);
  });

  test('the curve: what each threshold files, and how much of it is right', () => {
    const at = (threshold: number) => report.classes[0]?.curve.find((one) => one.threshold === threshold);
    expect(at(0)?.files).toBe(1);
    expect(at(0.55)?.estimate?.right).toBeCloseTo((190 * (180 / 182) + 6) / 200, 9);
    expect(at(0.56)).toMatchObject({ files: 0.95, estimate: { judged: 182 } });
    expect(at(0.98)).toMatchObject({ files: 0, estimate: null });
    expect(report.classes[0]?.present).toMatchObject({ threshold: 0.75, files: 0.95 });
  });
});

/* What the report promises, held against a truth that we know because we made it. */

/** How often an answer is right, by its place among the answers of its class: 0 the least sure, 1 the surest. */
const truths: Readonly<Record<string, (place: number) => number>> = {
  'always good': () => 0.99,
  'at the target': () => 0.98,
  'just below the target': () => 0.97,
  'bad throughout': () => 0.94,
  'a doubtful third': (place) => (place > 0.3 ? 0.997 : 0.6 + (0.397 * place) / 0.3),
  'slowly better': (place) => 1 - 0.12 * (1 - place),
  'one bad edge': (place) => (place > 0.15 ? 0.995 : 0.5),
};

/** The mean over the surest answers. */
function truthFrom(truth: (place: number) => number, threshold: number): number {
  const points = 2000;
  let sum = 0;
  for (let at = 0; at < points; at++) sum += truth(threshold + ((1 - threshold) * (at + 0.5)) / points);
  return sum / points;
}

test.each(Object.entries(truths).flatMap(([name, truth]) => [150, 600].map((count) => ({ name, truth, count }))))(
  '$name, $count seen: the interval that is promised holds the truth',
  ({ truth, count }) => {
    const random = seeded(count);
    const draw = () => random.below(1e9) / 1e9;
    const runs = 200;
    let [promised, broken] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const answers = Array.from({ length: count }, () => {
        const confidence = draw();
        return times(1, { confidence, verdict: draw() < truth(confidence) ? right : wrong });
      }).flat();
      const found = adviceOf(bySureness(answers), 0.98);
      if (found.kind !== 'ready') continue;
      promised++;
      const { low, high } = found.at.estimate;
      const is = truthFrom(truth, found.at.threshold);
      if (is < low || is > high) broken++;
    }
    // Whatever the truth: in 19 of 20 reports there is no promise that does not hold.
    expect(broken / runs).toBeLessThanOrEqual(0.05);
    // Where most reports promise something, 19 of 20 promises hold.
    if (promised > runs / 2) expect(broken / promised).toBeLessThanOrEqual(0.05);
    if (truth(1) < 0.95) expect(promised / runs).toBeLessThan(0.05);
  },
);

test('a sample of what was filed, beside the corrections that people made of their own accord, holds the truth', () => {
  const random = seeded(7);
  const draw = () => random.below(1e9) / 1e9;
  const runs = 300;
  let broken = 0;
  for (let run = 0; run < runs; run++) {
    const mistakes = 0.04 * draw();
    const evidence = new Evidence();
    for (let filed = 0; filed < 800; filed++) {
      const isRight = draw() >= mistakes;
      // Eight of ten mistakes are met by somebody, and the lot falls on one message in six of the others.
      const spoken = !isRight && draw() < 0.8;
      const verdict = spoken ? said(false, 'correction') : draw() < 1 / 6 ? said(isRight, 'sample') : null;
      evidence.add({ classification: refunds, confidence: 0.9, way: 'routed', observed: false, verdict });
    }
    const estimate = evidence.estimate(0.05);
    if (estimate === null || 1 - mistakes < estimate.low || 1 - mistakes > estimate.high) broken++;
  }
  expect(broken / runs).toBeLessThanOrEqual(0.05);
});
