import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { failed, ok } from '../../src/base/errors.ts';
import { draftText, proposals, type Seen } from '../../src/cli/draft.ts';
import { initCommand } from '../../src/cli/init.ts';
import { type Directory, findServer } from '../../src/cli/providers.ts';
import { type Ask, draw, type WizardParts } from '../../src/cli/wizard.ts';
import { loadConfig, parseConfig } from '../../src/config/load.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { freePorts } from '../servers/guard.ts';

/* siftd init: where a mailbox is, what is asked, what is written, and that nothing is written over. */

const nobody: Directory = {
  srv: async () => null,
  mx: async () => [],
  exists: async () => false,
  autoconfig: async () => null,
};

describe('where a mailbox is', () => {
  const autoconfig = `<clientConfig><emailProvider id="firm.example">
    <incomingServer type="pop3"><hostname>pop.firm.example</hostname><port>995</port><socketType>SSL</socketType></incomingServer>
    <incomingServer type="imap"><hostname>plain.firm.example</hostname><port>143</port><socketType>plain</socketType></incomingServer>
    <incomingServer type="imap"><hostname>box.firm.example</hostname><port>143</port><socketType>STARTTLS</socketType></incomingServer>
    </emailProvider></clientConfig>`;
  const srv =
    (host: string): Directory['srv'] =>
    async (service) =>
      service === '_imaps._tcp' ? { host, port: 993 } : null;

  test.each<[string, string, Partial<Directory>, unknown]>([
    ['a provider, by the address', 'me@gmail.com', {}, { host: 'imap.gmail.com', doubtful: false }],
    [
      'a provider, by who takes its mail',
      'a@firm.example',
      { mx: async () => ['aspmx.l.google.com'] },
      { host: 'imap.gmail.com' },
    ],
    ['SRV', 'a@firm.example', { srv: srv('mail.firm.example') }, { host: 'mail.firm.example', doubtful: false }],
    [
      'SRV of another domain',
      'a@firm.example',
      { srv: srv('mail.evil.example') },
      { host: 'mail.evil.example', doubtful: true },
    ],
    ['SRV of a name that only looks alike', 'a@firm.example', { srv: srv('mail.notfirm.example') }, { doubtful: true }],
    [
      'SRV of a provider',
      'a@firm.example',
      { srv: srv('imap.fastmail.com') },
      { doubtful: false, note: /app password/ },
    ],
    [
      'SRV of STARTTLS alone',
      'a@firm.example',
      { srv: async (service) => (service === '_imap._tcp' ? { host: 'mx.firm.example', port: 143 } : null) },
      { tls: 'starttls', port: 143 },
    ],
    [
      'autoconfig, past what has no TLS',
      'a@firm.example',
      { autoconfig: async () => autoconfig },
      { host: 'box.firm.example', port: 143, tls: 'starttls' },
    ],
    [
      'a name that is often used',
      'a@firm.example',
      { exists: async (host) => host === 'mail.firm.example' },
      { host: 'mail.firm.example', by: /guess/ },
    ],
    ['nobody knows', 'a@firm.example', { autoconfig: async () => '<html>' }, null],
  ])('%s', async (_, address, knows, found) => {
    const server = await findServer(address, { ...nobody, ...knows });
    if (found === null) expect(server).toBeNull();
    else {
      const words = Object.entries(found as object).map(([key, value]) => [
        key,
        value instanceof RegExp ? expect.stringMatching(value) : value,
      ]);
      expect(server).toMatchObject(Object.fromEntries(words));
    }
  });
});

test('folders that people sort into become routes, each once', () => {
  const folder = (name: string, messages: number, use: string | null = null): Seen => ({ name, messages, use });
  const routes = proposals([
    folder('INBOX', 5),
    folder('Sent', 900, '\\Sent'),
    folder('Drafts', 1),
    folder('Support/Refund requests', 30),
    folder('Sales/Refund requests', 3),
    folder('Archive/2024', 300),
    folder('Ärger & Lob', 12),
    folder('Notes', 2),
    // siftd has no name for it.
    folder('100%', 20),
  ]);
  expect(routes.map(({ class: name, move }) => [name, move])).toEqual([
    ['refund_requests', 'Support/Refund requests'],
    ['sales_refund_requests', 'Sales/Refund requests'],
    ['ärger_lob', 'Ärger & Lob'],
  ]);
});

