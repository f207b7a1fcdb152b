import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Dovecot } from '../servers/dovecot.ts';
import { type Systemd, startSystemd } from '../servers/systemd.ts';
import { complaint, folders, letter, refund, startTeam, type Team, user } from './team.ts';

/** What systemd does by the clock is looked for as often. */
const patient = { timeout: 60_000, interval: 200 };

let machine: Systemd;
let team: Team;
let dovecot: Dovecot;

const artifacts = new URL('../artifacts/', import.meta.url);

/** What an administrator does or what befalls siftd, what came of it, and within how many seconds that was seen. */
const table: { readonly event: string; readonly what: string; readonly seconds: number }[] = [];

async function within<T>(event: string, what: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const came = await work();
  table.push({ event, what, seconds: (performance.now() - began) / 1000 });
  return came;
}

beforeAll(async () => {
  [machine, team] = await Promise.all([startSystemd(), startTeam()]);
  dovecot = team.dovecot;
  // As an administrator installs it. The unit is the one that we ship; a drop-in gives it its credential.
  await machine.exec(['cp', '/opt/siftd/systemd/siftd.service', '/etc/systemd/system/']);
  await machine.exec(['mkdir', '-p', '/etc/siftd/credentials', '/etc/systemd/system/siftd.service.d']);
  await machine.write('/etc/siftd/credentials/support-password', 'secret\n');
  await machine.exec(['chmod', '-R', 'go=', '/etc/siftd/credentials']);
  await machine.write(
    '/etc/systemd/system/siftd.service.d/credentials.conf',
    '[Service]\nLoadCredential=support-password:/etc/siftd/credentials/support-password\nWatchdogSec=12\n',
  );
  await machine.write('/etc/siftd/siftd.yaml', configuration(dovecot.port));
  await machine.exec(['systemctl', 'daemon-reload']);
});

afterAll(async () => {
  // What an administrator would read, for whoever wants to see it.
  mkdirSync(artifacts, { recursive: true });
  writeFileSync(new URL('journal.txt', artifacts), await journal());
  const rows = table.map(({ event, what, seconds }) => `| ${event} | ${what} | ${seconds.toFixed(1)} s |`);
  const text = ['| event | what happened | within |', '|---|---|---|', ...rows].join('\n');
  writeFileSync(new URL('service.md', artifacts), `${text}\n`);
  console.log(text);
  await Promise.all([machine.stop(), team.stop()]);
});

function configuration(port: number, more = '', complaints: string = folders.complaint): string {
  return `
accounts:
  support:
    host: 127.0.0.1
    port: ${port}
    tls: none
    user: ${user}
    password: { credential: support-password }
    folders: [INBOX]
threshold: 0.5
routes:
  refund_request: { move: ${folders.refund_request} }
  complaint: { move: ${complaints} }
${more}`;
}

async function property(name: string): Promise<string> {
  return (await machine.exec(['systemctl', 'show', 'siftd', '-P', name])).stdout.trim();
}

async function journal(): Promise<string> {
  return (await machine.exec(['journalctl', '--unit=siftd', '--output=cat', '--no-pager'])).stdout;
}

/** Resolves once siftd or systemd has said it so often in the journal. */
async function told(text: string, times = 1): Promise<void> {
  await vi.waitFor(
    async () => expect((await everything()).split(text).length - 1).toBeGreaterThanOrEqual(times),
    patient,
  );
}

/** With what systemd says of the unit. */
async function everything(unit = 'siftd'): Promise<string> {
  return (await machine.exec(['journalctl', `--unit=${unit}`, '--output=cat', '--no-pager'])).stdout;
}

const inForce = 'was read again and is in force';
const reload = () => machine.exec(['systemctl', 'reload', 'siftd']);
const count = async (folder: string) => {
  const status = await team.person.status(folder, { messages: true });
  return status === false ? 0 : (status.messages ?? 0);
};
const configure = (text: string) => machine.write('/etc/siftd/siftd.yaml', text);

test('systemctl start returns when siftd is ready, as a user of its own with a state folder of its own', async () => {
  const started = await within('systemctl start', 'ready: the inbox was read to its end', () =>
    machine.exec(['systemctl', 'start', 'siftd']),
  );
  expect(started, await journal()).toMatchObject({ code: 0 });
  expect(await property('ActiveState')).toBe('active');
  const pid = await property('MainPID');
  const owner = await machine.exec(['stat', '-c', '%U', `/proc/${pid}`, '/var/lib/siftd/siftd.db']);
  expect(owner.stdout).toBe('siftd\nsiftd\n');
});

