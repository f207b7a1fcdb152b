import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { notifySystemd } from '../../src/base/notify.ts';
import { type Systemd, startSystemd } from '../servers/systemd.ts';

const units = ['siftd.service', 'siftd@.service'];
const text = (unit: string): string => readFileSync(new URL(`../../systemd/${unit}`, import.meta.url), 'utf8');

let machine: Systemd;
beforeAll(async () => {
  machine = await startSystemd();
});
afterAll(() => machine.stop());

describe('the unit files', () => {
  test.each(units)('%s is one that systemd has nothing to say about', async (unit) => {
    expect(await machine.exec(['systemd-analyze', 'verify', `/opt/siftd/systemd/${unit}`])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });

  test.each(units)('%s leaves the service an exposure of at most 1.5 out of 10', async (unit) => {
    const path = `/opt/siftd/systemd/${unit}`;
    const judged = await machine.exec(['systemd-analyze', 'security', '--offline=true', '--threshold=15', path]);
    expect(judged.code, judged.stdout.trim().split('\n').at(-1)).toBe(0);
  });

  test('siftd@.service differs from siftd.service by the names of the instance alone', () => {
    const settings = (unit: string): string[] =>
      text(unit)
        .split('\n')
        .filter((line) => !line.startsWith('#'));
    const one = settings('siftd.service');
    expect(settings('siftd@.service').filter((line, index) => line !== one[index])).toEqual([
      'Description=siftd mail classification gateway (%i)',
      'ExecStart=siftd run --config /etc/siftd/%i.yaml',
      'User=siftd-%i',
      'StateDirectory=siftd-%i',
    ]);
  });
});

describe('notifySystemd', () => {
  test('makes a service of Type=notify active once it says that it is ready, and shows its status in one line', async () => {
    const script = `
      const { notifySystemd } = await import('/opt/siftd/dist/base/notify.js');
      const told = [await notifySystemd('STATUS=one\\nMAINPID=1'), await notifySystemd('READY=1')];
      console.log('told ' + told);
      setInterval(() => {}, 1e6);`;
    await machine.write('/opt/ready.mjs', script);
    const settings = ['Type=notify', 'NotifyAccess=all', 'DynamicUser=yes'].map((setting) => `--property=${setting}`);
    // Returns when the service is active, and fails when it is not.
    const started = await machine.exec(['systemd-run', ...settings, '--unit=ready', 'node', '/opt/ready.mjs']);
    expect(started.code, started.stderr).toBe(0);
    const shown = await machine.exec(['systemctl', 'show', 'ready', '-P', 'ActiveState', '-P', 'StatusText']);
    expect(shown.stdout.split('\n')).toEqual(expect.arrayContaining(['active', 'one MAINPID=1']));
    expect((await machine.exec(['systemctl', 'stop', 'ready'])).code).toBe(0);
    expect((await machine.exec(['journalctl', '--unit=ready', '--output=cat'])).stdout).toContain('told true,true');
  });

  test('does nothing where no systemd asked, and says so where systemd could not be told', async () => {
    expect(process.env['NOTIFY_SOCKET']).toBeUndefined();
    expect(await notifySystemd('READY=1')).toBe(true);
    process.env['NOTIFY_SOCKET'] = '/nowhere/to/be/found';
    try {
      expect(await notifySystemd('READY=1')).toBe(false);
    } finally {
      delete process.env['NOTIFY_SOCKET'];
    }
  });
});
