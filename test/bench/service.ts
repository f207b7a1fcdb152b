import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { Agent, request as open } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { stringify } from 'yaml';
import { saveModel } from '../../src/engine/modelfile.ts';
import { train } from '../../src/engine/train.ts';
import { numbersOf } from './numbers.ts';
import { type Siftd, startSiftd } from './siftd.ts';

export const [company, orchestrator, token] = ['c4ompanycuid', 'o8rchestrator', 'token-of-the-bench'];
const path = `/api/companies/${company}/orchestrators/${orchestrator}/classification-async`;
const clients = 64;

/**
 * `siftd serve` in a process of its own, asked over sockets by 64 clients of this one: what it takes and gives a
 * second, what it holds with many jobs stored, and what it loses when it is killed under load (nothing may be).
 */
export async function service(args: string[]): Promise<object> {
  const { jobs, gets, kills } = numbersOf(args, { jobs: 100_000, gets: 100_000, kills: 10 });
  const folder = mkdtempSync(join(tmpdir(), 'siftd-bench-'));
  try {
    const config = prepare(folder);
    const load = await underLoad(config, folder, jobs, gets);
    rmSync(join(folder, 'state', 'serve'), { recursive: true });
    const killed = await underKills(config, kills);
    print(load, killed);
    return { load, killed };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function prepare(folder: string): string {
  mkdirSync(join(folder, 'state', 'models'), { recursive: true });
  const examples = Array.from({ length: 50 }, (_, n) => [
    { label: 'refund', ...mailOf(n) },
    { label: 'praise', subject: `Thanks ${n}`, body: `What a lovely shop, ${n} stars, I will be back soon.` },
  ]).flat();
  saveModel(join(folder, 'state', 'models', `${company}.${orchestrator}.model`), train(examples));
  const config = join(folder, 'siftd.yaml');
  const companies = { [company]: { tokens: [{ env: 'BENCH_TOKEN' }], orchestrators: { [orchestrator]: {} } } };
  writeFileSync(config, stringify({ state: './state', service: { listen: '127.0.0.1:0', companies } }));
  return config;
}

export const mailOf = (n: number) => ({
  subject: `Order ${n}`,
  body: `Hello,\n\nthe shoes of order ${n} are too small. ${'I would like to send them back. '.repeat(20)}\nMy money back please.\n`,
});

const bodyOf = (n: number) =>
  JSON.stringify({
    mail: mailOf(n),
    external_ref: `<${n}@bench.example>`,
    external_metadata: { thread_id: `<${n}@bench.example>`, folder: 'INBOX', account: 'bench' },
  });

export async function serve(config: string): Promise<{ siftd: Siftd; url: string }> {
  // The access log is part of what is measured, and goes where a service manager would read it.
  const siftd = startSiftd(['serve', '-c', config], { BENCH_TOKEN: token });
  const { url = '' } = await siftd.line((line) => line.msg === 'serving');
  return { siftd, url };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** node:http with kept connections: this process shares the machine with the service and should cost little of it. */
function asker(url: string): { ask: (to: string, how?: Ask) => Promise<Answer>; close: () => void } {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const ask = (to: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const sent = open(`${url}${to}`, {
        agent,
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      });
      sent.on('error', reject);
      sent.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
        response.on('aborted', () => reject(new Error('cut off')));
      });
      sent.end(body);
    });
  return { ask, close: () => agent.destroy() };
}

interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

