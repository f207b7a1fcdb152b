import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { limits } from '../../src/base/limits.ts';
import type { Config } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Purpose } from '../../src/config/meaning.ts';
import { planReload, planServe } from '../../src/config/reload.ts';
import { jsonSchema } from '../../src/config/schema.ts';

/* What a reload does with every key of the file. A key that stands in the schema and not here turns this red. */

const env = {
  ONE: 'the first of secrets',
  TWO: 'the second of secrets',
  TOKEN: 'a token that stays',
  KEY: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  OTHER_KEY: 'whsec_NfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
};
const one = { env: 'ONE' };
const two = { env: 'TWO' };

/** Two accounts: `a` says everything itself, `b` what the file says for all. */
const base = `
state: /var/lib/one
smtp: { host: smtp.example, from: support@one.example }
alerts: { to: boss@one.example }
seal: { env: TOKEN }
classifier: { url: https://api.example, company: c1, orchestrator: o1, token: { env: TOKEN } }
accounts:
  a: { host: a.example, user: a, password: { env: TOKEN }, mode: act, threshold: 0.75, threads: classify,
       routes: { refund: { move: A } }, unsure: { label: [l] }, failed: { label: [l] }, classifier: { orchestrator: o2, token: { env: TOKEN } } }
  b: { host: b.example, user: b, password: { env: TOKEN } }
routes: { refund: { move: B }, other: { keep: true } }
unsure: { label: [l] }
failed: { label: [l] }
console: { listen: 127.0.0.1:8026 }
metrics: { listen: 127.0.0.1:9464 }
service:
  companies:
    c:
      tokens: [{ env: TOKEN }]
      orchestrators:
        o: { engine: cascade, labels: { refund: money back, other: the rest }, llm: { url: http://127.0.0.1:1, model: m } }
`;

/** What a change comes to: it is refused; or these accounts begin anew; or nobody notices. */
type Comes = 'restart' | 'in place' | 'nothing' | 'a' | 'b' | 'a b';
type Row = readonly [before: unknown, after: unknown, comes: Comes];

const answer = (name: string) => fileURLToPath(new URL(`./answers/${name}.txt`, import.meta.url));

/** Where mail is handed in. */
const smtp = (of: string, comes: Comes): Record<string, Row> => ({
  [`${of}smtp.host`]: ['one.example', 'two.example', comes],
  [`${of}smtp.port`]: [25, 26, comes],
  [`${of}smtp.tls`]: ['implicit', 'starttls', comes],
  [`${of}smtp.login`]: ['account', 'none', comes],
  [`${of}smtp.user`]: ['one', 'two', comes],
  [`${of}smtp.password`]: [one, two, comes],
  [`${of}smtp.bounces`]: ['one@other.example', 'two@other.example', comes],
  [`${of}smtp.from`]: ['one@other.example', 'two@other.example', comes],
});

/** Of the whole file; `b` has them too, and `a` its own. */
const way = (way: string, comes: Comes): Record<string, Row> => ({
  [`${way}.move`]: ['X', 'Y', comes],
  [`${way}.label`]: [['x'], ['y'], comes],
  [`${way}.flag`]: [false, true, comes],
  [`${way}.seen`]: [false, true, comes],
  [`${way}.keep`]: [undefined, true, comes],
  [`${way}.forward`]: ['one@other.example', { to: 'one@other.example', as: 'redirect' }, comes],
  [`${way}.reply`]: [answer('one'), answer('two'), comes],
  [`${way}.webhook.url`]: ['https://one.example/', 'https://two.example/', comes],
  [`${way}.webhook.secret`]: [{ env: 'KEY' }, { env: 'OTHER_KEY' }, comes],
  [`${way}.webhook.allow_private`]: [false, true, comes],
});
const policy = (of: string, comes: Comes): Record<string, Row> => ({
  [`${of}mode`]: ['act', 'observe', comes],
  [`${of}threshold`]: [0.75, 0.8, comes],
  [`${of}threads`]: ['classify', 'follow', comes],
  ...way(`${of}routes.*`, comes),
  [`${of}routes.*.mode`]: ['act', 'observe', comes],
  [`${of}routes.*.threshold`]: [0.9, 0.8, comes],
  ...way(`${of}unsure`, comes),
  ...way(`${of}failed`, comes),
});
const orchestrator = 'service.companies.*.orchestrators.*';

