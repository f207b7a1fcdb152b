import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { checkout } from '../servers/guard.ts';

/** What a figure was measured on: without it nobody can compare. */
export function machine(): object {
  return {
    at: new Date().toISOString(),
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    versions: {
      node: process.version,
      siftd: packageVersion('.'),
      commit: said('git', ['-C', checkout, 'rev-parse', '--short', 'HEAD'], /\S+/),
      imapflow: packageVersion('node_modules/imapflow'),
      mailparser: packageVersion('node_modules/mailparser'),
      'better-sqlite3': packageVersion('node_modules/better-sqlite3'),
      dovecot: said('dovecot', ['--version'], /\S+/),
      cyrus: said('apt-cache', ['policy', 'cyrus-imapd'], /(?<=Candidate: )\S+/),
      mbsync: said('mbsync', ['--version'], /[\d.]+/),
      imapfilter: said('imapfilter', ['-V'], /[\d.]+/),
    },
  };
}

function packageVersion(folder: string): string {
  return JSON.parse(readFileSync(join(checkout, folder, 'package.json'), 'utf8')).version;
}

/** null: it is not there, or says something else. */
function said(program: string, args: readonly string[], wanted: RegExp): string | null {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  return wanted.exec(`${stdout ?? ''}${stderr ?? ''}`)?.[0] ?? null;
}
