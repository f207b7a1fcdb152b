import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { copyProgram } from '../crash/child.ts';
import { everyCut, everyKill, type Tally } from '../crash/enumerate.ts';
import { theatres } from '../crash/theatres.ts';

/**
 * The invariant by enumeration, all of it: kill -9 before and after every commit, IMAP command and HTTP request, and
 * every cut at every IMAP command, on each server. Exit code 1 unless nothing was violated.
 */
export async function enumerate(args: string[]): Promise<object> {
  const { values } = parseArgs({ args, options: { server: { type: 'string', default: '' } } });
  const names = Object.keys(theatres).filter((name) => name.toLowerCase().includes(values.server.toLowerCase()));
  if (names.length === 0) throw new Error(`no such server; there are: ${Object.keys(theatres).join(', ')}`);
  const program = copyProgram();
  const rows: { readonly what: string; readonly tally: Tally }[] = [];
  try {
    for (const name of names) {
      const theatre = await theatres[name]?.();
      if (theatre === undefined) continue;
      try {
        for (const what of ['kills', 'cuts'] as const) {
          const tally =
            what === 'kills'
              ? await everyKill(program, theatre, 'all', ['before', 'after'])
              : await everyCut(program, theatre, 'all');
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
  const table = new Table({
    head: ['server', '', 'boundaries', 'scenarios', 'violations', 'seconds'],
    style: { head: [], border: [] },
  });
  for (const { what, tally } of rows) {
    const { server, boundaries, scenarios, violations, seconds } = tally;
    table.push([server, what, boundaries, scenarios, violations.length, seconds.toFixed(0)]);
  }
  console.log(table.toString());
  if (rows.some(({ tally }) => tally.violations.length > 0)) process.exitCode = 1;
  return { rows: rows.map(({ what, tally }) => ({ what, ...tally, violations: tally.violations.length })) };
}
