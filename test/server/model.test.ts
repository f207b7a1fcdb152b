import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { createLog } from '../../src/base/log.ts';
import { CascadeEngine } from '../../src/engine/cascade.ts';
import { LlmEngine } from '../../src/engine/llm.ts';
import type { Service } from '../../src/server/service.ts';
import { HandClock } from '../api/clock.ts';
import { completion, type ModelStub, says, startModel } from '../engine/model-stub.ts';
import {
  accepted,
  codeOf,
  company,
  createHouse,
  endedText,
  FakeEngine,
  get,
  type House,
  mail,
  orchestrator,
  path,
  post,
  rows,
} from './service.ts';

/* The service with a language model behind it. */

let house: House;
let stub: ModelStub;
let clock: HandClock;
const good = () => completion({ content: says('refund_request', 0.7) });
beforeAll(async () => {
  stub = await startModel(good);
});
afterAll(() => stub.close());
beforeEach(() => {
  house = createHouse();
  clock = new HandClock();
  stub.behave(good);
  stub.requests.length = 0;
});
afterEach(() => house.close());

const labels = new Map([
  ['refund_request', 'asks for money back'],
  ['spam', 'nobody asked for it'],
]);

function open(budget: number | null = null, lines: string[] = []): { service: Service; llm: LlmEngine } {
  const log = createLog({ level: 'debug', to: { write: (line) => lines.push(line) } });
  const service = house.open(null, { clock, log });
  const books = service.books(company, orchestrator, budget);
  const options = {
    url: stub.url,
    model: 'm',
    token: 'secret-key',
    timeout: 60_000,
    concurrency: 4,
    rate: null,
    logprobs: true,
  };
  const llm = new LlmEngine({
    ...options,
    labels,
    books,
    clock,
    fetch: stub.fetch,
    signal: new AbortController().signal,
  });
  service.setEngine(company, orchestrator, llm);
  return { service, llm };
}

/** Time passes, and what it wakes gets as far as it can. */
async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const synchronous = path.replace('-async', '');

describe('a process of a language model', () => {
  it('tells by headers who answered and that the confidence is its own word, and leaves the result as the contract has it', async () => {
    const lines: string[] = [];
    const { service, llm } = open(null, lines);
    const cuid = await accepted(post(service, { mail }));
    const ended = await get(service, cuid, { headers: { prefer: 'wait=60' } });
    expect(await ended.json()).toEqual({
      status: 'completed',
      result: { classification: 'refund_request', confidence: 0.7 },
    });
    const told = ({ headers }: Response) => [headers.get('siftd-model'), headers.get('siftd-confidence')];
    expect(told(ended)).toEqual([llm.version, 'stated']);
    expect(told(await post(service, { mail }, {}, synchronous))).toEqual([llm.version, 'stated']);
    const word = lines.find((line) => line.includes("the model's own word"));
    expect(JSON.parse(word ?? '{}')).toMatchObject({ level: 'info', process: cuid, model: llm.version });
    expect(lines.join('')).not.toMatch(/money|secret-key/);

    stub.behave(() => completion({ content: says('spam'), tokens: [[says('spam'), 0.9]] }));
    const second = await accepted(post(service, { mail }));
    await endedText(service, second);
    expect(told(await get(service, second))).toEqual([llm.version, 'measured']);
  });

  it('fails when the model is off the schema twice', async () => {
    stub.behave(() => completion({ content: says('give_everything') }));
    const { service } = open();
    expect(await endedText(service, await accepted(post(service, { mail })))).toBe('{"status":"failed","result":null}');
    expect(stub.requests).toHaveLength(2);
    expect(await codeOf(post(service, { mail }, {}, synchronous))).toBe('503 engine-failed');
  });

  it('waits while the model is down, without using up its tries, and ends when it is back', async () => {
    stub.behave(() => new Response('', { status: 503 }));
    const { service, llm } = open();
    const cuids = await Promise.all(Array.from({ length: 20 }, () => accepted(post(service, { mail }))));
    await vi.waitUntil(() => llm.away() !== null);
    expect(await codeOf(post(service, { mail }))).toBe('503 engine-away');
    const before = stub.requests.length;
    for (let minutes = 0; minutes < 600; minutes++) await pass(60_000);
    // Ten hours: a probe every five minutes, by one mail after the other, and none of them has failed.
    expect(stub.requests.length - before).toBeLessThan(130);
    expect(rows(house, 'mails')).toBe(20);
    stub.behave(good);
    while (rows(house, 'mails') > 0) await pass(60_000);
    for (const cuid of cuids) expect(await endedText(service, cuid)).toContain('"completed"');
  });

  it('fails when the model says "not now" about it as often as that is borne', async () => {
    stub.behave(() => new Response('', { status: 429, headers: { 'retry-after': '1' } }));
    const { service } = open();
    const cuid = await accepted(post(service, { mail }));
    while (rows(house, 'mails') > 0) await pass(1000);
    expect(await endedText(service, cuid)).toContain('"failed"');
    expect(stub.requests).toHaveLength(limits.server.asks);
  });
});

