import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Service } from '../../src/server/service.ts';
import { accepted, createHouse, endedText, FakeEngine, type House, post } from './service.ts';

let house: House;
let service: Service;
const engine = new FakeEngine();
beforeAll(() => {
  house = createHouse();
  service = house.open(engine);
});
afterAll(() => house.close());

const sent = (external: string) => `{"mail":{"subject":"s","body":"b"}${external}}`;
const back = async (external: string) => await endedText(service, await accepted(post(service, sent(external))));
const done = (external: string) =>
  `{"status":"completed","result":{"classification":"refund_request","confidence":0.92}${external}}`;

it.each([
  [''],
  [',"external_ref":null'],
  [',"external_metadata":null'],
  [',"external_ref":null,"external_metadata":null'],
  [',"external_ref":""'],
  [',"external_ref":"\\ud800 lone, é and e\\u0301, \\u0000, \u2028"'],
  [',"external_metadata":12345678901234567890'],
  [',"external_metadata":{"big":9007199254740993,"float":1.0,"tiny":-0,"huge":1e400,"exact":0.1000000000000000055511}'],
  [',"external_metadata":{"b":1,"a":2,"10":3,"9":4,"__proto__":{"x":1}}'],
  [',"external_metadata":{"a":1,"a":2}'],
  [',"external_metadata":{ "spaced" : [ 1 , 2 ] }'],
  [`,"external_metadata":${'[{"deep":'.repeat(32)}1${'}]'.repeat(32)}`],
  [`,"external_metadata":${'['.repeat(5000)}${']'.repeat(5000)}`],
])('returns %s to the last character', async (external) => {
  expect(await back(external)).toBe(done(external));
});

it('returns any JSON value to the last character, in the order of the contract, whatever stands around it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.option(fc.option(fc.string({ unit: 'grapheme' })), { nil: undefined }),
      fc.option(fc.json({ maxDepth: 8 }), { nil: undefined }),
      fc.boolean(),
      async (ref, metadata, first) => {
        const members = [
          ...(ref === undefined ? [] : [`,"external_ref":${JSON.stringify(ref)}`]),
          ...(metadata === undefined ? [] : [`,"external_metadata":${metadata}`]),
        ];
        const shuffled = first ? members : members.toReversed();
        expect(await back(shuffled.join(''))).toBe(done(members.join('')));
      },
    ),
    { numRuns: 150 },
  );
});

it('shows an engine the subject and the body and nothing else', () => {
  expect(engine.seen.length).toBeGreaterThan(100);
  for (const mail of engine.seen) expect(mail).toStrictEqual({ subject: 's', body: 'b' });
});
