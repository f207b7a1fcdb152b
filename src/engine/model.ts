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
  readonly #counts: Float32Array;
  #touched = new Int32Array(1024);

  /** `version` names the state: equal states, equal versions. */
  constructor(state: ModelState, version: string) {
    this.state = state;
    this.version = version;
    this.labels = state.labels;
    this.#columns = Columns.of(state.hashes);
    this.#scores = new Float64Array(state.labels.length);
    this.#counts = new Float32Array(state.hashes.length);
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
    const counts = this.#counts;
    const grams = this.#reader.of(kind);
    if (this.#touched.length < grams.length) this.#touched = new Int32Array(grams.length * 2);
    const touched = this.#touched;
    let length = 0;
    for (let at = 0; at < grams.length; at++) {
      const column = this.#columns.find(grams.hashes[at] as number);
      if (column < 0) continue;
      const count = counts[column] as number;
      if (count === 0) touched[length++] = column;
      counts[column] = count + 1;
    }
    let square = 0;
    for (let at = 0; at < length; at++) {
      const column = touched[at] as number;
      const count = counts[column] as number;
      const value = (count === 1 ? 1 : 1 + Math.log(count)) * (rarity[column] as number);
      counts[column] = value;
      square += value * value;
    }
    const scale = square === 0 ? 0 : (lengths[kind] as number) / Math.sqrt(square);
    const classes = scores.length;
    for (let at = 0; at < length; at++) {
      const column = touched[at] as number;
      const value = (counts[column] as number) * scale * (steps[column] as number);
      counts[column] = 0;
      const from = column * classes;
      for (let label = 0; label < classes; label++) {
        scores[label] = (scores[label] as number) + value * (weights[from + label] as number);
      }
    }
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
