import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { checkout } from '../servers/guard.ts';
import { backlog } from './backlog.ts';
import { chaos } from './chaos.ts';
import { engine } from './engine.ts';
import { enumerate } from './enumerate.ts';
import { fuzz } from './fuzz.ts';
import { mutants } from './mutants.ts';
import { real } from './real.ts';
import { service } from './service.ts';
import { vendor } from './vendor.ts';

/**
 * `npm run bench -- NAME [options]`. Each part prints a table and returns its figures, which are kept in
 * bench/results.json beside those of the other parts.
 */
const parts: Readonly<Record<string, { readonly what: string; run(args: string[]): Promise<object> }>> = {
  backlog: { what: 'sorts 10,000 messages in a real Dovecot: --messages N, --runs N, --profile', run: backlog },
  real: { what: 'sorts 1,187 real messages in a real Dovecot, trained on 4,748 others', run: real },
  chaos: {
    what: 'kills, cuts, faults and a person, all at once, and what was lost by it (nothing may be)',
    run: chaos,
  },
  engine: { what: 'the classifier beside scikit-learn on public data: --data DIR', run: engine },
  enumerate: { what: 'kill -9 at every boundary and a cut at every IMAP command, on every server', run: enumerate },
  service: { what: 'siftd serve under 64 clients: requests a second, memory, and kill -9 under load', run: service },
  fuzz: { what: 'requests made from the schemas that siftd serve documents, whole and broken', run: fuzz },
  mutants: { what: 'takes one guard after the other out of the source, and says which tests turn red', run: mutants },
  vendor: { what: 'the daemon against a second, unreliable implementation of the API', run: vendor },
};

// The processes that a part starts end with this one ('exit' in siftd.ts), also at Ctrl-C.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const [name = '', ...args] = process.argv.slice(2);
const part = parts[name];
if (part === undefined) {
  const list = Object.entries(parts).map(([known, { what }]) => `  ${known.padEnd(8)} ${what}`);
  console.error(`usage: npm run bench -- NAME\n${list.join('\n')}`);
  process.exitCode = 2;
} else {
  const figures = await part.run(args);
  const file = join(checkout, 'bench', 'results.json');
  mkdirSync(join(checkout, 'bench'), { recursive: true });
  const machine = { node: process.version, cpus: availableParallelism(), at: new Date().toISOString() };
  writeFileSync(file, `${JSON.stringify({ ...earlier(file), [name]: { ...machine, ...figures } }, null, 2)}\n`);
  console.log(`kept in ${file}`);
}

function earlier(file: string): object {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}
