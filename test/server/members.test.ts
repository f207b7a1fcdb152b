import fc from 'fast-check';
import { expect, it } from 'vitest';
import { memberTexts } from '../../src/server/members.ts';

/** JSON texts of every shape, with space and escapes wherever the grammar allows them (RFC 8259 2). */
const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
const string = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.constantFrom('"\\u0000\\"\\\\"', '"\\ud800"', '"]},"', '"\\\\"', '""'),
);
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('1.0', '-0', '1e400', '9007199254740993', '12345678901234567890', 'null', 'true', 'false', '[ ]'),
    string,
    fc
      .array(fc.tuple(space, tie('value'), space), { maxLength: 4 })
      .map((items) => `[${items.map((item) => item.join('')).join(',')}]`),
    fc
      .array(fc.tuple(space, string, space, tie('value'), space), { maxLength: 4 })
      .map((items) => `{${items.map(([a, name, b, item, c]) => `${a}${name}${b}:${item}${c}`).join(',')}}`),
  ),
}));

it('gives the members of every object as the text that stood there', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(string, value), { selector: ([name]) => JSON.parse(name) as string, maxLength: 6 }),
      fc.array(space, { minLength: 4, maxLength: 4 }),
      (members, [before = '', a = '', b = '', after = '']) => {
        const text = `${before}{${a}${members.map(([name, item]) => `${a}${name}${b}:${a}${item}${b}`).join(',')}${b}}${after}`;
        JSON.parse(text);
        expect([...memberTexts(text)]).toEqual(members.map(([name, item]) => [JSON.parse(name), item]));
      },
    ),
    { numRuns: 500 },
  );
});

it('takes the last of two members with one name, as JSON.parse does', () => {
  const text = '{"a":1,"\\u0061":[2, 3.0]}';
  expect(memberTexts(text)).toEqual(new Map([['a', '[2, 3.0]']]));
  expect(JSON.parse(text)).toEqual({ a: [2, 3] });
});
