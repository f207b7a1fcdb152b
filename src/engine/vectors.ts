import { limits } from '../base/limits.ts';
import type { Mail } from './engine.ts';
import { Counter, narrowed, type Rows } from './features.ts';
import { kinds, Reader } from './text.ts';

/** How much each kind of n-gram has to say: the length of its part of a mail's vector. Found by cross-validation. */
export const kindWeights: Readonly<Record<(typeof kinds)[number], number>> = {
  words: 0.7,
  characters: 0.9,
  pairs: 0.8,
  subject: 0.5,
};

/** Mails as weighted vectors, and what it takes to weigh another one alike. */
export interface Vectors {
  readonly rows: Rows;
  /** The n-gram hash of each column. */
  readonly hashes: Int32Array;
  /** The kind of each column, an index into `kinds`. */
  readonly kindOf: Uint8Array;
  /** The inverse document frequency of each column. */
  readonly rarity: Float32Array;
}

/**
 * Reads all mails; keeps as many columns as a model of so many classes may have, the most frequent ones. Undefined if they
 * have more than `most` n-grams together.
 */
export function vectorise(mails: readonly Mail[], classes: number, most: number): Vectors | undefined {
  const reader = new Reader();
  const counter = new Counter();
  for (const mail of mails) {
    reader.read(mail.subject, mail.body);
    counter.add(reader);
    if (counter.nonzeros > most) return undefined;
  }
  const counted = counter.rows();
  const { keep, width } = chooseColumns(counter, counted, Math.floor(limits.engine.cells / classes));
  const rows = narrowed(counted, keep, width);
  const hashes = new Int32Array(width);
  const kindOf = new Uint8Array(width);
  const rarity = new Float32Array(width);
  for (let column = 0; column < counted.width; column++) {
    const to = keep[column] as number;
    if (to < 0) continue;
    hashes[to] = counter.table.hashes[column] as number;
    kindOf[to] = counter.kindOf[column] as number;
    rarity[to] = Math.log((1 + rows.count) / (1 + (counter.documents[column] as number))) + 1;
  }
  weigh(rows, kindOf, rarity);
  return { rows, hashes, kindOf, rarity };
}

/** The new number of each column, -1 for one that is left out. */
function chooseColumns(counter: Counter, rows: Rows, most: number): { keep: Int32Array; width: number } {
  const pairs = kinds.indexOf('pairs');
  // Of few mails every pair counts; of many, one that was seen once or twice is chance, and there are a great many.
  const fewest = Math.max(1, Math.min(4, Math.round(rows.count / 3000)));
  const histogram = new Map<number, number>();
  let left = 0;
  for (let column = 0; column < rows.width; column++) {
    const count = counter.documents[column] as number;
    if (counter.kindOf[column] === pairs && count < fewest) continue;
    histogram.set(count, (histogram.get(count) ?? 0) + 1);
    left++;
  }
  let least = 1;
  while (left > most) left -= histogram.get(least++) ?? 0;
  const keep = new Int32Array(rows.width).fill(-1);
  let width = 0;
  for (let column = 0; column < rows.width; column++) {
    const bound = counter.kindOf[column] === pairs ? Math.max(least, fewest) : least;
    if ((counter.documents[column] as number) >= bound) keep[column] = width++;
  }
  return { keep, width };
}

/** Counts become (1 + log count) times rarity, each kind scaled to the length of its weight. */
function weigh(rows: Rows, kindOf: Uint8Array, rarity: Float32Array): void {
  const squares = new Float64Array(kinds.length);
  const weights = kinds.map((kind) => kindWeights[kind]);
  for (let row = 0; row < rows.count; row++) {
    squares.fill(0);
    const from = rows.starts[row] as number;
    const to = rows.starts[row + 1] as number;
    for (let at = from; at < to; at++) {
      const column = rows.columns[at] as number;
      const value = (1 + Math.log(rows.values[at] as number)) * (rarity[column] as number);
      rows.values[at] = value;
      const kind = kindOf[column] as number;
      squares[kind] = (squares[kind] as number) + value * value;
    }
    for (let at = from; at < to; at++) {
      const kind = kindOf[rows.columns[at] as number] as number;
      rows.values[at] = ((rows.values[at] as number) * (weights[kind] as number)) / Math.sqrt(squares[kind] as number);
    }
  }
}

/**
 * The rows as a model sees them that was trained without their fold: columns that only the fold has are unknown to it, so
 * they say nothing and do not count for the length either, just as in new mail. Without this, scores of unseen rows are lower
 * than those of new mail, and the confidence that is learned from them is too high.
 */
export function heldOut({ rows, kindOf }: Vectors, foldOf: Uint8Array): Rows {
  const { starts, columns } = rows;
  const only = new Int16Array(rows.width).fill(nowhere);
  for (let row = 0; row < rows.count; row++) {
    const fold = foldOf[row] as number;
    for (let at = starts[row] as number; at < (starts[row + 1] as number); at++) {
      const column = columns[at] as number;
      if (only[column] === nowhere) only[column] = fold;
      else if (only[column] !== fold) only[column] = several;
    }
  }
  const values = rows.values.slice();
  const squares = new Float64Array(kinds.length);
  const weights = kinds.map((kind) => kindWeights[kind]);
  for (let row = 0; row < rows.count; row++) {
    squares.fill(0);
    const fold = foldOf[row] as number;
    const from = starts[row] as number;
    const to = starts[row + 1] as number;
    for (let at = from; at < to; at++) {
      if (only[columns[at] as number] === fold) values[at] = 0;
      const kind = kindOf[columns[at] as number] as number;
      squares[kind] = (squares[kind] as number) + (values[at] as number) ** 2;
    }
    for (let at = from; at < to; at++) {
      const kind = kindOf[columns[at] as number] as number;
      if (values[at] !== 0)
        values[at] = ((values[at] as number) * (weights[kind] as number)) / Math.sqrt(squares[kind] as number);
    }
  }
  return { ...rows, values };
}

// Where a column occurs: nowhere yet, in several folds, or in the one of that number.
const nowhere = -1;
const several = -2;
