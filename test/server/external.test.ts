import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { type Listening, listen } from '../../src/base/http.ts';
import { limits } from '../../src/base/limits.ts';
import { accepted, createHouse, FakeEngine, type House, path, token } from './service.ts';

/* Over real sockets: what leaves and what comes back is compared as bytes, never as parsed values. */

let house: House;
let listening: Listening;
const engine = new FakeEngine();
beforeAll(async () => {
  house = createHouse();
  const service = house.open(engine);
  listening = await listen({ fetch: service.answer, host: '127.0.0.1', port: 0, clock: systemClock });
});
afterAll(async () => {
  await listening.close(0);
  await house.close();
});

const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };

function submit(text: string | Buffer<ArrayBuffer>): Promise<Response> {
  return fetch(`${listening.url}${path}`, { method: 'POST', headers, body: text });
}

async function answered(cuid: string): Promise<string> {
  const response = await fetch(`${listening.url}${path}/${cuid}`, { headers: { ...headers, prefer: 'wait=60' } });
  return Buffer.from(await response.arrayBuffer()).toString('utf8');
}

const sent = (external: string) => `{"mail":{"subject":"s","body":"b"}${external}}`;
const back = async (external: string) => await answered(await accepted(submit(sent(external))));
const done = (external: string) =>
  `{"status":"completed","result":{"classification":"refund_request","confidence":0.92}${external}}`;
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

it.each([
  ['what is absent', ''],
  ['a ref of null', ',"external_ref":null'],
  ['metadata of null', ',"external_metadata":null'],
  ['both null', ',"external_ref":null,"external_metadata":null'],
  ['nulls within', ',"external_metadata":{"a":null,"b":[null]}'],
  ['an empty ref', ',"external_ref":""'],
  ['a Message-ID', ',"external_ref":"<CAF=x+y@mail.example.com>"'],
  ['surrogates, accents both ways, NUL', ',"external_ref":"\\ud800 lone, é and e\\u0301, \\u0000, \u2028"'],
  ['names that look alike', ',"external_metadata":{"é":1,"e\u0301":2,"Å":3,"Å":4,"ﬁ":5,"fi":6,"\\u0065":7}'],
  ['a number beyond 2^53', ',"external_metadata":12345678901234567890'],
  [
    'numbers of all kinds',
    ',"external_metadata":{"big":9007199254740993,"float":1.0,"tiny":-0,"huge":1e400,"small":1E-400,"exact":0.1000000000000000055511}',
  ],
  ['the order of names', ',"external_metadata":{"b":1,"a":2,"10":3,"9":4,"__proto__":{"x":1}}'],
  ['names that stand twice', ',"external_metadata":{"a":1,"a":2}'],
  ['space', ',"external_metadata":{ "spaced" : [ 1 , 2 ] ,\t"x":\n1 }'],
  ['objects and lists 32 deep', `,"external_metadata":${'[{"deep":'.repeat(16)}1${'}]'.repeat(16)}`],
  ['lists 32 deep', `,"external_metadata":${nested(32)}`],
  ['brackets that are text', `,"external_metadata":"${'[{'.repeat(100)}"`],
])('returns %s to the last character', async (_what, external) => {
  expect(await back(external)).toBe(done(external));
});

it.each([33, 5_000, 400_000])('refuses metadata %i deep, which no parser has to take', async (depth) => {
  const refused = await submit(sent(`,"external_metadata":${nested(depth)}`));
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({ code: 'nested-too-deep' });
});

it('takes the last of two members of one name, as JSON.parse does, and refuses what is not UTF-8', async () => {
  expect(await back(',"external_ref":"a","external_ref":"b"')).toBe(done(',"external_ref":"b"'));
  const broken = Buffer.from(sent(',"external_ref":"?"'));
  broken[broken.indexOf('?')] = 0xed;
  expect((await submit(broken)).status).toBe(400);
});

/** JSON texts of up to 32 levels as no library would write them: every number, escape and space that RFC 8259 allows. */
const space = fc.stringMatching(/^[ \t\r\n]{0,2}$/);
const number = fc.oneof(
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }).map(String),
  fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => (Object.is(value, -0) ? '-0' : String(value))),
  fc.constantFrom('1.0', '-0.0', '1e400', '-1E+400', '0.10', '9007199254740993'),
);
const string = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.string({ unit: 'grapheme' }).map((text) => JSON.stringify(text)),
  fc.constantFrom('"\\ud800"', '"\\u0041\\/"', '"é"', '"e\u0301"', '"\\"]},"'),
);
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: limits.server.nesting, depthIdentifier: 'json' },
    number,
    string,
    fc.constantFrom('null', 'true', 'false', '[]', '{ }'),
    fc
      .array(fc.tuple(space, tie('value'), space), { maxLength: 3, depthIdentifier: 'json' })
      .map((items) => `[${items.map((item) => item.join('')).join(',')}]`),
    fc
      .array(fc.tuple(space, string, space, tie('value')), { maxLength: 3, depthIdentifier: 'json' })
      .map((items) => `{${items.map(([a, name, b, item]) => `${a}${name}${b}:${item}`).join(',')}}`),
  ),
}));

it('returns any JSON value to the last character, in the order of the contract, whatever stands around it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.option(fc.oneof(string, fc.constant('null')), { nil: undefined }),
      fc.option(value, { nil: undefined }),
      fc.boolean(),
      async (ref, metadata, first) => {
        const members = [
          ...(ref === undefined ? [] : [`,"external_ref":${ref}`]),
          ...(metadata === undefined ? [] : [`,"external_metadata":${metadata}`]),
        ];
        const shuffled = first ? members : members.toReversed();
        expect(await back(shuffled.join(''))).toBe(done(members.join('')));
      },
    ),
    { numRuns: 300 },
  );
});

it('shows an engine the subject and the body and nothing else', () => {
  expect(engine.seen.length).toBeGreaterThan(100);
  for (const mail of engine.seen) expect(mail).toStrictEqual({ subject: 's', body: 'b' });
});
