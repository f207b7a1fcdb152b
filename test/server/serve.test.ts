import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { saveModel } from '../../src/engine/modelfile.ts';
import { train } from '../../src/engine/train.ts';
import { type Siftd, startSiftd } from '../bench/siftd.ts';
import { completion, says, startModel } from '../engine/model-stub.ts';
import { checkout } from '../servers/guard.ts';
import { company, orchestrator, path, token } from './service.ts';

/* `siftd serve` as a user starts it: a process, a configuration, a port. */

const run = promisify(execFile);
let folder: string;
let running: Siftd | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-serve-'));
});
afterEach(async () => {
  await running?.stop();
  running = null;
  rmSync(folder, { recursive: true });
});

function learn(id: string): void {
  mkdirSync(join(folder, 'state', 'models'), { recursive: true });
  const examples = Array.from({ length: 20 }, (_, n) => [
    { label: 'refund_request', subject: `Wrong size ${n}`, body: `I would like my money back for order ${n}, please.` },
    { label: 'complaint', subject: `Disappointed ${n}`, body: `The parcel ${n} came broken and nobody answers me.` },
  ]).flat();
  saveModel(join(folder, 'state', 'models', `${company}.${id}.model`), train(examples));
}

const described = { refund_request: 'asks for money back', complaint: 'is unhappy' };

async function serve(orchestrators: object, service: object = {}): Promise<string> {
  const config = join(folder, 'siftd.yaml');
  const companies = { [company]: { tokens: [{ env: 'SERVICE_TOKEN' }], orchestrators } };
  writeFileSync(config, stringify({ state: './state', service: { listen: '127.0.0.1:0', companies, ...service } }));
  running = startSiftd(['serve', '-c', config], {
    SERVICE_TOKEN: token,
    LLM_TOKEN: 'llm-secret',
    METRICS_TOKEN: 'watcher',
  });
  const { url } = await running.line((line) => line.url !== undefined && line.msg === 'serving');
  return url ?? '';
}

async function classify(
  url: string,
  id: string,
  body: string,
): Promise<{ label: string; by: string | null; source: string | null }> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const at = `${url}${path.replace(orchestrator, id)}`;
  const mail = { subject: '', body };
  const response = await fetch(at, { method: 'POST', headers, body: JSON.stringify({ mail }) });
  const { process_cuid: cuid } = (await response.json()) as { process_cuid: string };
  const ended = await fetch(`${at}/${cuid}`, { headers: { ...headers, prefer: 'wait=60' } });
  const { result } = (await ended.json()) as { result: { classification: string } };
  const told = (name: string) => ended.headers.get(name);
  return { label: result.classification, by: told('siftd-model'), source: told('siftd-confidence') };
}

