import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { UserError } from '../../src/base/errors.ts';
import type { Config } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/load.ts';
import { effective } from '../../src/config/print.ts';
import { route, spelledOut } from './read.ts';

function outcome(
  text: string,
  env: Record<string, string> = { X: 'opened', GATE: 'opened by a long one' },
): Config | UserError {
  try {
    return parseConfig(text, { name: 'f.yaml', file: '/nowhere/f.yaml', purpose: 'check', env });
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/** Every line of an error names the file, and its line or how many are left out; none is empty. */
function isWellSaid(error: UserError): boolean {
  return error.exitCode === 2 && error.message.split('\n').every((line) => /^f\.yaml:(\d+: .+| \d+ more$)/u.test(line));
}

const words = [
  'state mode classifier body accounts threshold target_precision routes unsure failed service url company orchestrator token headers',
  'concurrency rate requests per pending deadline words high medium low metadata limit quotes host port tls user',
  'password folders since resort move label flag seen keep listen retention companies tokens orchestrators engine labels',
  'console off trust_proxy env file credential a b refund __proto__ constructor toString',
].flatMap((line) => line.split(' '));
const values = [
  'act',
  'observe',
  'INBOX',
  '\\Junk',
  'a/b',
  '15m',
  'now',
  'all',
  'none',
  'linear',
  'keep',
  'X',
  'https://c.example',
  '127.0.0.1:1',
];

const leaf = fc.oneof(
  fc.constantFrom(...values),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);
const key = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...words) }, { weight: 1, arbitrary: fc.string() });
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('tree')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
  ),
}));

