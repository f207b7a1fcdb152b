import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { saveModel } from '../../src/engine/modelfile.ts';
import { train } from '../../src/engine/train.ts';
import { accepted as acceptedCuid, company, orchestrator, path, token } from './service.ts';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

let folder: string;
let config: string;
let model: string;
let running: ChildProcess | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-kill-'));
  config = join(folder, 'siftd.yaml');
  writeFileSync(
    config,
    `state: state
service:
  listen: 127.0.0.1:0
  companies:
    ${company}:
      tokens: [{ env: SERVICE_TOKEN }]
      orchestrators:
        ${orchestrator}: { engine: linear, labels: { refund: "asks for money back", praise: "is happy" } }
`,
  );
  model = join(folder, 'state', 'models', `${company}.${orchestrator}.model`);
});
afterEach(async () => {
  if (running !== null && running.exitCode === null && running.signalCode === null) {
    running.kill('SIGKILL');
    await once(running, 'exit');
  }
  rmSync(folder, { recursive: true });
});

function learn(): void {
  mkdirSync(join(folder, 'state', 'models'), { recursive: true });
  const examples = Array.from({ length: 20 }, (_, n) => [
    { label: 'refund', subject: `Order ${n}`, body: `please send my money back for order ${n}` },
    { label: 'praise', subject: `Thanks ${n}`, body: `what a lovely shop, ${n} stars` },
  ]).flat();
  saveModel(model, train(examples));
}

/** Starts `siftd serve` and answers where it listens, once it says so. */
async function serve(): Promise<string> {
  running = spawn(process.execPath, [main, 'serve', '-c', config], {
    env: { ...process.env, SERVICE_TOKEN: token },
    stdio: ['ignore', 'inherit', 'pipe'],
  });
  for await (const line of createInterface({ input: running.stderr ?? process.stdin })) {
    const { url } = JSON.parse(line) as { url?: string };
    if (url !== undefined) {
      running.stderr?.resume();
      return url;
    }
  }
  throw new Error('siftd serve ended before it listened');
}

async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
  const child = running;
  if (child === null) throw new Error('nothing runs');
  child.kill(signal);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const bodyOf = (n: number) => ({
  mail: { subject: `Order ${n}`, body: 'my money back please' },
  external_ref: `<${n}@x>`,
});

function submit(url: string, n: number): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { ...headers, 'idempotency-key': `key-${n}` },
    body: JSON.stringify(bodyOf(n)),
  });
}

it('loses nothing that it accepted when it is killed under load, and starts nothing twice', async () => {
  learn();
  const accepted = new Map<number, string>();
  let next = 0;
  for (let round = 0; round < 3; round++) {
    const url = await serve();
    const until = accepted.size + 150;
    let enough = () => {};
    const loaded = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const client = async () => {
      for (;;) {
        const n = next++;
        try {
          accepted.set(n, await acceptedCuid(submit(url, n)));
        } catch (error) {
          // Killed: whether this one was accepted is not known. Everything else is a failure.
          if (error instanceof TypeError) return;
          throw error;
        }
        if (accepted.size >= until) enough();
      }
    };
    const clients = Promise.all(Array.from({ length: 16 }, client));
    await Promise.race([loaded, clients]);
    await end('SIGKILL');
    await clients;
  }

  const url = await serve();
  expect(accepted.size).toBeGreaterThanOrEqual(450);
  expect(new Set(accepted.values()).size).toBe(accepted.size);
  for (const [n, cuid] of accepted) {
    const response = await fetch(`${url}${path}/${cuid}`, { headers: { ...headers, prefer: 'wait=30' } });
    expect(await response.json()).toMatchObject({
      status: 'completed',
      result: { classification: 'refund' },
      external_ref: `<${n}@x>`,
    });
    expect(await (await submit(url, n)).json()).toEqual({ process_cuid: cuid });
  }
  expect(await end('SIGTERM')).toBe(0);
});

it('takes a model that is trained beside it without a restart', async () => {
  const url = await serve();
  expect((await submit(url, 1)).status).toBe(503);
  learn();
  let response = await submit(url, 1);
  while (response.status === 503) {
    await response.arrayBuffer();
    response = await submit(url, 1);
  }
  expect(response.status).toBe(200);
  const held = fetch(`${url}${path}/none-such-process`, { headers: { ...headers, prefer: 'wait=60' } });
  expect((await held).status).toBe(404);
  expect(await end('SIGTERM')).toBe(0);
});
