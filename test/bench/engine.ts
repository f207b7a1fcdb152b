import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { seeded, shuffle } from '../../src/base/random.ts';
import { readExamples } from '../../src/engine/dataset.ts';
import type { Example } from '../../src/engine/engine.ts';
import { type Judged, measure } from '../../src/engine/metrics.ts';
import { type Answer, compete, type Done, type Outcome, ours } from './contest.ts';

const peers = ['LinearSVC', 'LinearSVC, Platt', 'LogisticRegression', 'ComplementNB', 'MultinomialNB'];
/** It answers as LinearSVC does but for its confidences, which take five trainings more: only where those are asked. */
const platt = 'LinearSVC, Platt';
const sets = ['banking77', 'clinc150', 'hint3-curekart', 'hint3-sofmattress', 'hint3-powerplay11'];
const fewOf = [20, 10, 5];
const seeds = [1, 2, 3];
const resamples = 10_000;

interface Measure {
  readonly name: string;
  readonly goal: number;
  /** Smaller is better. */
  readonly atMost?: boolean;
  readonly digits: number;
  readonly of: (classifier: string) => number | undefined;
}

/** The classifier on public data sets, beside scikit-learn's on the same splits. See docs/figures.md. */
export async function engine(args: string[]): Promise<object> {
  const { values } = parseArgs({ args, options: { data: { type: 'string' } } });
  if (values.data === undefined) throw new Error('--data DIR is missing; docs/figures.md says what it holds');
  const folder = mkdtempSync(join(tmpdir(), 'siftd-bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await contest(values.data, folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}

async function contest(data: string, folder: string): Promise<object> {
  const fileOf = (set: string, split: string): string => join(data, set, `${split}.jsonl`);
  const truth = new Map<string, readonly string[]>();
  for (const set of sets)
    truth.set(
      set,
      (await readExamples(fileOf(set, 'test'))).map(({ label }) => label),
    );
  const banking = { train: fileOf('banking77', 'train'), test: fileOf('banking77', 'test') };
  const long = join(folder, 'long.jsonl');
  writeLines(long, ofWords(300, await readExamples(banking.test)));
  const known = await readExamples(banking.train);
  const fewTasks = fewOf.flatMap((each) =>
    seeds.map((seed) => {
      const train = join(folder, `few-${each}-${seed}.jsonl`);
      writeLines(train, someOf(known, each, seed));
      return { train, tests: [banking.test], rates: [] };
    }),
  );

  const whole = new Map<string, Done>();
  const few = new Map<string, readonly Outcome[]>();
  for (const classifier of [ours, ...peers]) {
    for (const set of sets) {
      const small = set.startsWith('hint3');
      if (classifier === platt && small) continue;
      const tests = [fileOf(set, 'test'), ...(set === 'clinc150' ? [fileOf(set, 'oos_test')] : [])];
      const rates = set === 'banking77' ? [banking.test, long] : [];
      const done = await compete(classifier, [{ train: fileOf(set, 'train'), tests, rates }]);
      whole.set(keyOf(classifier, set), done);
      console.log(`${classifier}: ${set}, ${done.outcomes[0]?.seconds.toFixed(1)} CPU seconds of training`);
    }
    if (classifier === platt) continue;
    few.set(classifier, (await compete(classifier, fewTasks)).outcomes);
    console.log(`${classifier}: banking77 with few examples`);
  }

  const measures = measuresOf(truth, whole, few);
  printMeasures(measures);
  const comparisons = compareAll(truth, whole, few);
  printComparisons(comparisons);
  return {
    measures: measures.map(({ name, goal, atMost = false, of }) => ({
      name,
      goal,
      atMost,
      measured: Object.fromEntries([ours, ...peers].flatMap((one) => (of(one) === undefined ? [] : [[one, of(one)]]))),
    })),
    comparisons,
  };
}

const keyOf = (classifier: string, set: string): string => `${classifier} on ${set}`;

function writeLines(path: string, examples: readonly Example[]): void {
  writeFileSync(path, examples.map((one) => `${JSON.stringify(one)}\n`).join(''));
}

/** `each` examples a class, by lot. */
function someOf(examples: readonly Example[], each: number, seed: number): Example[] {
  const order = [...examples];
  shuffle(order, order.length, seeded(seed));
  const taken = new Map<string, number>();
  return order.filter(({ label }) => {
    const count = taken.get(label) ?? 0;
    taken.set(label, count + 1);
    return count < each;
  });
}

/** Texts of so many words each, made of the others one after the other. */
function ofWords(count: number, examples: readonly Example[]): Example[] {
  const words = examples.flatMap(({ body }) => body.split(/\s+/));
  return Array.from({ length: Math.floor(words.length / count) }, (_, at) => ({
    subject: '',
    body: words.slice(at * count, (at + 1) * count).join(' '),
    label: 'long',
  }));
}

function measuresOf(
  truth: ReadonlyMap<string, readonly string[]>,
  whole: ReadonlyMap<string, Done>,
  few: ReadonlyMap<string, readonly Outcome[]>,
): Measure[] {
  const outcome = (classifier: string, set: string): Outcome | undefined =>
    whole.get(keyOf(classifier, set))?.outcomes[0];
  const evaluated = (classifier: string, set: string) => {
    const found = outcome(classifier, set);
    return found && { ...measure(judged(truth.get(set) ?? [], found.answers[0] ?? [])), calibrated: found.calibrated };
  };
  const percent = (share: number | undefined): number | undefined => (share === undefined ? undefined : share * 100);
  const accuracy = (set: string, goal: number): Measure => ({
    name: `${set}: accuracy`,
    goal,
    digits: 2,
    of: (classifier) => percent(evaluated(classifier, set)?.accuracy),
  });
  const calibration = (set: string, goal: number): Measure => ({
    name: `${set}: expected calibration error`,
    goal,
    atMost: true,
    digits: 4,
    of: (classifier) => {
      const result = evaluated(classifier, set);
      return result?.calibrated ? result.ece : undefined;
    },
  });
  const bankingTest = truth.get('banking77') ?? [];
  return [
    accuracy('banking77', 92),
    {
      name: 'banking77: macro-F1',
      goal: 92,
      digits: 2,
      of: (classifier) => percent(evaluated(classifier, 'banking77')?.macroF1),
    },
    calibration('banking77', 0.012),
    {
      name: 'banking77: accuracy on the surest 80%',
      goal: 98.5,
      digits: 2,
      of: (classifier) => percent(evaluated(classifier, 'banking77')?.accuracyAt80),
    },
    accuracy('clinc150', 93.2),
    calibration('clinc150', 0.011),
    {
      name: 'clinc150: AUROC, in or out of scope',
      goal: 0.94,
      digits: 4,
      of: (classifier) => {
        const found = outcome(classifier, 'clinc150');
        return found && auroc(confidences(found.answers[0]), confidences(found.answers[1]));
      },
    },
    accuracy('hint3-curekart', 86.5),
    accuracy('hint3-sofmattress', 79),
    accuracy('hint3-powerplay11', 65.5),
    ...fewOf.toReversed().map((each) => ({
      name: `banking77, ${each} examples a class: accuracy, mean of ${seeds.length}`,
      goal: { 5: 67, 10: 76, 20: 83 }[each] ?? 0,
      digits: 2,
      of: (classifier: string) => {
        const outcomes = few.get(classifier);
        return outcomes && percent(mean(fewRight(outcomes, each, bankingTest)));
      },
    })),
    {
      name: 'banking77: CPU seconds of training',
      goal: 6,
      atMost: true,
      digits: 2,
      of: (classifier) => outcome(classifier, 'banking77')?.seconds,
    },
    {
      name: '77 classes of 20: CPU seconds of training',
      goal: 1,
      atMost: true,
      digits: 2,
      // The first of its process, as a training usually is.
      of: (classifier) => few.get(classifier)?.[fewOf.indexOf(20) * seeds.length]?.seconds,
    },
    ...['short texts', 'texts of 300 words'].map((what, at) => ({
      name: `${what} a CPU second`,
      goal: [30_000, 5_000][at] ?? 0,
      digits: 0,
      of: (classifier: string) => outcome(classifier, 'banking77')?.rates[at],
    })),
    {
      name: 'banking77: peak memory, MiB',
      goal: 200,
      atMost: true,
      digits: 0,
      of: (classifier) => whole.get(keyOf(classifier, 'banking77'))?.peakMiB,
    },
    {
      name: 'banking77: model file, MB',
      goal: 15,
      atMost: true,
      digits: 1,
      of: (classifier) => {
        const bytes = outcome(classifier, 'banking77')?.modelBytes;
        return bytes === undefined ? undefined : bytes / 1e6;
      },
    },
  ];
}

function judged(truth: readonly string[], answers: readonly Answer[]): Judged[] {
  return answers.map(({ label, confidence }, at) => ({ truth: truth[at] ?? '', predicted: label, confidence }));
}

const confidences = (answers: readonly Answer[] = []): number[] => answers.map(({ confidence }) => confidence);

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

/** The chance that one of `inside` is above one of `outside`; equal ones count half. */
function auroc(inside: readonly number[], outside: readonly number[]): number {
  const sorted = [...inside.map((value) => ({ value, counts: 1 })), ...outside.map((value) => ({ value, counts: 0 }))];
  sorted.sort((a, b) => a.value - b.value);
  let below = 0;
  let pairs = 0;
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    let equal = 0;
    while (sorted[to]?.value === sorted[from]?.value && to < sorted.length) equal += 1 - (sorted[to++]?.counts ?? 0);
    pairs += (to - from - equal) * (below + equal / 2);
    below += equal;
    from = to;
  }
  return pairs / (inside.length * outside.length);
}

/** Of each test text: 1 where it was answered rightly, else 0. */
const right = (truth: readonly string[], answers: readonly Answer[] = []): number[] =>
  truth.map((label, at) => (answers[at]?.label === label ? 1 : 0));

/** Of each test text: the share of the seeds that answered it rightly. */
function fewRight(outcomes: readonly Outcome[], each: number, truth: readonly string[]): number[] {
  const from = fewOf.indexOf(each) * seeds.length;
  const all = outcomes.slice(from, from + seeds.length).map(({ answers }) => right(truth, answers[0]));
  return truth.map((_, at) => mean(all.map((one) => one[at] ?? 0)));
}

interface Comparison {
  readonly set: string;
  readonly peer: string;
  /** siftd's accuracy less the peer's, and the 95% interval of that, in points. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

function compareAll(
  truth: ReadonlyMap<string, readonly string[]>,
  whole: ReadonlyMap<string, Done>,
  few: ReadonlyMap<string, readonly Outcome[]>,
): Comparison[] {
  const named: { readonly set: string; readonly of: (classifier: string) => number[] | undefined }[] = [
    ...sets.map((set) => ({
      set,
      of: (classifier: string) => {
        const done = whole.get(keyOf(classifier, set));
        return done && right(truth.get(set) ?? [], done.outcomes[0]?.answers[0]);
      },
    })),
    ...fewOf.toReversed().map((each) => ({
      set: `banking77, ${each} a class`,
      of: (classifier: string) => {
        const outcomes = few.get(classifier);
        return outcomes && fewRight(outcomes, each, truth.get('banking77') ?? []);
      },
    })),
  ];
  return named.flatMap(({ set, of }) =>
    peers.flatMap((peer) => {
      const mine = of(ours);
      const theirs = of(peer);
      if (peer === platt || mine === undefined || theirs === undefined) return [];
      return [{ set, peer, ...bootstrap(mine.map((one, at) => one - (theirs[at] ?? 0))) }];
    }),
  );
}

/** Paired: each resample draws test texts, and both classifiers are asked the same ones. */
function bootstrap(differences: readonly number[]): Pick<Comparison, 'difference' | 'low' | 'high'> {
  const random = seeded(1);
  const count = differences.length;
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let draw = 0; draw < count; draw++) sum += differences[random.below(count)] ?? 0;
    return (sum / count) * 100;
  }).sort();
  const quantile = (share: number): number => means[Math.round(share * (resamples - 1))] ?? 0;
  return { difference: mean(differences) * 100, low: quantile(0.025), high: quantile(0.975) };
}

