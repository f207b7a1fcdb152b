import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { limits } from '../../src/base/limits.ts';
import { createLog } from '../../src/base/log.ts';
import { effective } from '../../src/config/print.ts';
import { readSecret, Secret, type SecretUse } from '../../src/config/secrets.ts';
import type { SecretSource } from '../../src/config/values.ts';
import { account, parsed, route } from './read.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-secrets-'));
  mkdirSync(join(folder, 'directory'));
  const files = {
    plain: 'correct horse',
    newline: 'correct horse\n',
    windows: 'correct horse\r\n',
    spaces: ' correct horse ',
    two: 'correct horse\nbattery\n',
    empty: '\n',
    binary: Buffer.from([0x63, 0xff, 0x6f]),
    control: 'correct\x00horse',
    huge: 'x'.repeat(limits.config.secretBytes + 1),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(source: SecretSource, use: SecretUse = 'login', env: Record<string, string> = {}) {
  return readSecret(source, use, { env, folder });
}

describe('a secret is read from where it is', () => {
  test.each<[string, SecretSource, Record<string, string>, string]>([
    ['an environment variable', { env: 'X' }, { X: 'correct horse' }, 'correct horse'],
    ['a file beside the configuration', { file: 'plain' }, {}, 'correct horse'],
    ['a file, without the line break at its end', { file: 'newline' }, {}, 'correct horse'],
    ['a file that was saved on Windows', { file: 'windows' }, {}, 'correct horse'],
    ['a file, with the spaces around it: a password may have them', { file: 'spaces' }, {}, ' correct horse '],
  ])('%s', (_name, source, env, value) => {
    const secret = read(source, 'login', env);
    expect(secret.ok && secret.secret.reveal()).toBe(value);
    expect(secret.ok && secret.warning).toBeNull();
  });

  test('a credential of systemd', () => {
    const secret = read({ credential: 'newline' }, 'login', { CREDENTIALS_DIRECTORY: folder });
    expect(secret.ok && secret.secret.reveal()).toBe('correct horse');
  });

  test('an absolute path stays as it is', () => {
    expect(read({ file: join(folder, 'plain') }).ok).toBe(true);
  });
});

describe('a secret that cannot be used is named, with what to do, and not shown', () => {
  test.each<[SecretSource, SecretUse, Record<string, string>, string]>([
    [{ env: 'X' }, 'login', {}, 'the environment variable X is not set; set it where siftd is started'],
    [{ env: 'X' }, 'login', { X: '' }, 'the environment variable X is empty'],
    [{ file: 'gone' }, 'login', {}, 'the file gone does not exist (FOLDER/gone)'],
    [{ file: 'directory' }, 'login', {}, 'the file directory is a folder (FOLDER/directory); a file is needed'],
    [{ file: 'two' }, 'login', {}, 'the file two has several lines; a secret is one line'],
    [{ file: 'empty' }, 'login', {}, 'the file empty is empty'],
    [{ file: 'binary' }, 'login', {}, 'the file binary holds control characters or is not UTF-8'],
    [
      { env: 'X' },
      'gate',
      { X: 'fifteen letters' },
      'the environment variable X is short; at least 16 characters keep it from being guessed',
    ],
    [{ file: 'control' }, 'login', {}, 'the file control holds control characters or is not UTF-8'],
    [
      { file: 'huge' },
      'login',
      {},
      `the file huge has ${limits.config.secretBytes + 1} octets; a secret has up to ${limits.config.secretBytes}`,
    ],
    [
      { file: 'spaces' },
      'header',
      {},
      'the file spaces cannot be sent in an HTTP header: printable ASCII is needed, without spaces around it',
    ],
    [
      { credential: 'plain' },
      'login',
      {},
      'the credential plain is given by systemd, and siftd was not started by it; use LoadCredential=plain:PATH in the unit, or {file: PATH} here',
    ],
    [
      { credential: 'gone' },
      'login',
      { CREDENTIALS_DIRECTORY: 'FOLDER' },
      'systemd gave no credential gone; add LoadCredential=gone:PATH to the unit',
    ],
  ])('%j for a %s', (source, use, env, why) => {
    const here = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [name, value.replace('FOLDER', folder)]),
    );
    expect(read(source, use, here)).toEqual({ ok: false, why: why.replaceAll('FOLDER', folder) });
  });
});

test.each([
  [0o600, false],
  [0o640, false],
  [0o644, true],
  [0o604, true],
])('a file with mode %o: it is said that everybody can read it: %s', (mode, said) => {
  chmodSync(join(folder, 'plain'), mode);
  const secret = read({ file: 'plain' });
  expect(secret.ok && secret.warning).toBe(
    said ? `everybody on this machine can read ${join(folder, 'plain')}; chmod 600 it` : null,
  );
});

describe('a secret is not shown', () => {
  const secret = new Secret({ env: 'X' }, 'correct horse');

  test.each<[string, () => string]>([
    ['in a template', () => `${secret}`],
    ['joined to a text', () => `a ${String(secret)}`],
    ['as JSON', () => JSON.stringify({ deep: [secret] })],
    [
      'by inspect, hidden things too',
      () => inspect({ deep: { er: { still: [secret] } } }, { depth: null, showHidden: true }),
    ],
    ['as YAML', () => stringify({ secret })],
    ['as an object of its own keys', () => JSON.stringify(Object.entries(secret))],
    ['in the log', () => logged({ secret, nested: { secret } })],
    ['in an error', () => inspect(new Error(`it was ${secret}`, { cause: secret }))],
  ])('%s', (_name, show) => {
    expect(show()).not.toContain('horse');
  });

  test('with a whole configuration, however it is shown', () => {
    const config = parsed(
      `${account}${route}classifier: { url: https://c.example, company: c, orchestrator: o, token: { env: TOKEN }, headers: { X-Key: { env: TOKEN } } }
service: { companies: { c: { tokens: [{ env: TOKEN }], orchestrators: {} } } }`,
    );
    const shown = [
      JSON.stringify([...config.accounts.values()]),
      inspect(config, { depth: null, showHidden: true }),
      stringify(effective(config)),
      logged(config),
    ].join('\n');
    expect(shown).not.toMatch(/horse|battery/);
    expect(shown).toContain('TOKEN');
  });
});

function logged(what: object): string {
  const lines: string[] = [];
  createLog({ to: { write: (line: string) => void lines.push(line) } }).info(what, 'here it is');
  expect(lines).toHaveLength(1);
  return lines.join('');
}
