import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkout } from '../servers/guard.ts';
import { isOutdated, mutations } from './mutations.ts';

it('every guard that `npm run mutants` takes out is where it looks for it, and so are the tests', () => {
  const edits = mutations.flatMap(({ guard, edits }) => edits.map((edit) => ({ guard, ...edit })));
  expect(edits.filter((edit) => isOutdated(checkout, edit)).map(({ guard, file }) => `${guard}: ${file}`)).toEqual([]);
  const tests = new Set(mutations.flatMap((mutation) => mutation.tests));
  expect([...tests].filter((file) => !existsSync(join(checkout, file)))).toEqual([]);
});
