import assert from 'node:assert/strict';
import fc from 'fast-check';
import { limits } from '../../src/base/limits.ts';
import { Contract, type Operation, type Parameter } from './document.ts';

/* Requests made from the schemas that the service documents, whole and broken, and each answer held against them. */

interface Asked {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly company: string;
  readonly orchestrator: string;
  readonly token: string;
  readonly requests: number;
  readonly seed?: number;
}

export interface Fuzzed {
  readonly tried: number;
  readonly statuses: ReadonlyMap<number, number>;
}

interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly minLength?: number;
  readonly maxLength?: number;
}

/** Values that a schema allows. A key word that it does not know is an error: else the fuzz would quietly test less. */
function valid(schema: JsonSchema, contract: Contract): fc.Arbitrary<unknown> {
  const { $ref, type, properties = {}, required = [], anyOf, minLength = 0, maxLength } = schema;
  if ($ref !== undefined) {
    const name = $ref.slice($ref.lastIndexOf('/') + 1);
    return valid(contract.document.components.schemas[name] as JsonSchema, contract);
  }
  if (anyOf !== undefined) return fc.oneof(...anyOf.map((one) => valid(one, contract)));
  if (Array.isArray(type)) return fc.oneof(...type.map((one) => valid({ ...schema, type: one }, contract)));
  switch (type) {
    case undefined:
      return fc.jsonValue({ maxDepth: 5 });
    case 'null':
      return fc.constant(null);
    case 'string':
      return fc.string({ unit: 'binary', minLength, maxLength: maxLength ?? 60 });
    case 'object': {
      const fields = Object.entries(properties).map(([name, one]) => [name, valid(one, contract)]);
      const members: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(fields);
      return fc.record(members, { requiredKeys: [...required] });
    }
    default:
      throw new Error(`no values are known for a schema of type ${type}`);
  }
}

/** The same with one thing changed somewhere: another type, nothing, too much, too deep. */
function broken(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const other = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(undefined, null, 0, -1, 1e308, '', [], {}, true),
    fc.constant('x'.repeat(limits.server.bodyBytes)),
    fc.nat({ max: 100 }).map((depth) => JSON.parse('['.repeat(depth + 1) + ']'.repeat(depth + 1))),
  );
  return fc.tuple(values, fc.array(fc.nat({ max: 5 }), { maxLength: 3 }), other).map(([value, way, instead]) => {
    const copy = structuredClone(value);
    let at: unknown = copy;
    for (const [step, pick] of way.entries()) {
      if (typeof at !== 'object' || at === null) break;
      const keys = Object.keys(at);
      const key = keys[pick % Math.max(1, keys.length)] ?? 'more';
      if (step === way.length - 1) Reflect.set(at, key, instead);
      else at = Reflect.get(at, key);
    }
    return way.length === 0 ? instead : copy;
  });
}

const word = fc.stringMatching(/^[\x20-\x7e]{0,40}$/);

function headersOf(parameters: readonly Parameter[], token: string) {
  const own = parameters
    .filter((parameter) => parameter.in === 'header' && parameter.name !== 'Prefer')
    .map(({ name }) => [name, word]);
  const fields: Record<string, fc.Arbitrary<string>> = Object.fromEntries(own);
  return fc.record<Record<string, string>, string>(
    {
      ...fields,
      authorization: fc.oneof({ weight: 9, arbitrary: fc.constant(`Bearer ${token}`) }, word),
      'content-type': fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom('application/json', 'application/json; charset=utf-8') },
        word,
      ),
      'content-encoding': fc.oneof({ weight: 9, arbitrary: fc.constant('identity') }, word),
      // What would be waited for a minute is not tried thousands of times.
      prefer: fc.oneof(
        fc.constantFrom('wait=0', 'wait=-1', 'wait=1e9', 'wait', 'wait=""', 'respond-async'),
        word.map((text) => text.replace(/wait/gi, '')),
      ),
    },
    { requiredKeys: ['authorization', 'content-type'] },
  );
}

function filled(path: string, { company, orchestrator }: Asked, processCuid: string): string {
  const ids: Record<string, string> = { companyCuid: company, orchestratorCuid: orchestrator, processCuid };
  return path.replace(/\{(\w+)\}/g, (_match, name: string) => ids[name] ?? name);
}

interface Plan {
  readonly operation: Operation | null;
  readonly method: string;
  readonly to: string;
  readonly headers: Record<string, string>;
  readonly body: string | Uint8Array<ArrayBuffer> | null;
  /** Everything about it is as the document says: it must be taken. */
  readonly right: boolean;
}

