import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { limits } from '../../src/base/limits.ts';
import type { Config } from '../../src/config/config.ts';
import { findConfig, loadConfig } from '../../src/config/load.ts';
import type { Purpose } from '../../src/config/meaning.ts';

import { account, env, errors, parsed, route } from './read.ts';

function passwordOf(config: Config): string | null {
  const login = config.accounts.get('a')?.login;
  return login?.by === 'password' ? login.password.reveal() : null;
}

describe('what a file means', () => {
  test('everything that is left out has its default', () => {
    const config = parsed(account + route);
    expect(config).toMatchObject({
      file: '/etc/siftd/siftd.yaml',
      state: '/etc/siftd/state',
      classifier: {
        endpoint: null,
        concurrency: 8,
        rate: null,
        pending: 1000,
        deadline: 900_000,
        words: { high: 0.95, medium: 0.7, low: 0.3 },
        metadata: {},
      },
      body: { limit: 20_000, quotes: 'keep' },
      console: { listen: { host: '127.0.0.1', port: 8026 }, host: null, token: null, trustProxy: false },
      service: { listen: { host: '127.0.0.1', port: 8025 }, retention: 604_800_000 },
      warnings: [],
    });
    const { policy, login, ...rest } = config.accounts.get('a') ?? expect.fail('no account');
    expect(login.by === 'password' && login.password.reveal()).toBe('correct horse');
    expect(rest).toEqual({
      name: 'a',
      host: 'h.example',
      sending: { smtp: null, hooks: new Map(), templates: new Map(), subjects: false },
      port: 993,
      tls: 'implicit',
      user: 'u',
      aliases: [],
      folders: ['INBOX'],
      since: 'now',
      resort: false,
      own: { mode: false, routes: false },
      classifier: null,
    });
    const nothing = { move: null, labels: [], flag: false, seen: false, keep: false, sends: [] };
    expect(policy).toEqual({
      mode: 'act',
      threshold: 0.75,
      threads: 'classify',
      routes: new Map([['refund', { ...nothing, name: 'refund', move: 'Refunds', threshold: 0.75, mode: 'act' }]]),
      unsure: { ...nothing, labels: ['needs-review'] },
      failed: { ...nothing, labels: ['siftd-failed'] },
    });
  });

  test('there may be no console', () => {
    expect(parsed(`${account}${route}console: { listen: off }`).console).toBeNull();
  });

  test('an account inherits, and what it says itself stands instead', () => {
    const config = parsed(`
mode: observe
threshold: 0.6
classifier: { url: https://c.example/base/, company: c, orchestrator: o, token: { env: TOKEN } }
routes: { refund: { move: Refunds }, complaint: { flag: true, threshold: 0.9, mode: observe } }
accounts:
  a: { host: h, user: a, password: { env: PASSWORD }, mode: act }
  b: { host: h, user: b, password: { env: PASSWORD }, threshold: 0.8, tls: starttls, unsure: { keep: true } }
  c: { host: h, user: c, password: { env: PASSWORD }, routes: { invoice: { seen: true } }, classifier: { orchestrator: p } }
`);
    const brief = [...config.accounts.values()].map(({ policy, port, classifier }) => [
      policy.mode,
      [...policy.routes.values()].map(({ name, threshold, mode }) => `${name} ${threshold} ${mode}`),
      policy.unsure.keep,
      port,
      classifier?.orchestrator,
      classifier?.token?.reveal(),
    ]);
    expect(brief).toEqual([
      ['act', ['refund 0.6 act', 'complaint 0.9 observe'], false, 993, 'o', 'battery'],
      ['observe', ['refund 0.8 observe', 'complaint 0.9 observe'], true, 143, 'o', 'battery'],
      ['observe', ['invoice 0.6 observe'], false, 993, 'p', 'battery'],
    ]);
    expect(config.classifier).toMatchObject({
      endpoint: { url: 'https://c.example/base' },
      rate: { requests: 20, per: 1000 },
    });
  });

  test('a route may be more careful than its account, never less, and that is said', () => {
    const config = parsed(`mode: observe\n${account}routes: { r: { move: A, mode: act } }`);
    expect(config.accounts.get('a')?.policy.routes.get('r')?.mode).toBe('observe');
    expect(config.warnings).toEqual([
      'siftd.yaml:3: routes.r.mode: account a observes, so this route does too: a route may be more careful than its account, never less',
    ]);
  });

  test('mail in clear text over a network is said, and on this machine it is not', () => {
    const at = (host: string) =>
      parsed(
        `${account}${route}classifier: { url: "http://${host}:8025", company: c, orchestrator: o, token: { env: TOKEN } }`,
      );
    expect(at('classifier').warnings).toEqual([
      'siftd.yaml:3: classifier.url: mail and token cross the network in clear text; https keeps them to yourselves',
    ]);
    for (const host of ['127.0.0.1', 'localhost', '[::1]']) expect(at(host).warnings).toEqual([]);
    const console = (text: string) =>
      parsed(`${account}${route}console: { ${text}, host: mail.example, token: { env: GATE } }`);
    expect(console('listen: "[::]:80"').warnings).toEqual([
      'siftd.yaml:3: console.listen: token and mail cross the network in clear text; a reverse proxy with TLS and trust_proxy: true keep them to yourselves',
    ]);
    expect(console('listen: "[::]:80", trust_proxy: true').warnings).toEqual([]);
    expect(console('listen: "127.0.0.1:80"').warnings).toEqual([]);
    const model = (host: string) =>
      parsed(
        `service: { companies: { c: { tokens: [{ env: TOKEN }], orchestrators: { o: { engine: cascade, labels: { a: b, c: d }, llm: { url: "http://${host}/v1", model: m } } } } } }`,
      );
    expect(model('gpu').warnings).toEqual([
      'siftd.yaml:1: service.companies.c.orchestrators.o.llm.url: mail and token cross the network in clear text; https keeps them to yourselves',
    ]);
    expect(model('localhost:11434').warnings).toEqual([]);
    const own = parsed(
      'service: { companies: { c: { tokens: [{ env: TOKEN }], orchestrators: { o: { model: models/our.model } } } } }',
    );
    expect(own.service.companies.get('c')?.orchestrators.get('o')?.engine).toEqual({
      kind: 'linear',
      model: '/etc/siftd/models/our.model',
    });
    expect(model('localhost').service.companies.get('c')?.orchestrators.get('o')?.engine).toMatchObject({
      kind: 'cascade',
      below: 0.8,
      llm: { timeout: 60_000, concurrency: 4, rate: null, budget: null, logprobs: true, token: null },
    });
  });

  test('a folder that is watched may be a destination where others are watched too', () => {
    expect(
      errors(
        `accounts: { a: { host: h, user: u, password: { env: PASSWORD }, folders: [INBOX, Sorted] } }\nroutes: { r: { move: Sorted } }`,
      ),
    ).toEqual([]);
  });

  test.each([
    ['now', 'now'],
    ['all', 'all'],
    ['2026-01-31', Date.UTC(2026, 0, 31)],
    ['2026-01-31T08:00:00+01:00', Date.UTC(2026, 0, 31, 7)],
    ['2024-02-29', Date.UTC(2024, 1, 29)],
  ])('since: %s', (since, expected) => {
    const config = parsed(
      `accounts: { a: { host: h, user: u, password: { env: PASSWORD }, since: "${since}" } }\n${route}`,
    );
    expect(config.accounts.get('a')?.since).toBe(expected);
  });

  test.each([
    ['inbox', 'INBOX'],
    ['Support/Rückfragen', 'Support/Rückfragen'],
    ['Cafe\u0301', 'Caf\u00e9'],
    ['a.b', 'a.b'],
    ['/shared/support', '/shared/support'],
  ])('a folder written %s is %s', (written, own) => {
    const config = parsed(
      `accounts: { a: { host: h, user: u, password: { env: PASSWORD }, folders: ["${written}"] } }\n${route}`,
    );
    expect(config.accounts.get('a')?.folders).toEqual([own]);
  });

  test.each(['127.0.0.1', '127.8.8.8', '::1', 'localhost', 'imap.localhost'])('tls: none is for %s', (host) => {
    const text = `accounts: { a: { host: "${host}", tls: none, user: u, password: { env: PASSWORD } } }\n${route}`;
    expect(parsed(text).accounts.get('a')).toMatchObject({ host, tls: 'none', port: 143 });
  });

  test('a host in another script is asked for in ASCII', () => {
    const text = `accounts: { a: { host: bücher.example, user: u, password: { env: PASSWORD } } }\n${route}`;
    expect(parsed(text).accounts.get('a')?.host).toBe('xn--bcher-kva.example');
  });

  test('headers may authorize instead of a token', () => {
    const config = parsed(
      `${account}${route}classifier: { url: https://c.example, company: c, orchestrator: o, headers: { X-Api-Key: { env: TOKEN } } }`,
    );
    expect(config.accounts.get('a')?.classifier).toEqual({ company: 'c', orchestrator: 'o', token: null });
    expect(config.classifier.endpoint?.headers.get('X-Api-Key')?.reveal()).toBe('battery');
  });

  test.each<[Purpose, string, string[]]>([
    [
      'run',
      'service: { companies: { c: { tokens: [{ env: UNSET }], orchestrators: {} } } }',
      ['siftd.yaml:1: accounts: missing; needed: at least one account to watch'],
    ],
    ['run', `${account}${route}service: { companies: { c: { tokens: [{ env: UNSET }], orchestrators: {} } } }`, []],
    [
      'serve',
      account.replace('PASSWORD', 'UNSET') + route,
      ['siftd.yaml:1: service.companies: missing; needed: at least one company to answer'],
    ],
    [
      'serve',
      `${account.replace('PASSWORD', 'UNSET')}${route}service: { companies: { c: { tokens: [{ env: TOKEN }], orchestrators: {} } } }`,
      [],
    ],
    ['read', account.replace('PASSWORD', 'UNSET') + route, []],
    ['read', '{}', []],
  ])('for %s only what it needs has to be there: %s', (purpose, text, lines) => {
    expect(errors(text, purpose)).toEqual(lines);
  });

  test('without its secrets a configuration can be read, and a secret that was not read is not given away', () => {
    const config = parsed(account.replace('PASSWORD', 'UNSET') + route, 'read');
    expect(() => passwordOf(config)).toThrow('this secret was not read');
  });
});

