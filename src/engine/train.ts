import { UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { type Calibration, calibrate, judge } from './calibration.ts';
import type { Example } from './engine.ts';
import { Counter, narrowed, type Rows } from './features.ts';
import { type Evaluation, type Judged, measure } from './metrics.ts';
import { TrainedModel } from './model.ts';
import { versionOf } from './modelfile.ts';
import { type Random, seeded, shuffle } from './random.ts';
import { reportOf } from './report.ts';
import { type SolverOptions, solve } from './solver.ts';
import { kinds, Reader } from './text.ts';

export interface TrainOptions {
  /** Same examples, same seed, same model. */
  readonly seed?: number;
  /** Looked at between steps; training then throws the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called with a share from 0 to 1, a few hundred times at most. */
  readonly onProgress?: (share: number) => void;
  /** Examples that a class needs to be predicted at all; limits.engine.minExamples unless told. */
  readonly minExamples?: number;
}

const folds = 4;
const solver: SolverOptions = { cost: 1, tolerance: 0.1, passes: 100 };

/**
 * Trains, measures by cross-validation and calibrates. CPU work without a pause: where an event loop must go on, use
 * `trainInWorker`. Throws a UserError where the examples do not make a classifier.
 */
export function train(examples: readonly Example[], options: TrainOptions = {}): TrainedModel {
  const { random, step, chosen, features, calibration, judged } = learn(examples, options);
  const { labels, truth } = chosen;
  const { rows, hashes, kindOf, rarity } = features;
  const report = reportOf(judged, { seed: options.seed ?? 1, folds, tooFew: chosen.tooFew });
  const all = Int32Array.from({ length: rows.count }, (_, at) => at);
  const dense = new Float32Array(rows.width * labels.length);
  fitAll(rows, all, truth, labels.length, random, (label, weights) => {
    for (let column = 0; column < rows.width; column++)
      dense[column * labels.length + label] = weights[column] as number;
    step(0.8 + (0.2 * (label + 1)) / labels.length);
  });
  const { steps, weights } = quantised(dense, rows.width, labels.length);
  const bias = new Float32Array(labels.length);
  const state = { labels, hashes, kindOf, rarity, steps, weights, bias, calibration, report };
  return new TrainedModel(state, versionOf(state));
}

/** How a model trained from these examples would do on others like them. Throws as `train` does. */
export function crossValidate(examples: readonly Example[], options: TrainOptions = {}): Evaluation {
  return measure(learn(examples, options).judged);
}

/** Everything but the final model: what is needed to know how good it will be. */
function learn(examples: readonly Example[], options: TrainOptions) {
  const random = seeded(options.seed ?? 1);
  const step = (share: number) => {
    options.signal?.throwIfAborted();
    options.onProgress?.(share);
  };
  step(0);
  const chosen = chooseExamples(examples, options.minExamples ?? limits.engine.minExamples, random);
  const { labels, truth } = chosen;
  const features = readFeatures(chosen.examples, labels.length);
  step(0.1);
  const scores = scoresOfUnseen(features.rows, truth, labels.length, random, (share) => step(0.1 + 0.7 * share));
  const calibration = calibrate(scores, truth, labels.length);
  const judged = judgeAll(scores, truth, labels, calibration);
  return { random, step, chosen, features, calibration, judged };
}

interface Chosen {
  readonly examples: readonly Example[];
  readonly labels: readonly string[];
  readonly truth: Int32Array;
  readonly tooFew: readonly { readonly label: string; readonly examples: number }[];
}

function chooseExamples(examples: readonly Example[], least: number, random: Random): Chosen {
  const byLabel = new Map<string, Example[]>();
  for (const example of examples) {
    const members = byLabel.get(example.label);
    if (members) members.push(example);
    else byLabel.set(example.label, [example]);
  }
  const groups = [...byLabel].sort(([a], [b]) => (a < b ? -1 : 1));
  const enough = groups.filter(([, members]) => members.length >= least);
  const tooFew = groups
    .filter(([, members]) => members.length < least)
    .map(([label, members]) => ({ label, examples: members.length }));
  if (enough.length < 2) {
    const names = tooFew.map(({ label, examples }) => `${label} (${examples})`).join(', ');
    throw new UserError(
      `at least two classes need ${least} examples each; enough: ${enough.map(([label]) => label).join(', ') || 'none'}; too few: ${names || 'none'}`,
    );
  }
  if (enough.length > limits.engine.classes) {
    throw new UserError(`${enough.length} classes are more than the ${limits.engine.classes} that a model takes`);
  }
  // Too many examples: the largest classes give some up, by lot.
  const most = shareOut(
    enough.map(([, members]) => members.length),
    limits.engine.examples,
  );
  const kept: Example[] = [];
  const truth: number[] = [];
  for (const [label, [, members]] of enough.entries()) {
    const order = members.map((_, at) => at);
    if (order.length > most) shuffle(order, order.length, random);
    for (const at of order.slice(0, most)) {
      kept.push(members[at] as Example);
      truth.push(label);
    }
  }
  return { examples: kept, labels: enough.map(([label]) => label), truth: Int32Array.from(truth), tooFew };
}

/** The largest number a class so that all classes, cut to it, stay within `total`. */
function shareOut(sizes: readonly number[], total: number): number {
  let most = Math.max(...sizes);
  while (sizes.reduce((sum, size) => sum + Math.min(size, most), 0) > total) most = Math.floor(most * 0.95);
  return most;
}

interface Features {
  readonly rows: Rows;
  readonly hashes: Int32Array;
  readonly kindOf: Uint8Array;
  readonly rarity: Float32Array;
}

function readFeatures(examples: readonly Example[], classes: number): Features {
  const reader = new Reader();
  const counter = new Counter();
  for (const example of examples) {
    reader.read(example.subject, example.body);
    counter.add(reader);
  }
  const counted = counter.rows();
  const { keep, width } = chooseColumns(counter.documents, counted.width, Math.floor(limits.engine.cells / classes));
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

/** The most frequent columns, as many as the model may have. */
function chooseColumns(documents: Int32Array, width: number, most: number): { keep: Int32Array; width: number } {
  let least = 1;
  const histogram = new Map<number, number>();
  for (let column = 0; column < width; column++) {
    const count = documents[column] as number;
    histogram.set(count, (histogram.get(count) ?? 0) + 1);
  }
  let left = width;
  while (left > most) left -= histogram.get(least++) ?? 0;
  const keep = new Int32Array(width).fill(-1);
  let to = 0;
  for (let column = 0; column < width; column++) if ((documents[column] as number) >= least) keep[column] = to++;
  return { keep, width: to };
}

/** Counts become (1 + log count) times rarity, each kind scaled to length one. */
function weigh(rows: Rows, kindOf: Uint8Array, rarity: Float32Array): void {
  const squares = new Float64Array(kinds.length);
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
      rows.values[at] = (rows.values[at] as number) / Math.sqrt(squares[kind] as number);
    }
  }
}

