import Table from 'cli-table3';
import pc from 'picocolors';
import { sentence } from '../triage/advice.ts';
import type { Interval } from '../triage/interval.ts';
import type { Month } from './demo-month.ts';
import { reportText } from './report-text.ts';

const plain = { head: [], border: [], compact: true };
const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
const count = (value: number) => value.toLocaleString('en');
const range = ({ low, high }: Interval) => `${(100 * low).toFixed(1)}-${(100 * high).toFixed(1)}`;

/** What was promised of some of the mail, and what came of it. */
interface Promised {
  readonly name: string;
  readonly promised: Interval & { readonly right: number };
  readonly filed: number;
  readonly right: number;
  /** The truth lies in the interval, or beyond one of its ends; null: nothing was filed. */
  readonly came: 'true' | 'better' | 'worse' | null;
}

/** The promise after the week of observing beside the truth: class by class, and of all of them together. */
export function promisesOf({ promise, filed }: Pick<Month, 'promise' | 'filed'>): {
  readonly classes: readonly Promised[];
  readonly together: Promised | null;
} {
  const classes = promise.classes.flatMap(({ name, advice }) => {
    if (advice.kind !== 'ready') return [];
    return [promised(name, advice.at.estimate, filed.get(name) ?? { all: 0, right: 0 })];
  });
  const estimate = promise.together?.estimate;
  const sum = (of: (one: Promised) => number) => classes.reduce((total, one) => total + of(one), 0);
  const whole = { all: sum((one) => one.filed), right: sum((one) => one.right) };
  return { classes, together: estimate === undefined ? null : promised('together', estimate, whole) };
}

function promised(
  name: string,
  estimate: Promised['promised'],
  { all, right }: { readonly all: number; readonly right: number },
): Promised {
  const truth = right / all;
  const missed = truth > estimate.high ? 'better' : 'worse';
  const inside = truth >= estimate.low && truth <= estimate.high;
  return { name, promised: estimate, filed: all, right, came: all === 0 ? null : inside ? 'true' : missed };
}

/** One month: its two reports, and between them the promise of the first beside the truth. */
export function monthText(month: Month): string {
  const { promise, end, messages, deeds, noticed, reviewed } = month;
  const { classes, together } = promisesOf(month);
  const table = new Table({
    head: ['class', 'promised after a week', '95%', 'filed since', 'right, by the truth', 'came true'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'left'],
    style: plain,
  });
  for (const one of together === null ? classes : [...classes, together]) {
    table.push([
      one.name,
      percent(one.promised.right),
      range(one.promised),
      count(one.filed),
      truthOf(one),
      cameTrue(one),
    ]);
  }
  const corrected = end.classes.reduce((sum, one) => sum + one.corrected, 0);
  return [
    pc.bold('After a week of observing:'),
    ...promise.classes.map((one) => `  ${sentence(one, promise.target)}`),
    '',
    pc.bold('What was ready acted for three weeks:'),
    classes.length === 0 ? 'Nothing was ready.' : table.toString(),
    '',
    pc.bold('The report at the end of the month:'),
    reportText(end),
    '',
    `${count(messages)} messages. People filed, put right or said something of ${count(deeds)}, of which siftd noticed ${count(noticed)}. Of what it had filed they put right ${count(corrected)}, and reviewed ${count(reviewed)} by lot.`,
  ].join('\n');
}

const columns = [
  ['seed', 4],
  ['classes ready', 13],
  ['promised', 8],
  ['95%', 10],
  ['filed', 6],
  ['right, by the truth', 19],
  ['came true', 11],
  ['of the classes', 14],
] as const;

/** Above the lines of several months. */
export function seedsHead(): string {
  return pc.bold(line(columns.map(([name]) => name)));
}

/** A month in one line, of what was ready together. */
export function seedLine(month: Month): string {
  const { classes, together } = promisesOf(month);
  const ready = [String(month.seed), String(classes.length)];
  if (together === null) return line([...ready, '-', '-', '0', '-', '-', '-']);
  const { promised, filed } = together;
  const of = `${classes.filter(({ came }) => came === 'true').length} of ${classes.length}`;
  return line([
    ...ready,
    percent(promised.right),
    range(promised),
    count(filed),
    truthOf(together),
    cameTrue(together),
    of,
  ]);
}

/** How often promises came true, over several months. */
export function sumText(months: readonly Month[]): string {
  const found = months.map(promisesOf);
  const all = found.flatMap(({ together }) => together ?? []);
  const each = found.flatMap(({ classes }) => classes);
  const filed = all.reduce((sum, one) => sum + one.filed, 0);
  const right = all.reduce((sum, one) => sum + one.right, 0);
  const whole = filed === 0 ? '' : ` Of ${count(filed)} that were filed, ${percent(right / filed)} were right.`;
  return `The truth lay in the promised interval in ${tally(all, 'months')}, and for ${tally(each, 'single classes')}.${whole}`;
}

function tally(promises: readonly Promised[], what: string): string {
  const tested = promises.filter(({ came }) => came !== null);
  const number = (came: Promised['came']) => tested.filter((one) => one.came === came).length;
  const text = `${number('true')} of ${tested.length} ${what}`;
  const missed = [`${number('better')} better`, `${number('worse')} worse`].filter((one) => !one.startsWith('0 '));
  return missed.length === 0 ? text : `${text} (${missed.join(', ')})`;
}

function truthOf({ filed, right }: Promised): string {
  return filed === 0 ? '-' : percent(right / filed);
}

function cameTrue({ came }: Promised): string {
  if (came === null) return '-';
  return came === 'true' ? 'yes' : `no: ${came}`;
}

function line(cells: readonly string[]): string {
  return cells.map((cell, at) => cell.padStart(columns[at]?.[1] ?? 0)).join('  ');
}
