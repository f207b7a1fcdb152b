import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import { stringify } from 'yaml';
import { startDovecot } from '../servers/dovecot.ts';
import { startVendor, type Vendor } from '../vendor/vendor.ts';
import { numbersOf } from './numbers.ts';
import { allEnded, startSiftd, statusOf, whereabouts } from './siftd.ts';

const classes = ['refund_request', 'complaint', 'newsletter', 'invoice'] as const;
const folderOf = (name: string): string => `Sorted/${name}`;

/**
 * The daemon against the second implementation of the API: latencies of a lognormal with median 0.3 s, and 5% each of
 * 500s, 429s and dropped connections (half of them before the request was processed, half after). Once with what
 * DESIGN.md calls extensions, once without: then a dropped answer may start a second process, but files nothing twice.
 */
export async function vendor(args: string[]): Promise<object> {
  const { messages, seed } = numbersOf(args, { messages: 1000, seed: 1 });
  const variants = [
    { name: 'with Idempotency-Key and Prefer: wait', extensions: true },
    { name: 'without both', extensions: false },
  ];
  const results: Record<string, Figures> = {};
  for (const { name, extensions } of variants) {
    console.log(`${messages} messages, the vendor ${name}`);
    results[name] = await measure(messages, seed, extensions);
  }
  const columns = Object.values(results);
  const table = new Table({ head: ['', ...Object.keys(results)], style: { head: [], border: [] } });
  const row = (title: string, cell: (figures: Figures) => string | number): void =>
    void table.push([title, ...columns.map(cell)]);
  row('messages', (figures) => figures.messages);
  row('in the right folder', (figures) => figures.right);
  row('lost', (figures) => figures.lost);
  row('filed twice', (figures) => figures.twice);
  row('submissions a message', (figures) => figures.submissions.toFixed(3));
  row('processes a message', (figures) => figures.processes.toFixed(3));
  row('GETs a message', (figures) => figures.gets.toFixed(2));
  row('answers', (figures) =>
    Object.entries(figures.answers)
      .map(([what, times]) => `${what}: ${times}`)
      .join(', '),
  );
  row(
    'messages a second',
    (figures) => `${(figures.messages / figures.seconds).toFixed(0)} (${figures.seconds.toFixed(1)} s)`,
  );
  row('peak RSS', (figures) => `${figures.peakMiB} MiB`);
  console.log(table.toString());
  return results;
}

interface Figures {
  readonly messages: number;
  readonly right: number;
  readonly lost: number;
  readonly twice: number;
  /** POSTs, processes that they started, and GETs, each a message. */
  readonly submissions: number;
  readonly processes: number;
  readonly gets: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly peakMiB: number;
  readonly jobs: Readonly<Record<string, number>>;
}

async function measure(messages: number, seed: number, extensions: boolean): Promise<Figures> {
  const dovecot = await startDovecot({ fsync: 'optimized' });
  // It goes with the server's folder, even if this process is killed.
  const dir = join(dovecot.dir, 'siftd');
  mkdirSync(dir);
  const api = await startVendor({
    seed,
    latency: { median: 300, sigma: 0.5 },
    faults: { error500: 0.05, throttled429: 0.05, droppedBefore: 0.025, droppedAfter: 0.025 },
    classify: ({ body }) => ({ classification: /class: (\w+)/.exec(body)?.[1] ?? 'none', confidence: 0.9 }),
    idempotency: extensions,
    holds: extensions,
  });
  try {
    const ids = Array.from({ length: messages }, (_, index) => `<${index}.${seed}@bench.example>`);
    await dovecot.load(
      'bench',
      'INBOX',
      ids.map((id, index) => ({ raw: letter(id, index) })),
    );
    const config = join(dir, 'siftd.yaml');
    writeFileSync(config, stringify(configuration(dir, dovecot.port, api)));
    const run = startSiftd(['run', '-c', config], { BENCH_TOKEN: api.token, BENCH_PASSWORD: 'secret' });
    try {
      const { from, to } = await allEnded(run, messages);
      const jobs = statusOf(config);
      const peakMiB = run.peakMiB();
      const code = await run.stop();
      if (code !== 0) throw new Error(`siftd run ended with ${code}`);
      const found = await whereabouts(dovecot, 'bench');
      const places = ids.map((id) => found.get(id) ?? []);
      const counts = [...api.counts().values()];
      const mean = (what: 'submissions' | 'processes' | 'gets'): number =>
        counts.reduce((sum, one) => sum + one[what], 0) / messages;
      return {
        messages,
        right: places.filter((folders, index) => folders.length === 1 && folders[0] === folderOf(classOf(index)))
          .length,
        lost: places.filter((folders) => folders.length === 0).length,
        twice: places.filter((folders) => folders.length > 1).length,
        submissions: mean('submissions'),
        processes: mean('processes'),
        gets: mean('gets'),
        answers: Object.fromEntries(api.answers()),
        seconds: (to - from) / 1000,
        peakMiB,
        jobs,
      };
    } finally {
      await run.stop();
    }
  } finally {
    await api.close();
    await dovecot.stop();
  }
}

const classOf = (index: number): string => classes[index % classes.length] ?? '';

function letter(id: string, index: number): string {
  return `From: customer${index}@example.com\nTo: bench@example.com\nSubject: Case ${index}\nMessage-ID: ${id}\n\nclass: ${classOf(index)}\n`;
}

function configuration(dir: string, imapPort: number, api: Vendor): object {
  return {
    state: dir,
    classifier: {
      url: api.url,
      company: api.company,
      orchestrator: api.orchestrator,
      token: { env: 'BENCH_TOKEN' },
      // What is measured is what faults cost, not the default rate.
      concurrency: 32,
      rate: { requests: 1000, per: '1s' },
    },
    accounts: {
      bench: {
        host: '127.0.0.1',
        port: imapPort,
        tls: 'none',
        user: 'bench',
        password: { env: 'BENCH_PASSWORD' },
        folders: ['INBOX'],
        since: 'all',
      },
    },
    routes: Object.fromEntries(classes.map((name) => [name, { move: folderOf(name) }])),
  };
}
