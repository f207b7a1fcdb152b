import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { createLog } from '../../src/base/log.ts';
import type { Service } from '../../src/server/service.ts';
import { HandClock } from '../api/clock.ts';
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
  SlowEngine,
  token,
} from './service.ts';

let house: House;
beforeEach(() => {
  house = createHouse();
});
afterEach(() => house.close());

const turn = () => new Promise((resolve) => setImmediate(resolve));
const status = async (response: Response | Promise<Response>) =>
  ((await (await response).json()) as { status: string }).status;

describe('a GET that waits', () => {
  const waiting = { headers: { prefer: 'wait=600, respond-async' } };

  it('is answered when the process ends, a thousand of them without a timer that repeats', async () => {
    const clock = new HandClock();
    const engine = new SlowEngine();
    const service = house.open(engine, { clock });
    const cuid = await accepted(post(service, { mail }));
    await engine.asked(1);
    const own = clock.sleepers;
    const answers = Array.from({ length: 1000 }, () => get(service, cuid, waiting));
    await vi.waitUntil(() => clock.sleepers === own + 1000);
    engine.release();
    for (const answer of await Promise.all(answers)) {
      expect(answer.headers.get('preference-applied')).toBe(`wait=${limits.server.waitMax}`);
      expect(await status(answer)).toBe('completed');
    }
    await turn();
    expect(clock.sleepers).toBe(own);
  });

  it('is answered with started when its time is over, its client leaves nothing behind, and a stop lets it go', async () => {
    const clock = new HandClock();
    const engine = new SlowEngine();
    const service = house.open(engine, { clock });
    const cuid = await accepted(post(service, { mail }));
    await engine.asked(1);
    const own = clock.sleepers;
    const late = get(service, cuid, waiting);
    await vi.waitUntil(() => clock.sleepers > own);
    clock.advance(limits.server.waitMax * 1000);
    expect(await status(late)).toBe('started');
    expect(await held(service)).toBe(0);

    const client = new AbortController();
    const url = `http://service.invalid${path}/${cuid}`;
    const headers = { authorization: `Bearer ${token}`, ...waiting.headers };
    const left = service.fetch(url, { headers, signal: client.signal });
    await vi.waitUntil(() => clock.sleepers > own);
    client.abort();
    await left;
    expect(clock.sleepers).toBe(own);
    expect(await held(service)).toBe(0);

    const last = get(service, cuid, waiting);
    await vi.waitUntil(() => clock.sleepers > own);
    service.drain();
    expect(await codeOf(last)).toBe('503 stopping');
    engine.release();
  });
});

describe('who may ask', () => {
  const hashed = '8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4'; // of "hi"
  const companies = {
    [company]: {
      tokens: ['old', 'new', `sha256:${hashed}`],
      orchestrators: { [orchestrator]: { engine: new FakeEngine() } },
    },
    other: {
      tokens: ['theirs'],
      orchestrators: { [orchestrator]: { engine: new FakeEngine() }, more: { engine: null } },
    },
  };

  it('is whoever has one of the tokens, and reaches that company only', async () => {
    const service = house.open(null, { companies });
    const cuid = await accepted(post(service, { mail }, { token: 'old' }));
    expect((await get(service, cuid, { token: 'new' })).status).toBe(200);
    expect((await get(service, cuid, { token: 'hi' })).status).toBe(200);
    expect(await codeOf(get(service, cuid, { token: 'theirs' }))).toBe('404 no-such-orchestrator');
    expect(await codeOf(get(service, cuid, { token: `sha256:${hashed}` }))).toBe('401 unknown-token');
    expect(await codeOf(get(service, cuid, { token: '' }))).toBe('401 no-token');
    expect(await codeOf(get(service, cuid, { token: null }))).toBe('401 no-token');
    expect(await codeOf(get(service, cuid, { token: null, headers: { authorization: 'Basic b2xk' } }))).toBe(
      '401 no-token',
    );
    const at = (to: string, more = {}) => codeOf(post(service, { mail }, { token: 'theirs', ...more }, to));
    expect(await at('/api/companies/other/orchestrators/none/classification-async')).toBe('404 no-such-orchestrator');
    expect(await at('/api/companies/other/orchestrators/constructor/classification-async')).toBe(
      '404 no-such-orchestrator',
    );
    const theirs = await service.fetch(
      `http://x/api/companies/other/orchestrators/${orchestrator}/classification-async/${cuid}`,
      {
        headers: { authorization: 'bearer theirs' },
      },
    );
    expect(await codeOf(theirs)).toBe('404 no-such-process');
    await endedText(service, cuid);
  });

  it('is not told by tokens that make no sense', () => {
    const open = (tokens: Record<string, string[]>) => () =>
      house.open(null, {
        companies: Object.fromEntries(
          Object.entries(tokens).map(([id, list]) => [id, { tokens: list, orchestrators: {} }]),
        ),
      });
    expect(open({ a: ['same'], b: ['same'] })).toThrow(/another company/);
    expect(open({ a: [''] })).toThrow(/empty token/);
    expect(open({ a: ['sha256:abc'] })).toThrow(/64 hex/);
  });

  it('keeps no token in the database', async () => {
    const service = house.open(new FakeEngine());
    await endedText(service, await accepted(post(service, { mail })));
    await service.stop();
    expect(readFileSync(house.file).includes(token)).toBe(false);
  });
});