interface Pace {
  readonly requests: number;
  readonly aSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** 64 clients, each with one request at a time, until `count` were answered. */
async function paced(count: number, one: (n: number) => Promise<void>): Promise<Pace> {
  const times = new Float64Array(count);
  let next = 0;
  const began = performance.now();
  const client = async () => {
    for (let n = next++; n < count; n = next++) {
      const from = performance.now();
      await one(n);
      times[n] = performance.now() - from;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - began) / 1000;
  times.sort();
  const at = (share: number) => times[Math.min(count - 1, Math.floor(count * share))] ?? 0;
  return { requests: count, aSecond: count / seconds, p50: at(0.5), p99: at(0.99) };
}

interface Load {
  readonly submissions: Pace;
  readonly refused: number;
  readonly gets: Pace;
  readonly held: Pace;
  readonly stored: number;
  readonly residentMiB: number;
  readonly peakMiB: number;
  readonly databaseMiB: number;
}

async function underLoad(config: string, folder: string, jobs: number, gets: number): Promise<Load> {
  const { siftd, url } = await serve(config);
  const { ask, close } = asker(url);
  try {
    const cuids: string[] = [];
    let refused = 0;
    const submissions = await paced(jobs, async (n) => {
      for (;;) {
        const { status, text } = await ask(path, { method: 'POST', body: bodyOf(n) });
        if (status === 200) {
          cuids.push((JSON.parse(text) as { process_cuid: string }).process_cuid);
          return;
        }
        if (status !== 429) throw new Error(`a submission was answered ${status}: ${text}`);
        refused++;
      }
    });
    const get = async (n: number, headers = {}) => {
      const { status, text } = await ask(`${path}/${cuids[(n * 7919) % cuids.length]}`, { headers });
      if (status !== 200) throw new Error(`a GET was answered ${status}: ${text}`);
    };
    const polled = await paced(gets, (n) => get(n));
    for (const cuid of cuids) await ask(`${path}/${cuid}`, { headers: { prefer: 'wait=60' } });
    const wholeWay = await paced(Math.min(jobs, 10_000), async (n) => {
      const { text } = await ask(path, { method: 'POST', body: bodyOf(n) });
      const { process_cuid: cuid } = JSON.parse(text) as { process_cuid: string };
      const ended = await ask(`${path}/${cuid}`, { headers: { prefer: 'wait=60' } });
      if (!ended.text.includes('"completed"')) throw new Error(`a process ended as ${ended.text}`);
    });
    const database = join(folder, 'state', 'serve', 'service.db');
    return {
      submissions,
      refused,
      gets: polled,
      held: wholeWay,
      stored: cuids.length,
      residentMiB: siftd.residentMiB(),
      peakMiB: siftd.peakMiB(),
      databaseMiB: Math.round(statSync(database).size / 2 ** 20),
    };
  } finally {
    close();
    await siftd.stop();
  }
}

interface Killed {
  readonly kills: number;
  readonly accepted: number;
  readonly completed: number;
  readonly lost: number;
  readonly twice: number;
  readonly failed: number;
}

/** Killed while 64 clients submit, again and again; then every key is sent once more and every process waited for. */
async function underKills(config: string, kills: number): Promise<Killed> {
  const accepted = new Map<string, string>();
  const bodies = new Map<string, string>();
  for (let round = 0; round < kills; round++) {
    const { siftd, url } = await serve(config);
    const { ask, close } = asker(url);
    const enough = accepted.size + 200 + 150 * (round % 4);
    let killed: Promise<void> | null = null;
    const client = async () => {
      while (killed === null) {
        const key = randomUUID();
        const body = bodyOf(bodies.size);
        bodies.set(key, body);
        try {
          const { status, text } = await ask(path, { method: 'POST', body, headers: { 'idempotency-key': key } });
          if (status === 200) accepted.set(key, (JSON.parse(text) as { process_cuid: string }).process_cuid);
        } catch {
          // Killed meanwhile: nobody knows whether this one was accepted.
          return;
        }
        if (accepted.size >= enough) killed ??= siftd.kill();
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    await killed;
    close();
  }
  const { siftd, url } = await serve(config);
  const { ask, close } = asker(url);
  try {
    let [completed, failed, twice] = [0, 0, 0];
    for (const [key, cuid] of accepted) {
      const { text } = await ask(`${path}/${cuid}`, { headers: { prefer: 'wait=60' } });
      if (text.includes('"status":"completed"')) completed++;
      else if (text.includes('"status":"failed"')) failed++;
      const again = await ask(path, {
        method: 'POST',
        body: bodies.get(key) ?? '',
        headers: { 'idempotency-key': key },
      });
      if (!again.text.includes(cuid)) twice++;
    }
    twice += accepted.size - new Set(accepted.values()).size;
    return { kills, accepted: accepted.size, completed, lost: accepted.size - completed - failed, twice, failed };
  } finally {
    close();
    await siftd.stop();
  }
}

function print(load: Load, killed: Killed): void {
  const pace = new Table({
    head: [`${clients} clients`, 'requests', 'a second', 'p50 ms', 'p99 ms'],
    style: { head: [], border: [] },
  });
  const row = (name: string, { requests, aSecond, p50, p99 }: Pace) =>
    void pace.push([name, requests, aSecond.toFixed(0), p50.toFixed(1), p99.toFixed(1)]);
  row('submissions, on the disk', load.submissions);
  row('GETs', load.gets);
  row('submission and held GET, to the result', load.held);
  console.log(pace.toString());
  const { stored, residentMiB, peakMiB, databaseMiB, refused } = load;
  console.log(
    `RSS with ${stored} jobs stored: ${residentMiB} MiB (peak ${peakMiB}); database ${databaseMiB} MiB; told 429: ${refused}`,
  );
  const { kills, accepted, completed, failed, lost, twice } = killed;
  console.log(
    `kill -9 under load, ${kills} times: accepted ${accepted}, completed ${completed}, failed ${failed}, lost ${lost}, twice ${twice}`,
  );
}