test('what is written is read as it was meant, whatever stands in it', () => {
  const evil = ['a: b', '{x}', "it's", '"q"', '# no', 'a, b', 'yes', '1e3', 'Ä ö', 'tail ', '\\Junk', '- a'];
  const text = draftText({
    account: 'support',
    server: { host: 'imap.example.com', port: 1143, tls: 'starttls' },
    user: '# : {user}@example.com',
    login: { by: 'password', password: { file: './it is # here' } },
    routes: evil.map((move, at) => ({ class: `class_${at}`, move, messages: at })),
    classifier: { url: 'https://api.example', company: '007', orchestrator: 'yes', token: { env: 'TOKEN' } },
    schema: './siftd.schema.json',
  });
  const config = parseConfig(text, { name: 'siftd.yaml', file: '/etc/siftd/siftd.yaml', purpose: 'read', env: {} });
  const account = config.accounts.get('support');
  expect(account).toMatchObject({
    host: 'imap.example.com',
    port: 1143,
    tls: 'starttls',
    user: '# : {user}@example.com',
  });
  expect(account?.login.by === 'password' && account.login.password.source).toEqual({ file: './it is # here' });
  expect([...(account?.policy.routes.values() ?? [])].map(({ move }) => move)).toEqual(evil);
  expect(account?.policy.mode).toBe('observe');
  expect(account?.classifier).toMatchObject({ company: '007', orchestrator: 'yes' });
});

