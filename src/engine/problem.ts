import type { Rows } from './features.ts';

/** What a solver learns from: documents, their classes, and the folds of the cross-validation. */
export interface Problem {
  readonly rows: Rows;
  /** The same rows as models see them that were trained without their fold. */
  readonly held: Rows;
  /** The class of each row. */
  readonly truth: Int32Array;
  readonly classes: number;
  /** The fold that a row is held out of; `always` for one that only teaches. */
  readonly foldOf: Uint8Array;
  readonly folds: number;
}

/** In every fold's training: a class's name, which is no example of mail. */
export const always = 255;

/** A linear model of all rows, and what models of the other folds say of each row. */
export interface Solution {
  /** Column by column, one weight a class. */
  readonly weights: Float32Array;
  /** One a class, added to the score. */
  readonly bias: Float32Array;
  /** Row by row, one score a class, by a model that had not seen the row; zero for rows that are never held out. */
  readonly unseen: Float32Array;
}

export type Step = (share: number) => void;

/**
 * What the weights (column by column, one a class) say of a row, for every class. Eight classes at a time: their sums stay
 * in registers, which is more than twice as fast.
 */
export function scoreRow(rows: Rows, row: number, weights: Float32Array, to: Float64Array): void {
  const { starts, columns, values } = rows;
  const classes = to.length;
  const start = starts[row] as number;
  const end = starts[row + 1] as number;
  let label = 0;
  for (; label + 8 <= classes; label += 8) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let e = 0;
    let f = 0;
    let g = 0;
    let h = 0;
    for (let at = start; at < end; at++) {
      const from = (columns[at] as number) * classes + label;
      const value = values[at] as number;
      a += value * (weights[from] as number);
      b += value * (weights[from + 1] as number);
      c += value * (weights[from + 2] as number);
      d += value * (weights[from + 3] as number);
      e += value * (weights[from + 4] as number);
      f += value * (weights[from + 5] as number);
      g += value * (weights[from + 6] as number);
      h += value * (weights[from + 7] as number);
    }
    to[label] = a;
    to[label + 1] = b;
    to[label + 2] = c;
    to[label + 3] = d;
    to[label + 4] = e;
    to[label + 5] = f;
    to[label + 6] = g;
    to[label + 7] = h;
  }
  for (; label < classes; label++) {
    let sum = 0;
    for (let at = start; at < end; at++) {
      sum += (values[at] as number) * (weights[(columns[at] as number) * classes + label] as number);
    }
    to[label] = sum;
  }
}
