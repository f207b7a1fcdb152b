import { once } from 'node:events';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import type { CheckupOptions } from '../../src/cli/checkup.ts';
import { startImapServer } from '../../src/demo/imap/server.ts';
import { lockState } from '../../src/store/lock.ts';
import { openStore } from '../../src/store/store.ts';
import { type Dovecot, startDovecot, underAcl } from '../servers/dovecot.ts';
import { freePorts } from '../servers/guard.ts';
import { type Smtp, startSmtp } from '../servers/smtp.ts';
import { startVendor, type Vendor } from '../vendor/vendor.ts';
import { expired, Setup, tlsBefore } from './house.ts';

/* Set-ups that are broken in one way each, on real servers: the doctor names that way, says what to do, and nothing else. */

let dovecot: Dovecot;
let vendor: Vendor;
let old: ReturnType<typeof expired>;
beforeAll(async () => {
  const rights = underAcl('Closed owner lr', 'Support/ReadOnly owner lr', 'Unlabelled owner lrite');
  [dovecot, vendor] = await Promise.all([startDovecot(rights), startVendor()]);
  for (const folder of ['Refunds', 'Closed', 'Support/ReadOnly', 'Unlabelled']) {
    await dovecot.doveadm('mailbox', 'create', '-u', 'ada', folder);
  }
  old = expired(dovecot.dir);
});
afterAll(() => Promise.all([dovecot.stop(), vendor.close()]));

let setup: Setup;
beforeEach(() => {
  setup = new Setup();
});

/** A configuration with which nothing is wrong, but for what is put over it. */
function config(over: Readonly<Record<string, unknown>> = {}, account: Readonly<Record<string, unknown>> = {}) {
  return {
    accounts: {
      support: {
        ...{ host: '127.0.0.1', port: dovecot.port, tls: 'none', user: 'ada', password: { file: 'password' } },
        ...account,
      },
    },
    classifier: {
      ...{ url: vendor.url, company: vendor.company },
      ...{ orchestrator: vendor.orchestrator, token: { file: 'token' } },
    },
    routes: { refund_request: { move: 'Refunds', label: ['money'] } },
    ...over,
  };
}

const classifier = (over: Readonly<Record<string, unknown>>) => ({
  classifier: { ...config().classifier, ...over },
});

/** Over TLS from the start, with the certificate that is its own authority. */
const trusted = () => ({ tlsOptions: { ca: readFileSync(dovecot.cert) } });
const own = () => ({
  cert: readFileSync(dovecot.cert, 'utf8'),
  key: readFileSync(join(dirname(dovecot.cert), 'key.pem'), 'utf8'),
});
const implicit = () => ({ tls: 'implicit', port: dovecot.imapsPort });

test('a set-up with which nothing is wrong', async () => {
  const { checks, complaints } = await setup.diagnose(config({}, implicit()), trusted());
  expect(complaints).toEqual([]);
  const told = checks.filter(({ state }) => state === 'ok').map(({ id }) => id);
  expect(told).toEqual([
    ...['configuration', 'secret', 'state-folder', 'disk', 'journal', 'api', 'token', 'answer', 'clock'],
    ...['dns', 'tcp', 'tls', 'certificate', 'login', 'capabilities', 'folder', 'keywords', 'folder'],
  ]);
});

/** A journal as a siftd with this schema leaves it. */
function journal(of: Setup, version: number): void {
  const file = join(of.makeState(), 'siftd.db');
  openStore(file).close();
  const db = new Database(file);
  db.pragma(`user_version = ${version}`);
  db.close();
}

/** What is over the whole file, and over the account. */
interface Broken {
  readonly over?: () => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;
  readonly account?: () => Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;
  readonly options?: () => Partial<CheckupOptions>;
  readonly before?: (setup: Setup) => void;
  readonly complaint: string;
  /** What was found, and what to do. */
  readonly says: RegExp;
}