test('siftd doctor of an administrator beside it looks with the state folder and the credentials of the unit', async () => {
  const asked = await machine.exec(['siftd', 'doctor', '-c', '/etc/siftd/siftd.yaml', '--json']);
  const { checks } = JSON.parse(asked.stdout) as { checks: { id: string; state: string; detail: string }[] };
  const told = (id: string) =>
    checks.filter((check) => check.id === id).map(({ state, detail }) => `${state}: ${detail}`);
  // Installed by hand and not enabled: it would not come back after a boot.
  expect(told('unit')).toEqual(['warning: it is disabled: nobody starts it at boot']);
  expect(told('secret')).toEqual(['ok: 1 can be read']);
  expect(told('state-folder')).toEqual(['ok: /var/lib/siftd']);
  expect(told('daemon')).toEqual([`ok: it runs (pid ${await property('MainPID')})`]);
  expect([told('login'), told('standing')]).toEqual([
    [expect.stringMatching(/^ok/)],
    [expect.stringMatching(/^ok: watching/)],
  ]);
  expect(asked.code).toBe(0);
});

test('mail that is delivered then is sorted', async () => {
  await team.deliverAndSeeIn(folders.refund_request, letter('new-1', refund(99)));
  await team.deliverAndSeeIn(folders.complaint, letter('new-2', complaint(99)));
});

test('systemctl reload takes a new configuration, in the same process', async () => {
  const pid = await property('MainPID');
  await configure(configuration(dovecot.port, 'target_precision: 0.9\n', 'Support/Anger'));
  await within('systemctl reload', 'the new routes are in force, in the same process', async () => {
    expect(await reload()).toMatchObject({ code: 0 });
    await told(inForce);
  });
  // Another set of routes is another model, which learns from its folders: there are none for complaints yet.
  await configure(configuration(dovecot.port, 'target_precision: 0.9\n'));
  await reload();
  await told(inForce, 2);
  await vi.waitFor(async () => expect(await property('StatusText')).toMatch(/^watching 1 account/), patient);
  expect([await property('MainPID'), await property('NRestarts'), await property('ActiveState')]).toEqual([
    pid,
    '0',
    'active',
  ]);
  await team.deliverAndSeeIn(folders.complaint, letter('new-reload', complaint(102)));
});

test('systemctl reload of a wrong one changes nothing, and says why in the words of siftd check', async () => {
  const pid = await property('MainPID');
  await configure(configuration(dovecot.port).replace('threshold', 'treshold'));
  const check = await machine.exec(['siftd', 'check', '-c', '/etc/siftd/siftd.yaml']);
  expect(check.code).toBe(2);
  const [why = ''] = check.stderr.split('\n').filter((line) => line.includes('treshold'));
  await within('systemctl reload, a wrong file', 'refused: the journal and systemctl status say why', async () => {
    await reload();
    await vi.waitFor(async () => expect(await property('StatusText')).toContain('the new configuration is refused'), {
      ...patient,
    });
  });
  expect(await property('StatusText')).toContain('treshold');
  const errors = await machine.exec(['journalctl', '--unit=siftd', '--priority=err', '--output=cat', '--no-pager']);
  const line = JSON.parse(errors.stdout.trim().split('\n').at(-1) ?? '{}') as { msg: string };
  expect(line.msg).toContain(why.replace(/^siftd: /, ''));
  expect([await property('MainPID'), await property('ActiveState')]).toEqual([pid, 'active']);
  await team.deliverAndSeeIn(folders.refund_request, letter('new-refused', refund(103)));
  await configure(configuration(dovecot.port));
  await reload();
  await told(inForce, 3);
  await vi.waitFor(async () => expect(await property('StatusText')).not.toContain('refused'), patient);
});

test('credentials are as they were at the start: systemd hands them out once', async () => {
  await machine.write('/etc/siftd/credentials/support-password', 'another\n');
  await reload();
  await told(inForce, 4);
  await team.deliverAndSeeIn(folders.refund_request, letter('new-credential', refund(104)));
  await machine.write('/etc/siftd/credentials/support-password', 'secret\n');
});

