import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

/** The rooms, and what each may import beside itself. The same list stands in src/README.md, for people. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  base: [],
  mail: ['base'],
  auth: ['base'],
  triage: ['base', 'mail'],
  config: ['base', 'triage'],
  imap: ['base', 'mail', 'triage'],
  api: ['base', 'mail', 'triage'],
  post: ['base', 'mail', 'triage'],
  store: ['base', 'mail', 'triage'],
  engine: ['base'],
  server: ['base', 'api', 'engine'],
  daemon: ['base', 'mail', 'triage'],
  doctor: ['base', 'mail', 'triage', 'config', 'imap', 'api'],
  console: ['base', 'mail', 'triage', 'store', 'doctor'],
  demo: ['base', 'mail'],
  // '..': the version in package.json
  cli: [
    '..',
    'base',
    'mail',
    'auth',
    'triage',
    'config',
    'imap',
    'api',
    'post',
    'store',
    'engine',
    'server',
    'daemon',
    'doctor',
    'console',
    'demo',
  ],
  'main.ts': ['cli'],
};

const src = resolve(import.meta.dirname, '../src');
const sources = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
const roomOf = (file: string): string => file.split('/')[0] ?? '';

/** What a file names: imports and exports, of types too, `import()`, and workers, which tests start from dist/. */
function named(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8');
  return [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)(['"`])([^'"`\n]+)\1/g)].map(
    (match) => match[2] ?? '',
  );
}

/** The files of ours that a file names, from src. */
function neighbours(file: string): string[] {
  return named(file)
    .filter((target) => target.startsWith('.'))
    .map((target) => relative(src, resolve(src, file, '..', target)).replace(/^\.\.\/dist\//, ''));
}

test('every room imports only what stands below it', () => {
  const unknown = sources.filter((file) => !(roomOf(file) in rooms));
  const forbidden = sources.flatMap((file) =>
    neighbours(file)
      .filter((target) => roomOf(target) !== roomOf(file) && !rooms[roomOf(file)]?.includes(roomOf(target)))
      .map((target) => `${file} imports ${target}`),
  );
  expect({ unknown, forbidden }).toEqual({ unknown: [], forbidden: [] });
});

test('no file needs, by whatever way, a file that needs it', () => {
  // What is left when files that need nothing, or only such files, are taken away again and again, goes in circles.
  const circling = new Set(sources);
  const ends = (file: string): boolean => neighbours(file).every((next) => next === file || !circling.has(next));
  for (let left = -1; left !== circling.size; ) {
    left = circling.size;
    for (const file of [...circling]) if (ends(file)) circling.delete(file);
  }
  expect([...circling]).toEqual([]);
});

test('deciding is pure: triage reaches no library and nothing of Node', () => {
  const impure = sources
    .filter((file) => roomOf(file) === 'triage')
    .flatMap((file) =>
      named(file)
        .filter((target) => !target.startsWith('.'))
        .map((target) => `${file} imports ${target}`),
    );
  expect(impure).toEqual([]);
});
