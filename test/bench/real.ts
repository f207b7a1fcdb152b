import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import { stringify } from 'yaml';
import { trainInWorker } from '../../src/engine/background.ts';
import { saveModel } from '../../src/engine/modelfile.ts';
import { createParser } from '../../src/mail/pool.ts';
import { startDovecot } from '../servers/dovecot.ts';
import { freePorts } from '../servers/guard.ts';
import { type Labelled, spamAssassin } from './corpus.ts';
import { allEnded, startSiftd, statusOf, whereabouts } from './siftd.ts';

const company = 'benchcompany';
const orchestrator = 'hamorspam';
const folders = { ham: 'Sorted/Ham', spam: 'Sorted/Spam' } as const;

/** Learns ham and spam from 4 of 5 messages, lets siftd sort the rest in a real Dovecot, and counts what became of each. */
export async function real(): Promise<object> {
  const all = spamAssassin();
  const arriving = all.filter((_, index) => index % 5 === 4);
  const known = all.filter((_, index) => index % 5 !== 4);
  const dovecot = await startDovecot({ fsync: 'optimized' });
  // It goes with the server's folder, even if this process is killed.
  const dir = join(dovecot.dir, 'siftd');
  mkdirSync(dir);
  try {
    const config = join(dir, 'siftd.yaml');
    const port = await freePorts(1);
    writeFileSync(config, stringify(configuration(dir, port, dovecot.port)));
    console.log(`learning from ${known.length} messages`);
    await learn(known, join(dir, 'models', `${company}.${orchestrator}.model`));
    console.log(`delivering ${arriving.length} by LMTP`);
    for (const { raw } of arriving) await dovecot.deliver('bench', raw);

    const serve = startSiftd(['serve', '-c', config]);
    await serve.line((line) => line.msg === 'serving');
    const run = startSiftd(['run', '-c', config]);
    try {
      const { from, to } = await allEnded(run, arriving.length);
      const jobs = statusOf(config);
      const memory = { run: run.peakMiB(), serve: serve.peakMiB() };
      const codes = [await run.stop(), await serve.stop()];
      if (codes.some((code) => code !== 0)) throw new Error(`siftd ended with ${codes.join(' and ')}`);
      return report(arriving, await whereabouts(dovecot, 'bench'), { seconds: (to - from) / 1000, memory, jobs });
    } finally {
      await Promise.all([run.stop(), serve.stop()]);
    }
  } finally {
    await dovecot.stop();
  }
}

function configuration(dir: string, port: number, imapPort: number): object {
  const token = { file: join(dir, 'token') };
  writeFileSync(token.file, 'bench-token-of-32-characters-or-so', { mode: 0o600 });
  writeFileSync(join(dir, 'password'), 'secret', { mode: 0o600 });
  return {
    state: dir,
    // The default rate spares a vendor; this service is our own.
    classifier: {
      url: `http://127.0.0.1:${port}`,
      company,
      orchestrator,
      token,
      concurrency: 32,
      rate: { requests: 10_000, per: '1s' },
    },
    accounts: {
      bench: {
        host: '127.0.0.1',
        port: imapPort,
        tls: 'none',
        user: 'bench',
        password: { file: join(dir, 'password') },
        folders: ['INBOX'],
        since: 'all',
      },
    },
    // Of two classes one has more than half: every message is filed, so that the accuracy is over all of them.
    threshold: 0.5,
    routes: { ham: { move: folders.ham }, spam: { move: folders.spam } },
    service: {
      listen: `127.0.0.1:${port}`,
      companies: {
        [company]: {
          tokens: [token],
          orchestrators: { [orchestrator]: { engine: 'linear', labels: { ham: 'mail', spam: 'junk' } } },
        },
      },
    },
  };
}

/** As the daemon reads a message, so is it read for learning. */
async function learn(known: readonly Labelled[], path: string): Promise<void> {
  const parser = createParser({ limit: 20_000, quotes: 'keep' });
  const examples = await Promise.all(
    known.map(async ({ raw, label }) => {
      const readable = await parser.parse({ kind: 'whole', source: Uint8Array.from(raw) });
      return readable.ok ? [{ ...readable.value, label }] : [];
    }),
  );
  await parser.close();
  mkdirSync(join(path, '..'), { recursive: true });
  saveModel(path, await trainInWorker(examples.flat()));
}

interface Measured {
  readonly seconds: number;
  readonly memory: { readonly run: number; readonly serve: number };
  readonly jobs: Readonly<Record<string, number>>;
}

function report(
  arriving: readonly Labelled[],
  found: ReadonlyMap<string, readonly string[]>,
  measured: Measured,
): object {
  const count = (fits: (places: readonly string[], label: Labelled['label']) => boolean): number =>
    arriving.filter(({ messageId, label }) => fits(found.get(messageId) ?? [], label)).length;
  const figures = {
    messages: arriving.length,
    ham: count((places) => places.includes(folders.ham)),
    spam: count((places) => places.includes(folders.spam)),
    inbox: count((places) => places.includes('INBOX')),
    lost: count((places) => places.length === 0),
    duplicated: count((places) => places.length > 1),
    right: count((places, label) => places.length === 1 && places[0] === folders[label]),
    hamTakenForSpam: count((places, label) => label === 'ham' && places.includes(folders.spam)),
    ...measured,
  };
  const accuracy = figures.right / figures.messages;
  const perSecond = figures.messages / figures.seconds;
  const table = new Table({ style: { head: [], border: [] } });
  table.push(
    ['messages in', figures.messages],
    [`in ${folders.ham}`, figures.ham],
    [`in ${folders.spam}`, figures.spam],
    ['still in INBOX', figures.inbox],
    ['lost', figures.lost],
    ['duplicated', figures.duplicated],
    ['accuracy', `${(accuracy * 100).toFixed(2)}% (${figures.hamTakenForSpam} ham taken for spam)`],
    ['messages a second', `${perSecond.toFixed(0)} (${figures.seconds.toFixed(1)} s)`],
    ['peak RSS', `run ${figures.memory.run} MiB, serve ${figures.memory.serve} MiB`],
    [
      'jobs',
      Object.entries(figures.jobs)
        .map(([state, jobs]) => `${state} ${jobs}`)
        .join(', '),
    ],
  );
  console.log(table.toString());
  return { ...figures, accuracy, perSecond };
}