const run: Readonly<Record<string, Row>> = {
  state: ['/var/lib/one', '/var/lib/two', 'restart'],
  ...policy('', 'b'),
  'classifier.url': ['https://api.example', 'https://other.example', 'a b'],
  'classifier.company': ['c1', 'c2', 'a b'],
  'classifier.orchestrator': ['o1', 'o3', 'b'],
  'classifier.token': [one, two, 'b'],
  'classifier.headers.*': [one, two, 'a b'],
  'classifier.concurrency': [8, 9, 'a b'],
  'classifier.rate.requests': [20, 30, 'a b'],
  'classifier.rate.per': ['1s', '2s', 'a b'],
  'classifier.pending': [10, 20, 'a b'],
  'classifier.deadline': ['15m', '16m', 'a b'],
  'classifier.words.high': [0.9, 0.95, 'a b'],
  'classifier.words.medium': [0.7, 0.75, 'a b'],
  'classifier.words.low': [0.3, 0.35, 'a b'],
  'classifier.metadata': [{}, { source: 'x' }, 'a b'],
  'body.limit': [100, 200, 'a b'],
  'body.quotes': ['keep', 'strip', 'a b'],
  ...policy('accounts.*.', 'a'),
  'accounts.*.host': ['a.example', 'other.example', 'a'],
  'accounts.*.port': [993, 994, 'a'],
  'accounts.*.tls': ['implicit', 'starttls', 'a'],
  'accounts.*.user': ['a', 'c', 'a'],
  'accounts.*.aliases': [['help@one.example'], ['desk@one.example'], 'a'],
  'accounts.*.password': [one, two, 'a'],
  'accounts.*.oauth.provider': ['google', 'microsoft', 'a'],
  'accounts.*.oauth.tenant': ['one.example', 'two.example', 'a'],
  'accounts.*.oauth.client_id': ['one', 'two', 'a'],
  'accounts.*.oauth.client_secret': [one, two, 'a'],
  'accounts.*.oauth.grant': ['person', 'application', 'a'],
  'accounts.*.oauth.authorization': ['https://one.example/a', 'https://two.example/a', 'a'],
  'accounts.*.oauth.device': ['https://one.example/d', 'https://two.example/d', 'a'],
  'accounts.*.oauth.token': ['https://one.example/t', 'https://two.example/t', 'a'],
  'accounts.*.oauth.scope': ['mail', 'mail offline', 'a'],
  'accounts.*.oauth.login': ['ada@example.com', 'bob@example.com', 'a'],
  'accounts.*.oauth.as': ['c', 'd', 'a'],
  'accounts.*.folders': [['INBOX'], ['INBOX', 'More'], 'a'],
  'accounts.*.since': ['now', 'all', 'a'],
  'accounts.*.resort': [false, true, 'a'],
  'accounts.*.classifier.company': ['c1', 'c2', 'a'],
  'accounts.*.classifier.orchestrator': ['o2', 'o3', 'a'],
  'accounts.*.classifier.token': [one, two, 'a'],
  ...smtp('', 'a b'),
  ...smtp('accounts.*.', 'a'),
  'alerts.to': ['one@other.example', 'two@other.example', 'in place'],
  'alerts.every': ['1h', '2h', 'in place'],
  'alerts.account': ['a', 'b', 'in place'],
  'privacy.subjects': [false, true, 'a b'],
  target_precision: [0.98, 0.9, 'in place'],
  'console.listen': ['127.0.0.1:8026', '127.0.0.1:8027', 'restart'],
  'console.host': ['one.example', 'two.example', 'in place'],
  'console.token': [one, two, 'in place'],
  'console.trust_proxy': [false, true, 'in place'],
  'metrics.listen': ['127.0.0.1:9464', 'off', 'restart'],
  'metrics.token': [one, two, 'in place'],
  seal: [one, two, 'in place'],
};

const serve: Readonly<Record<string, Row>> = {
  state: run['state'] as Row,
  'service.listen': ['127.0.0.1:8025', '127.0.0.1:8024', 'restart'],
  'service.retention': ['7d', '8d', 'restart'],
  'service.metrics.token': [one, two, 'in place'],
  'service.companies.*.tokens': [[one], [one, two], 'in place'],
  [`${orchestrator}.engine`]: ['cascade', 'llm', 'restart'],
  [`${orchestrator}.labels.*`]: ['money back', 'asks for money', 'restart'],
  [`${orchestrator}.model`]: ['one.model', 'two.model', 'restart'],
  [`${orchestrator}.llm.url`]: ['http://127.0.0.1:1', 'http://127.0.0.1:2', 'restart'],
  [`${orchestrator}.llm.model`]: ['m', 'n', 'restart'],
  [`${orchestrator}.llm.token`]: [one, two, 'restart'],
  [`${orchestrator}.llm.timeout`]: ['60s', '50s', 'restart'],
  [`${orchestrator}.llm.concurrency`]: [4, 5, 'restart'],
  [`${orchestrator}.llm.rate.requests`]: [4, 5, 'restart'],
  [`${orchestrator}.llm.rate.per`]: ['1s', '2s', 'restart'],
  [`${orchestrator}.llm.budget`]: [limits.config.budgetMin, limits.config.budgetMin + 1, 'restart'],
  [`${orchestrator}.llm.logprobs`]: [true, false, 'restart'],
  [`${orchestrator}.below`]: [0.8, 0.7, 'restart'],
};

