import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { needRoot, removeUnits, systemctl } from './units.ts';

/** `siftd uninstall-service`: what siftd install-service did, taken back. */
export function uninstallCommand(): Command {
  return new Command('uninstall-service')
    .description('as root: stop siftd, and take its units away')
    .option('--purge', 'and its configuration, its secrets and all that it knows')
    .action(async ({ purge = false }: { readonly purge?: boolean }) => {
      needRoot('uninstall-service');
      const running = await systemctl(
        'list-units',
        '--all',
        '--plain',
        '--no-legend',
        'siftd.service',
        'siftd@*.service',
      );
      const names = [...running.matchAll(/^(siftd(?:@\S+)?\.service)\s+(?!not-found)/gm)].map(([, name = '']) => name);
      const installed = await systemctl('list-unit-files', '--plain', '--no-legend', 'siftd.service').catch(() => '');
      const all = [...new Set([...names, ...(installed === '' ? [] : ['siftd.service'])])];
      if (all.length > 0) await systemctl('disable', '--now', ...all);
      const removed = removeUnits(purge);
      await systemctl('daemon-reload');
      const purged = purge ? statesOf() : [];
      for (const path of purged) rmSync(path, { recursive: true, force: true });
      for (const path of [...removed, ...purged]) console.log(`removed ${path}`);
      const left = ['/etc/siftd', '/var/lib/siftd'].filter((path) => existsSync(path));
      if (left.length > 0) console.log(`${left.join(' and ')} stay; --purge takes them away`);
    });
}

/** The configuration, and the state folders of all instances; with DynamicUser= a link stands where systemd shows them. */
function statesOf(): string[] {
  const instances = (existsSync('/etc/siftd') ? readdirSync('/etc/siftd') : [])
    .filter((name) => name.endsWith('.yaml') && name !== 'siftd.yaml')
    .map((name) => `siftd-${name.replace(/\.yaml$/, '')}`);
  const folders = ['siftd', ...instances].flatMap((name) =>
    ['/var/lib', '/var/lib/private'].map((at) => join(at, name)),
  );
  return ['/etc/siftd', ...folders].filter((path) => existsSync(path));
}