/** One weight vector a class, handed out class by class (the vector is reused). */
function fitAll(
  rows: Rows,
  inside: Int32Array,
  truth: Int32Array,
  classes: number,
  random: Random,
  take: (label: number, weights: Float64Array) => void,
): void {
  const norms = new Float64Array(rows.count);
  for (let row = 0; row < rows.count; row++) {
    let square = 0;
    for (let at = rows.starts[row] as number; at < (rows.starts[row + 1] as number); at++)
      square += (rows.values[at] as number) ** 2;
    norms[row] = square;
  }
  const positive = new Uint8Array(rows.count);
  const weights = new Float64Array(rows.width);
  for (let label = 0; label < classes; label++) {
    for (let row = 0; row < rows.count; row++) positive[row] = truth[row] === label ? 1 : 0;
    solve(rows, norms, inside, positive, solver, random, weights);
    take(label, weights);
  }
}

/** Scores of every row by a model that was trained without it: stratified cross-validation. */
function scoresOfUnseen(
  rows: Rows,
  truth: Int32Array,
  classes: number,
  random: Random,
  step: (share: number) => void,
): Float64Array {
  const scores = new Float64Array(rows.count * classes);
  const foldOf = stratified(truth, classes, random);
  for (let fold = 0; fold < folds; fold++) {
    const inside = Int32Array.from(foldOf.keys()).filter((row) => foldOf[row] !== fold);
    const outside = Int32Array.from(foldOf.keys()).filter((row) => foldOf[row] === fold);
    fitAll(rows, inside, truth, classes, random, (label, weights) => {
      for (const row of outside) {
        let sum = 0;
        for (let at = rows.starts[row] as number; at < (rows.starts[row + 1] as number); at++) {
          sum += (rows.values[at] as number) * (weights[rows.columns[at] as number] as number);
        }
        scores[row * classes + label] = sum;
      }
      step((fold + (label + 1) / classes) / folds);
    });
  }
  return scores;
}

function stratified(truth: Int32Array, classes: number, random: Random): Uint8Array {
  const foldOf = new Uint8Array(truth.length);
  let next = 0;
  for (let label = 0; label < classes; label++) {
    const members = Int32Array.from(truth.keys()).filter((row) => truth[row] === label);
    shuffle(members, members.length, random);
    for (const row of members) foldOf[row] = next++ % folds;
  }
  return foldOf;
}

function judgeAll(
  scores: Float64Array,
  truth: Int32Array,
  labels: readonly string[],
  calibration: Calibration,
): Judged[] {
  return Array.from(truth, (label, row) => {
    const { first, confidence } = judge(scores.subarray(row * labels.length, (row + 1) * labels.length), calibration);
    return { truth: labels[label] ?? '', predicted: labels[first] ?? '', confidence };
  });
}

/** One octet a weight: 255 steps of a size of its own for each column, which costs no accuracy that one can measure. */
function quantised(dense: Float32Array, width: number, classes: number): { steps: Float32Array; weights: Int8Array } {
  const steps = new Float32Array(width);
  const weights = new Int8Array(dense.length);
  for (let column = 0; column < width; column++) {
    let largest = 0;
    const from = column * classes;
    for (let at = from; at < from + classes; at++) largest = Math.max(largest, Math.abs(dense[at] as number));
    const step = largest / 127;
    steps[column] = step;
    if (step === 0) continue;
    for (let at = from; at < from + classes; at++) weights[at] = Math.round((dense[at] as number) / step);
  }
  return { steps, weights };
}
