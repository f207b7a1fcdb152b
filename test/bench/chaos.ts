import Table from 'cli-table3';
import { type Aftermath, chaos as run } from '../crash/chaos.ts';
import { numbersOf } from './numbers.ts';

/**
 * The invariant by chance: messages arrive all the time, a person meddles, siftd is killed, connections are cut and the
 * API fails, until all is done. Exit code 1 unless nothing was violated. A seed repeats the schedule.
 */
export async function chaos(args: string[]): Promise<object> {
  const options = numbersOf(args, { messages: 10_000, seed: 1, rate: 50 });
  let told = 0;
  const aftermath = await run({
    ...options,
    tell: (line) => {
      if (Date.now() - told < 10_000) return;
      told = Date.now();
      console.log(line);
    },
  });
  for (const line of aftermath.lines) console.log(line);
  console.log(tableOf(aftermath));
  if (aftermath.lines.length > 0) process.exitCode = 1;
  const { lines: _lines, ...figures } = aftermath;
  return figures;
}

function tableOf(aftermath: Aftermath): string {
  const { violations, submissions, person } = aftermath;
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([what, times]) => `${what}: ${times}`)
      .join('\n');
  const table = new Table({ style: { head: [], border: [] } });
  table.push(
    ['seed', aftermath.seed],
    ['kills', aftermath.kills],
    ['cuts', list(aftermath.cuts)],
    ['faults of the API', list(aftermath.faults)],
    ['a person', list(person)],
    ['messages', aftermath.messages],
    ['lost', violations.lost],
    ['duplicated', violations.duplicated],
    ['misfiled', violations.misfiled],
    ['flags or dates changed', violations.changed],
    ['foreign messages hurt', violations.foreign],
    ['database disagrees', violations.journal],
    ['submissions', submissions.made],
    ['of these, after a crash, a cut or a fault in their window', submissions.repeated],
    ['processes that the API lost', submissions.lost],
    ['resubmitted beyond what is due', violations.resubmitted],
    ['stuck', violations.stuck],
    ['seconds', aftermath.seconds.toFixed(0)],
  );
  return table.toString();
}