/** A right file: what a person may write, in many combinations. */
const share = fc.double({ min: 0, max: 1, noNaN: true });
const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,10}$/);
const way = fc
  .record(
    {
      move: fc.constantFrom('Support/Refunds', '\\Junk', 'Ablage/Rückfragen', 'a.b'),
      label: fc.uniqueArray(fc.constantFrom('$Label1', 'urgent', 'siftd/x', '2024'), { minLength: 1, maxLength: 3 }),
      flag: fc.boolean(),
      seen: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  .map((actions) => (Object.values(actions).some((value) => value !== false) ? actions : { keep: true }));
const mode = fc.constantFrom('act', 'observe');
const routes = fc.dictionary(
  fc.oneof(name, fc.constantFrom('404', 'true', 'Refund request', 'größer', 'constructor')),
  fc
    .tuple(way, fc.record({ threshold: share, mode }, { requiredKeys: [] }))
    .map(([actions, own]) => ({ ...actions, ...own })),
  { minKeys: 1, maxKeys: 4 },
);
const time = fc.constantFrom('1s', '90s', '15m', '2h', '7d');
const account = fc
  .record(
    {
      port: fc.integer({ min: 1, max: 65_535 }),
      tls: fc.constantFrom('implicit', 'starttls'),
      folders: fc.uniqueArray(fc.constantFrom('INBOX', 'In/Box', 'x'), { minLength: 1 }),
      since: fc.constantFrom('now', 'all', '2026-01-31', '2026-01-31T08:00:00.5+01:00'),
      resort: fc.boolean(),
      mode,
      threshold: share,
      threads: fc.constantFrom('classify', 'follow'),
      routes,
      unsure: way,
      failed: way,
      classifier: fc.record(
        { company: name, orchestrator: name, token: fc.constant({ env: 'X' }) },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  )
  .map((own) => ({ host: 'imap.example.com', password: { env: 'X' }, ...own }));
const atom = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), fc.constant(null), fc.constant(0.5));
const plain = fc.oneof(atom, fc.array(atom), fc.dictionary(name, atom));
const file = fc
  .record(
    {
      state: fc.constantFrom('/var/lib/siftd', 'state', '../kept'),
      mode,
      threshold: share,
      target_precision: fc.double({ min: 0.5, max: 0.999, noNaN: true }),
      threads: fc.constantFrom('classify', 'follow'),
      body: fc.record(
        { limit: fc.integer({ min: 1, max: 100_000 }), quotes: fc.constantFrom('keep', 'strip') },
        { requiredKeys: [] },
      ),
      unsure: way,
      failed: way,
      classifier: fc
        .record(
          {
            headers: fc.constant({ 'X-Key': { env: 'X' } }),
            concurrency: fc.integer({ min: 1, max: 256 }),
            rate: fc.record({
              requests: fc.integer({ min: 1, max: 10_000 }),
              per: fc.constantFrom('100ms', '1s', '1h'),
            }),
            pending: fc.integer({ min: 1, max: 100_000 }),
            deadline: time,
            metadata: fc.dictionary(name, plain),
          },
          { requiredKeys: [] },
        )
        .map((own) => ({ url: 'https://c.example', company: 'c', orchestrator: 'o', token: { env: 'X' }, ...own })),
      service: fc.record(
        {
          listen: fc.constantFrom('127.0.0.1:0', '[::1]:8025', 'localhost:80'),
          retention: fc.constantFrom('1m', '7d'),
          companies: fc.dictionary(
            name,
            fc.record({
              tokens: fc.constant([{ env: 'X' }, { env: 'X' }]),
              orchestrators: fc.dictionary(
                name,
                fc.record({ labels: fc.dictionary(name, fc.constant('about it')) }, { requiredKeys: [] }),
              ),
            }),
            { maxKeys: 2 },
          ),
        },
        { requiredKeys: [] },
      ),
      console: fc.oneof(
        fc.constant({ listen: 'off' }),
        fc.record(
          {
            listen: fc.constantFrom('127.0.0.1:0', '[::1]:8026', '0.0.0.0:80'),
            host: fc.constant('mail.example'),
            token: fc.constant({ env: 'GATE' }),
            trust_proxy: fc.boolean(),
          },
          { requiredKeys: ['host', 'token'] },
        ),
      ),
      routes,
      accounts: fc.dictionary(name, account, { minKeys: 1, maxKeys: 3 }),
    },
    { requiredKeys: ['accounts', 'routes', 'classifier'] },
  )
  .map((whole) => ({
    ...whole,
    accounts: Object.fromEntries(Object.entries(whole.accounts).map(([each, own]) => [each, { ...own, user: each }])),
  }));

test('whatever a file holds, it is a configuration or an error for a person', () => {
  fc.assert(
    fc.property(tree, (value) => {
      const text = stringify(value);
      const end = outcome(text);
      return !(end instanceof UserError) || isWellSaid(end);
    }),
    { numRuns: 600 },
  );
});

test('whatever is broken in a right file, it is a configuration or an error for a person', () => {
  fc.assert(
    fc.property(
      file,
      fc.nat(),
      fc.nat({ max: 40 }),
      fc.string({ unit: 'binary', maxLength: 5 }),
      (whole, at, cut, text) => {
        const right = stringify(whole);
        const start = at % right.length;
        const end = outcome(right.slice(0, start) + text + right.slice(start + cut));
        return !(end instanceof UserError) || isWellSaid(end);
      },
    ),
    { numRuns: 300 },
  );
});

test('what is printed of a right file means what the file means', () => {
  fc.assert(
    fc.property(file, (whole) => {
      const config = outcome(stringify(whole));
      if (config instanceof UserError) throw config;
      const again = outcome(stringify(effective(config)));
      expect(again).toEqual({ ...spelledOut(config), warnings: expect.anything() });
    }),
    { numRuns: 150 },
  );
});

const secret = fc.stringMatching(/^[!-~]{8,40}$/).filter((text) => !'f.yaml:'.includes(text));

test.each<[string, (password: string) => string]>([
  ['as a value', (password) => `accounts:\n  a:\n    host: h\n    user: u\n    password: ${password}\n${route}`],
  ['in double quotes', (password) => `accounts:\n  a:\n    password: "${password}"\n    x: 1`],
  ['in single quotes', (password) => `accounts:\n  a:\n    password: '${password}'\n    x: 1`],
  ['in braces', (password) => `accounts: { a: { host: h, password: ${password}, user: u } }`],
  ['as a value of its place', (password) => `accounts:\n  a:\n    password:\n      env: ${password}`],
  ['in a list', (password) => `service: { companies: { c: { tokens: [${JSON.stringify(password)}] } } }`],
  ['in a url', (password) => `classifier: { url: ${JSON.stringify(`https://user:${password}@c.example`)} }`],
  ['as a header', (password) => `classifier:\n  headers:\n    X-Key: ${password}`],
  ['under a wrong key', (password) => `accounts:\n  a:\n    passwort: ${password}`],
])('a secret that stands in the file, %s, is not in the error', (_name, text) => {
  fc.assert(
    fc.property(secret, (password) => {
      // The name of a variable is no secret, and a key with a value cannot be told from one.
      if (/^[A-Za-z_]\w*$/.test(password)) return true;
      const end = outcome(text(password), {});
      return end instanceof UserError && !end.message.includes(password);
    }),
    { numRuns: 200 },
  );
});

test('a secret that was opened is in no error about the rest of the file', () => {
  fc.assert(
    fc.property(secret, tree, (password, rest) => {
      const text = stringify({ rest, accounts: { a: { host: 'h', user: 1, password: { env: 'SECRET_PLACE' } } } });
      const end = outcome(text, { SECRET_PLACE: password });
      return end instanceof UserError && !end.message.includes(password);
    }),
    { numRuns: 100 },
  );
});
