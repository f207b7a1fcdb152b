import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../servers/guard.ts';
import { accounts } from './accounts.ts';
import { backfill } from './backfill.ts';
import { backlog } from './backlog.ts';
import { chaos } from './chaos.ts';
import { engine } from './engine.ts';
import { enumerate } from './enumerate.ts';
import { figuresOf, isMet, type Kept, print, type Told } from './figures.ts';
import { large, start } from './footprint.ts';
import { fuzz } from './fuzz.ts';
import { health } from './health.ts';
import { live } from './live.ts';
import { machine } from './machine.ts';
import { mutants } from './mutants.ts';
import { markdown, publish } from './page.ts';
import { polling } from './polling.ts';
import { real } from './real.ts';
import { rtt } from './rtt.ts';
import { sending } from './sending.ts';
import { service } from './service.ts';
import { sizesOf } from './sizes.ts';
import { undo } from './undo.ts';
import { vendor } from './vendor.ts';
import { wait } from './wait.ts';

interface Part {
  readonly what: string;
  run(args: string[]): Promise<Told>;
  /** It belongs to the table that is run when no part is named. */
  readonly table?: true;
}

/**
 * `npm run bench`: the whole table, with the goal beside each figure. `npm run bench -- NAME [options]`: one part. What they
 * give back is kept in bench/results.json, each part beside the others.
 */
const parts: Readonly<Record<string, Part>> = {
  backlog: {
    what: 'sorts 10,000 messages in a real Dovecot: --messages N, --runs N, --profile',
    run: backlog,
    table: true,
  },
  sizes: {
    what: 'the same at 1,000, 10,000 and 100,000 messages: time and memory a message: --most N',
    run: sizesOf,
    table: true,
  },
  rtt: {
    what: 'the backlog through a delaying proxy on IMAP and HTTP: --messages N, --runs N, --milliseconds N',
    run: rtt,
    table: true,
  },
  live: {
    what: 'one message at a time on Cyrus and Dovecot, and 50 a second: --messages N, --rate N, --seconds N',
    run: live,
    table: true,
  },
  large: { what: 'a 25 MB attachment and 20 MB of HTML: octets over IMAP, stalls', run: large, table: true },
  accounts: {
    what: '1,000 accounts in one process, idle and with one message each: --accounts N, --profile',
    run: accounts,
    table: true,
  },
  polling: {
    what: 'GETs and delay of polling on a virtual clock, beside intervals, backoffs and the best: --messages N, --seeds N',
    run: polling,
    table: true,
  },
  wait: {
    what: 'GETs and delay with siftd serve, which holds its answers, over HTTP: --messages N, --rate N',
    run: wait,
    table: true,
  },
  start: {
    what: 'the first IDLE with 100,000 done jobs in the database: --jobs N, --runs N',
    run: start,
    table: true,
  },
  real: { what: 'sorts 1,187 real messages in a real Dovecot, trained on 4,748 others', run: real },
  chaos: {
    what: 'kills, cuts, faults and a person, all at once, and what was lost by it (nothing may be)',
    run: chaos,
  },
  engine: { what: 'the classifier beside scikit-learn on public data: --data DIR', run: engine },
  enumerate: { what: 'kill -9 at every boundary and a cut at every IMAP command, on every server', run: enumerate },
  sending: { what: 'kill -9 around what siftd sends, with Postfix and a helpdesk: --kills N, --seed N', run: sending },
  service: { what: 'siftd serve under 64 clients: requests a second, memory, and kill -9 under load', run: service },
  fuzz: { what: 'requests made from the schemas that siftd serve documents, whole and broken', run: fuzz },
  health: { what: '/healthz of a daemon that only looks alive: seconds until it is red, and green again', run: health },
  mutants: { what: 'takes one guard after the other out of the source, and says which tests turn red', run: mutants },
  backfill: {
    what: 'sorts 10,000 old messages of a folder in a real Dovecot, killed twice: --messages N, --kills N',
    run: backfill,
  },
  undo: { what: '1,000 messages filed in a real Dovecot, taken back, and that taken back: --messages N', run: undo },
  vendor: { what: 'the daemon against a second, unreliable implementation of the API', run: vendor },
};

// The processes that a part starts end with this one ('exit' in siftd.ts), also at Ctrl-C.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const file = join(checkout, 'bench', 'results.json');
const names = Object.keys(parts).filter((name) => parts[name]?.table === true);
const [name, ...args] = process.argv.slice(2);
const part = parts[name ?? ''];
if (name === undefined) await whole();
else if (name === 'page') {
  const figures = figuresOf(kept(), names);
  console.log(markdown(kept(), figures));
  publish(kept(), figures, args.includes('--docs'));
} else if (part !== undefined) await one(name, part);
else {
  const list = Object.entries(parts).map(
    ([known, { what, table }]) => `${table ? '*' : ' '} ${known.padEnd(9)} ${what}`,
  );
  console.error(
    `usage: npm run bench -- NAME\n${list.join('\n')}\nWithout a name all that have a star are run. "page" prints what was kept as docs/benchmarks.md has it, --docs puts it there.`,
  );
  process.exitCode = 2;
}

async function one(name: string, { run }: Part): Promise<void> {
  const told: Told = await run(args);
  print(told.figures ?? []);
  mkdirSync(join(checkout, 'bench'), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ ...kept(), [name]: { ...machine(), ...told } }, null, 2)}\n`);
  console.log(`kept in ${file}`);
}

/** Each part in a process of its own, so that none finds the memory of the one before. */
async function whole(): Promise<void> {
  const began = performance.now();
  const broken: string[] = [];
  for (const name of names) {
    console.log(`\n${name}: ${parts[name]?.what}`);
    const child = spawn(process.execPath, [process.argv[1] ?? '', name], { stdio: 'inherit' });
    const [code] = await once(child, 'close');
    if (code !== 0) broken.push(name);
  }
  const figures = figuresOf(kept(), names);
  print(figures);
  publish(kept(), figures, false);
  const minutes = ((performance.now() - began) / 60_000).toFixed(1);
  const missed = figures.filter((figure) => !isMet(figure)).length;
  console.log(`${figures.length} figures, ${missed} short of their goal, in ${minutes} minutes; kept in ${file}`);
  if (broken.length > 0) {
    console.error(`these parts broke, and what stands above of them is of an earlier run: ${broken.join(', ')}`);
    process.exitCode = 1;
  }
}

function kept(): Record<string, Kept> {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}