describe('a budget', () => {
  it('that is spent is said at the door, over restarts too, until midnight UTC', async () => {
    const first = open(1000);
    await endedText(first.service, await accepted(post(first.service, { mail })));
    expect(await codeOf(post(first.service, { mail }, {}, synchronous))).toBe('503 engine-failed');
    const refused = await post(first.service, { mail });
    expect(refused.headers.get('retry-after')).toBe(String(12 * 3600));
    expect(await codeOf(refused)).toBe('503 engine-away');
    await first.service.stop();

    const second = open(1000);
    expect(await codeOf(post(second.service, { mail }, {}, synchronous))).toBe('503 engine-failed');
    expect(stub.requests).toHaveLength(1);
    clock.advance(12 * 3_600_000);
    expect((await post(second.service, { mail }, {}, synchronous)).status).toBe(200);
  });

  it('counts what was under way when the service was killed', async () => {
    const service = house.open(null, { clock });
    await service.books(company, orchestrator, 1000).reserve(600);
    await service.stop();
    const again = house.open(null, { clock });
    expect(await again.books(company, orchestrator, 1000).reserve(500)).toBeNull();
    const rest = await again.books(company, orchestrator, 1000).reserve(400);
    await rest?.settle(2000);
    expect(await again.books(company, orchestrator, 2601).reserve(1)).not.toBeNull();
    expect(await again.books(company, orchestrator, 2601).reserve(1)).toBeNull();
  });

  it("leaves a cascade's first answer standing", async () => {
    const { service, llm } = open(1);
    const linear = new FakeEngine();
    linear.answer = () => FakeEngine.says('spam', 0.3);
    service.setEngine(company, orchestrator, new CascadeEngine(linear, llm, 0.8));
    const ended = await get(service, await accepted(post(service, { mail })), { headers: { prefer: 'wait=60' } });
    expect(await ended.json()).toMatchObject({
      status: 'completed',
      result: { classification: 'spam', confidence: 0.3 },
    });
    expect(ended.headers.get('siftd-model')).toBe('fake-1');
    expect(stub.requests).toEqual([]);
    expect((await post(service, { mail })).status).toBe(200);
  });
});

