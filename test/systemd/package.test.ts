import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { migrations } from '../../src/store/migrations.ts';
import { checkout } from '../servers/guard.ts';
import { type Systemd, startSystemd } from '../servers/systemd.ts';
import { fixture, load, read } from '../store/fixtures.ts';
import { complaint, folders, letter, refund, startTeam, type Team, user } from './team.ts';

/* From a tarball to a service and back, as an administrator does it, under a real systemd. */

const run = promisify(execFile);
let folder: string;
let machine: Systemd;
let team: Team;

/** `npm pack`, and `npm install -g` of what came out of it; the container has a /tmp of its own. */
async function packed(): Promise<void> {
  const npm = (...args: string[]) =>
    run('npm', [...args, '--ignore-scripts', '--prefer-offline', '--no-audit'], { cwd: folder });
  await npm('pack', checkout);
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  await npm('install', '-g', '--prefix', join(folder, 'prefix'), join(folder, tarball));
  // Compiled once, by npm ci: it takes longer than all the rest.
  const built = join('node_modules', 'better-sqlite3', 'build');
  cpSync(join(checkout, built), join(folder, 'prefix', 'lib', 'node_modules', 'siftd', built), { recursive: true });
  load(read(fixture('siftd', 1)), join(folder, 'old.db'));
}

beforeAll(async () => {
  folder = mkdtempSync('/var/tmp/siftd-package-');
  [team] = await Promise.all([startTeam(), packed()]);
  machine = await startSystemd();
  // In the place of the siftd of the other tests.
  await machine.exec(['sh', '-c', `rm -r /usr/local/bin/siftd /etc/siftd && cp -a ${folder}/prefix/. /usr/local/`]);
});

afterAll(async () => {
  await Promise.all([machine.stop(), team.stop()]);
  rmSync(folder, { recursive: true });
});

const property = async (name: string) => (await machine.exec(['systemctl', 'show', 'siftd', '-P', name])).stdout.trim();
const journal = async () => (await machine.exec(['journalctl', '-u', 'siftd', '-o', 'cat', '-n', '40'])).stdout;

const install = () => [
  ...[
    'siftd',
    'install-service',
    user,
    '--yes',
    '--host',
    '127.0.0.1',
    '--port',
    `${team.dovecot.port}`,
    '--tls',
    'none',
  ],
  ...['--password-file', '/root/password'],
];

test('two commands lead from nothing to a service that observes', async () => {
  await machine.write('/root/password', 'secret\n');
  // Root's shell may keep all to itself.
  const installed = await machine.exec(['sh', '-c', 'umask 077; exec "$@"', '-', ...install()]);
  expect(installed, `${installed.stdout}${installed.stderr}${await journal()}`).toMatchObject({ code: 0 });
  expect(installed.stdout).toMatch(/wrote \/etc\/siftd\/siftd.yaml[\s\S]*enabled[\s\S]*it runs[\s\S]*siftd doctor/);
  expect([await property('ActiveState'), await property('UnitFileState')]).toEqual(['active', 'enabled']);
  expect(await property('ExecStart')).toContain('/usr/local/lib/node_modules/siftd/dist/main.js run --config');
  const modes = await machine.exec([
    ...['stat', '-c', '%a %U %n', '/etc/siftd/siftd.yaml', '/etc/siftd/credentials'],
    '/etc/siftd/credentials/support-password',
  ]);
  expect(modes.stdout.split('\n').map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
    '644 root',
    '700 root',
    '600 root',
    '',
  ]);
  const text = (await machine.exec(['cat', '/etc/siftd/siftd.yaml'])).stdout;
  expect(text).toContain('password: { credential: support-password }');
  expect(text).toMatch(/refunds: \{ move: Support\/Refunds \}/);
});

