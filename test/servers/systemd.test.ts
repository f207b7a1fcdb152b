import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { startSystemd } from './systemd.ts';

test('two real systemds run units side by side, and both are gone when they are stopped', async () => {
  const machines = await Promise.all([startSystemd(), startSystemd()]);
  try {
    for (const [index, machine] of machines.entries()) {
      expect((await machine.exec(['cat', '/proc/1/comm'])).stdout).toBe('systemd\n');
      await machine.write(
        '/etc/systemd/system/x.service',
        `[Service]\nType=oneshot\nExecStart=/bin/sh -c "exit ${index + 3}"\n`,
      );
      expect((await machine.exec(['systemctl', 'start', 'x'])).code).toBe(1);
    }
    for (const [index, machine] of machines.entries()) {
      expect((await machine.exec(['systemctl', 'show', '-P', 'ExecMainStatus', 'x'])).stdout).toBe(`${index + 3}\n`);
    }
  } finally {
    await Promise.all(machines.map((machine) => machine.stop()));
  }
  for (const machine of machines) {
    const leader = /^leader (\d+)$/m.exec(machine.log())?.[1];
    expect(existsSync(`/proc/${leader}/exe`)).toBe(false);
  }
});
