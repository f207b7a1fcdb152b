import { type Advice, type AtThreshold, adviceOf, along, bySureness, missOfOne, missOfTen, steps } from './advice.ts';
import { type Answered, combined, type Estimate, Evidence } from './evidence.ts';
import type { Route } from './policy.ts';

export interface ClassReport {
  readonly name: string;
  /** null: no route names it. */
  readonly route: Pick<Route, 'threshold' | 'mode'> | null;
  readonly seen: number;
  /** What siftd did: it filed, left to a person, or only observed. */
  readonly filed: number;
  readonly left: number;
  readonly observed: number;
  /** What people made known, of all that was seen, by where it comes from. */
  readonly filings: number;
  readonly sampled: number;
  readonly corrected: number;
  /** At the threshold of its route as it is configured. */
  readonly present: AtThreshold | null;
  readonly curve: readonly AtThreshold[];
  readonly advice: Advice;
}

interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly judged: number;
  /** Means; null in an empty bin. */
  readonly confidence: number | null;
  readonly right: number | null;
}

export interface Report {
  readonly target: number;
  readonly seen: number;
  readonly classes: readonly ClassReport[];
  /** All classes that are ready, each from the threshold that the report gives. */
  readonly together: { readonly files: number; readonly estimate: Estimate } | null;
  /** What people said it was (null: nothing that has a route), and what the classifier had said. Verdicts only. */
  readonly confusion: readonly { readonly truth: string | null; readonly answered: string; readonly count: number }[];
  readonly calibration: { readonly bins: readonly CalibrationBin[]; readonly error: number | null };
}

/** The accuracy of one set of routes, from all that was answered in a time. Pure. */
export function reportOf(
  answers: readonly Answered[],
  routes: ReadonlyMap<string, Pick<Route, 'threshold' | 'mode'>>,
  target: number,
): Report {
  const byClass = new Map<string, Answered[]>([...routes.keys()].map((name) => [name, []]));
  for (const answer of answers) {
    const own = byClass.get(answer.classification) ?? [];
    byClass.set(answer.classification, own);
    own.push(answer);
  }
  const classes = [...byClass].map(([name, own]) => classReport(name, own, routes.get(name) ?? null, target));
  return {
    target,
    seen: answers.length,
    classes,
    together: together(classes),
    confusion: confusionOf(answers),
    calibration: calibrationOf([...byClass.values()]),
  };
}

function classReport(
  name: string,
  answers: readonly Answered[],
  route: ClassReport['route'],
  target: number,
): ClassReport {
  const all = new Evidence();
  for (const answer of answers) all.add(answer);
  const count = (is: (answer: Answered) => boolean) => answers.filter(is).length;
  const sure = bySureness(answers);
  return {
    name,
    route,
    seen: answers.length,
    filed: all.filed,
    left: count(({ way, observed }) => way === 'unsure' && !observed),
    observed: count(({ observed }) => observed),
    filings: count(({ verdict }) => verdict?.by === 'filing'),
    sampled: count(({ verdict }) => verdict?.by === 'sample'),
    corrected: count(({ verdict }) => verdict?.by === 'correction'),
    present: route === null ? null : (along(sure, [route.threshold], missOfOne)[0] ?? null),
    curve: along(sure, steps, missOfOne),
    advice: adviceOf(sure, target),
  };
}

function together(classes: readonly ClassReport[]): Report['together'] {
  const ready = classes.flatMap(({ advice }) => (advice.kind === 'ready' ? [advice.at.estimate] : []));
  const estimate = combined(ready, missOfTen);
  if (estimate === null) return null;
  return { files: estimate.answers / classes.reduce((sum, one) => sum + one.seen, 0), estimate };
}

function confusionOf(answers: readonly Answered[]): Report['confusion'] {
  const counts = new Map<string, { truth: string | null; answered: string; count: number }>();
  for (const { classification, verdict } of answers) {
    if (verdict === null) continue;
    const cell = { truth: verdict.right ? classification : verdict.truth, answered: classification, count: 0 };
    const key = JSON.stringify([cell.truth, cell.answered]);
    const found = counts.get(key) ?? cell;
    found.count++;
    counts.set(key, found);
  }
  return [...counts.values()];
}

const bins = 10;

/** Every verdict counts for as many answers as it stands for. */
function calibrationOf(classes: readonly (readonly Answered[])[]): Report['calibration'] {
  const sums = Array.from({ length: bins }, () => ({ judged: 0, weight: 0, confidence: 0, right: 0 }));
  for (const answers of classes) {
    const evidence = new Evidence();
    for (const answer of answers) evidence.add(answer);
    for (const answer of answers) {
      const bin = sums[Math.min(bins - 1, Math.floor(answer.confidence * bins))];
      if (answer.verdict === null || bin === undefined) continue;
      const weight = evidence.worth(answer);
      bin.judged++;
      bin.weight += weight;
      bin.confidence += weight * answer.confidence;
      if (answer.verdict.right) bin.right += weight;
    }
  }
  const weight = sums.reduce((sum, bin) => sum + bin.weight, 0);
  const gap = sums.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.right), 0);
  return {
    bins: sums.map((bin, at) => ({
      from: at / bins,
      to: (at + 1) / bins,
      judged: bin.judged,
      confidence: bin.weight === 0 ? null : bin.confidence / bin.weight,
      right: bin.weight === 0 ? null : bin.right / bin.weight,
    })),
    error: weight === 0 ? null : gap / weight,
  };
}
