import { type Answered, type Estimate, Evidence } from './evidence.ts';
import { exactInterval } from './interval.ts';
import type { Route } from './policy.ts';

/** What a class would do at one threshold. */
export interface AtThreshold {
  readonly threshold: number;
  /** The share of the class's answers that reach it. */
  readonly files: number;
  /** Of those; null where a part of them has no verdict at all. */
  readonly estimate: Estimate | null;
  /** How good it can be at the best, by the corrections of what was filed: there may be mistakes that nobody met. */
  readonly atMost: number;
}

/** May a class act, from which threshold on, and if it may not, what is missing. */
export type Advice =
  | { readonly kind: 'ready'; readonly at: Known }
  /** What was seen would do, but there is too little of it: so many verdicts more, all of them "right". */
  | { readonly kind: 'few'; readonly at: Known; readonly missing: number }
  /** No threshold is right often enough; this one is the best. */
  | { readonly kind: 'wrong'; readonly at: Known }
  /** People had to correct more than the target allows. */
  | { readonly kind: 'corrected'; readonly at: AtThreshold }
  /** It filed, and nobody looked at a sample of that. */
  | { readonly kind: 'unsampled'; readonly at: AtThreshold; readonly missing: number }
  /** Nobody filed what it would have filed. */
  | { readonly kind: 'unjudged'; readonly missing: number };

type Known = AtThreshold & { readonly estimate: Estimate };

/**
 * A threshold is looked for among ten, which are set by how much they file, before anybody looks at how well. Whoever
 * picks the best of several is flattered by chance: with intervals that each miss in 1.5% of the cases, all ten hold at
 * once in 95%. (They share most of their messages; ten strangers would need 0.5%.)
 */
const shares = [1, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.35, 0.2];
export const missOfTen = 0.015;
/** Of a threshold that was not picked. */
export const missOfOne = 0.05;

/**
 * Ready is what was right often enough, where more than twice the mistakes that the target allows can be ruled out. To ask
 * that the interval's low end reach the target itself would keep all but the largest teams in observe for months.
 */
const least = (target: number) => 1 - 2 * (1 - target);

/** Two digits, and three where nearly all confidences of a sure classifier lie. */
export const steps: readonly number[] = [
  ...Array.from({ length: 99 }, (_, at) => at / 100),
  ...Array.from({ length: 10 }, (_, at) => (990 + at) / 1000),
];

/** The surest first. */
export function bySureness(answers: readonly Answered[]): Answered[] {
  return answers.toSorted((a, b) => b.confidence - a.confidence);
}

/** A class's answers, the surest first, at each of the thresholds; the lowest threshold first. */
export function along(sure: readonly Answered[], thresholds: readonly number[], miss: number): AtThreshold[] {
  const evidence = new Evidence();
  let at = 0;
  return thresholds
    .toSorted((a, b) => b - a)
    .map((threshold) => {
      for (let next = sure[at]; next !== undefined && next.confidence >= threshold; next = sure[++at])
        evidence.add(next);
      const files = sure.length === 0 ? 0 : at / sure.length;
      return { threshold, files, estimate: evidence.estimate(miss), atMost: evidence.atMost(miss) };
    })
    .reverse();
}

/** The lowest threshold at which a class of answers, the surest first, keeps to the target; or what is missing. */
export function adviceOf(sure: readonly Answered[], target: number): Advice {
  const tried = along(sure, candidatesOf(sure), missOfTen);
  const known = tried.filter((at): at is Known => at.estimate !== null);
  const good = known.filter(({ estimate }) => estimate.right >= target);
  const fair = good.filter(({ atMost }) => atMost >= target);
  const ready = fair.find(({ estimate }) => estimate.low >= least(target));
  if (ready !== undefined) return { kind: 'ready', at: ready };
  const lacking = fair.map((at) => ({ at, missing: missingTo(target, at.estimate) }));
  const nearest = highest(lacking, (one) => -one.missing);
  if (nearest !== null) return { kind: 'few', ...nearest };
  const best = highest(good.length > 0 ? [] : known, ({ estimate }) => estimate.right);
  if (best !== null) return { kind: 'wrong', at: best };
  const missing = missingTo(target, { judged: 0, wrong: 0 });
  const filed = highest(tried, ({ atMost }) => atMost);
  if (filed === null || !sure.some(({ way, observed }) => way === 'routed' && !observed)) {
    return { kind: 'unjudged', missing };
  }
  return filed.atMost < target ? { kind: 'corrected', at: filed } : { kind: 'unsampled', at: filed, missing };
}

