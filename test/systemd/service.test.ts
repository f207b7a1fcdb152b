import { mkdirSync, writeFileSync } from 'node:fs';
import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { type Systemd, startSystemd } from '../servers/systemd.ts';

const user = 'support@example.com';
const folders = { refund_request: 'Support/Refunds', complaint: 'Support/Complaints' } as const;

const refund = (n: number): string => `I want my money back for order ${n}. Please refund the ${n} euros to my card.`;
const complaint = (n: number): string =>
  `Order ${n} came broken and late, the box was torn. This is the ${n}th time, I am angry and disappointed.`;

function letter(id: string, body: string): string {
  return `From: ada@example.com\nTo: ${user}\nSubject: my order\nMessage-ID: <${id}@example.com>\n\n${body}\n`;
}

/** What systemd does by the clock is looked for as often. */
const patient = { timeout: 60_000, interval: 200 };

let machine: Systemd;
let dovecot: Dovecot;
let person: ImapFlow;

const artifacts = new URL('../artifacts/', import.meta.url);

beforeAll(async () => {
  [machine, dovecot] = await Promise.all([startSystemd(), startDovecot()]);
  for (const [folder, text] of [
    [folders.refund_request, refund],
    [folders.complaint, complaint],
  ] as const) {
    const sorted = Array.from({ length: 15 }, (_, n) => ({ raw: letter(`sorted-${n}-${folder}`, text(n)) }));
    await dovecot.load(user, folder, sorted);
  }
  person = new ImapFlow({
    host: dovecot.host,
    port: dovecot.port,
    secure: false,
    doSTARTTLS: false,
    auth: { user, pass: 'secret' },
    logger: false,
  });
  await person.connect();
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
  await person.logout();
  await Promise.all([machine.stop(), dovecot.stop()]);
});

function configuration(port: number): string {
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
  complaint: { move: ${folders.complaint} }
`;
}

/** Delivers, and resolves when the server tells a person who looks at the folder that a message came. */
async function deliverAndSeeIn(folder: string, raw: string): Promise<void> {
  await person.mailboxOpen(folder);
  const came = new Promise((resolve) => person.once('exists', resolve));
  // The next command ends it.
  const idling = person.idle();
  await dovecot.deliver(user, raw);
  await came;
  const id = /<[^>]+>/.exec(raw)?.[0] ?? '';
  expect(await person.search({ header: { 'message-id': id } })).toHaveLength(1);
  await idling;
}

async function property(name: string): Promise<string> {
  return (await machine.exec(['systemctl', 'show', 'siftd', '-P', name])).stdout.trim();
}

async function journal(): Promise<string> {
  return (await machine.exec(['journalctl', '--unit=siftd', '--output=cat', '--no-pager'])).stdout;
}

test('systemctl start returns when siftd is ready, as a user of its own with a state folder of its own', async () => {
  const started = await machine.exec(['systemctl', 'start', 'siftd']);
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
  await deliverAndSeeIn(folders.refund_request, letter('new-1', refund(99)));
  await deliverAndSeeIn(folders.complaint, letter('new-2', complaint(99)));
});

test('killed, it is started again and sorts on', async () => {
  await machine.exec(['systemctl', 'kill', '--signal=KILL', 'siftd']);
  await deliverAndSeeIn(folders.refund_request, letter('new-3', refund(100)));
  expect(await property('NRestarts')).toBe('1');
});

test('it tells systemd in words how it fares, and one that moves no more is started again', {
  timeout: 120_000,
}, async () => {
  await vi.waitFor(async () => expect(await property('StatusText')).toMatch(/^watching 1 account, 0 waiting/), patient);
  const restarts = Number(await property('NRestarts'));
  // Every thread of it stands still, as if the event loop hung.
  await machine.exec(['systemctl', 'kill', '--kill-who=main', '--signal=STOP', 'siftd']);
  await vi.waitFor(async () => expect(Number(await property('NRestarts'))).toBe(restarts + 1), patient);
  await deliverAndSeeIn(folders.complaint, letter('new-4', complaint(101)));
  expect(await journal()).toContain('Watchdog timeout');
});

test('systemctl stop ends it in order, and the journal tells without a word of the mail', async () => {
  expect(await machine.exec(['systemctl', 'stop', 'siftd'])).toMatchObject({ code: 0 });
  // Not `timeout`, nor `signal`: it was neither killed nor late.
  expect([await property('Result'), await property('ExecMainStatus')]).toEqual(['success', '0']);
  const told = await journal();
  for (const word of [
    '"state":"found"',
    '"state":"submitted"',
    '"state":"decided"',
    '"state":"done"',
    '"msg":"stopped"',
  ]) {
    expect(told).toContain(word);
  }
  for (const secret of ['my order', 'money', 'angry', 'ada@', 'secret']) expect(told).not.toContain(secret);
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