const setUps: Readonly<Record<string, Broken>> = {
  'a key that is misspelt': {
    over: () => ({ treshold: 0.8 }),
    complaint: 'failed configuration',
    says: /siftd\.yaml:\d+: treshold: unknown key, did you mean "threshold"\?.* => mend these lines/,
  },
  'a secret that everybody can read': {
    before: (of) => chmodSync(of.path('password'), 0o644),
    complaint: 'warning secret accounts.support.password',
    says: /everybody on this machine can read .*\/password => chmod 600 it/,
  },
  'a state folder below something that is no folder': {
    before: (of) => of.write('file', ''),
    over: () => ({ state: 'file/state' }),
    complaint: 'failed state-folder',
    says: /file\/state cannot be made \(ENOTDIR\) => give it to the user that runs siftd .* state:/,
  },
  'a state folder that others look into': {
    before: (of) => chmodSync(of.makeState(), 0o755),
    complaint: 'warning state-folder',
    says: /everybody on this machine can look into .*\/state => chmod o-rwx/,
  },
  'a journal of a newer siftd': {
    before: (of) => journal(of, 99),
    complaint: 'failed journal siftd.db',
    says: /it has schema 99, written by a newer siftd.* => install the newer siftd again/,
  },
  'a journal of an older siftd': {
    before: (of) => {
      journal(of, 1);
      // A siftd of then runs.
      const lock = lockState(of.path('state'));
      onTestFinished(() => lock.release());
    },
    complaint: 'warning journal siftd.db',
    says: /it has schema 1; this siftd brings it to \d+ when it next starts => restart siftd run/,
  },
  'a journal that was cut off': {
    before: (of) => {
      of.makeState();
      of.write('state/siftd.db', '');
    },
    complaint: 'failed journal siftd.db',
    says: /it is empty, so it was cut off => .*siftd rebuild/,
  },
  'a host that nobody knows': {
    account: () => ({ host: 'imap.siftd.invalid', tls: 'implicit' }),
    complaint: 'failed dns',
    says: /nobody knows the host "imap.siftd.invalid" => check accounts\.support\.host/,
  },
  'a port where nobody listens': {
    account: async () => ({ port: await freePorts(1) }),
    complaint: 'failed tcp',
    says: /takes no connections => check accounts\.support\.host and accounts\.support\.port/,
  },
  'TLS from the start where STARTTLS is spoken': {
    account: () => ({ tls: 'implicit' }),
    complaint: 'failed tls',
    says: /does not speak TLS from the start.* set accounts\.support\.tls to starttls/,
  },
  'a certificate that nobody else vouches for': {
    account: implicit,
    complaint: 'failed certificate',
    says: /nobody but itself vouches for it \(DEPTH_ZERO_SELF_SIGNED_CERT\); it is for localhost.* => .*NODE_EXTRA_CA_CERTS/,
  },
  'the same by STARTTLS': {
    account: () => ({ tls: 'starttls' }),
    complaint: 'failed certificate',
    says: /nobody but itself vouches for it .* => .*NODE_EXTRA_CA_CERTS/,
  },
  'a certificate that has expired': {
    account: async () => ({ tls: 'implicit', port: await tlsBefore(dovecot.port, old) }),
    options: () => ({ tlsOptions: { ca: old.cert } }),
    complaint: 'failed certificate',
    says: /it ended on 2020-12-31; it is for mail\.old\.example.* => have the server’s certificate renewed/,
  },
  'a certificate for another host': {
    account: async () => ({
      tls: 'implicit',
      host: '127.0.0.9',
      port: await tlsBefore(dovecot.port, own(), '127.0.0.9'),
    }),
    options: trusted,
    complaint: 'failed certificate',
    says: /it is for another host than 127\.0\.0\.9; it is for localhost.* => name the host that it is for in accounts\.support\.host/,
  },
  'a server without MOVE': {
    account: () => ({ host: dovecot.hosts.noMove }),
    complaint: 'warning capability MOVE',
    says: /a move is a copy .* => ask whoever runs the server for MOVE \(RFC 6851\)/,
  },
  'a watched folder that is not there': {
    account: () => ({ folders: ['INBOX', 'inbox/Refund'] }),
    complaint: 'failed folder inbox/Refund',
    says: /there is no such folder.* => make it, or mend accounts\.support\.folders\[1\]; did you mean "Refunds"\?/,
  },
  'a route to a folder that is not there': {
    over: () => ({ routes: { refund_request: { move: 'Money/Refund' } } }),
    complaint: 'warning folder Money/Refund',
    says: /no such folder yet.* => nothing, if the name is right; else mend routes\.refund_request\.move; did you mean "Refunds"\?/,
  },
  'a route to a folder that rights close': {
    over: () => ({ routes: { refund_request: { move: 'Closed' } } }),
    complaint: 'failed folder Closed',
    says: /this account may not put messages into it \(its rights are [lr]+\) => give this account the rights lri there/,
  },
  'a watched folder that can only be read': {
    account: () => ({ folders: ['Support/ReadOnly'] }),
    complaint: 'failed folder Support/ReadOnly',
    says: /may not mark messages \\Deleted or expunge them \(its rights are [lr]+\) => give this account the rights lrtew there/,
  },
  'a watched folder whose messages cannot be labelled': {
    account: () => ({ folders: ['Unlabelled'] }),
    complaint: 'warning folder Unlabelled',
    says: /may not set flags and labels .*: such marks are lost => give this account the rights/,
  },
  'an API that refuses the token': {
    before: (of) => of.write('token', 'another\n'),
    complaint: 'failed token',
    says: /the classifier answered 401.* => put a valid token where classifier\.token/,
  },
  'an API that is down': {
    over: async () => classifier({ url: `http://127.0.0.1:${await freePorts(1)}` }),
    complaint: 'failed api',
    says: /cannot reach the classifier \(ECONNREFUSED\) at 127\.0\.0\.1:\d+ => check classifier\.url/,
  },
  'an API whose host nobody knows': {
    over: () => classifier({ url: 'https://api.siftd.invalid' }),
    complaint: 'failed api',
    says: /cannot reach the classifier \((ENOTFOUND|EAI_AGAIN)\) .* => its host has no address/,
  },
  'another orchestrator than the API has': {
    over: () => classifier({ orchestrator: 'another' }),
    complaint: 'failed api',
    says: /answered 404.*not its address => check classifier\.url, classifier\.company, classifier\.orchestrator/,
  },
  // Dovecot lets those who come after it wait.
  'a wrong password': {
    before: (of) => of.write('password', 'wrong\n'),
    complaint: 'failed login',
    says: /refused the login => check accounts\.support\.user and accounts\.support\.password/,
  },
};

