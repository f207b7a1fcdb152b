import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { type Listening, listen } from '../../src/base/http.ts';
import type { Service } from '../../src/server/service.ts';
import { fuzzContract } from './contract-fuzz.ts';
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

it('answers whatever the schemas make, whole or broken, as the document says, and never with 500', async () => {
  const { tried, statuses } = await fuzzContract({
    fetch: (request) => service.answer(request, { address: '127.0.0.1' }),
    company,
    orchestrator,
    token,
    requests: 4000,
  });
  expect(tried).toBeGreaterThanOrEqual(4000);
  // The fuzz reaches both sides of the checks.
  for (const status of [200, 400, 401, 404, 405, 413, 415]) expect([...statuses.keys()]).toContain(status);
  console.log(`contract fuzz: ${tried} requests, 500s: ${statuses.get(500) ?? 0}`);
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
