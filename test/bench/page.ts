import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../servers/guard.ts';
import { cellsOf, type Figure, isMet, type Kept } from './figures.ts';
import { plots } from './plots.ts';

const page = join(checkout, 'docs', 'benchmarks.md');
const [begin, end] = ['<!-- figures: npm run bench -- page --docs -->', '<!-- end of figures -->'];

interface Machine {
  readonly at: string;
  readonly cpu: string;
  readonly cpus: number;
  readonly memoryGiB: number;
  readonly versions: Readonly<Record<string, string | null>>;
}

/** The table as the page has it, with what it was measured on. */
export function markdown(results: Readonly<Record<string, Kept>>, figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const [what, goal, measured, beside] = cellsOf(figure).map((cell) => cell.replaceAll('|', '\\|'));
    return `| ${what} | ${goal} | ${isMet(figure) ? measured : `**${measured}**`} | ${beside} |`;
  });
  const machines = Object.values(results) as unknown as readonly Machine[];
  const last = machines.toSorted((a, b) => (a.at < b.at ? -1 : 1)).at(-1);
  const table = ['| | goal | measured | beside it |', '|---|---|---|---|', ...rows];
  return [...table, '', ...(last === undefined ? [] : [told(last)]), ''].join('\n');
}

function told({ at, cpu, cpus, memoryGiB, versions }: Machine): string {
  const list = Object.entries(versions)
    .filter(([, version]) => version !== null)
    .map(([name, version]) => `${name} ${version}`);
  return `Measured on ${at.slice(0, 10)}: ${cpus} cores (${cpu}), ${memoryGiB} GiB; ${list.join(', ')}. In bold what falls short of its goal.`;
}

/** The plots, into bench/; with `docs` into docs/ too, and the table into docs/benchmarks.md. */
export function publish(results: Readonly<Record<string, Kept>>, figures: readonly Figure[], docs: boolean): void {
  const folders = [join(checkout, 'bench'), ...(docs ? [join(checkout, 'docs')] : [])];
  for (const [name, svg] of Object.entries(plots(results))) {
    for (const folder of folders) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `benchmarks-${name}.svg`), svg);
    }
  }
  if (!docs) return;
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no place for the figures`);
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n\n${markdown(results, figures)}\n${text.slice(to)}`);
}
