import type { Problem, Solution, Step } from './problem.ts';
import { type Random, shuffle } from './random.ts';

const cost = 40;
/** Softer targets: with a hard 1 the weights of clear rows grow for nothing. */
const smoothing = 0.05;
const constant = 0.3;
const passes = 5;

/**
 * Multinomial logistic regression in the dual (Yu, Huang and Lin 2011), a whole row at a time: the best dual variables of
 * one row, all others held, follow from one equation for each class and one for their normaliser. It needs few passes,
 * but each touches all classes; it learns more from a few examples than one against the rest does.
 */
export function softmax(problem: Problem, random: Random, step: Step): Solution {
  const { rows, classes, foldOf, folds } = problem;
  const unseen = new Float32Array(rows.count * classes);
  const everyRow = Int32Array.from({ length: rows.count }, (_, row) => row);
  const machine = new Machine(problem);
  const z = new Float64Array(classes);
  for (let fold = 0; fold < folds; fold++) {
    machine.solve(
      everyRow.filter((row) => foldOf[row] !== fold),
      random,
    );
    for (const row of everyRow) {
      if (foldOf[row] !== fold) continue;
      machine.scores(row, z);
      unseen.set(z, row * classes);
    }
    step((fold + 1) / (folds + 1));
  }
  machine.solve(everyRow, random);
  step(1);
  return { weights: machine.weights, bias: machine.bias.map((one) => one * constant), unseen };
}

class Machine {
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly #alpha: Float32Array;
  readonly #problem: Problem;

  constructor(problem: Problem) {
    const { rows, classes } = problem;
    this.#problem = problem;
    this.weights = new Float32Array(rows.width * classes);
    this.bias = new Float32Array(classes);
    this.#alpha = new Float32Array(rows.count * classes);
  }

  scores(row: number, to: Float64Array): void {
    const { starts, columns, values } = this.#problem.rows;
    const { weights, bias } = this;
    const classes = to.length;
    for (let label = 0; label < classes; label++) to[label] = constant * (bias[label] as number);
    const end = starts[row + 1] as number;
    for (let at = starts[row] as number; at < end; at++) {
      const from = (columns[at] as number) * classes;
      const value = values[at] as number;
      for (let label = 0; label < classes; label++) {
        to[label] = (to[label] as number) + value * (weights[from + label] as number);
      }
    }
  }

  solve(order: Int32Array, random: Random): void {
    const { classes, truth } = this.#problem;
    this.weights.fill(0);
    this.bias.fill(0);
    this.#alpha.fill(0);
    const scores = new Float64Array(classes);
    const share = new Float64Array(classes);
    for (let pass = 0; pass < passes; pass++) {
      shuffle(order, order.length, random);
      for (const row of order) {
        const square = this.#square(row);
        const alpha = this.#alpha.subarray(row * classes, (row + 1) * classes);
        this.scores(row, scores);
        const own = truth[row] as number;
        for (let label = 0; label < classes; label++) {
          const target = (label === own ? 1 - smoothing : 0) + smoothing / classes;
          scores[label] = (scores[label] as number) + square * (cost * target - (alpha[label] as number));
        }
        shares(scores, square * cost, share);
        for (let label = 0; label < classes; label++) {
          const target = (label === own ? 1 - smoothing : 0) + smoothing / classes;
          const after = cost * (target - (share[label] as number));
          scores[label] = after - (alpha[label] as number);
          alpha[label] = after;
        }
        this.#add(row, scores);
      }
    }
  }

  #square(row: number): number {
    const { starts, values } = this.#problem.rows;
    let square = constant * constant;
    for (let at = starts[row] as number; at < (starts[row + 1] as number); at++) square += (values[at] as number) ** 2;
    return square;
  }

  #add(row: number, steps: Float64Array): void {
    const { starts, columns, values } = this.#problem.rows;
    const { weights, bias } = this;
    const classes = steps.length;
    const end = starts[row + 1] as number;
    for (let at = starts[row] as number; at < end; at++) {
      const from = (columns[at] as number) * classes;
      const value = values[at] as number;
      for (let label = 0; label < classes; label++) {
        weights[from + label] = (weights[from + label] as number) + value * (steps[label] as number);
      }
    }
    for (let label = 0; label < classes; label++)
      bias[label] = (bias[label] as number) + constant * (steps[label] as number);
  }
}

/**
 * Shares p that sum to 1 with p = exp(right - scale * p - L) for one normaliser L: Newton's method on L, and within it
 * w + log w = right - L + log(scale) for w = scale * p (Lambert's function), again by Newton.
 */
function shares(right: Float64Array, scale: number, to: Float64Array): void {
  const classes = right.length;
  let highest = Number.NEGATIVE_INFINITY;
  for (let label = 0; label < classes; label++) highest = Math.max(highest, right[label] as number);
  // Where all the weight is on the best class, L is about right - scale.
  let normaliser = highest - scale;
  const logScale = Math.log(scale);
  for (let round = 0; round < 30; round++) {
    let sum = 0;
    let slope = 0;
    for (let label = 0; label < classes; label++) {
      const w = lambert((right[label] as number) - normaliser + logScale);
      const p = w / scale;
      to[label] = p;
      sum += p;
      slope += p / (1 + w);
    }
    if (Math.abs(sum - 1) < 1e-4) return;
    normaliser += (Math.log(sum) * sum) / slope;
  }
}

/** The w with w + log w = a. */
function lambert(a: number): number {
  if (a < -6) return Math.exp(a);
  let w = a > 1 ? a - Math.log(a) : Math.exp(a) / (1 + 0.6 * Math.exp(a));
  for (let round = 0; round < 3; round++) w = (w * (1 + a - Math.log(w))) / (1 + w);
  return w;
}
