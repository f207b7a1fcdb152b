import Table from 'cli-table3';
import { copyProgram } from '../crash/child.ts';
import { type Aftermath, calm, drawn, type Fates, type Instant, killSending, none } from '../crash/sending.ts';
import { startDovecot } from '../servers/dovecot.ts';
import { startPostfix } from '../servers/postfix.ts';
import { numbersOf } from './numbers.ts';

/** Mailboxes, each with a siftd of its own: one computes while the others wait. */
const stages = 4;

/**
 * kill -9 around what is sent, with Postfix behind and a helpdesk that counts. Exit code 1 unless no mail was sent twice or lost
 * unseen, and every webhook came under one id. A seed repeats the schedule.
 */
export async function sending(args: string[]): Promise<object> {
  const { kills, seed } = numbersOf(args, { kills: 1000, seed: 1 });
  const began = performance.now();
  const program = copyProgram();
  const [dovecot, postfix] = await Promise.all([startDovecot(), startPostfix()]);
  try {
    const schedule = drawn(seed);
    const wanted: Instant[][] = Array.from({ length: stages }, () => []);
    // Of some two in a row.
    for (let planned = 0; planned < kills; ) {
      const { value } = schedule.next();
      wanted[planned % stages]?.push(value);
      planned += Math.max(1, value.traps.length);
    }
    let done = 0;
    const tell = () => {
      if (++done % 50 === 0) console.log(`${done} kills in ${((performance.now() - began) / 1000).toFixed(0)} s`);
    };
    const all = await Promise.all(
      wanted.map((some, stage) => {
        const login = { host: dovecot.host, port: dovecot.port, user: `stage${stage}` };
        return killSending(program, login, { ...postfix, port: 587 }, some, { seed: seed + stage, onKill: tell });
      }),
    );
    const seconds = (performance.now() - began) / 1000;
    const violations = all.flatMap((one) => one.violations);
    for (const one of violations) console.log(one);
    const rows = rowsOf(all);
    console.log(tableOf(rows));
    const total = rows.reduce((sum, row) => add(sum, row), { kills: 0, ...none() });
    const messages = all.reduce((sum, one) => sum + one.messages, 0);
    console.log(`${total.kills} kills, ${messages} messages, ${violations.length} violations, ${seconds.toFixed(0)} s`);
    if (violations.length > 0) process.exitCode = 1;
    return { seed, messages, violations: violations.length, seconds, total, rows };
  } finally {
    program.remove();
    await Promise.all([dovecot.stop(), postfix.stop()]);
  }
}

interface Row extends Fates {
  readonly name: string;
  readonly kills: number;
}

function rowsOf(all: readonly Aftermath[]): Row[] {
  const rows = new Map<string, Row>();
  const note = (name: string, more: Fates & { readonly kills: number }) =>
    rows.set(name, { name, ...add(rows.get(name) ?? { kills: 0, ...none() }, more) });
  for (const { kills, fates } of all) {
    for (const [name, count] of kills) note(name, { kills: count, ...none() });
    for (const [name, counted] of fates) note(name, { kills: 0, ...counted });
  }
  return [...rows.values()].sort(
    (a, b) => Number(a.name === calm) - Number(b.name === calm) || (a.name < b.name ? -1 : 1),
  );
}

type Counts = Fates & { readonly kills: number };

function add(one: Counts, other: Counts): Counts {
  return {
    kills: one.kills + other.kills,
    once: one.once + other.once,
    never: one.never + other.never,
    maybe: one.maybe + other.maybe,
    twice: one.twice + other.twice,
    posted: one.posted + other.posted,
    repeated: one.repeated + other.repeated,
  };
}

function tableOf(rows: readonly Row[]): string {
  const head = [
    'killed',
    'kills',
    'mail once',
    'never, shown',
    'once, shown',
    'twice',
    'webhook once',
    'again, one id',
  ];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const { name, kills, once, never, maybe, twice, posted, repeated } of rows) {
    table.push([name, kills, once, never, maybe, twice, posted, repeated]);
  }
  return table.toString();
}