test('killed, it is started again and sorts on', async () => {
  await within('kill -9', 'started again, and mail that came meanwhile is filed', async () => {
    await machine.exec(['systemctl', 'kill', '--signal=KILL', 'siftd']);
    await team.deliverAndSeeIn(folders.refund_request, letter('new-3', refund(100)));
  });
  expect(await property('NRestarts')).toBe('1');
});

test('it tells systemd in words how it fares, and one that moves no more is started again', {
  timeout: 120_000,
}, async () => {
  await vi.waitFor(async () => expect(await property('StatusText')).toMatch(/^watching 1 account, 0 waiting/), patient);
  const restarts = Number(await property('NRestarts'));
  // Every thread of it stands still, as if the event loop hung.
  await within('SIGSTOP (WatchdogSec=12)', 'the watchdog has it killed and started again', async () => {
    await machine.exec(['systemctl', 'kill', '--kill-who=main', '--signal=STOP', 'siftd']);
    await vi.waitFor(async () => expect(Number(await property('NRestarts'))).toBe(restarts + 1), patient);
  });
  await team.deliverAndSeeIn(folders.complaint, letter('new-4', complaint(101)));
  expect(await journal()).toContain('Watchdog timeout');
});

test('systemctl stop ends it in order, and the journal tells without a word of the mail', async () => {
  const before = await count(folders.refund_request);
  const letters = Array.from({ length: 40 }, (_, n) => ({ raw: letter(`flight-${n}`, refund(200 + n)) }));
  await dovecot.load(user, 'INBOX', letters);
  await told('"state":"submitted"', 10);
  const seconds = await within('systemctl stop, 40 messages under way', 'ended in order', async () => {
    const began = performance.now();
    expect(await machine.exec(['systemctl', 'stop', 'siftd'])).toMatchObject({ code: 0 });
    return (performance.now() - began) / 1000;
  });
  // What TimeoutStopSec would have made of it is `timeout`: here it is the promise of limits.daemon.stop.
  expect(seconds).toBeLessThan(10);
  // Not `timeout`, nor `signal`: it was neither killed nor late.
  expect([await property('Result'), await property('ExecMainStatus')]).toEqual(['success', '0']);
  const lines = await journal();
  for (const word of [
    '"state":"found"',
    '"state":"submitted"',
    '"state":"decided"',
    '"state":"done"',
    '"msg":"stopped"',
  ]) {
    expect(lines).toContain(word);
  }
  for (const secret of ['my order', 'money', 'angry', 'ada@', 'secret']) expect(lines).not.toContain(secret);
  await within('systemctl start', 'the 40 are filed, each once', async () => {
    await machine.exec(['systemctl', 'start', 'siftd']);
    await vi.waitFor(async () => expect(await count(folders.refund_request)).toBe(before + 40), patient);
  });
  await machine.exec(['systemctl', 'stop', 'siftd']);
});

test('a wrong configuration fails the start once, with its error in the journal', async () => {
  await machine.write('/etc/siftd/siftd.yaml', configuration(dovecot.port).replace('threshold', 'treshold'));
  expect((await machine.exec(['systemctl', 'start', 'siftd'])).code).toBe(1);
  expect([await property('ExecMainStatus'), await property('NRestarts'), await property('ActiveState')]).toEqual([
    '2',
    '0',
    'failed',
  ]);
  expect(await journal()).toContain('treshold');
});

test('the journal knows how grave each line is, and finds those of an account or a message', async () => {
  const of = async (...args: string[]) =>
    (await machine.exec(['journalctl', '--unit=siftd', '--output=json', '--no-pager', ...args])).stdout
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { MESSAGE: string; PRIORITY: string });
  const levels = new Map(
    (await of('--grep', '"level":')).map(({ MESSAGE, PRIORITY }) => [JSON.parse(MESSAGE).level as string, PRIORITY]),
  );
  expect([levels.get('info'), levels.get('error')]).toEqual(['6', '3']);
  const [found] = await of('--grep', '"account":"support".*"job":1,');
  expect(JSON.parse(found?.MESSAGE ?? '{}')).toMatchObject({ account: 'support', job: 1 });
});

