import { type Random, shuffle } from '../base/random.ts';
import type { Problem, Solution, Step } from './problem.ts';

const cost = 1;
/** The value of the constant feature that carries the bias: regularised as the others are, and worth its keep. */
const constant = 1;
/** A pass whose worst violations lie no further apart than this ends a solution. Tighter ones changed no answer, only the time. */
const tolerance = 0.3;
/** A row that violates its optimum by no more than this is left as it is. */
const negligible = 0.02;
const passes = 60;
/** A row this far beyond its margin is set aside until the final check. LIBLINEAR's own bound is more careful and slower. */
const shrinkAt = 0.2;
/** Rows this far beyond their margin stay there when a fold is taken away. */
const nearby = 0.1;

/** A class's rows and those where `guess` ranks it this high are looked at first: what matters is mostly among them. */
const rivals = 16;

/**
 * One against the rest: an L2-regularised squared-hinge SVM a class, in the dual by coordinate descent with shrinking
 * (Hsieh et al. 2008, as in LIBLINEAR). The models of the cross-validation start from the solution for all rows with the
 * fold's share taken out, and look only at rows near their margin: ten folds cost about as much as the solution itself.
 */
export function hinge(problem: Problem, guess: Float32Array, random: Random, step: Step): Solution {
  const { rows, held, classes, foldOf, folds } = problem;
  const weights = new Float32Array(rows.width * classes);
  const bias = new Float32Array(classes);
  const unseen = new Float32Array(rows.count * classes);
  const all = new Machine(problem);
  const part = new Machine(problem);
  const order = new Int32Array(rows.count);
  const bounds = boundsOf(guess, classes);
  for (let label = 0; label < classes; label++) {
    all.begin(label);
    all.solve(order, likelyFirst(problem, guess, bounds, label, order), true, random);
    for (let column = 0; column < rows.width; column++)
      weights[column * classes + label] = all.weights[column] as number;
    bias[label] = all.bias * constant;
    for (let fold = 0; fold < folds; fold++) {
      part.beginWithout(all, fold);
      const near: number[] = [];
      for (let row = 0; row < rows.count; row++) {
        if (foldOf[row] !== fold && (all.slack[row] as number) < nearby) near.push(row);
      }
      part.solve(Int32Array.from(near), near.length, false, random);
      for (let row = 0; row < rows.count; row++)
        if (foldOf[row] === fold) unseen[row * classes + label] = part.score(row, held);
    }
    step((label + 1) / classes);
  }
  return { weights, bias, unseen };
}

/** Of each row: the score of its rival number `rivals`. */
function boundsOf(guess: Float32Array, classes: number): Float32Array {
  const bounds = new Float32Array(guess.length / classes).fill(Number.NEGATIVE_INFINITY);
  if (classes <= rivals) return bounds;
  return bounds.map((_, row) => guess.slice(row * classes, (row + 1) * classes).sort()[classes - rivals] as number);
}

/** Fills `order` with all rows, those that are likely to matter first; answers how many those are. */
function likelyFirst(
  { truth, classes }: Problem,
  guess: Float32Array,
  bounds: Float32Array,
  label: number,
  order: Int32Array,
): number {
  let first = 0;
  let last = order.length;
  for (let row = 0; row < order.length; row++) {
    const likely = truth[row] === label || (guess[row * classes + label] as number) >= (bounds[row] as number);
    order[likely ? first++ : --last] = row;
  }
  return first;
}

class Machine {
  readonly weights: Float64Array;
  bias = 0;
  /** How far beyond its margin each row was when it was last looked at; negative inside. */
  readonly slack: Float64Array;
  readonly #alpha: Float64Array;
  readonly #norms: Float64Array;
  readonly #problem: Problem;
  #label = 0;

