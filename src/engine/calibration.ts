/** P(correct) from the scores of one mail: a logistic model on a few shapes of the scores. */
export interface Calibration {
  /** Weights of the shapes, the constant last. */
  readonly weights: readonly number[];
  /** Softmax of scores times this shares out what the first label leaves. */
  readonly sharpness: number;
}

/** Numbers that tell of a mail's scores how sure its answer is; see `shapeOf`. */
export const shapes = 2;
/** Rivals whose mean score the best one is held against. */
const rivals = 3;
/** A lead beyond this is as sure as this. */
const sureLead = 2;

/** Mails with no lead, right as often as chance has it, that are added to what a calibration learns from. */
const ties = 10;

const top = new Float64Array(1 + rivals);

/**
 * Fills `to` with the lead of the best score over the second and over the mean of its rivals: what tells a sure answer from a
 * guess. How high the best score is tells more of known mail, but less of mail that fits no class. Answers the index of the best.
 */
function shapeOf(scores: Float64Array, to: Float64Array): number {
  const kept = Math.min(top.length, scores.length);
  top.fill(Number.NEGATIVE_INFINITY);
  let first = 0;
  for (let at = 0; at < scores.length; at++) {
    const score = scores[at] as number;
    if (score <= (top[kept - 1] as number)) continue;
    if (score > (top[0] as number)) first = at;
    let place = kept - 1;
    for (; place > 0 && score > (top[place - 1] as number); place--) top[place] = top[place - 1] as number;
    top[place] = score;
  }
  let sum = 0;
  for (let place = 1; place < kept; place++) sum += top[place] as number;
  const best = top[0] as number;
  to[0] = Math.min(best - (top[1] as number), sureLead);
  to[1] = best - sum / (kept - 1);
  return first;
}

const shape = new Float64Array(shapes);

/** The index of the predicted label and the probability that it is right. */
export function judge(scores: Float64Array, calibration: Calibration): { first: number; confidence: number } {
  const first = shapeOf(scores, shape);
  let sum = calibration.weights[shapes] ?? 0;
  for (let at = 0; at < shapes; at++) sum += (calibration.weights[at] ?? 0) * (shape[at] as number);
  return { first, confidence: 1 / (1 + Math.exp(-sum)) };
}

/** The best `most` labels with their confidences: what the first one leaves is shared by softmax. */
export function shares(
  scores: Float64Array,
  first: number,
  confidence: number,
  sharpness: number,
  most: number,
): { readonly at: number; readonly confidence: number }[] {
  const top = scores[first] as number;
  let rest = 0;
  for (let at = 0; at < scores.length; at++)
    if (at !== first) rest += Math.exp(sharpness * ((scores[at] as number) - top));
  const chosen = [{ at: first, confidence }];
  while (chosen.length < Math.min(most, scores.length)) {
    let next = -1;
    for (let at = 0; at < scores.length; at++) {
      if (chosen.some((one) => one.at === at)) continue;
      if (next < 0 || (scores[at] as number) > (scores[next] as number)) next = at;
    }
    const part = rest === 0 ? 0 : Math.exp(sharpness * ((scores[next] as number) - top)) / rest;
    // Never above the first, however unsure that one is.
    chosen.push({ at: next, confidence: Math.min(confidence, (1 - confidence) * part) });
  }
  return chosen;
}

/** Learns from scores of mails that the scoring model did not see. `scores` holds one row of `classes` values a mail. */
export function calibrate(scores: Float64Array, truth: Int32Array, classes: number): Calibration {
  const count = truth.length;
  const row = (at: number) => scores.subarray(at * classes, (at + 1) * classes);
  const sharpness = sharpest(row, truth);
  // Examples alone may all be right: the mails of no lead at all keep such a model from being sure of everything.
  const inputs = new Float64Array((count + ties) * (shapes + 1));
  const right = new Float64Array(count + ties).fill(1 / classes);
  for (let at = 0; at < count + ties; at++) {
    if (at < count) {
      right[at] = shapeOf(row(at), shape) === truth[at] ? 1 : 0;
      inputs.set(shape, at * (shapes + 1));
    }
    inputs[at * (shapes + 1) + shapes] = 1;
  }
  return { weights: logistic(inputs, right, shapes + 1), sharpness };
}