/** The name that stands for `*`, by where it stands. */
const names: Readonly<Record<string, string>> = {
  accounts: 'a',
  routes: 'refund',
  headers: 'X-Key',
  companies: 'c',
  orchestrators: 'o',
  labels: 'refund',
};
/** What has to stand beside a key for it to mean anything. */
const beside: Readonly<Record<string, Record<string, unknown>>> = {
  'console.trust_proxy': { host: 'one.example' },
  'classifier.rate.requests': { per: '1s' },
  'classifier.rate.per': { requests: 20 },
  [`${orchestrator}.llm.rate.requests`]: { per: '1s' },
  [`${orchestrator}.llm.rate.per`]: { requests: 4 },
};

/** An account that logs in by OAuth, at a provider that is known by its endpoints or, for what only that one has, by its name. */
function throughOAuth(account: Record<string, unknown>, key: string): void {
  delete account['password'];
  const application = { client_id: 'siftd', client_secret: { env: 'TOKEN' } };
  const endpoints = { token: 'https://one.example/t', device: 'https://one.example/d', scope: 'mail' };
  const named = key.endsWith('.tenant') ? { provider: 'microsoft' } : {};
  account['oauth'] = { ...application, ...(/[.](provider|tenant)$/.test(key) ? named : endpoints) };
  if (key.endsWith('.as')) account['oauth'] = {};
}

/** The same by the end of the key. */
const besideEnd: Readonly<Record<string, Record<string, unknown>>> = {
  '.webhook.url': { secret: { env: 'KEY' } },
  '.webhook.secret': { url: 'https://one.example/' },
  '.webhook.allow_private': { url: 'https://one.example/', secret: { env: 'KEY' } },
};

function configOf(key: string, value: unknown, purpose: Purpose): Config {
  const file = parse(base);
  const path = key.split('.');
  if (key === `${orchestrator}.engine` && value === 'llm') delete file.service.companies.c.orchestrators.o.below;
  if (key.startsWith('accounts.*.oauth.')) throughOAuth(file.accounts.a, key);
  if (key.endsWith('.oauth.as')) {
    for (const name of ['c', 'd']) {
      file.accounts[name] = { host: 'imap.example', user: name };
      throughOAuth(file.accounts[name], 'accounts.*.oauth.token');
    }
  }
  let at = file;
  for (const [index, part] of path.slice(0, -1).entries()) {
    const name = part === '*' ? (names[path[index - 1] ?? ''] ?? '') : part;
    at[name] ??= {};
    at = at[name];
  }
  const last = path.at(-1) === '*' ? (names[path.at(-2) ?? ''] ?? '') : (path.at(-1) ?? '');
  if (last === 'keep' && value === true) for (const other of Object.keys(at)) delete at[other];
  if (path.at(-2) === 'smtp') at.host ??= 'smtp.example';
  if (path.at(-2) === 'smtp') at.from ??= 'support@one.example';
  const end = Object.keys(besideEnd).find((one) => key.endsWith(one));
  Object.assign(at, beside[key], end === undefined ? {} : besideEnd[end]);
  if (value === undefined) delete at[last];
  else at[last] = value;
  return parseConfig(stringify(file), { name: 'siftd.yaml', file: '/etc/siftd/siftd.yaml', purpose, env });
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
}

/** Every key that a value can stand at; a secret is one value. */
function keysOf(schema: Schema, path: string): string[] {
  const isSecret = (schema.anyOf ?? [schema]).some(({ properties }) => properties !== undefined && 'env' in properties);
  const under = (key: string, of: Schema) => keysOf(of, path === '' ? key : `${path}.${key}`);
  if (!isSecret && schema.properties !== undefined) {
    return Object.entries(schema.properties).flatMap(([key, of]) => under(key, of));
  }
  const { additionalProperties: each } = schema;
  if (typeof each === 'object' && Object.keys(each).length > 0) return under('*', each);
  return [path];
}

