import type { Rows } from './features.ts';
import { type Random, shuffle } from './random.ts';

export interface SolverOptions {
  readonly cost: number;
  /** Ends when the largest violation of optimality in one pass is below this. */
  readonly tolerance: number;
  readonly passes: number;
}

/**
 * L2-regularised, squared-hinge linear SVM in its dual, by coordinate descent with shrinking (Hsieh et al. 2008, as in
 * LIBLINEAR). `inside` lists the rows to learn from, `positive[row]` is 1 for the class. Fills `weights`.
 */
export function solve(
  rows: Rows,
  norms: Float64Array,
  inside: Int32Array,
  positive: Uint8Array,
  options: SolverOptions,
  random: Random,
  weights: Float64Array,
): void {
  const { starts, columns, values } = rows;
  const diagonal = 1 / (2 * options.cost);
  const alpha = new Float64Array(inside.length);
  const order = new Int32Array(inside.length);
  for (let at = 0; at < order.length; at++) order[at] = at;
  weights.fill(0);
  let active = order.length;
  let shrinkAbove = Number.POSITIVE_INFINITY;
  for (let pass = 0; pass < options.passes; pass++) {
    let highest = Number.NEGATIVE_INFINITY;
    let lowest = Number.POSITIVE_INFINITY;
    shuffle(order, active, random);
    for (let at = 0; at < active; at++) {
      const which = order[at] as number;
      const row = inside[which] as number;
      const sign = positive[row] === 1 ? 1 : -1;
      const from = starts[row] as number;
      const to = starts[row + 1] as number;
      let dot = 0;
      for (let next = from; next < to; next++)
        dot += (weights[columns[next] as number] as number) * (values[next] as number);
      const now = alpha[which] as number;
      const gradient = sign * dot - 1 + now * diagonal;
      let projected = gradient;
      if (now === 0) {
        if (gradient > shrinkAbove) {
          active--;
          order[at] = order[active] as number;
          order[active] = which;
          at--;
          continue;
        }
        if (gradient > 0) projected = 0;
      }
      if (projected > highest) highest = projected;
      if (projected < lowest) lowest = projected;
      if (projected > 1e-12 || projected < -1e-12) {
        const after = Math.max(0, now - gradient / ((norms[row] as number) + diagonal));
        alpha[which] = after;
        const step = (after - now) * sign;
        if (step === 0) continue;
        for (let next = from; next < to; next++) {
          const column = columns[next] as number;
          weights[column] = (weights[column] as number) + step * (values[next] as number);
        }
      }
    }
    if (highest - lowest <= options.tolerance) {
      if (active === order.length) return;
      // Optimal on what is left: once more with everything, in case something was shrunk too early.
      active = order.length;
      shrinkAbove = Number.POSITIVE_INFINITY;
      continue;
    }
    shrinkAbove = highest > 0 ? highest : Number.POSITIVE_INFINITY;
  }
}
