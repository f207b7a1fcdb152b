import { type Calibration, judge, shares } from './calibration.ts';
import type { Engine, Example, Mail, Prediction } from './engine.ts';
import { Columns } from './features.ts';
import { type Evaluation, measure } from './metrics.ts';
import type { TrainingReport } from './report.ts';
import { kinds, Reader } from './text.ts';
import { kindWeights } from './vectors.ts';

const lengths = kinds.map((kind) => kindWeights[kind]);

/** All that a trained model is; what the model file holds. */
export interface ModelState {
  readonly labels: readonly string[];
  /** The n-gram hash of each column. */
  readonly hashes: Int32Array;
  /** Of each column: its kind, an index into `kinds`. */
  readonly kindOf: Uint8Array;
  /** Of each column: its inverse document frequency. */
  readonly rarity: Float32Array;
  /** Of each column: what one step of `weights` is worth. */
  readonly steps: Float32Array;
  /** Column by column, one octet a label. */
  readonly weights: Int8Array;
  /** One a label, added to every score. */
  readonly bias: Float32Array;
  readonly calibration: Calibration;
  readonly report: TrainingReport;
}

/** A trained linear classifier. It answers at once, without I/O; the same mail always gets the same answer. */
export class TrainedModel implements Engine {
  readonly labels: readonly string[];
  readonly version: string;
  readonly state: ModelState;
  readonly #columns: Columns;
  readonly #reader = new Reader();
  readonly #scores: Float64Array;
  #touched = new Int32Array(1024);
  #values = new Float64Array(1024);

  /** `version` names the state: equal states, equal versions. */
  constructor(state: ModelState, version: string) {
    this.state = state;
    this.version = version;
    this.labels = state.labels;
    this.#columns = Columns.of(state.hashes);
    this.#scores = new Float64Array(state.labels.length);
  }

  get report(): TrainingReport {
    return this.state.report;
  }

  classify(mail: Mail): Prediction {
    const scores = this.#score(mail);
    const { first, confidence } = judge(scores, this.state.calibration);
    const alternatives = shares(scores, first, confidence, this.state.calibration.sharpness, 3).map(
      ({ at, confidence }) => ({
        label: this.labels[at] ?? '',
        confidence,
      }),
    );
    return { label: this.labels[first] ?? '', confidence, alternatives };
  }

  #score(mail: Mail): Float64Array {
    const scores = this.#scores;
    const reader = this.#reader;
    scores.set(this.state.bias);
    reader.read(mail.subject, mail.body);
    for (let kind = 0; kind < kinds.length; kind++) this.#add(kind, scores);
    return scores;
  }

  /** Adds what the n-grams of one kind say, as a vector of length one. */
  #add(kind: number, scores: Float64Array): void {
    const { rarity, steps, weights } = this.state;
    const grams = this.#reader.of(kind);
    if (this.#touched.length < grams.length) {
      this.#touched = new Int32Array(grams.length * 2);
      this.#values = new Float64Array(grams.length * 2);
    }
    const touched = this.#touched;
    const values = this.#values;
    let length = 0;
    let square = 0;
    for (let at = 0; at < grams.length; at++) {
      const column = this.#columns.find(grams.hashes[at] as number);
      if (column < 0) continue;
      const count = grams.counts[at] as number;
      const value = (count === 1 ? 1 : 1 + Math.log(count)) * (rarity[column] as number);
      square += value * value;
      touched[length] = column;
      values[length++] = Math.fround(value);
    }
    const scale = square === 0 ? 0 : (lengths[kind] as number) / Math.sqrt(square);
    for (let at = 0; at < length; at++) {
      values[at] = (values[at] as number) * scale * (steps[touched[at] as number] as number);
    }
    addScores(weights, touched, values, length, scores);
  }
}

/** Adds values times weights of the listed columns. Six labels at a time: their sums stay in registers, twice as fast. */
function addScores(
  weights: Int8Array,
  columns: Int32Array,
  values: Float64Array,
  length: number,
  scores: Float64Array,
): void {
  const classes = scores.length;
  let label = 0;
  for (; label + 6 <= classes; label += 6) {
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let e = 0;
    let f = 0;
    for (let at = 0; at < length; at++) {
      const from = (columns[at] as number) * classes + label;
      const value = values[at] as number;
      a += value * (weights[from] as number);
      b += value * (weights[from + 1] as number);
      c += value * (weights[from + 2] as number);
      d += value * (weights[from + 3] as number);
      e += value * (weights[from + 4] as number);
      f += value * (weights[from + 5] as number);
    }
    scores[label] = (scores[label] as number) + a;
    scores[label + 1] = (scores[label + 1] as number) + b;
    scores[label + 2] = (scores[label + 2] as number) + c;
    scores[label + 3] = (scores[label + 3] as number) + d;
    scores[label + 4] = (scores[label + 4] as number) + e;
    scores[label + 5] = (scores[label + 5] as number) + f;
  }
  for (; label < classes; label++) {
    let sum = 0;
    for (let at = 0; at < length; at++) {
      sum += (values[at] as number) * (weights[(columns[at] as number) * classes + label] as number);
    }
    scores[label] = (scores[label] as number) + sum;
  }
}

/** How a model does on examples that it has not seen. */
export function evaluate(model: TrainedModel, examples: Iterable<Example>): Evaluation {
  const judged = [];
  for (const example of examples) {
    const { label, confidence } = model.classify(example);
    judged.push({ truth: example.label, predicted: label, confidence });
  }
  return measure(judged);
}