describe('the questions', () => {
  /** A person who answers in this order, and what they were told. */
  function person(...answers: (string | readonly string[])[]): {
    readonly ask: Ask;
    readonly asked: string[];
    readonly told: string[];
  } {
    const asked: string[] = [];
    const told: string[] = [];
    const next = async (question: string) => {
      asked.push(question);
      const answer = answers.shift();
      if (answer === undefined) throw new Error(`nobody answers: ${question}`);
      return answer;
    };
    const one = async (question: string, initial = '') => {
      const answer = String(await next(question));
      return answer === '' ? initial : answer;
    };
    return {
      asked,
      told,
      ask: {
        text: one,
        secret: one,
        choose: (question) => one(question),
        several: async (question, _options, chosen) => {
          const answer = await next(question);
          return typeof answer === 'string' ? chosen : answer;
        },
        say: (words) => told.push(words),
      },
    };
  }
  const seen: Seen[] = [
    { name: 'Refunds', use: null, messages: 40 },
    { name: 'Praise', use: null, messages: 2 },
  ];
  const parts = (ask: Ask | null, over: Partial<WizardParts> = {}): WizardParts => ({
    ask,
    directory: { ...nobody, exists: async (host) => host === 'imap.firm.example' },
    enter: async () => ok(seen),
    read: () => ({ value: 'secret' }),
    schema: './siftd.schema.json',
    make: () => 'made by nobody',
    ...over,
  });

  test('are few where the proposals are right', async () => {
    const { ask, asked } = person('support@firm.example', '', '', 'geheim', '', 'own');
    const { draft, secrets } = await draw({}, parts(ask));
    expect(draft).toMatchObject({
      account: 'support',
      server: { host: 'imap.firm.example', port: 993, tls: 'implicit' },
      user: 'support@firm.example',
      login: { by: 'password', password: { file: './support.password' } },
      // What has too few messages to learn from is not proposed.
      routes: [{ class: 'refunds', move: 'Refunds' }],
      classifier: null,
    });
    expect(secrets).toEqual([{ source: { file: './support.password' }, value: 'geheim' }]);
    expect(asked).toHaveLength(6);
  });

  test('at Google and Microsoft are of an application, and no password is asked for', async () => {
    const enter = async () => failed('unauthorized', 'auth', 'nobody may try');
    const google = person('me@gmail.com', '', '', 'oauth', 'id.apps.googleusercontent.com', 'shh', 'own');
    const drawn = await draw({}, parts(google.ask, { enter }));
    expect(drawn.draft.login).toEqual({
      by: 'oauth',
      provider: 'google',
      tenant: null,
      clientId: 'id.apps.googleusercontent.com',
      clientSecret: { file: './me.client-secret' },
      seal: { file: './siftd.seal' },
    });
    expect(drawn.secrets).toEqual([
      { source: { file: './me.client-secret' }, value: 'shh' },
      { source: { file: './siftd.seal' }, value: 'made by nobody' },
    ]);
    expect(drawn.draft.routes).toHaveLength(1);
    expect(google.told.join()).toMatch(/siftd auth login me/);

    const directory: Directory = { ...nobody, mx: async () => ['firm-example.mail.protection.outlook.com'] };
    const microsoft = person('help@firm.example', '', '', 'an-id', '', 'own');
    const { draft } = await draw({}, parts(microsoft.ask, { directory, enter }));
    expect(draft.login).toMatchObject({
      provider: 'microsoft',
      tenant: 'firm.example',
      clientId: 'an-id',
      clientSecret: null,
    });
    const env = {};
    const config = parseConfig(draftText(draft), {
      name: 'siftd.yaml',
      file: '/etc/siftd/siftd.yaml',
      purpose: 'read',
      env,
    });
    expect(config.accounts.get('help')?.login).toMatchObject({
      by: 'oauth',
      grant: 'person',
      who: 'help@firm.example',
    });
  });

  test('at Google an app password does as well, and flags ask for nothing', async () => {
    const { ask } = person('me@gmail.com', '', '', 'password', 'abcd', '', 'own');
    expect((await draw({}, parts(ask))).draft.login).toMatchObject({ by: 'password' });
    const clientSecret = { file: './google.secret' };
    const flagged = { address: 'me@outlook.com', clientId: 'an-id', clientSecret };
    const { draft, secrets } = await draw(flagged, parts(null));
    expect(draft.login).toMatchObject({ provider: 'microsoft', tenant: 'consumers', clientSecret });
    expect(secrets.map(({ source }) => source)).toEqual([{ file: './siftd.seal' }]);
  });

  test('a refused login is told, and asked again, three times at the most', async () => {
    const refused = failed('unauthorized', 'auth', 'the server refused the login: check it');
    let tries = 0;
    const { ask, told } = person('a@firm.example', '', '', 'one', 'two', 'three', 'four');
    const enter = async () => {
      tries++;
      return refused;
    };
    await expect(draw({}, parts(ask, { enter }))).rejects.toThrow(/refused the login.*; nothing was written/);
    expect([tries, told.filter((words) => words.includes('refused')).length]).toEqual([3, 2]);
  });

  test('a server that cannot be reached is asked for again', async () => {
    const hosts: string[] = [];
    const enter: WizardParts['enter'] = async ({ host, port, tls }) => {
      hosts.push(`${host}:${port} ${tls}`);
      return hosts.length === 1 ? failed('temporary', 'refused', 'nobody takes the connection') : ok(seen);
    };
    const { ask } = person('a@firm.example', '', '', 'pw', 'box.firm.example:143', 'pw', ['Praise'], 'own');
    const { draft } = await draw({}, parts(ask, { enter }));
    expect(hosts).toEqual(['imap.firm.example:993 implicit', 'box.firm.example:143 starttls']);
    expect(draft.routes.map(({ move }) => move)).toEqual(['Praise']);
  });

  test.each([
    [{}, /with --yes nobody is asked: give ADDRESS/],
    [{ address: 'a@unknown.example' }, /nobody knows where .* is: give --host/],
    [
      { address: 'a@firm.example' },
      /with --yes nobody is asked: give --password-file, --password-env or --password-credential/,
    ],
    [
      { address: 'a@gmail.com' },
      /give --client-id \(OAuth, see config\/gmail\.yaml\), or an app password by --password-file/,
    ],
    [{ address: 'a@hotmail.com' }, /give --client-id \(OAuth, see config\/microsoft365\.yaml\)$/],
    [{ address: 'a@firm.example', provider: 'nobody' }, /there is no provider "nobody": gmail, /],
  ])('without a person what is missing is an error: %j', async (wishes, says) => {
    await expect(draw(wishes, parts(null))).rejects.toThrow(says);
  });

  test('without a person a host of another domain is not believed', async () => {
    const directory: Directory = { ...nobody, srv: async () => ({ host: 'mail.evil.example', port: 993 }) };
    const wishes = { address: 'a@firm.example', password: { env: 'PASSWORD' } };
    await expect(draw(wishes, parts(null, { directory }))).rejects.toThrow(/which is of another domain: give --host/);
  });
});

