import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Service } from '../../src/server/service.ts';
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

interface Operation {
  readonly requestBody?: { readonly content: Record<string, { readonly schema: object }> };
  readonly responses: Record<string, { readonly content: Record<string, { readonly schema: object }> }>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<'get' | 'post', Operation>>;
  readonly components: { readonly schemas: Record<string, object> };
}

let house: House;
let service: Service;
let document: Document;
beforeAll(async () => {
  house = createHouse();
  service = house.open(new FakeEngine());
  document = (await (await service.fetch('http://x/openapi.json')).json()) as Document;
});
afterAll(() => house.close());

const root = '/api/companies/{companyCuid}/orchestrators/{orchestratorCuid}';
const operations = {
  submit: () => document.paths[`${root}/classification-async`]?.post,
  poll: () => document.paths[`${root}/classification-async/{processCuid}`]?.get,
  classify: () => document.paths[`${root}/classification`]?.post,
};

/** The schema that the document gives an answer of that operation, made to check values by. */
function schemaOf(name: keyof typeof operations, status: number, type: string): z.ZodType {
  const schema = operations[name]()?.responses[status]?.content[type]?.schema;
  if (schema === undefined) throw new Error(`the document has no ${status} of ${name} as ${type}`);
  return strict(schema);
}

/** OpenAPI keeps its schemas in one place, JSON Schema in another; nothing unknown may pass. */
function strict(schema: object): z.ZodType {
  const $defs = Object.fromEntries(
    Object.entries(document.components.schemas).map(([name, one]) => [name, { ...one, additionalProperties: false }]),
  );
  const text = JSON.stringify({ ...schema, $defs }).replaceAll('#/components/schemas/', '#/$defs/');
  return z.fromJSONSchema(JSON.parse(text));
}

async function check(name: keyof typeof operations, response: Response): Promise<unknown> {
  const type = response.headers.get('content-type') ?? '';
  const body: unknown = await response.json();
  expect(schemaOf(name, response.status, type).safeParse(body).error?.issues).toBeUndefined();
  return body;
}

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1 and refers to nothing that it does not hold', () => {
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
    const body = operations.submit()?.requestBody?.content['application/json']?.schema;
    const schema = strict(body ?? {});
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
