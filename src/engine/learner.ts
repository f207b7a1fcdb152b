import { hinge } from './hinge.ts';
import { always, type Problem, type Solution, type Step } from './problem.ts';
import type { Random } from './random.ts';
import { softmax } from './softmax.ts';

/** Multiplications of a softmax training beyond which it is not tried: with that many examples it has no lead. */
const softmaxWork = 1.5e9;

/**
 * Finds weights by the way that does best on rows that it had not seen: one against the rest, multinomial, or the mean of
 * both. All are linear, so the answer is one matrix. Scores are centred: their mean over the classes is zero.
 */
export function learn(problem: Problem, random: Random, step: Step): Solution {
  const { rows, classes, folds } = problem;
  const work = rows.columns.length * classes * 10 * (folds + 1);
  if (work > softmaxWork) return scaled(problem, hinge(problem, random, step));
  const one = scaled(
    problem,
    hinge(problem, random, (share) => step(0.3 * share)),
  );
  const other = scaled(
    problem,
    softmax(problem, random, (share) => step(0.3 + 0.7 * share)),
  );
  const candidates = [mixed(one, other, 0.5), one, other];
  const losses = candidates.map((candidate) => errorsOf(problem, candidate));
  return candidates[losses.indexOf(Math.min(...losses))] ?? one;
}

function errorsOf(problem: Problem, solution: Solution): number {
  const { truth, classes, foldOf } = problem;
  let errors = 0;
  for (let row = 0; row < truth.length; row++) {
    if (foldOf[row] === always) continue;
    let first = 0;
    const from = row * classes;
    for (let label = 1; label < classes; label++) {
      if ((solution.unseen[from + label] as number) > (solution.unseen[from + first] as number)) first = label;
    }
    if (first !== truth[row]) errors++;
  }
  return errors;
}

/** Centred, and scaled so that unseen scores have variance 1. */
function scaled({ classes }: Problem, solution: Solution): Solution {
  for (const part of [solution.weights, solution.bias, solution.unseen]) centre(part, classes);
  let square = 0;
  for (const score of solution.unseen) square += score * score;
  const scale = square === 0 ? 1 : Math.sqrt(solution.unseen.length / square);
  return mixed(solution, solution, 0, scale);
}

function centre(values: Float32Array, classes: number): void {
  for (let from = 0; from < values.length; from += classes) {
    let sum = 0;
    for (let at = from; at < from + classes; at++) sum += values[at] as number;
    const mean = sum / classes;
    for (let at = from; at < from + classes; at++) values[at] = (values[at] as number) - mean;
  }
}

function mixed(a: Solution, b: Solution, share: number, scale = 1): Solution {
  const mix = (from: Float32Array, to: Float32Array) =>
    from.map((value, at) => scale * ((1 - share) * value + share * (to[at] as number)));
  return { weights: mix(a.weights, b.weights), bias: mix(a.bias, b.bias), unseen: mix(a.unseen, b.unseen) };
}
