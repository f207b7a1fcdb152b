import { type Problem, type Solution, type Step, scoreRow } from './problem.ts';

/** Of a count that no text gave: what an unseen n-gram is taken for. Found by cross-validation. */
const prior = 0.02;

/**
 * Multinomial naive Bayes on the weighted n-grams. Weaker than the others, but its mistakes are others than theirs, and it
 * costs one pass: the models of the cross-validation are the whole one less the fold's own counts.
 */
export function bayes(problem: Problem, step: Step): Solution {
  const { rows, held, classes, foldOf, folds, truth } = problem;
  const sums = new Float32Array(rows.width * classes);
  const totals = new Float64Array(classes);
  const count = (row: number, sign: 1 | -1) => {
    const label = truth[row] as number;
    for (let at = rows.starts[row] as number; at < (rows.starts[row + 1] as number); at++) {
      const to = (rows.columns[at] as number) * classes + label;
      const value = sign * (rows.values[at] as number);
      sums[to] = (sums[to] as number) + value;
      totals[label] = (totals[label] as number) + value;
    }
  };
  for (let row = 0; row < rows.count; row++) count(row, 1);
  const floor = Math.log(prior);
  // A hair above zero may be what rounding left of nothing.
  const logOf = (sum: number) => (sum < 1e-4 ? floor : Math.log(sum + prior));
  const weights = sums.map(logOf);
  const offsets = () => totals.map((total) => -Math.log(total + prior * rows.width));

  const unseen = new Float32Array(rows.count * classes);
  const scores = new Float64Array(classes);
  for (let fold = 0; fold < folds; fold++) {
    const members: number[] = [];
    for (let row = 0; row < rows.count; row++) if (foldOf[row] === fold) members.push(row);
    const refresh = () => {
      for (const row of members) {
        for (let at = rows.starts[row] as number; at < (rows.starts[row + 1] as number); at++) {
          const to = (rows.columns[at] as number) * classes + (truth[row] as number);
          weights[to] = logOf(sums[to] as number);
        }
      }
    };
    for (const row of members) count(row, -1);
    refresh();
    const offset = offsets();
    for (const row of members) {
      scoreRow(held, row, weights, scores);
      const length = lengthOf(problem, row);
      for (let label = 0; label < classes; label++)
        unseen[row * classes + label] = (scores[label] as number) + length * (offset[label] as number);
    }
    for (const row of members) count(row, 1);
    refresh();
    step((fold + 1) / folds);
  }
  const offset = offsets();
  for (let at = 0; at < weights.length; at++) weights[at] = (weights[at] as number) + (offset[at % classes] as number);
  return { weights, bias: new Float32Array(classes), unseen };
}

function lengthOf({ held: rows }: Problem, row: number): number {
  let length = 0;
  for (let at = rows.starts[row] as number; at < (rows.starts[row + 1] as number); at++)
    length += rows.values[at] as number;
  return length;
}
