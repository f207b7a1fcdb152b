import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lookup as lookUp } from 'node:dns/promises';
import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { failed, type Outcome, ok } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { findConfig } from '../config/load.ts';
import { properties, type UnitFacts } from '../doctor/unit.ts';

/* What a checkup learns of the machine around it. */

/** The addresses of a host, as a connection would find them. */
export async function lookup(host: string, clock: Clock): Promise<Outcome<readonly string[]>> {
  const over = new AbortController();
  const late = clock.sleep(limits.doctor.lookup, over.signal).then(() => null);
  const found = lookUp(host, { all: true }).then(
    (addresses) => ok([...new Set(addresses.map(({ address }) => address))]),
    () => failed<string[]>('temporary', 'dns', 'it has no address'),
  );
  const first = await Promise.race([found, late]);
  over.abort();
  return first ?? failed('temporary', 'timeout', 'no name server answers');
}

/** No folder that anybody has. */
export function scratchName(): string {
  return `siftd-doctor-${randomBytes(4).toString('hex')}`;
}

/** The unit that would run a configuration: siftd.service, or of a file as systemd/siftd@.service reads it, its instance. */
export function unitOf(file: string | undefined): string {
  const path = findConfig({ file });
  const name = path === null ? 'siftd' : basename(path).replace(/\.ya?ml$/, '');
  return name !== 'siftd' && path !== null && resolve(path).startsWith('/etc/siftd/')
    ? `siftd@${name}.service`
    : 'siftd.service';
}

/** What systemd knows of a unit. Asks, and changes nothing. */
export async function unitFacts(unit: string): Promise<UnitFacts> {
  // sd_booted(3)
  if (!existsSync('/run/systemd/system')) return null;
  const [shown, text] = await Promise.all([
    systemctl('show', unit, `--property=${properties.join()}`),
    systemctl('cat', unit),
  ]);
  const all = new Map<string, string>();
  for (const [, name = '', value = ''] of shown.matchAll(/^(\w+)=(.*)$/gm)) all.set(name, value);
  return { unit, properties: all, text };
}

/** What it prints; nothing where it cannot be asked. */
function systemctl(...args: readonly string[]): Promise<string> {
  return new Promise((done) => {
    const { systemctl: timeout } = limits.doctor;
    execFile('systemctl', ['--no-pager', ...args], { timeout }, (error, stdout) => done(error === null ? stdout : ''));
  });
}

/** Where the unit's credentials come from, as siftd install-service writes it; while it runs they are in /run/credentials. */
export const credentialsFolder = '/etc/siftd/credentials';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment in which the unit's siftd reads this configuration: an administrator who looks from a shell has neither its
 * state folder nor its credentials in theirs.
 */
export function environmentOf(env: Environment, unit: UnitFacts, file: string | undefined): Environment {
  const path = findConfig({ file, env });
  const started = unit?.properties.get('ExecStart') ?? '';
  if (unit === null || path === null || !started.includes(resolve(path))) return env;
  const state = unit.properties.get('StateDirectory')?.split(/\s/)[0];
  const credentials = [join('/run/credentials', unit.unit), credentialsFolder].find((folder) => existsSync(folder));
  return {
    ...(state ? { STATE_DIRECTORY: join('/var/lib', state) } : {}),
    ...(credentials === undefined ? {} : { CREDENTIALS_DIRECTORY: credentials }),
    ...env,
  };
}

/** Gives this process the state folder and the credentials of the unit whose configuration an administrator names. */
export async function standBeside(file: string | undefined): Promise<void> {
  const path = findConfig({ file });
  if (path === null || !resolve(path).startsWith('/etc/siftd/') || process.env['STATE_DIRECTORY']) return;
  Object.assign(process.env, environmentOf(process.env, await unitFacts(unitOf(file)), file));
}
