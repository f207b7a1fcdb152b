import { UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { type Random, shuffle } from '../base/random.ts';
import type { Example } from './engine.ts';

/** The examples that a training learns from, and their classes. */
export interface Corpus {
  readonly examples: readonly Example[];
  /** Sorted, so that the order of the examples does not matter to it. */
  readonly labels: readonly string[];
  /** Of each example: the index of its label. */
  readonly truth: Int32Array;
  readonly tooFew: readonly { readonly label: string; readonly examples: number }[];
}

/** Leaves out classes with fewer than `least` examples, and by lot, from the largest classes, what is beyond `total`. */
export function chooseExamples(examples: readonly Example[], least: number, random: Random, total: number): Corpus {
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
    const names = (list: [string, Example[]][]) =>
      list.map(([label, { length }]) => `${label} (${length})`).join(', ') || 'none';
    throw new UserError(
      `at least two classes need ${least} examples each; enough: ${names(enough)}; too few: ${names(groups.filter((one) => !enough.includes(one)))}`,
    );
  }
  if (enough.length > limits.engine.classes) {
    throw new UserError(`${enough.length} classes are more than the ${limits.engine.classes} that a model takes`);
  }
  const most = shareOut(
    enough.map(([, members]) => members.length),
    Math.min(total, Math.floor(limits.engine.scores / enough.length)),
  );
  const kept: Example[] = [];
  const truth: number[] = [];
  for (const [label, [, members]] of enough.entries()) {
    if (members.length > most) shuffle(members, members.length, random);
    for (const example of members.slice(0, most)) {
      kept.push(example);
      truth.push(label);
    }
  }
  return { examples: kept, labels: enough.map(([label]) => label), truth: Int32Array.from(truth), tooFew };
}

/** The largest number a class so that all classes, cut to it, stay within `total`: the largest ones give. */
function shareOut(sizes: readonly number[], total: number): number {
  let most = Math.max(...sizes);
  while (most > 1 && sizes.reduce((sum, size) => sum + Math.min(size, most), 0) > total) most = Math.floor(most * 0.95);
  return most;
}

/** The words of a label or of a folder's name: `Support/RefundRequest_old` says `Support Refund Request old`. */
export function wordsOf(label: string): string {
  return label
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
}

/** Parts of about equal size, each with its share of every class. */
export function stratified(truth: Int32Array, classes: number, folds: number, random: Random): Uint8Array {
  const members: number[][] = Array.from({ length: classes }, () => []);
  for (const [row, label] of truth.entries()) members[label]?.push(row);
  const foldOf = new Uint8Array(truth.length);
  let next = 0;
  for (const rows of members) {
    shuffle(rows, rows.length, random);
    for (const row of rows) foldOf[row] = next++ % folds;
  }
  return foldOf;
}
