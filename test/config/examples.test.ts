import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { AccountConfig } from '../../src/config/config.ts';
import { loadConfig, parseConfig } from '../../src/config/load.ts';
import { effective } from '../../src/config/print.ts';
import { jsonSchema } from '../../src/config/schema.ts';
import { spelledOut } from './read.ts';

const folder = new URL('../../config/', import.meta.url).pathname;
const examples = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const credentials = mkdtempSync(join(tmpdir(), 'siftd-credentials-'));
for (const name of ['support-password', 'google-client-secret', 'siftd-seal']) {
  writeFileSync(join(credentials, name), 'opened, and long enough\n', { mode: 0o600 });
}
afterAll(() => rmSync(credentials, { recursive: true }));

/** Whatever an example names in its secrets is there. */
const env = new Proxy<Record<string, string | undefined>>(
  { CREDENTIALS_DIRECTORY: credentials },
  {
    get: (known, name) =>
      /_(PASSWORD|TOKEN|KEY)$/.test(String(name)) ? 'opened, and long enough' : known[String(name)],
  },
);

/** What it logs in with; a public client of OAuth has nothing of the kind. */
function secretOf({ login }: AccountConfig): string {
  if (login.by === 'password') return login.password.reveal();
  return login.clientSecret?.reveal() ?? 'opened, and long enough';
}

test('there is an example for the support inbox and for each kind of provider', () => {
  expect(examples.sort()).toEqual([
    'dovecot.yaml',
    'fastmail.yaml',
    'gmail.yaml',
    'language-model.yaml',
    'many-accounts.yaml',
    'microsoft365.yaml',
    'self-hosted.yaml',
    'siftd.example.yaml',
    'vendor-api.yaml',
  ]);
});

describe.each(examples)('config/%s', (name) => {
  const file = join(folder, name);

  test('loads without a warning, with its secrets', () => {
    const config = loadConfig({ file, purpose: 'check', env });
    expect(config.warnings).toEqual([]);
    expect(config.accounts.size).toBeGreaterThan(0);
    for (const account of config.accounts.values()) expect(secretOf(account)).toBe('opened, and long enough');
  });

  test('starts by observing, so that nobody moves mail by trying an example', () => {
    expect(parse(readFileSync(file, 'utf8'))).toHaveProperty('mode', 'observe');
  });

  test('names the schema for editors in its first line', () => {
    expect(readFileSync(file, 'utf8').split('\n')[0]).toBe('# yaml-language-server: $schema=./siftd.schema.json');
  });

  test('means the same when it is printed and read again', () => {
    const config = loadConfig({ file, purpose: 'check', env });
    const again = parseConfig(stringify(effective(config)), { name, file, env, purpose: 'check' });
    expect(again).toEqual({ ...spelledOut(config), warnings: [] });
    expect(effective(again)).toEqual(effective(config));
  });
});

test('config/siftd.schema.json is the schema of the code (SIFTD_WRITE_SCHEMA=1 npx vitest run ... writes it anew)', () => {
  const file = join(folder, 'siftd.schema.json');
  if (process.env['SIFTD_WRITE_SCHEMA'] === '1') {
    writeFileSync(file, `${JSON.stringify(jsonSchema(), null, 2)}\n`);
    execFileSync(new URL('../../node_modules/.bin/biome', import.meta.url).pathname, ['format', '--write', file]);
  }
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(jsonSchema())));
});
