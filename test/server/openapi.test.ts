import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Service } from '../../src/server/service.ts';
import { Contract } from './document.ts';
import {
  accepted,
  createHouse,
  endedText,
  FakeEngine,
  get,
  type House,
  mail,
  path,
  post,
  SlowEngine,
} from './service.ts';

let house: House;
let service: Service;
let contract: Contract;
beforeAll(async () => {
  house = createHouse();
  service = house.open(new FakeEngine());
  contract = await Contract.of(service.fetch);
});
afterAll(() => house.close());

const check = (operation: string, response: Response) => contract.check(operation, response);

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1 and refers to nothing that it does not hold', () => {
    const { document } = contract;
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(Object.keys(document.paths)).toHaveLength(3);
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      (match) => match[1],
    );
    expect(refs.length).toBeGreaterThan(10);
    for (const ref of refs) expect(document.components.schemas).toHaveProperty(ref ?? '');
    expect(JSON.stringify(document)).not.toMatch(/\$schema|\$id/);
  });

  it('describes every answer that the service gives', async () => {
    const synchronous = path.replace('-async', '');
    for (const external of [
      {},
      { external_ref: null, external_metadata: [1] },
      { external_ref: 'r', external_metadata: {} },
    ]) {
      const cuid = await accepted(post(service, { mail, ...external }));
      await endedText(service, cuid);
      await check('poll', await get(service, cuid));
    }
    await check('submit', await post(service, { mail }));
    await check('classify', await post(service, { mail }, {}, synchronous));
    for (const to of [path, synchronous]) {
      const name = to === path ? 'submit' : 'classify';
      await check(name, await post(service, '{'));
      await check(name, await post(service, { mail }, { token: 'wrong' }));
      await check(name, await post(service, { mail }, {}, to.replace('o8', 'none')));
      await check(name, await post(service, { mail: { subject: '', body: 'x'.repeat(2 ** 21) } }, {}, to));
      await check(name, await post(service, { mail }, { headers: { 'content-type': 'text/plain' } }, to));
    }
    const key = { headers: { 'idempotency-key': 'k' } };
    await check('submit', await post(service, { mail, external_ref: 'a' }, key));
    expect(await check('submit', await post(service, { mail, external_ref: 'b' }, key))).toMatchObject({ status: 422 });
    await check('poll', await get(service, 'a2345678901b'));
    await check('poll', await get(service, 'a2345678901b', { token: null }));
    await service.stop();
    expect(await check('poll', await get(service, 'a2345678901b'))).toMatchObject({ status: 503 });
  });

  it('describes the answers of a service that is full, that has no model, and processes that did not complete', async () => {
    const other = createHouse();
    const engine = new SlowEngine();
    const full = other.open(engine, { queue: 1 });
    const cuid = await accepted(post(full, { mail }));
    expect(await check('poll', await get(full, cuid))).toMatchObject({ status: 'started' });
    expect(await check('submit', await post(full, { mail }))).toMatchObject({ status: 429 });
    full.setEngine('c4ompanycuid', 'o8rchestrator', null);
    expect(await check('submit', await post(full, { mail }))).toMatchObject({ status: 503 });
    await other.close();
  });

  it('describes the requests that the service takes, and only those', async () => {
    const body = contract.operation('submit').requestBody?.content['application/json']?.schema;
    const schema = contract.strict(body ?? {});
    for (const [request, taken] of [
      [{ mail }, true],
      [{ mail, external_ref: null, external_metadata: 5 }, true],
      [{ mail: { subject: 's' } }, false],
      [{ mail: { subject: 1, body: 'b' } }, false],
      [{ mail, external_ref: 5 }, false],
      ['mail', false],
    ] as const) {
      expect(schema.safeParse(request).success).toBe(taken);
    }
  });
});