function highest<T>(all: readonly T[], by: (one: T) => number): T | null {
  return all.reduce<T | null>((most, one) => (most === null || by(one) > by(most) ? one : most), null);
}

/** Thresholds that file these shares of the answers, whatever people said of them. */
function candidatesOf(sure: readonly Answered[]): number[] {
  const found = shares.flatMap((share) => {
    const last = sure[Math.max(0, Math.round(share * sure.length) - 1)];
    return last === undefined ? [] : [steps.findLast((step) => step <= last.confidence) ?? 0];
  });
  return [...new Set(found)];
}

/** How many verdicts more, all of them "right", would make it ready. */
function missingTo(target: number, { judged, wrong }: Pick<Estimate, 'judged' | 'wrong'>): number {
  const mistakes = Math.ceil(wrong - 1e-6);
  const isEnough = (of: number) =>
    1 - mistakes / of >= target && 1 - exactInterval(mistakes, of, missOfTen).high >= least(target);
  let [low, high] = [Math.floor(judged), Math.max(1, Math.ceil(judged))];
  while (!isEnough(high)) [low, high] = [high, high * 2];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return Math.max(1, high - Math.floor(judged));
}

/** One line for a person. */
export function sentence(
  {
    name,
    route,
    seen,
    advice,
  }: { name: string; route: Pick<Route, 'threshold' | 'mode'> | null; seen: number; advice: Advice },
  target: number,
): string {
  if (route === null) return `No route names ${name}: its ${seen} messages were left to a person.`;
  if (seen === 0) return `No message was taken for ${name}.`;
  switch (advice.kind) {
    case 'ready': {
      const { at } = advice;
      const found = `${number(seen)} seen, ${rightness(at.estimate)}, files ${percent(at.files, 0)} of them.${lying(at.estimate)}`;
      if (route.mode === 'observe') return `Ready to act on ${name} at ${at.threshold}: ${found}`;
      if (at.threshold < route.threshold)
        return `${name} acts from ${route.threshold}, and ${at.threshold} would do: ${found}`;
      if (at.threshold > route.threshold)
        return `${name} acts from ${route.threshold}, and should from ${at.threshold}: ${found}`;
      return `${name} acts from ${at.threshold}: ${found}`;
    }
    case 'few': {
      const { at, missing } = advice;
      return `Not ready to act on ${name}: ${rightness(at.estimate)} at ${at.threshold}, by ${verdicts(Math.floor(at.estimate.judged))}; ${number(missing)} more, all of them right, would do.${lying(at.estimate)}`;
    }
    case 'wrong': {
      const { at } = advice;
      return `Not ready to act on ${name}: at the best ${rightness(at.estimate)}, from ${at.threshold} on; the target is ${percent(target)}.`;
    }
    case 'corrected':
      return `Not good enough to act on ${name}: people corrected so much that at most ${percent(advice.at.atMost)} were right; the target is ${percent(target)}.`;
    case 'unsampled':
      return `Unknown how often ${name} is right: by corrections alone at most ${percent(advice.at.atMost)}. Silence is no proof: review ${number(advice.missing)} that it filed, drawn by lot (siftd review --sample ${advice.missing} --class ${name}).`;
    case 'unjudged':
      return `Not ready to act on ${name}: ${number(seen)} seen, and people filed too little of it; ${number(advice.missing)} that are filed right would do.`;
  }
}

/** The low end takes what nobody filed for wrong. */
function lying({ unfiled }: Estimate): string {
  return unfiled === 0 ? '' : ` ${number(unfiled)} that nobody filed may be wrong.`;
}

function rightness({ right, low, high }: Estimate): string {
  return `${percent(right, 1)} right (${(100 * low).toFixed(1)}-${(100 * high).toFixed(1)})`;
}

/** 98% and 99.5%; with `digits` always as many. */
function percent(share: number, digits?: number): string {
  const value = 100 * share;
  return `${digits === undefined && Number.isInteger(value) && value < 100 ? value : value.toFixed(digits ?? 1)}%`;
}

function verdicts(count: number): string {
  return `${number(count)} verdict${count === 1 ? '' : 's'}`;
}

function number(count: number): string {
  return count.toLocaleString('en');
}
