import type { Random } from '../base/random.ts';
import { bayes } from './bayes.ts';
import { hinge } from './hinge.ts';
import type { Problem, Solution, Step } from './problem.ts';

/**
 * How much naive Bayes has to say beside the margins: this of many examples, less of fewer than `many`, where its counts are
 * chance. Found by cross-validation, on the sample's own mail too.
 */
const bayesShare = 0.25;
const many = 2000;

/**
 * One against the rest and naive Bayes, each scaled alike, weighed against each other: their mistakes differ. Both are
 * linear, so the answer is one matrix. Scores are centred: the mean over the classes is zero, so that a score says how
 * far a class stands out, which is low for mail of another world.
 */
export function learn(problem: Problem, random: Random, step: Step): Solution {
  const naive = scaled(
    bayes(problem, (share) => step(0.1 * share)),
    problem.classes,
  );
  const margin = scaled(
    hinge(problem, naive.unseen, random, (share) => step(0.1 + 0.9 * share)),
    problem.classes,
  );
  const share = bayesShare * Math.min(1, problem.rows.count / many);
  const mix = (from: Float32Array, to: Float32Array) => {
    for (let at = 0; at < from.length; at++) {
      from[at] = (1 - share) * (from[at] as number) + share * (to[at] as number);
    }
    return from;
  };
  return {
    weights: mix(margin.weights, naive.weights),
    bias: mix(margin.bias, naive.bias),
    unseen: mix(margin.unseen, naive.unseen),
  };
}

/** Centres the scores in place and scales them so that those of unseen rows have variance 1. */
function scaled(solution: Solution, classes: number): Solution {
  const { weights, bias, unseen } = solution;
  for (const part of [weights, bias, unseen]) centre(part, classes);
  let square = 0;
  for (const score of unseen) square += score * score;
  const scale = square === 0 ? 1 : Math.sqrt(unseen.length / square);
  for (const part of [weights, bias, unseen]) {
    for (let at = 0; at < part.length; at++) part[at] = (part[at] as number) * scale;
  }
  return solution;
}

function centre(values: Float32Array, classes: number): void {
  for (let from = 0; from < values.length; from += classes) {
    let sum = 0;
    for (let at = from; at < from + classes; at++) sum += values[at] as number;
    const mean = sum / classes;
    for (let at = from; at < from + classes; at++) values[at] = (values[at] as number) - mean;
  }
}