test.each(Object.entries(setUps))('%s', async (_, { over, account, options, before, complaint, says }) => {
  before?.(setup);
  const diagnosis = await setup.diagnose(config(await over?.(), await account?.()), options?.());
  expect(diagnosis.complaints).toEqual([complaint]);
  expect(diagnosis.only).toMatch(says);
});

describe('what needs something that is not there', () => {
  test('is not tried without a connection', async () => {
    const diagnosis = await setup.diagnose(config({}, { port: await freePorts(1) }));
    expect(diagnosis.of('dns')).toEqual(['ok: 127.0.0.1 is an address']);
    const mailbox = ['tls', 'certificate', 'greeting', 'login', 'capabilities', 'folder', 'keywords', 'push'];
    expect(diagnosis.untried).toEqual(expect.arrayContaining(mailbox));
  });

  test('is not tried without a password, and everything else is', async () => {
    rmSync(setup.path('password'));
    const diagnosis = await setup.diagnose(config());
    expect(diagnosis.complaints).toEqual(['failed secret accounts.support.password']);
    expect(diagnosis.of('login')).toEqual(['skipped: its password could not be read']);
    expect(diagnosis.of('answer')).toEqual([expect.stringMatching(/^ok: refund_request, confidence 0\.92, after/)]);
    expect(dovecot.log()).not.toMatch(/auth failed.*user=<>/);
  });

  test('is not tried without a configuration', async () => {
    const diagnosis = await setup.diagnose({ accounts: {} });
    expect(diagnosis.complaints).toEqual(['failed configuration']);
    expect(diagnosis.untried).toContain('state-folder');
    const none = await setup.diagnose({}, { file: setup.path('nowhere.yaml') });
    expect(none.only).toMatch(/there is no such file => name it with -c FILE or \$SIFTD_CONFIG/);
  });
});

describe('the daemon', () => {
  test('that runs is seen without a lock being asked for, and its word on each account is told', async () => {
    const state = setup.makeState();
    const store = openStore(join(state, 'siftd.db'));
    const lock = lockState(state);
    onTestFinished(() => {
      lock.release();
      store.close();
    });
    await store.note('support', { state: 'watching', at: Date.now(), detail: null });
    const well = await setup.diagnose(config());
    expect(well.complaints).toEqual([]);
    expect(well.of('daemon')).toEqual([`ok: it runs (pid ${process.pid})`]);
    expect(well.of('standing')).toEqual([expect.stringMatching(/^ok: watching since 20/)]);
    // The lock is ours as before: another one does not get it.
    expect(() => lockState(state)).toThrow(/another siftd/);

    await store.note('support', { state: 'refused', at: Date.now(), detail: 'the server refused the login' });
    const ill = await setup.diagnose(config());
    expect(ill.complaints).toEqual(['failed standing']);
    expect(ill.only).toMatch(/refused since .*: the server refused the login => mend what it says/);
  });

  test('that does not run, where it once did, is missed', async () => {
    const state = setup.makeState();
    openStore(join(state, 'siftd.db')).close();
    lockState(state).release();
    const diagnosis = await setup.diagnose(config());
    expect(diagnosis.only).toBe('it does not run => start it: siftd run, or systemctl start siftd');
  });
});

