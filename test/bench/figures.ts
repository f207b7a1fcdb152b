import Table from 'cli-table3';

/** One figure of the table, and what it should be. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly goal: { readonly least: number } | { readonly most: number };
  readonly unit: '' | 'ms' | 's' | 'MiB' | 'KiB' | '%' | 'GETs';
  readonly digits: number;
  /** What stands behind it, or beside it in the same run. */
  readonly beside?: string;
}

/** What a part of the bench gives back; whatever else it says is kept in bench/results.json too. */
export interface Told {
  readonly figures?: readonly Figure[];
  /** The longest that siftd's event loop stood still in it. */
  readonly stallMs?: number;
}

/** What was kept of a part: its figures, and what it ran on. */
export type Kept = Told & Readonly<Record<string, unknown>>;

/** The issue's table: every figure of these parts in this order, and last the longest stall of them all. */
export function figuresOf(results: Readonly<Record<string, Kept>>, names: readonly string[]): Figure[] {
  const kept = names.map((name) => results[name]).filter((one) => one !== undefined);
  const stalls = kept.map(({ stallMs }) => stallMs).filter((ms) => ms !== undefined);
  const figures = kept.flatMap((one) => one.figures ?? []);
  if (stalls.length === 0) return figures;
  const what = 'longest event-loop stall in all of the above';
  return [...figures, { what, value: Math.max(...stalls), goal: { most: 50 }, unit: 'ms', digits: 0 }];
}

export function isMet({ value, goal }: Figure): boolean {
  return 'least' in goal ? value >= goal.least : value <= goal.most;
}

/** Cells of a row: what, the goal, the figure, what stands beside it. */
export function cellsOf(figure: Figure): [string, string, string, string] {
  const { what, value, goal, unit, digits, beside = '' } = figure;
  const say = (number: number, places: number) => `${number.toFixed(places)}${unit === '' ? '' : ` ${unit}`}`;
  const places = (number: number) => (Number.isInteger(number) ? 0 : digits);
  const wanted =
    'least' in goal ? `>= ${say(goal.least, places(goal.least))}` : `<= ${say(goal.most, places(goal.most))}`;
  return [what, wanted, say(value, digits), beside];
}

export function print(figures: readonly Figure[]): void {
  if (figures.length === 0) return;
  const table = new Table({
    head: ['', 'goal', 'measured', 'met', 'beside it'],
    style: { head: [], border: [] },
    colWidths: [52, null, null, null, 60],
    wordWrap: true,
  });
  for (const figure of figures) {
    const [what, goal, measured, beside] = cellsOf(figure);
    table.push([what, goal, measured, isMet(figure) ? 'yes' : 'NO', beside]);
  }
  console.log(table.toString());
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Of the sorted values the one at this share of the way, between two neighbours where it falls between them. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}