describe('the metrics', () => {
  const metrics = async (service: Service) => {
    const request = new Request('http://127.0.0.1/metrics', { headers: { host: '127.0.0.1' } });
    return await (await service.answer(request, { address: '127.0.0.1' })).text();
  };

  it('count what was accepted, ended, asked and spent, by orchestrator', async () => {
    const { service, llm } = open(10_000);
    await endedText(service, await accepted(post(service, { mail })));
    stub.behave(() => completion({ content: 'nonsense' }));
    await endedText(service, await accepted(post(service, { mail })));
    await post(service, '{');
    const text = await metrics(service);
    const whose = `company="${company}",orchestrator="${orchestrator}"`;
    for (const line of [
      'siftd_queue_depth 0',
      `siftd_queue_limit ${limits.server.queue}`,
      `siftd_processes_accepted_total{${whose}} 2`,
      `siftd_processes_ended_total{${whose},status="completed"} 1`,
      `siftd_processes_ended_total{${whose},status="failed"} 1`,
      `siftd_process_seconds_count{${whose}} 2`,
      `siftd_classifications_total{${whose},outcome="answered"} 1`,
      `siftd_classifications_total{${whose},outcome="off-schema"} 1`,
      `siftd_engine_info{${whose},engine="linear",version="${llm.version}"} 1`,
      `siftd_llm_requests_total{${whose},outcome="answered"} 1`,
      `siftd_llm_requests_total{${whose},outcome="off-schema"} 2`,
      `siftd_llm_tokens_total{${whose},kind="prompt"} 900`,
      `siftd_llm_tokens_total{${whose},kind="completion"} 60`,
      `siftd_llm_spent_tokens{${whose}} 960`,
      `siftd_llm_budget_tokens{${whose}} 10000`,
      'siftd_http_requests_total{route="submit",method="POST",status="200"} 2',
      'siftd_http_requests_total{route="submit",method="POST",status="400"} 1',
      'siftd_http_requests_total{route="poll-held",method="GET",status="200"} 2',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
    expect(text).not.toMatch(/money|Wrong size/);
  });

  it('make no time series of what anybody writes into a path or as a method', async () => {
    const service = house.open(new FakeEngine());
    for (const to of ['/x/1', '/api/companies/a/orchestrators/b/c', `${path}/one`, `${path}/two`, '/api', '/%00']) {
      await service.fetch(`http://x${to}`, { method: 'BREW' });
    }
    const routes = [...(await metrics(service)).matchAll(/requests_total\{route="([^"]*)",method="([^"]*)"/g)];
    expect(new Set(routes.map(([, route, method]) => `${method} ${route}`))).toEqual(
      new Set(['other other', 'other poll']),
    );
  });

  it('are for this machine, not for who comes through its proxy, or by a name that is not its own', async () => {
    const service = house.open(new FakeEngine());
    const ask = (address: string | null, headers: Record<string, string> = { host: 'localhost:8025' }) =>
      service.answer(new Request('http://localhost:8025/metrics', { headers }), { address });
    expect((await ask('127.0.0.1')).status).toBe(200);
    expect((await ask('::1', { host: '[::1]:8025' })).status).toBe(200);
    expect((await ask('::ffff:127.0.0.1')).status).toBe(200);
    for (const refused of [
      ask('192.0.2.1'),
      ask(null),
      ask('127.0.0.1', { host: 'localhost', 'x-forwarded-for': '192.0.2.1' }),
      ask('127.0.0.1', { host: 'localhost', forwarded: 'for=192.0.2.1' }),
      ask('127.0.0.1', { host: 'siftd.example' }),
      ask('127.0.0.1', {}),
      service.fetch('http://x/metrics'),
    ]) {
      expect(await codeOf(refused)).toBe('403 metrics-local');
    }
  });

  it("are for the owner of their token, where they have one, and for no company's", async () => {
    const service = house.open(new FakeEngine(), { metricsToken: 'watcher' });
    const ask = (authorization?: string) =>
      service.answer(
        new Request('http://x/metrics', { headers: authorization === undefined ? {} : { authorization } }),
        {
          address: '127.0.0.1',
        },
      );
    expect((await ask('Bearer watcher')).status).toBe(200);
    expect(await codeOf(ask())).toBe('401 metrics-token');
    expect(await codeOf(ask('Bearer token-of-the-company'))).toBe('401 metrics-token');
    expect(await codeOf(post(service, { mail }, { token: 'watcher' }))).toBe('401 unknown-token');
  });
});