describe('what the service says of itself', () => {
  it('in its log is one line a request, with nothing that anybody wrote', async () => {
    const lines: string[] = [];
    const log = createLog({ to: { write: (line) => lines.push(line) } });
    const engine = new FakeEngine();
    const service = house.open(engine, { log });
    const secret = {
      mail: { subject: 'Zebrafish', body: 'Zebrafish' },
      external_ref: 'Zebrafish',
      external_metadata: 'Zebrafish',
    };
    const cuid = await accepted(post(service, secret, { headers: { 'idempotency-key': 'Zebrafish' } }));
    await get(service, `${cuid}?Zebrafish`, { headers: { prefer: 'wait=60' } });
    engine.answer = () => {
      throw new Error('cannot classify Zebrafish');
    };
    await post(service, secret, {}, path.replace('-async', ''));
    await post(service, secret);
    await vi.waitUntil(() => lines.some((line) => line.includes('the engine failed')));
    const requests = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ msg }) => msg === 'request');
    expect(requests).toMatchObject([
      { level: 'info', method: 'POST', path, status: 200 },
      { level: 'info', method: 'GET', path: `${path}/${cuid}`, status: 200 },
      { level: 'info', method: 'POST', status: 503 },
      { level: 'info', method: 'POST', status: 200 },
    ]);
    expect(lines.join('')).not.toMatch(new RegExp(`Zebrafish|${token}`));
  });

  it('is that it lives, and whether it is ready', async () => {
    const service = house.open(new SlowEngine(), { queue: 1 });
    const at = (where: string) => service.fetch(`http://x${where}`);
    expect(await codeOf(at('/healthz'))).toBe('200');
    expect(await (await at('/readyz')).json()).toEqual({
      status: 'ready',
      orchestrators: 1,
      withoutModel: 0,
      waiting: 0,
      held: 0,
    });
    await accepted(post(service, { mail }));
    expect(await codeOf(at('/readyz'))).toBe('503 queue-full');
    service.drain();
    expect(await codeOf(at('/readyz'))).toBe('503 stopping');
    expect(await codeOf(at('/healthz'))).toBe('200');
    expect(await codeOf(post(service, { mail }))).toBe('503 stopping');
  });

  it('is a problem document with a stable code for whatever else is asked', async () => {
    const service = house.open(new FakeEngine());
    const text = (body: string | Uint8Array, headers = {}) => codeOf(post(service, body, { headers }));
    expect(await text('{')).toBe('400 not-json');
    expect(await text('')).toBe('400 not-json');
    expect(await text(new Uint8Array([0x22, 0xff, 0x22]))).toBe('400 not-json');
    expect(await text('[]')).toBe('400 invalid-request');
    expect(await text('{"mail":{"subject":"s"}}')).toBe('400 invalid-request');
    expect(await text('{"mail":{"subject":"s","body":"b"},"external_ref":5}')).toBe('400 invalid-request');
    expect(await text('{}', { 'content-type': 'text/plain' })).toBe('415 unsupported-media-type');
    expect(await text('{}', { 'content-type': 'application/json; charset=latin1' })).toBe('415 unsupported-media-type');
    expect(await text('{}', { 'content-encoding': 'gzip' })).toBe('415 unsupported-encoding');
    expect(await text(JSON.stringify({ mail, external_ref: 'x'.repeat(limits.server.bodyBytes) }))).toBe(
      '413 body-too-large',
    );
    expect(
      await accepted(post(service, { mail }, { headers: { 'content-type': 'application/json;charset="UTF-8"' } })),
    ).toHaveLength(12);
    const ask = (method: string, where: string) =>
      service.fetch(`http://x${where}`, { method, headers: { authorization: `Bearer ${token}` } });
    const wrong = await ask('PUT', path);
    expect(wrong.headers.get('allow')).toBe('POST');
    expect(await codeOf(wrong)).toBe('405 method-not-allowed');
    expect(await codeOf(ask('DELETE', `${path}/a2345678901b`))).toBe('405 method-not-allowed');
    expect(await codeOf(ask('GET', `${path}/%ff`))).toBe('404 no-such-process');
    expect(await codeOf(ask('GET', '/'))).toBe('404 no-such-path');
  });
});

/** How many answers the service says it holds. */
async function held(service: Service): Promise<number> {
  return ((await (await service.fetch('http://x/readyz')).json()) as { held: number }).held;
}