  constructor(problem: Problem) {
    const { rows } = problem;
    this.#problem = problem;
    this.weights = new Float64Array(rows.width);
    this.slack = new Float64Array(rows.count);
    this.#alpha = new Float64Array(rows.count);
    this.#norms = new Float64Array(rows.count);
    for (let row = 0; row < rows.count; row++) {
      let square = constant * constant;
      for (let at = rows.starts[row] as number; at < (rows.starts[row + 1] as number); at++)
        square += (rows.values[at] as number) ** 2;
      this.#norms[row] = square;
    }
  }

  begin(label: number): void {
    this.#label = label;
    this.weights.fill(0);
    this.bias = 0;
    this.#alpha.fill(0);
  }

  /** The other's solution, less what the rows of a fold gave to it. */
  beginWithout(other: Machine, fold: number): void {
    const { rows, foldOf } = this.#problem;
    this.#label = other.#label;
    this.weights.set(other.weights);
    this.bias = other.bias;
    this.#alpha.set(other.#alpha);
    for (let row = 0; row < rows.count; row++) {
      const alpha = this.#alpha[row] as number;
      if (foldOf[row] !== fold || alpha === 0) continue;
      this.#add(row, -alpha * this.#sign(row));
      this.#alpha[row] = 0;
    }
  }

  score(row: number, { starts, columns, values } = this.#problem.rows): number {
    const weights = this.weights;
    const end = starts[row + 1] as number;
    // Two sums, so that one addition need not wait for the other.
    let even = this.bias * constant;
    let odd = 0;
    let at = starts[row] as number;
    for (; at + 1 < end; at += 2) {
      even += (weights[columns[at] as number] as number) * (values[at] as number);
      odd += (weights[columns[at + 1] as number] as number) * (values[at + 1] as number);
    }
    if (at < end) even += (weights[columns[at] as number] as number) * (values[at] as number);
    return even + odd;
  }

  #sign(row: number): number {
    return this.#problem.truth[row] === this.#label ? 1 : -1;
  }

  #add(row: number, step: number): void {
    const { starts, columns, values } = this.#problem.rows;
    const weights = this.weights;
    const end = starts[row + 1] as number;
    for (let at = starts[row] as number; at < end; at++) {
      const column = columns[at] as number;
      weights[column] = (weights[column] as number) + step * (values[at] as number);
    }
    this.bias += step * constant;
  }

  /** Descends on the first of the listed rows, later on all of them; with `check`, ends only when a pass over all of them finds nothing left to do. */
  solve(order: Int32Array, first: number, check: boolean, random: Random): void {
    const diagonal = 1 / (2 * cost);
    const alphas = this.#alpha;
    let active = first;
    let shrinkAbove = Number.POSITIVE_INFINITY;
    for (let pass = 0; pass < passes; pass++) {
      let highest = Number.NEGATIVE_INFINITY;
      let lowest = Number.POSITIVE_INFINITY;
      shuffle(order, active, random);
      for (let at = 0; at < active; at++) {
        const row = order[at] as number;
        const sign = this.#sign(row);
        const alpha = alphas[row] as number;
        const gradient = sign * this.score(row) - 1 + alpha * diagonal;
        this.slack[row] = gradient;
        let projected = gradient;
        if (alpha === 0) {
          if (gradient > shrinkAbove) {
            active--;
            order[at] = order[active] as number;
            order[active] = row;
            at--;
            continue;
          }
          if (gradient > 0) projected = 0;
        }
        if (projected > highest) highest = projected;
        if (projected < lowest) lowest = projected;
        if (Math.abs(projected) <= negligible) continue;
        const after = Math.max(0, alpha - gradient / ((this.#norms[row] as number) + diagonal));
        alphas[row] = after;
        if (after !== alpha) this.#add(row, (after - alpha) * sign);
      }
      if (highest - lowest > tolerance) {
        shrinkAbove = Math.min(shrinkAt, highest > 0 ? highest : shrinkAt);
        continue;
      }
      if (!check || active === order.length) return;
      active = order.length;
      shrinkAbove = Number.POSITIVE_INFINITY;
    }
  }
}