function printMeasures(measures: readonly Measure[]): void {
  const table = new Table({ head: ['', 'goal', '', ours, ...peers], style: { head: [], border: [] } });
  for (const { name, goal, atMost = false, digits, of } of measures) {
    const mine = of(ours) ?? Number.NaN;
    const reached = atMost ? mine <= goal : mine >= goal;
    const cells = [ours, ...peers].map((one) => of(one)?.toFixed(digits) ?? '');
    table.push([name, `${atMost ? '<=' : '>='} ${goal}`, reached ? 'reached' : 'MISSED', ...cells]);
  }
  console.log(table.toString());
}

function printComparisons(comparisons: readonly Comparison[]): void {
  console.log(
    `siftd's accuracy less the peer's, in points, and its 95% interval by paired bootstrap (${resamples} resamples); the difference is real where the interval leaves out 0`,
  );
  const compared = peers.filter((peer) => peer !== platt);
  const table = new Table({ head: ['', ...compared], style: { head: [], border: [] } });
  const signed = (points: number): string => `${points < 0 ? '' : '+'}${points.toFixed(2)}`;
  for (const set of new Set(comparisons.map((one) => one.set))) {
    const cells = compared.map((peer) => {
      const found = comparisons.find((one) => one.set === set && one.peer === peer);
      if (found === undefined) return '';
      const { difference, low, high } = found;
      const verdict = low > 0 ? 'better' : high < 0 ? 'worse' : 'even';
      return `${signed(difference)} (${signed(low)} to ${signed(high)}) ${verdict}`;
    });
    table.push([set, ...cells]);
  }
  console.log(table.toString());
}