it('the examples of docs/service.md do with curl what stands there', async () => {
  learn(orchestrator);
  const url = await serve({ [orchestrator]: { engine: 'linear', labels: described } });
  const page = readFileSync(join(checkout, 'docs', 'service.md'), 'utf8');
  const block = /```sh\n(api=[\s\S]*?)```/.exec(page)?.[1] ?? '';
  const [setting = '', ...commands] = block.replace('http://127.0.0.1:8025', url).split(/\n\n/);
  expect(commands).toHaveLength(2);
  const shell = async (command: string) => {
    const { stdout } = await run('sh', ['-eu', '-c', `${setting}\n${command}`], {
      env: { ...process.env, SERVICE_TOKEN: token },
    });
    return stdout;
  };
  const shown = commands.map((command) => /^# (.*)$/m.exec(command)?.[1] ?? '');
  const submitted = await shell(commands[0] ?? '');
  const { process_cuid: cuid } = JSON.parse(submitted) as { process_cuid: string };
  expect(submitted).toBe(shown[0]?.replace('f45sz0ho8rcl', cuid));
  const answer = await shell((commands[1] ?? '').replace('f45sz0ho8rcl', cuid));
  expect(answer.replace(/"confidence":[\d.]+/, '"confidence":0.92')).toBe(shown[1]);
});

describe('siftd serve with a language model', () => {
  it('asks it alone, or where the linear engine is unsure; counts it; and says none of its secrets', async () => {
    const stub = await startModel(() => completion({ content: says('complaint', 0.6) }));
    try {
      learn('both');
      const llm = { url: stub.url, model: 'm:1b', token: { env: 'LLM_TOKEN' }, budget: 100_000 };
      const url = await serve(
        {
          alone: { engine: 'llm', labels: described, llm },
          both: { engine: 'cascade', labels: described, below: 0.9, llm },
          cold: { engine: 'cascade', labels: described, llm },
        },
        { metrics: { token: { env: 'METRICS_TOKEN' } } },
      );
      const sure = 'I would like my money back for order 7, please.';
      expect(await classify(url, 'alone', sure)).toMatchObject({ label: 'complaint', source: 'stated' });
      expect(await classify(url, 'both', sure)).toMatchObject({ label: 'refund_request', source: 'measured' });
      expect(await classify(url, 'both', 'zzz')).toMatchObject({
        label: 'complaint',
        by: expect.stringMatching(/^m:1b#/),
      });
      expect(await classify(url, 'cold', sure)).toMatchObject({ label: 'complaint' });
      expect(stub.requests.map(({ authorization }) => authorization)).toEqual(Array(3).fill('Bearer llm-secret'));

      expect((await fetch(`${url}/metrics`)).status).toBe(401);
      const metrics = await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer watcher' } });
      expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
      const text = await metrics.text();
      expect(text).toContain(`siftd_llm_spent_tokens{company="${company}",orchestrator="alone"} 320`);
      expect(text).toContain(`siftd_llm_budget_tokens{company="${company}",orchestrator="alone"} 100000`);
      expect(text).toMatch(
        /siftd_engine_info\{company="c4ompanycuid",orchestrator="both",engine="cascade",version="[0-9a-f]{12}\+m:1b#[0-9a-f]{12}"\} 1/,
      );
      expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
      expect(JSON.stringify(running?.lines)).not.toMatch(/llm-secret|watcher|money back/);
    } finally {
      await stub.close();
    }
  });

  it('stops in its time while the model hangs and mail waits for its turn, and takes that up at the next start', async () => {
    let hangs = true;
    const stub = await startModel(() =>
      hangs ? new Promise(() => {}) : completion({ content: says('complaint', 0.6) }),
    );
    try {
      const llm = { url: stub.url, model: 'm', concurrency: 1, rate: { requests: 2, per: '1m' }, timeout: '4m' };
      const orchestrators = { alone: { engine: 'llm', labels: described, llm } };
      const url = await serve(orchestrators);
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const at = path.replace(orchestrator, 'alone');
      const cuids: string[] = [];
      for (const subject of ['one', 'two']) {
        const body = JSON.stringify({ mail: { subject, body: '' } });
        const answer = await fetch(url + at, { method: 'POST', headers, body });
        cuids.push(((await answer.json()) as { process_cuid: string }).process_cuid);
      }
      while (stub.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
      // The model has four minutes, the rate one; a test that waits for either of them is too late.
      expect(await running?.stop()).toBe(0);
      hangs = false;
      const again = await serve(orchestrators);
      for (const cuid of cuids) {
        const ended = await fetch(`${again}${at}/${cuid}`, { headers: { ...headers, prefer: 'wait=60' } });
        expect(await ended.json()).toMatchObject({ status: 'completed' });
      }
    } finally {
      await stub.close();
    }
  });

  it('takes the model from where the configuration has it', async () => {
    learn('elsewhere');
    const model = `state/models/${company}.elsewhere.model`;
    const url = await serve({ a: { model, labels: described } });
    expect(await classify(url, 'a', 'I would like my money back for order 7, please.')).toMatchObject({
      label: 'refund_request',
    });
  });

  it('takes a model that is trained beside it into the cascade', async () => {
    const stub = await startModel(() => completion({ content: says('complaint', 0.6) }));
    try {
      const llm = { url: stub.url, model: 'm' };
      const url = await serve({ both: { engine: 'cascade', labels: described, below: 0.9, llm } });
      const sure = 'I would like my money back for order 7, please.';
      expect(await classify(url, 'both', sure)).toMatchObject({ label: 'complaint' });
      learn('both');
      await running?.line(({ msg }) => msg === 'model loaded');
      expect(await classify(url, 'both', sure)).toMatchObject({ label: 'refund_request' });
    } finally {
      await stub.close();
    }
  });
});

it('SIGHUP has the tokens read again, and refuses whatever else changed', async () => {
  const secret = join(folder, 'token');
  const companies = { [company]: { tokens: [{ file: secret }], orchestrators: { [orchestrator]: {} } } };
  writeFileSync(secret, 'the-old-token\n', { mode: 0o600 });
  const url = await serve({}, { companies });
  const status = async (bearer: string) =>
    (await fetch(`${url}${path}/nothing`, { headers: { authorization: `Bearer ${bearer}` } })).status;
  expect([await status('the-old-token'), await status('the-new-token')]).toEqual([404, 401]);
  writeFileSync(secret, 'the-new-token\n', { mode: 0o600 });
  running?.signal('SIGHUP');
  await running?.line(({ msg }) => msg === 'the tokens were read again and are in force');
  expect([await status('the-old-token'), await status('the-new-token')]).toEqual([401, 404]);

  writeFileSync(secret, 'the-newest-token\n', { mode: 0o600 });
  const config = join(folder, 'siftd.yaml');
  writeFileSync(config, readFileSync(config, 'utf8').replace('state: ./state', 'state: ./elsewhere'));
  running?.signal('SIGHUP');
  await running?.line(({ msg }) => msg.includes('state: changed, and it is read at the start alone'));
  expect([await status('the-new-token'), await status('the-newest-token')]).toEqual([404, 401]);
});
