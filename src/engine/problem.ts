import type { Rows } from './features.ts';

/** What a solver learns from: documents, their classes, and the folds of the cross-validation. */
export interface Problem {
  readonly rows: Rows;
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