describe('IDLE, with --write', () => {
  test('is proved by a message that is told at once, and nothing is left behind', async () => {
    const before = await dovecot.doveadm('mailbox', 'list', '-u', 'ada');
    const diagnosis = await setup.diagnose(config(), { write: true });
    expect(diagnosis.complaints).toEqual([]);
    expect(diagnosis.of('push')).toEqual([expect.stringMatching(/^ok: a new message was told after \d+ ms$/)]);
    expect(diagnosis.of('clock')).toEqual(Array(2).fill(expect.stringMatching(/^ok: it agrees with ours$/)));
    expect(await dovecot.doveadm('mailbox', 'list', '-u', 'ada')).toBe(before);
  });

  test('that is mute is named, and nothing is left behind either', async () => {
    const server = await startImapServer({
      accounts: [{ user: 'ada', password: 'secret' }],
      capabilities: { idle: 'mute' },
    });
    onTestFinished(() => server.close());
    const hasty: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 500), signal) };
    const account = { host: server.host, port: server.port };
    server.store.account('ada').create('Refunds');
    const diagnosis = await setup.diagnose(config({}, account), { write: true, clock: hasty });
    expect(diagnosis.complaints).toEqual(['warning push']);
    expect(diagnosis.only).toMatch(/offers IDLE and said nothing .* => nothing has to be done/);
    const names = server.store
      .account('ada')
      .folders()
      .map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('siftd-doctor'))).toEqual([]);
  });
});

test.each([
  [
    { move: 'Refunds', label: ['money'] },
    'warning keywords INBOX',
    /the server keeps no new labels: money.* => use move or flag/,
  ],
  [
    { label: ['money'] },
    'failed keywords INBOX',
    /refund_request would do nothing else.* => give refund_request a move/,
  ],
])('a server that keeps no labels: %o', async (route, complaint, says) => {
  const server = await startImapServer({
    accounts: [{ user: 'ada', password: 'secret' }],
    capabilities: { keywords: false },
  });
  onTestFinished(() => server.close());
  server.store.account('ada').create('Refunds');
  const account = { host: server.host, port: server.port };
  const diagnosis = await setup.diagnose(
    config({ routes: { refund_request: route }, unsure: { flag: true }, failed: { flag: true } }, account),
  );
  expect(diagnosis.complaints).toEqual([complaint]);
  expect(diagnosis.only).toMatch(says);
});

test('clocks that differ by an hour', async () => {
  const server = createServer((request, response) => {
    request.resume();
    response.sendDate = false;
    response.writeHead(401, { date: new Date(Date.now() + 3_600_000).toUTCString() }).end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = address === null || typeof address === 'string' ? 0 : address.port;
  const diagnosis = await setup.diagnose(config(classifier({ url: `http://127.0.0.1:${port}` })));
  expect(diagnosis.complaints).toEqual(['failed token', `failed clock 127.0.0.1:${port}`]);
  expect(diagnosis.of('clock')).toEqual([expect.stringMatching(/it is 60 min ahead of ours$/)]);
});

describe('where mail is handed in', () => {
  const sends = (smtp: Smtp, over: Record<string, unknown> = {}) =>
    config({ smtp: { host: smtp.host, port: smtp.port, tls: 'none', from: 'support@shop.example', ...over } });
  async function server(options: Parameters<typeof startSmtp>[0] = {}): Promise<Smtp> {
    const smtp = await startSmtp({ allowInsecureAuth: true, ...options });
    onTestFinished(() => smtp.stop());
    return smtp;
  }

  test('nothing is wrong where the server lets us in, and nothing is sent', async () => {
    const smtp = await server();
    const seen = await setup.diagnose(sends(smtp, { user: 'siftd', password: { file: 'password' } }));
    expect(seen.complaints).toEqual([]);
    expect(seen.of('smtp')).toEqual([`ok: 127.0.0.1:${smtp.port} lets us in; nothing was sent`]);
    expect(smtp.received).toEqual([]);
  });

  test('a login that is refused', async () => {
    const smtp = await server();
    const seen = await setup.diagnose(sends(smtp, { user: 'nobody', password: { file: 'password' } }));
    expect(seen.complaints).toEqual(['failed smtp']);
    expect(seen.only).toMatch(/login.* => check smtp, or accounts\.support\.smtp$/);
  });

  test('a server that is not there', async () => {
    const smtp = await server();
    await smtp.stop();
    const seen = await setup.diagnose(sends(smtp, { login: 'none' }));
    expect(seen.complaints).toEqual(['failed smtp']);
  });
});
