import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { UserError } from '../../src/base/errors.ts';
import { checkCommand } from '../../src/cli/check.ts';
import { account, route } from './read.ts';

let folder = '';
const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-check-'));
  vi.stubEnv('PASSWORD', 'correct horse');
  vi.stubEnv('STATE_DIRECTORY', '/var/lib/siftd');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** Runs the command; what it printed on stdout and stderr. */
async function check(...args: string[]): Promise<{ out: string; err: string }> {
  const printed = { out: '', err: '' };
  const into = (stream: 'out' | 'err') => (text: string | Uint8Array) => {
    printed[stream] += String(text);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(into('out'));
  vi.spyOn(process.stderr, 'write').mockImplementation(into('err'));
  await checkCommand().parseAsync(args, { from: 'user' });
  vi.restoreAllMocks();
  return printed;
}

test('a right file is said to be fine, with what it means', async () => {
  const file = write(
    'right.yaml',
    `${account}routes: { refund: { move: Refunds, label: [money] }, praise: { keep: true } }\n`,
  );
  expect(await check('-c', file)).toEqual({
    err: '',
    out: `${file} is fine.
state       /var/lib/siftd
classifier  the service inside siftd, which learns from your folders

account a: u at h.example:993 (tls implicit)
  watches INBOX; since: now
  acts:
    refund  from 0.75  move to Refunds; label money
    praise  from 0.75  leave where it is
    unsure             label needs-review
    failed             label siftd-failed
`,
  });
});

test('a service is said to be fine, with where each orchestrator sends mail', async () => {
  const llm = '{ url: "http://127.0.0.1:1/v1", model: small, budget: 50000 }';
  const labels = '{ a: is a, b: is b }';
  const file = write(
    'service.yaml',
    `service:
  companies:
    c:
      tokens: [{ env: PASSWORD }]
      orchestrators:
        own: {}
        all: { engine: llm, labels: ${labels}, llm: ${llm} }
        some: { engine: cascade, below: 0.7, labels: ${labels}, llm: ${llm} }
`,
  );
  expect((await check('-c', file)).out).toContain(`
service     127.0.0.1:8025 for c
  c own: linear, from sorted mail
  c all: every mail goes to small at http://127.0.0.1:1/v1, 50000 tokens a day at most
  c some: linear, and below 0.7 a mail goes to small at http://127.0.0.1:1/v1, 50000 tokens a day at most
`);
});

test('--json is one document', async () => {
  const file = write('json.yaml', `mode: observe\n${account}${route}`);
  const { out } = await check('--config', file, '--json');
  expect(JSON.parse(out)).toEqual({
    ok: true,
    file,
    state: '/var/lib/siftd',
    classifier: null,
    accounts: { a: { host: 'h.example', port: 993, folders: ['INBOX'], mode: 'observe', routes: ['refund'] } },
    companies: [],
    warnings: [],
  });
});

test('--print is the configuration in force, without secrets, as YAML or as JSON', async () => {
  const file = write('print.yaml', account + route);
  const { out } = await check('-c', file, '--print');
  expect(parse(out)).toMatchObject({
    state: '/var/lib/siftd',
    accounts: {
      a: { port: 993, password: { env: 'PASSWORD' }, routes: { refund: { move: 'Refunds', threshold: 0.75 } } },
    },
  });
  expect(out).not.toContain('horse');
  expect(JSON.parse((await check('-c', file, '--print', '--json')).out)).toEqual(parse(out));
});

test('doubts are warnings on stderr, and stdout stays as it is', async () => {
  const file = write('doubt.yaml', `mode: observe\n${account}routes: { r: { move: A, mode: act } }\n`);
  const { out, err } = await check('-c', file, '--json');
  expect(err).toMatch(/^warning: .*doubt\.yaml:3: routes\.r\.mode: /);
  expect(JSON.parse(out).warnings).toHaveLength(1);
});

test('a wrong file is exit code 2, with all errors', async () => {
  const file = write('wrong.yaml', `${account}routes: { r: {} }\nmod: act\n`);
  const error = await check('-c', file).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({
    exitCode: 2,
    message: `${file}:2: routes.r: found nothing to do; needed: move, label, flag: true, seen: true, forward, reply, webhook or keep: true
${file}:3: mod: unknown key, did you mean "mode"?; allowed: state, mode, classifier, body, accounts, threshold, target_precision, threads, routes, unsure, failed, smtp, alerts, privacy, console, metrics, seal, service`,
  });
});

test('a wrong file with --json is a document too, and exit code 2', async () => {
  const file = write('wrong-json.yaml', `${account}routes: { r: {} }\n`);
  const { out, err } = await check('-c', file, '--json');
  expect(process.exitCode).toBe(2);
  expect(err).toBe('');
  expect(JSON.parse(out)).toEqual({
    ok: false,
    file,
    errors: [
      {
        line: 2,
        key: 'routes.r',
        message:
          'found nothing to do; needed: move, label, flag: true, seen: true, forward, reply, webhook or keep: true',
      },
    ],
  });
});
