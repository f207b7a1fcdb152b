import { limits } from '../base/limits.ts';
import { type Random, seeded } from '../base/random.ts';
import { type Calibration, calibrate, judge } from './calibration.ts';
import { type Corpus, chooseExamples, stratified, wordsOf } from './corpus.ts';
import type { Example } from './engine.ts';
import { learn } from './learner.ts';
import { type Evaluation, type Judged, measure } from './metrics.ts';
import { TrainedModel } from './model.ts';
import { versionOf } from './modelfile.ts';
import { always } from './problem.ts';
import { reportOf } from './report.ts';
import { heldOut, type Vectors, vectorise } from './vectors.ts';

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

/** With ten, the models that measure have seen nearly as much as the one that is kept, so its confidences fit. */
const folds = 10;

/**
 * Trains, measures by cross-validation and calibrates. CPU work without a pause: where an event loop must go on, use
 * `trainInWorker`. Throws a UserError where the examples do not make a classifier.
 */
export function train(examples: readonly Example[], options: TrainOptions = {}): TrainedModel {
  const { corpus, vectors, solution, calibration, judged } = prepare(examples, options);
  const { labels } = corpus;
  const report = reportOf(judged, { seed: options.seed ?? 1, folds, tooFew: corpus.tooFew });
  const { steps, weights } = quantised(solution.weights, vectors.rows.width, labels.length);
  const { hashes, kindOf, rarity } = vectors;
  const state = { labels, hashes, kindOf, rarity, steps, weights, bias: solution.bias, calibration, report };
  options.onProgress?.(1);
  return new TrainedModel(state, versionOf(state));
}

/** How a model trained from these examples would do on others like them. Throws as `train` does. */
export function crossValidate(examples: readonly Example[], options: TrainOptions = {}): Evaluation {
  return measure(prepare(examples, options).judged);
}

function prepare(examples: readonly Example[], options: TrainOptions) {
  const random = seeded(options.seed ?? 1);
  const step = (share: number) => {
    options.signal?.throwIfAborted();
    options.onProgress?.(share);
  };
  step(0);
  const { corpus, vectors } = readCorpus(examples, options.minExamples ?? limits.engine.minExamples, random);
  const { labels } = corpus;
  step(0.1);
  const count = corpus.examples.length;
  const truth = Int32Array.from([...corpus.truth, ...labels.keys()]);
  const foldOf = new Uint8Array(truth.length).fill(always);
  foldOf.set(stratified(corpus.truth, labels.length, folds, random));
  const held = heldOut(vectors, foldOf);
  const problem = { rows: vectors.rows, held, truth, classes: labels.length, foldOf, folds };
  const solution = learn(problem, random, (share) => step(0.1 + 0.85 * share));
  const scores = Float64Array.from(solution.unseen.subarray(0, count * labels.length));
  const calibration = calibrate(scores, corpus.truth, labels.length);
  const judged = judgeAll(scores, corpus.truth, labels, calibration);
  return { corpus, vectors, solution, calibration, judged };
}

/** Chooses the examples and reads them; with fewer of them, by lot, until their n-grams are no more than `nonzeros`. */
export function readCorpus(
  examples: readonly Example[],
  least: number,
  random: Random,
  nonzeros: number = limits.engine.nonzeros,
): { readonly corpus: Corpus; readonly vectors: Vectors } {
  for (let total: number = limits.engine.examples; ; ) {
    const corpus = chooseExamples(examples, least, random, total);
    // The class's own name is one more text of it: worth points while there are few.
    const names = corpus.labels.map((label) => ({ subject: '', body: wordsOf(label) }));
    const vectors = vectorise([...corpus.examples, ...names], corpus.labels.length, nonzeros);
    if (vectors !== undefined) return { corpus, vectors };
    total = Math.floor(corpus.examples.length * 0.7);
  }
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