function plans(contract: Contract, asked: Asked, cuids: () => readonly string[]): fc.Arbitrary<Plan> {
  const segment = fc.oneof(
    fc.constantFrom('%00', '%ff', '__proto__', 'constructor', '%2e%2e', '%2F', asked.company, asked.orchestrator),
    fc.webSegment(),
  );
  const known = contract.operations.map(({ path, method, operation }) => {
    const right = fc.nat().map((pick) => filled(path, asked, cuids()[pick % Math.max(1, cuids().length)] ?? 'none'));
    const wrong = fc.array(segment, { minLength: 3, maxLength: 3 }).map((parts) => {
      const rest = [...parts];
      return path.replace(/\{\w+\}/g, () => rest.pop() || 'x');
    });
    const values = valid((operation.requestBody?.content['application/json']?.schema ?? {}) as JsonSchema, contract);
    const good = values.map((value) => ({ text: JSON.stringify(value), good: true }));
    const bad = fc.oneof(
      broken(values).map((value) => JSON.stringify(value) ?? ''),
      fc.tuple(values, fc.integer({ min: 1, max: 60 })).map(([value, cut]) => JSON.stringify(value).slice(0, -cut)),
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => new Uint8Array(bytes)),
    );
    const bodies =
      operation.requestBody === undefined
        ? fc.constant({ text: null, good: true })
        : fc.oneof(
            good,
            bad.map((text) => ({ text, good: false })),
          );
    const plain = { authorization: `Bearer ${asked.token}`, 'content-type': 'application/json' };
    return fc.oneof(
      fc.tuple(right, bodies).map(([to, { text, good }]) => ({
        operation,
        method: method.toUpperCase(),
        to,
        headers: plain,
        body: text,
        right: good,
      })),
      fc
        .tuple(
          fc.oneof({ weight: 4, arbitrary: right }, wrong),
          headersOf(operation.parameters ?? [], asked.token),
          bodies,
        )
        .map(([to, headers, { text }]) => ({
          operation,
          method: method.toUpperCase(),
          to,
          headers,
          body: text,
          right: false,
        })),
    );
  });
  const elsewhere = fc
    .tuple(
      fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'),
      fc.oneof(
        fc.constantFrom('/healthz', '/readyz', '/openapi.json', '/metrics', '/'),
        fc.constantFrom(...Object.keys(contract.document.paths)).map((path) => filled(path, asked, 'none')),
        fc.array(segment, { maxLength: 8 }).map((parts) => `/${parts.join('/')}`),
      ),
      headersOf([], asked.token),
      fc.string({ unit: 'binary' }),
    )
    .map(([method, to, headers, text]) => {
      const body = method === 'GET' || method === 'HEAD' ? null : text;
      return { operation: null, method, to, headers, body, right: false };
    });
  return fc.oneof({ weight: 5, arbitrary: fc.oneof(...known) }, elsewhere);
}

/** Throws with the smallest request that breaks it, where one does. */
export async function fuzzContract(asked: Asked): Promise<Fuzzed> {
  const contract = await Contract.of(asked.fetch);
  const statuses = new Map<number, number>();
  const cuids: string[] = [];
  let tried = 0;
  await fc.assert(
    fc.asyncProperty(
      plans(contract, asked, () => cuids),
      async ({ operation, method, to, headers, body, right }) => {
        const response = await asked.fetch(
          new Request(`http://x${to}`, { method, headers, ...(body === null ? {} : { body }) }),
        );
        tried++;
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
        assert.notEqual(response.status, 500);
        if (operation === null) {
          if (response.status >= 400) assert.equal(response.headers.get('content-type'), 'application/problem+json');
          await response.arrayBuffer();
          return;
        }
        // An id that is empty or holds a slash makes a path of no operation.
        const lost = response.status === 405 || (response.status === 404 && !right);
        const said = lost ? await response.json() : await contract.check(operation.operationId, response);
        if (right)
          assert.ok([200, 429, 404].includes(response.status), `what is right was answered ${response.status}`);
        if (right && operation.operationId !== 'poll') assert.notEqual(response.status, 404);
        if (operation.operationId === 'submit' && response.status === 200)
          cuids.push((said as { process_cuid: string }).process_cuid);
      },
    ),
    { numRuns: asked.requests, ...(asked.seed === undefined ? {} : { seed: asked.seed }) },
  );
  return { tried, statuses };
}
