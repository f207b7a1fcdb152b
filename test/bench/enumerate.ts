import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { copyProgram, type Program } from '../crash/child.ts';
import { cutOfEachKind, everyCut, everyDeed, everyKill, type Tally, type Theatre } from '../crash/enumerate.ts';
import { theatres } from '../crash/theatres.ts';

interface Part {
  all(program: Program, theatre: Theatre): Promise<Tally>;
  /** As in `npm test`. */
  quick(program: Program, theatre: Theatre): Promise<Tally>;
}

const parts: Readonly<Record<string, Part>> = {
  kills: {
    all: (program, theatre) => everyKill(program, theatre, 'all', ['before', 'after']),
    quick: (program, theatre) => everyKill(program, theatre, 'few', ['after']),
  },
  cuts: {
    all: (program, theatre) => everyCut(program, theatre, 'all'),
    quick: (program, theatre) => cutOfEachKind(program, theatre, 'few'),
  },
  'a person after a kill': {
    all: (program, theatre) => everyDeed(program, theatre, 4),
    quick: (program, theatre) => everyDeed(program, theatre, 1),
  },
};

/**
 * The invariant by enumeration, all of it: kill -9 before and after every commit, IMAP command and HTTP request, every cut
 * at every IMAP command, and a person's deeds between a kill and the next start, on each server. `--server NAME` takes
 * those alone whose names hold NAME, `--part NAME` that part alone; `--quick`: as much as `npm test` does. Exit code 1
 * unless nothing was violated.
 */
export async function enumerate(args: string[]): Promise<object> {
  const { values } = parseArgs({
    args,
    options: {
      server: { type: 'string', default: '' },
      part: { type: 'string', default: '' },
      quick: { type: 'boolean', default: false },
    },
  });
  const named = (name: string, wanted: string) => name.toLowerCase().includes(wanted.toLowerCase());
  const servers = Object.entries(theatres).filter(([name]) => named(name, values.server));
  const chosen = Object.entries(parts).filter(([name]) => named(name, values.part));
  if (servers.length === 0) throw new Error(`no such server; there are: ${Object.keys(theatres).join(', ')}`);
  if (chosen.length === 0) throw new Error(`no such part; there are: ${Object.keys(parts).join(', ')}`);
  const program = copyProgram();
  const rows: { readonly what: string; readonly tally: Tally }[] = [];
  try {
    for (const [name, open] of servers) {
      const theatre = await open();
      try {
        for (const [what, part] of chosen) {
          const tally = await (values.quick ? part.quick : part.all)(program, theatre);
          rows.push({ what, tally });
          console.log(`${name}, ${what}: ${tally.boundaries} boundaries, ${tally.violations.length} violations`);
          for (const violation of tally.violations) console.log(violation);
        }
      } finally {
        await theatre.stop();
      }
    }
  } finally {
    program.remove();
  }
  console.log(tableOf(rows));
  if (rows.some(({ tally }) => tally.violations.length > 0)) process.exitCode = 1;
  return { rows: rows.map(({ what, tally }) => ({ what, ...tally, violations: tally.violations.length })) };
}

function tableOf(rows: readonly { readonly what: string; readonly tally: Tally }[]): string {
  const table = new Table({
    head: ['server', '', 'boundaries', 'scenarios', 'violations', 'seconds'],
    style: { head: [], border: [] },
  });
  for (const { what, tally } of rows) {
    const { server, boundaries, scenarios, violations, seconds } = tally;
    table.push([server, what, boundaries, scenarios, violations.length, seconds.toFixed(0)]);
  }
  return table.toString();
}