/** The softmax sharpness of the least log loss, among powers of the square root of two. */
function sharpest(row: (at: number) => Float64Array, truth: Int32Array): number {
  let chosen = 1;
  let least = Number.POSITIVE_INFINITY;
  for (let power = -2; power <= 12; power++) {
    const sharpness = 2 ** (power / 2);
    let loss = 0;
    for (let at = 0; at < truth.length; at++) {
      const scores = row(at);
      const own = scores[truth[at] as number] as number;
      let sum = 0;
      for (let label = 0; label < scores.length; label++)
        sum += Math.exp(sharpness * ((scores[label] as number) - own));
      loss += Math.log(sum);
    }
    if (loss < least) {
      least = loss;
      chosen = sharpness;
    }
  }
  return chosen;
}

/** Logistic regression by Newton steps, with a slight ridge so that separable data stays finite. */
function logistic(inputs: Float64Array, right: Float64Array, width: number): number[] {
  const weights = new Array<number>(width).fill(0);
  const count = right.length;
  for (let step = 0; step < 50; step++) {
    const gradient = new Array<number>(width).fill(0);
    const hessian = Array.from({ length: width }, () => new Array<number>(width).fill(0));
    for (let at = 0; at < width; at++) {
      gradient[at] = -1e-2 * (weights[at] ?? 0);
      (hessian[at] as number[])[at] = 1e-2;
    }
    for (let at = 0; at < count; at++) {
      let sum = 0;
      for (let k = 0; k < width; k++) sum += (weights[k] as number) * (inputs[at * width + k] as number);
      const p = 1 / (1 + Math.exp(-sum));
      const miss = (right[at] as number) - p;
      const curve = Math.max(p * (1 - p), 1e-9);
      for (let k = 0; k < width; k++) {
        const x = inputs[at * width + k] as number;
        gradient[k] = (gradient[k] as number) + miss * x;
        const line = hessian[k] as number[];
        for (let m = 0; m <= k; m++) line[m] = (line[m] as number) + curve * x * (inputs[at * width + m] as number);
      }
    }
    for (let k = 0; k < width; k++)
      for (let m = 0; m < k; m++) (hessian[m] as number[])[k] = (hessian[k] as number[])[m] as number;
    const change = solveLinear(hessian, gradient);
    let largest = 0;
    for (let k = 0; k < width; k++) {
      const delta = Math.max(-5, Math.min(5, change[k] as number));
      weights[k] = (weights[k] as number) + delta;
      largest = Math.max(largest, Math.abs(delta));
    }
    if (largest < 1e-8) break;
  }
  return weights;
}

/** Gauss elimination with pivoting; the systems here have a handful of unknowns. */
function solveLinear(matrix: number[][], right: number[]): number[] {
  const size = right.length;
  const a = matrix.map((line, at) => [...line, right[at] as number]);
  for (let k = 0; k < size; k++) {
    let pivot = k;
    for (let r = k + 1; r < size; r++) if (Math.abs(a[r]?.[k] ?? 0) > Math.abs(a[pivot]?.[k] ?? 0)) pivot = r;
    const top = a[pivot] as number[];
    a[pivot] = a[k] as number[];
    a[k] = top;
    const by = top[k] as number;
    if (by === 0) continue;
    for (let r = 0; r < size; r++) {
      if (r === k) continue;
      const line = a[r] as number[];
      const factor = (line[k] as number) / by;
      if (factor === 0) continue;
      for (let c = k; c <= size; c++) line[c] = (line[c] as number) - factor * (top[c] as number);
    }
  }
  return a.map((line, at) => (line[at] === 0 ? 0 : (line[size] as number) / (line[at] as number)));
}
