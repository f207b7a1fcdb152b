import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createClassifier } from '../../src/api/client.ts';
import { overNetwork } from '../../src/base/ask.ts';
import { systemClock } from '../../src/base/clock.ts';
import { poll } from '../../src/daemon/path.ts';
import type { Store } from '../../src/store/store.ts';
import { laneOf } from '../daemon/lane.ts';
import { submitted } from '../triage/jobs.ts';
import { seededRandom } from '../vendor/random.ts';
import { median, type Told } from './figures.ts';
import { numbersOf } from './numbers.ts';
import { company, mailOf, orchestrator, prepare, serve, token } from './service.ts';

const words = { high: 0.95, medium: 0.7, low: 0.3 };
const never = new AbortController().signal;

/**
 * The path's polls against `siftd serve` in a process of its own, over sockets, with the defaults of a configuration: 8
 * requests at a time. Messages come at random times. When a process ended is what the service wrote down; when that was
 * known here, the answer's arrival.
 */
export async function wait(args: string[]): Promise<Told> {
  const { messages, rate } = numbersOf(args, { messages: 2000, rate: 50 });
  const folder = mkdtempSync(join(tmpdir(), 'siftd-bench-'));
  try {
    const { siftd, url } = await serve(prepare(folder));
    let gets = 0;
    const known = new Map<string, number>();
    try {
      const options = {
        fetch: overNetwork,
        baseUrl: url,
        company,
        orchestrator,
        token,
        concurrency: 8,
        words,
        clock: systemClock,
      };
      const classifier = createClassifier(options);
      const lane = laneOf({
        store: { save: async () => true } as unknown as Store,
        clock: systemClock,
        deadline: 3_600_000,
        random: Math.random,
        classifier: {
          get holds() {
            return classifier.holds;
          },
          submit: classifier.submit,
          result: async (cuid, ref, signal, begin) => {
            const outcome = await classifier.result(cuid, ref, signal, begin);
            gets++;
            if (outcome.ok && outcome.value.status === 'completed') known.set(cuid, Date.now());
            return outcome;
          },
        },
      });
      const { next } = seededRandom(1);
      const followed: Promise<void>[] = [];
      for (let id = 0; id < messages; id++) {
        await systemClock.sleep((-1000 * Math.log(1 - next())) / rate);
        followed.push(follow(id));
      }
      await Promise.all(followed);

      async function follow(id: number): Promise<void> {
        const messageId = `<${id}@bench.example>`;
        const sent = { ...mailOf(id), externalRef: messageId, externalMetadata: {}, key: `key-${id}` };
        const accepted = await lane.parts.desk.submit(sent, never);
        if (!accepted?.ok) throw new Error(accepted?.fault.message ?? 'the service is away');
        const { processCuid } = accepted.value;
        const [submittedAt, nextAt] = [lane.date(), lane.now() + lane.parts.desk.firstPoll()];
        const identity = { ...submitted.identity, messageId };
        await poll(lane, { ...submitted, identity, id, processCuid, submittedAt, nextAt });
      }
    } finally {
      await siftd.stop();
    }
    const late = delays(join(folder, 'state', 'serve', 'service.db'), known).sort((a, b) => a - b);
    const [p50, p99] = [median(late), late[Math.floor(0.99 * late.length)] ?? Number.NaN];
    const what = 'our own service (Prefer: wait) over HTTP';
    const mean = late.reduce((sum, ms) => sum + ms, 0) / late.length;
    const beside = `${messages} messages, ${rate} a second at random times; p50 ${p50} ms, p99 ${p99} ms`;
    return {
      figures: [
        { what: `${what}: GETs a message`, value: gets / messages, goal: { most: 1.05 }, unit: 'GETs', digits: 3 },
        {
          what: `${what}: completion to discovery, mean`,
          value: mean,
          goal: { most: 20 },
          unit: 'ms',
          digits: 1,
          beside,
        },
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function delays(path: string, known: ReadonlyMap<string, number>): number[] {
  const database = new Database(path, { readonly: true });
  try {
    const rows = database.prepare<[], { cuid: string; ended_at: number }>('SELECT cuid, ended_at FROM processes').all();
    return rows.map(({ cuid, ended_at }) => (known.get(cuid) ?? Number.NaN) - ended_at);
  } finally {
    database.close();
  }
}