describe('on Dovecot', () => {
  let dovecot: Dovecot;
  let folder: string;
  beforeAll(async () => {
    dovecot = await startDovecot();
    const letters = Array.from({ length: 10 }, (_, n) => ({ raw: `Subject: ${n}\n\nx\n` }));
    await dovecot.load('ada', 'Support/Refunds', letters);
    await dovecot.load('ada', 'Support/Complaints', letters.slice(0, 3));
  });
  afterAll(() => dovecot.stop());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'siftd-init-'));
    vi.stubEnv('PASSWORD', 'secret');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  /** What it printed. */
  async function init(...args: string[]): Promise<string> {
    let printed = '';
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    await initCommand().parseAsync(args, { from: 'user' });
    return printed;
  }
  const flags = () => [
    'ada@example.com',
    '--yes',
    '--user',
    'ada',
    '--host',
    '127.0.0.1',
    '--port',
    String(dovecot.port),
    '--tls',
    'none',
  ];

  test('flags make a file that siftd reads, from the folders that are there, and say what comes next', async () => {
    const file = join(folder, 'siftd.yaml');
    const printed = await init(...flags(), '--password-env', 'PASSWORD', '-o', file);
    expect(printed).toMatch(/wrote .*siftd\.yaml\n\nNext:\n {2}siftd doctor -c .*\n {2}siftd train .*\n {2}siftd run /);
    const config = loadConfig({ file, purpose: 'run', env: { PASSWORD: 'secret' } });
    const account = config.accounts.get('ada');
    expect([...(account?.policy.routes.values() ?? [])].map(({ name, move }) => [name, move])).toEqual([
      ['refunds', 'Support/Refunds'],
    ]);
    expect(config.warnings).toEqual([]);
    expect(readFileSync(file, 'utf8')).toMatch(/^# yaml-language-server: \$schema=\/.*siftd\.schema\.json\n/);
    // A second time it is left as it is.
    const before = readFileSync(file, 'utf8');
    await expect(init(...flags(), '--password-env', 'PASSWORD', '-o', file)).rejects.toThrow(
      /is there already, and is never written over/,
    );
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  test('where nobody has consented yet, the seal is made, kept beside the file, and the next step is named', async () => {
    const file = join(folder, 'siftd.yaml');
    writeFileSync(join(folder, 'google.secret'), 'shh\n', { mode: 0o600 });
    const google = [
      'me@gmail.com',
      '--yes',
      '--client-id',
      'an-id',
      '--client-secret-file',
      join(folder, 'google.secret'),
    ];
    const printed = await init(...google, '-o', file);
    expect(printed).toMatch(/wrote .*siftd\.seal, which you alone can read\n\nNext:\n {2}siftd auth login me -c /);
    expect(statSync(join(folder, 'siftd.seal')).mode & 0o777).toBe(0o600);
    const { accounts, seal } = loadConfig({ file, purpose: 'run', env: {} });
    expect(seal?.reveal()).toMatch(/^[A-Za-z0-9+/=]{44}$/);
    expect(accounts.get('me')?.login).toMatchObject({ by: 'oauth', provider: { kind: 'google' }, clientId: 'an-id' });
  });

  test('routes and a password file of one’s own', async () => {
    writeFileSync(join(folder, 'pw'), 'secret\n', { mode: 0o600 });
    const file = join(folder, 'siftd.yaml');
    const routes = ['--route', 'complaint=Support/Complaints', '--route', 'praise=Praise'];
    await init(...flags(), '--password-file', join(folder, 'pw'), ...routes, '-o', file);
    expect(readFileSync(file, 'utf8')).toContain('password: { file: ./pw }');
    expect(readFileSync(file, 'utf8')).toContain(
      'complaint: { move: Support/Complaints } # 3 messages are there; 10 are needed to learn it',
    );
    expect(statSync(file).mode & 0o777).toBe(0o644);
  });

  test('a login that fails writes nothing', async () => {
    const file = join(folder, 'siftd.yaml');
    vi.stubEnv('PASSWORD', 'wrong');
    await expect(init(...flags(), '--password-env', 'PASSWORD', '-o', file)).rejects.toThrow(
      /refused the login.*nothing was written/,
    );
    const nowhere = flags().with(7, String(await freePorts(1)));
    await expect(init(...nowhere, '--password-env', 'PASSWORD', '-o', file)).rejects.toThrow(
      /takes no connections.*nothing was written/,
    );
    expect(() => readFileSync(file)).toThrow();
  });
});