test('a crash loop ends, visibly, and starts again when its cause is mended', async () => {
  await configure(configuration(dovecot.port));
  // Somebody else has its state folder.
  await machine.write(
    '/root/holder.mjs',
    `import { lockState } from '/opt/siftd/dist/store/lock.js';
     lockState('/var/lib/siftd');
     setInterval(() => {}, 1e6);`,
  );
  await machine.exec(['systemd-run', '--unit=holder', 'node', '/root/holder.mjs']);
  await machine.write(
    '/etc/systemd/system/siftd.service.d/loop.conf',
    '[Unit]\nStartLimitBurst=4\n[Service]\nRestartSec=100ms\n',
  );
  await machine.exec(['systemctl', 'daemon-reload']);
  await machine.exec(['systemctl', 'reset-failed', 'siftd']);
  await vi.waitFor(async () => {
    const lock = await machine.exec(['sh', '-c', 'cat /var/lib/siftd/siftd.pid']);
    const holder = await machine.exec(['systemctl', 'show', 'holder', '-P', 'MainPID']);
    expect(lock.stdout).toBe(holder.stdout);
  }, patient);
  await within(
    'a crash loop (StartLimitBurst=4, RestartSec=100ms)',
    '`failed`, the reason in the journal',
    async () => {
      await machine.exec(['systemctl', 'start', 'siftd']);
      await told('Start request repeated too quickly');
    },
  );
  expect([await property('ActiveState'), await property('NRestarts')]).toEqual(['failed', '4']);
  expect(await everything()).toMatch(/another siftd \(pid \d+\) works on \/var\/lib\/siftd/);
  await machine.exec(['systemctl', 'stop', 'holder']);
  await machine.exec(['rm', '/etc/systemd/system/siftd.service.d/loop.conf']);
  await machine.exec(['systemctl', 'daemon-reload']);
  await machine.exec(['systemctl', 'reset-failed', 'siftd']);
  expect(await machine.exec(['systemctl', 'start', 'siftd']), await journal()).toMatchObject({ code: 0 });
  await machine.exec(['systemctl', 'stop', 'siftd']);
});

test('LoadCredentialEncrypted= hands out what systemd-creds encrypted', async () => {
  const encrypted = '/etc/siftd/credentials/support-password.cred';
  const made = await machine.exec(
    ['systemd-creds', 'encrypt', '--with-key=host', '--name=support-password', '-', encrypted],
    'secret\n',
  );
  expect(made.code, made.stderr).toBe(0);
  await machine.write(
    '/etc/systemd/system/siftd.service.d/credentials.conf',
    `[Service]\nLoadCredentialEncrypted=support-password:${encrypted}\n`,
  );
  await machine.exec(['systemctl', 'daemon-reload']);
  expect(await machine.exec(['systemctl', 'start', 'siftd']), await journal()).toMatchObject({ code: 0 });
  await team.deliverAndSeeIn(folders.complaint, letter('new-encrypted', complaint(105)));
  await machine.exec(['systemctl', 'stop', 'siftd']);
});

test('siftd@.service runs beside others, each with a configuration, a folder and a user of its own', async () => {
  await machine.exec(['cp', '/opt/siftd/systemd/siftd@.service', '/etc/systemd/system/']);
  await machine.exec(['mkdir', '-p', '/etc/systemd/system/siftd@.service.d']);
  await machine.write(
    '/etc/systemd/system/siftd@.service.d/credentials.conf',
    '[Service]\nLoadCredential=support-password:/etc/siftd/credentials/support-password\n',
  );
  for (const team of ['sales', 'support']) {
    const own = configuration(dovecot.port, 'console: { listen: off }\n').replace(user, `${team}-team@example.com`);
    await machine.write(`/etc/siftd/${team}.yaml`, own);
  }
  await machine.exec(['systemctl', 'daemon-reload']);
  const started = await within('systemctl start siftd@sales siftd@support', 'both are ready', () =>
    machine.exec(['systemctl', 'start', 'siftd@sales', 'siftd@support']),
  );
  expect(started, await everything('siftd@sales')).toMatchObject({ code: 0 });
  const owners = await machine.exec([
    'stat',
    '-c',
    '%u',
    '/var/lib/siftd-sales/siftd.db',
    '/var/lib/siftd-support/siftd.db',
  ]);
  expect(new Set(owners.stdout.trim().split('\n')).size, owners.stdout + owners.stderr).toBe(2);
  expect(await machine.exec(['systemctl', 'stop', 'siftd@sales', 'siftd@support'])).toMatchObject({ code: 0 });
});