test('an administrator looks, and it sorts once it may', async () => {
  const doctor = await machine.exec(['siftd', 'doctor', '--json']);
  const { checks } = JSON.parse(doctor.stdout) as { checks: { id: string; state: string; detail: string }[] };
  expect(checks.filter(({ state }) => state === 'failed')).toEqual([]);
  expect(checks.find(({ id }) => id === 'unit')).toMatchObject({ state: 'ok' });
  await machine.exec([
    'sed',
    '-i',
    's/mode: observe/mode: act/; s/threshold: 0.75/threshold: 0.5/',
    '/etc/siftd/siftd.yaml',
  ]);
  expect(await machine.exec(['systemctl', 'restart', 'siftd'])).toMatchObject({ code: 0 });
  await team.deliverAndSeeIn(folders.refund_request, letter('new-1', refund(99)));
  const status = await machine.exec(['siftd', 'status', '--json']);
  expect(JSON.parse(status.stdout)).toMatchObject({ jobs: { done: 1 }, accounts: { support: { state: 'watching' } } });
  expect(await machine.exec(['siftd', 'backup', '/root/backup.tar.gz'])).toMatchObject({ code: 0 });
});

test('a drop-in stays, and a second time changes nothing', async () => {
  await machine.exec(['mkdir', '-p', '/etc/systemd/system/siftd.service.d']);
  await machine.write('/etc/systemd/system/siftd.service.d/mine.conf', '[Service]\nNice=5\n');
  const again = await machine.exec(['siftd', 'install-service', '--no-start']);
  expect(again).toMatchObject({ code: 0, stdout: expect.not.stringMatching(/wrote/) });
  expect(await property('Nice')).toBe('5');
});

test('a backup comes back, as the user of the service', async () => {
  await machine.exec(['systemctl', 'stop', 'siftd']);
  const restored = await machine.exec(['siftd', 'restore', '--replace', '/root/backup.tar.gz', '--json']);
  expect(restored, restored.stderr).toMatchObject({ code: 0 });
  expect(JSON.parse(restored.stdout)).toMatchObject({ state: '/var/lib/siftd' });
  expect(await machine.exec(['systemctl', 'start', 'siftd']), await journal()).toMatchObject({ code: 0 });
  await team.deliverAndSeeIn(folders.complaint, letter('new-2', complaint(99)));
});

test('an upgrade brings the journal of the first version up, and sorts on', async () => {
  await machine.exec(['systemctl', 'stop', 'siftd']);
  const swapped = `cd /var/lib/siftd && owner=$(stat -c %u:%g .) && cp ${folder}/old.db siftd.db && rm -f siftd.db-* && chown $owner siftd.db`;
  expect(await machine.exec(['sh', '-c', swapped])).toMatchObject({ code: 0 });
  const upgraded = await machine.exec(['siftd', 'install-service']);
  expect(upgraded, `${upgraded.stderr}${await journal()}`).toMatchObject({ code: 0 });
  const there = await machine.exec(['sh', '-c', 'ls /var/lib/siftd/siftd.db.schema-*; siftd status --json']);
  expect(there.stdout).toMatch(/siftd.db.schema-1\n/);
  expect(migrations.length).toBeGreaterThan(1);
  await team.deliverAndSeeIn(folders.refund_request, letter('new-3', refund(100)));
});

test('uninstalled, its configuration and what it knows stay; purged, nothing does', async () => {
  const uninstalled = await machine.exec(['siftd', 'uninstall-service']);
  expect(uninstalled).toMatchObject({ code: 0, stdout: expect.stringMatching(/stay; --purge/) });
  expect(await property('LoadState')).toBe('not-found');
  const left = await machine.exec([
    'ls',
    '/etc/siftd/siftd.yaml',
    '/var/lib/siftd/siftd.db',
    '/etc/systemd/system/siftd.service.d',
  ]);
  expect(left.stdout).toContain('mine.conf');
  expect(left.code).toBe(0);
  expect(await machine.exec(['siftd', 'uninstall-service', '--purge'])).toMatchObject({ code: 0 });
  const found = await machine.exec(['find', '/etc', '/var/lib', '-name', '*siftd*']);
  expect(found.stdout).toBe('');
});

test('the tarball holds what runs, and nothing of the tests', () => {
  const root = join(folder, 'prefix', 'lib', 'node_modules', 'siftd');
  expect(readdirSync(root).sort()).toEqual(
    [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'config',
      'dist',
      'man',
      'node_modules',
      'package.json',
      'src',
      'systemd',
    ].sort(),
  );
  expect(readFileSync(join(root, 'dist', 'main.js'), 'utf8')).toMatch(/^#!/);
});
