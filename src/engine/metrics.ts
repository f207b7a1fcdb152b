/** What one class got: a share of 1 each; null where the class was never predicted or never asked. */
export interface ClassResult {
  readonly label: string;
  readonly examples: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number;
}

export interface Evaluation {
  readonly examples: number;
  readonly accuracy: number;
  /** The mean F1 of all classes that occur in the truth or in the answers. */
  readonly macroF1: number;
  /** Expected calibration error over 15 bins of equal width. */
  readonly ece: number;
  /** Accuracy on the four fifths with the highest confidence. */
  readonly accuracyAt80: number;
  readonly classes: readonly ClassResult[];
  /** Truth to prediction to count; only what occurred. */
  readonly confusion: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export interface Judged {
  readonly truth: string;
  readonly predicted: string;
  readonly confidence: number;
}

const bins = 15;

export function measure(judged: readonly Judged[]): Evaluation {
  const confusion = new Map<string, Map<string, number>>();
  const sums = Array.from({ length: bins }, () => ({ confidence: 0, right: 0 }));
  let right = 0;
  for (const { truth, predicted, confidence } of judged) {
    const line = confusion.get(truth) ?? new Map<string, number>();
    line.set(predicted, (line.get(predicted) ?? 0) + 1);
    confusion.set(truth, line);
    const bin = sums[Math.min(bins - 1, Math.floor(confidence * bins))];
    if (bin) {
      bin.confidence += confidence;
      bin.right += truth === predicted ? 1 : 0;
    }
    if (truth === predicted) right++;
  }
  const classes = classResults(confusion);
  const count = Math.max(1, judged.length);
  return {
    examples: judged.length,
    accuracy: right / count,
    macroF1: classes.reduce((sum, one) => sum + one.f1, 0) / Math.max(1, classes.length),
    ece: sums.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.right), 0) / count,
    accuracyAt80: accuracyAt(judged, 0.8),
    classes,
    confusion: Object.fromEntries([...confusion].map(([truth, line]) => [truth, Object.fromEntries(line)])),
  };
}

function classResults(confusion: Map<string, Map<string, number>>): ClassResult[] {
  const predicted = new Map<string, number>();
  for (const line of confusion.values()) {
    for (const [label, count] of line) predicted.set(label, (predicted.get(label) ?? 0) + count);
  }
  const labels = [...new Set([...confusion.keys(), ...predicted.keys()])].sort();
  return labels.map((label) => {
    const line = confusion.get(label);
    const examples = line ? [...line.values()].reduce((sum, count) => sum + count, 0) : 0;
    const hits = line?.get(label) ?? 0;
    const answered = predicted.get(label) ?? 0;
    return {
      label,
      examples,
      precision: answered === 0 ? null : hits / answered,
      recall: examples === 0 ? null : hits / examples,
      f1: (2 * hits) / Math.max(1, examples + answered),
    };
  });
}

function accuracyAt(judged: readonly Judged[], share: number): number {
  const surest = judged.toSorted((a, b) => b.confidence - a.confidence).slice(0, Math.ceil(judged.length * share));
  return surest.filter((one) => one.truth === one.predicted).length / Math.max(1, surest.length);
}

/** The most frequent wrong answers, the worst first. */
export function worstConfusions(
  judged: readonly Judged[],
  most: number,
): { readonly truth: string; readonly predicted: string; readonly count: number }[] {
  const counts = new Map<string, { truth: string; predicted: string; count: number }>();
  for (const { truth, predicted } of judged) {
    if (truth === predicted) continue;
    const key = JSON.stringify([truth, predicted]);
    const found = counts.get(key) ?? { truth, predicted, count: 0 };
    found.count++;
    counts.set(key, found);
  }
  return [...counts.values()]
    .sort(
      (a, b) =>
        b.count - a.count || (a.truth < b.truth ? -1 : a.truth > b.truth ? 1 : a.predicted < b.predicted ? -1 : 1),
    )
    .slice(0, most);
}

/**
 * The lowest threshold from which on the answers of a class were right in at least `precision` of the cases, and how many
 * right answers that lets through. Null where no threshold is good enough.
 */
export function thresholdFor(
  answers: readonly { readonly confidence: number; readonly right: boolean }[],
  precision: number,
): { readonly threshold: number; readonly hits: number } | null {
  const sorted = answers.toSorted((a, b) => b.confidence - a.confidence);
  let hits = 0;
  let best: { threshold: number; hits: number } | null = null;
  for (const [at, answer] of sorted.entries()) {
    if (answer.right) hits++;
    // Equal confidences are filed together or not at all.
    if (sorted[at + 1]?.confidence === answer.confidence) continue;
    if (hits / (at + 1) >= precision) best = { threshold: answer.confidence, hits };
  }
  return best;
}
