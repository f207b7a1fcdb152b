import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { type Listening, listen } from '../../src/base/http.ts';
import type { Service } from '../../src/server/service.ts';
import { company, createHouse, FakeEngine, type House, orchestrator, path, token } from './service.ts';

let house: House;
let service: Service;
let listening: Listening;
beforeAll(async () => {
  house = createHouse();
  service = house.open(new FakeEngine(), { queue: 100 });
  listening = await listen({ fetch: service.answer, host: '127.0.0.1', port: 0, clock: systemClock });
});
afterAll(async () => {
  await listening.close(0);
  await house.close();
});

const segment = fc.oneof(
  fc.constantFrom(
    'api',
    'companies',
    company,
    'orchestrators',
    orchestrator,
    'classification',
    'classification-async',
    '..',
    '%00',
    '%ff',
    '__proto__',
    '',
  ),
  fc.webSegment(),
);
const target = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      path,
      path.replace('-async', ''),
      `${path}/a2345678901b`,
      '/healthz',
      '/readyz',
      '/openapi.json',
    ),
  },
  fc.array(segment, { maxLength: 8 }).map((segments) => `/${segments.join('/')}`),
);
const word = fc.stringMatching(/^[\x20-\x7e]{0,40}$/);
const headers = fc.record(
  {
    authorization: fc.oneof({ weight: 5, arbitrary: fc.constant(`Bearer ${token}`) }, word),
    'content-type': fc.oneof({ weight: 5, arbitrary: fc.constant('application/json') }, word),
    'content-encoding': fc.oneof({ weight: 9, arbitrary: fc.constant('identity') }, word),
    'idempotency-key': word,
    prefer: fc.oneof(
      fc.constantFrom('wait=0', 'wait=-1', 'wait=1e9', 'wait', 'wait=""'),
      word.map((text) => text.replace(/wait/gi, '')),
    ),
  },
  { requiredKeys: ['authorization', 'content-type'] },
);
/** Near the contract: each part is right most of the time and anything at all otherwise. */
const nearly = <T>(right: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: right as fc.Arbitrary<unknown> }, fc.jsonValue());
const request = nearly(
  fc.record(
    {
      mail: nearly(
        fc.record({ subject: nearly(fc.string({ unit: 'binary' })), body: nearly(fc.string({ unit: 'binary' })) }),
      ),
      external_ref: nearly(fc.string()),
      external_metadata: fc.jsonValue(),
    },
    { requiredKeys: [] },
  ),
);
const body = fc.oneof(
  { weight: 4, arbitrary: request.map((value) => JSON.stringify(value) ?? '') },
  fc.string({ unit: 'binary' }),
  fc.tuple(request, fc.nat({ max: 50 })).map(([value, cut]) => (JSON.stringify(value) ?? '').slice(0, -cut)),
  fc.uint8Array({ maxLength: 200 }),
);

it('never answers a request with 500, and every refusal with a problem document', async () => {
  const seen = new Set<number>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'),
      target,
      headers,
      body,
      async (method, to, given, content) => {
        const init = { method, headers: given, ...(method === 'GET' || method === 'HEAD' ? {} : { body: content }) };
        const response = await service.fetch(`http://x${to}`, init as RequestInit);
        seen.add(response.status);
        expect(response.status).not.toBe(500);
        if (response.status >= 400) expect(response.headers.get('content-type')).toBe('application/problem+json');
        await response.arrayBuffer();
      },
    ),
    { numRuns: 3000 },
  );
  // The fuzz reaches both sides of the checks.
  for (const status of [200, 400, 401, 404, 405, 415]) expect(seen).toContain(status);
});

it('never answers bytes on its socket with 500, and lives on', async () => {
  const line = fc.oneof(
    fc.constantFrom(
      `POST ${path} HTTP/1.1`,
      `GET ${path}/a HTTP/1.1`,
      'GET http://x/healthz HTTP/1.1',
      'GET \\ HTTP/1.1',
      'Host: x',
      'Host: x:99999/\\',
      `Authorization: Bearer ${token}`,
      'Content-Type: application/json',
      'Content-Length: 4',
      'Transfer-Encoding: chunked',
      'Expect: 100-continue',
      'Connection: close',
      'Upgrade: h2c',
      '',
    ),
    fc.string({ unit: 'binary', maxLength: 40 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
      const socket = connect(listening.port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => {
        text += String(chunk);
      });
      socket.on('error', () => {});
      socket.end(`${lines.join('\r\n')}\r\n\r\n`);
      await once(socket, 'close');
      expect(text).not.toMatch(/^HTTP\/1.1 5/m);
    }),
    { numRuns: 200 },
  );
  expect((await fetch(`${listening.url}/healthz`)).status).toBe(200);
});