test('every key of the schema has its row', () => {
  const known = new Set([...Object.keys(run), ...Object.keys(serve)]);
  expect(keysOf(jsonSchema() as Schema, '').filter((key) => !known.has(key))).toEqual([]);
});

describe('siftd run', () => {
  const outcome = (before: Config, after: Config): string => {
    const { refused, accounts, inPlace } = planReload(before, after);
    if (refused.length > 0) return 'restart';
    const anew = [...accounts].flatMap(([name, { fate }]) => (fate === 'keeps' ? [] : [name]));
    return anew.join(' ') || (inPlace.length > 0 ? 'in place' : 'nothing');
  };
  it.each(Object.entries(run))('%s', (key, [before, after, comes]) => {
    const [was, next] = [configOf(key, before, 'run'), configOf(key, after, 'run')];
    expect(outcome(was, next)).toBe(comes);
    expect(outcome(was, configOf(key, before, 'run'))).toBe('nothing');
  });
  it.each(Object.entries(serve).slice(1))('%s is nothing to it', (key, [before, after]) => {
    expect(outcome(configOf(key, before, 'run'), configOf(key, after, 'run'))).toBe('nothing');
  });
});

describe('siftd serve', () => {
  const outcome = (before: Config, after: Config): string => {
    const { refused, inPlace } = planServe(before, after);
    return refused.length > 0 ? 'restart' : inPlace.length > 0 ? 'in place' : 'nothing';
  };
  it.each(Object.entries(serve))('%s', (key, [before, after, comes]) => {
    expect(outcome(configOf(key, before, 'serve'), configOf(key, after, 'serve'))).toBe(comes);
  });
  it.each(Object.entries(run).slice(1))('%s is nothing to it', (key, [before, after]) => {
    expect(outcome(configOf(key, before, 'serve'), configOf(key, after, 'serve'))).toBe('nothing');
  });
});

describe('a plan', () => {
  const plan = (before: string, after: string, ailing?: ReadonlyMap<string, string>) => {
    const read = (text: string) =>
      parseConfig(text, { name: 's', file: '/etc/siftd/siftd.yaml', purpose: 'run', env: { ...env } });
    return planReload(read(before), read(after), ailing);
  };
  const account = (name: string) => `${name}: { host: ${name}.example, user: u, password: { env: ONE } }`;
  const file = (...accounts: string[]) =>
    `accounts: { ${accounts.map(account).join(', ')} }\nroutes: { r: { move: R } }`;

  it('says of every account what becomes of it, and why', () => {
    const after = file('a', 'c').replace('a.example', 'mail.example');
    expect(plan(file('a', 'b'), after)).toEqual({
      refused: [],
      inPlace: [],
      accounts: new Map([
        ['a', { fate: 'restarts', reasons: ['accounts.a.host'] }],
        ['b', { fate: 'ends' }],
        ['c', { fate: 'begins' }],
      ]),
    });
  });

  it('starts an account anew that waits for something, though nothing of it has changed', () => {
    const { accounts } = plan(file('a', 'b'), file('a', 'b'), new Map([['a', 'it waits']]));
    expect(accounts.get('a')).toEqual({ fate: 'restarts', reasons: ['it waits'] });
    expect(accounts.get('b')).toEqual({ fate: 'keeps' });
  });

  it('goes by what a secret is now, wherever it comes from', () => {
    const read = (secret: string, source: string) =>
      parseConfig(file('a').replace('ONE', source), {
        ...{ name: 's', file: '/etc/siftd/siftd.yaml', purpose: 'run' as const },
        env: { [source]: secret },
      });
    const fate = (before: Config, after: Config) => planReload(before, after).accounts.get('a')?.fate;
    expect(fate(read('same', 'ONE'), read('same', 'TWO'))).toBe('keeps');
    expect(fate(read('old', 'ONE'), read('new', 'ONE'))).toBe('restarts');
  });

  it('is refused where the classifier comes into siftd, or leaves it', () => {
    const outside = `${file('a')}\nclassifier: { url: https://api.example, company: c, orchestrator: o, token: { env: ONE } }`;
    expect(plan(file('a'), outside).refused).toEqual(['classifier.url']);
    expect(plan(file('a'), `${file('a')}\nservice: { retention: 2d }`).refused).toEqual(['service.retention']);
  });
});