describe('where the file is', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'siftd-config-'));
    mkdirSync(join(folder, 'etc'));
    for (const name of ['siftd.yaml', 'named.yaml', 'etc/env.yaml']) writeFileSync(join(folder, name), account + route);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('-c comes before $SIFTD_CONFIG, and that before ./siftd.yaml', () => {
    const SIFTD_CONFIG = join(folder, 'etc/env.yaml');
    expect(findConfig({ file: 'named.yaml', cwd: folder, env: { SIFTD_CONFIG } })).toBe('named.yaml');
    expect(findConfig({ cwd: folder, env: { SIFTD_CONFIG } })).toBe(SIFTD_CONFIG);
    expect(findConfig({ cwd: folder, env: { SIFTD_CONFIG: '' } })).toBe('siftd.yaml');
  });

  test('relative paths start at the file, whatever the working directory', () => {
    const load = (extra: Record<string, string>) =>
      loadConfig({ file: 'etc/env.yaml', cwd: folder, purpose: 'check', env: { ...env, ...extra } });
    expect(load({}).state).toBe(join(folder, 'etc/state'));
    expect(load({ STATE_DIRECTORY: '/var/lib/siftd:/var/lib/other' }).state).toBe('/var/lib/siftd');
    writeFileSync(join(folder, 'etc/state.yaml'), `state: ../kept\n${account}${route}`);
    expect(
      loadConfig({
        file: 'etc/state.yaml',
        cwd: folder,
        purpose: 'check',
        env: { ...env, STATE_DIRECTORY: '/var/lib/siftd' },
      }).state,
    ).toBe(join(folder, 'kept'));
  });

  test.each<[string, (path: string) => void, string]>([
    ['gone.yaml', () => undefined, 'gone.yaml: there is no such file'],
    ['folder.yaml', (path) => mkdirSync(path), 'folder.yaml: this is a folder; a file is needed'],
    [
      'latin1.yaml',
      (path) => writeFileSync(path, Buffer.from('state: r\xe9sum\xe9', 'latin1')),
      'latin1.yaml: this is not UTF-8 text; save it as UTF-8',
    ],
    [
      'huge.yaml',
      (path) => writeFileSync(path, ' '.repeat(limits.config.fileBytes + 1)),
      `huge.yaml: it has more than ${limits.config.fileBytes} octets; that is no configuration`,
    ],
  ])('%s is refused in one line', (name, make, line) => {
    make(join(folder, name));
    expect(() => loadConfig({ file: name, cwd: folder, purpose: 'check', env })).toThrow(new UserError(line, 2));
  });

  test('without any, it says where it looked', () => {
    const empty = join(folder, 'etc');
    expect(() => loadConfig({ cwd: empty, purpose: 'check', env })).toThrow(
      /^no configuration: neither \.\/siftd\.yaml nor \/etc\/siftd\/siftd\.yaml is there; name one with -c FILE or \$SIFTD_CONFIG/,
    );
  });

  test('a byte order mark and CRLF are no errors', () => {
    writeFileSync(join(folder, 'windows.yaml'), `\ufeff${(account + route).replaceAll('\n', '\r\n')}`);
    expect(loadConfig({ file: 'windows.yaml', cwd: folder, purpose: 'check', env }).accounts.size).toBe(1);
  });

  test('a secret file that everybody may read is said by name', () => {
    writeFileSync(join(folder, 'password'), 'correct horse\n');
    chmodSync(join(folder, 'password'), 0o644);
    writeFileSync(join(folder, 'open.yaml'), account.replace('env: PASSWORD', 'file: password') + route);
    const config = loadConfig({ file: 'open.yaml', cwd: folder, purpose: 'check', env });
    expect(passwordOf(config)).toBe('correct horse');
    expect(config.warnings).toEqual([
      `open.yaml:1: accounts.a.password: everybody on this machine can read ${join(folder, 'password')}; chmod 600 it`,
    ]);
  });
});
