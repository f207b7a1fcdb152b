import { type Judged, measure, thresholdFor, worstConfusions } from './metrics.ts';

/** A share of 1 with its 95% confidence interval. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface ClassReport {
  readonly label: string;
  readonly examples: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number;
  /** From this confidence on, 98% of the answers with this label were right; null where no threshold is that good. */
  readonly threshold: number | null;
  /** How much of the class's mail that threshold files, a share of 1. */
  readonly filed: number;
}

/** What a training says of itself, measured on examples that the measuring models had not seen. */
export interface TrainingReport {
  readonly examples: number;
  readonly seed: number;
  readonly folds: number;
  readonly accuracy: Interval;
  readonly macroF1: Interval;
  readonly ece: number;
  readonly accuracyAt80: number;
  readonly classes: readonly ClassReport[];
  /** Classes with fewer examples than it takes: never predicted. */
  readonly tooFew: readonly { readonly label: string; readonly examples: number }[];
  readonly confusions: readonly { readonly truth: string; readonly predicted: string; readonly count: number }[];
}

const targetPrecision = 0.98;

export function reportOf(
  judged: readonly Judged[],
  about: Pick<TrainingReport, 'seed' | 'folds' | 'tooFew'>,
): TrainingReport {
  const evaluation = measure(judged);
  return {
    examples: judged.length,
    seed: about.seed,
    folds: about.folds,
    accuracy: wilson(evaluation.accuracy, judged.length),
    macroF1: meanInterval(
      evaluation.macroF1,
      evaluation.classes.map((one) => ({ f1: one.f1, examples: one.examples })),
    ),
    ece: evaluation.ece,
    accuracyAt80: evaluation.accuracyAt80,
    classes: evaluation.classes.map((one) => {
      const answers = judged
        .filter((answer) => answer.predicted === one.label)
        .map((answer) => ({ confidence: answer.confidence, right: answer.truth === one.label }));
      const found = thresholdFor(answers, targetPrecision);
      return {
        ...one,
        threshold: found?.threshold ?? null,
        filed: found === null || one.examples === 0 ? 0 : Math.min(1, found.hits / one.examples),
      };
    }),
    tooFew: about.tooFew,
    confusions: worstConfusions(judged, 10),
  };
}

/** Wilson's interval for a share. */
function wilson(share: number, count: number): Interval {
  const z = 1.96;
  const n = Math.max(1, count);
  const middle = (share + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return { value: share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** A mean over classes, each F1 taken as a share of its class's examples. */
function meanInterval(value: number, classes: readonly { f1: number; examples: number }[]): Interval {
  const variance = classes.reduce((sum, { f1, examples }) => sum + (f1 * (1 - f1)) / Math.max(1, examples), 0);
  const half = (1.96 * Math.sqrt(variance)) / Math.max(1, classes.length);
  return { value, low: Math.max(0, value - half), high: Math.min(1, value + half) };
}
