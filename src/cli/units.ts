import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '../base/errors.ts';

/* The units of siftd on this machine: what siftd install-service writes, and uninstall-service takes away. */

const folder = '/etc/systemd/system';
/** What it wrote itself, it may write anew. */
const mark = '# Written by siftd install-service.';
const names = ['siftd.service', 'siftd@.service'] as const;
/** Of siftd.service: which credentials it is given. */
const dropIn = join(folder, 'siftd.service.d', '10-siftd-credentials.conf');

export function needRoot(what: string): void {
  if (process.getuid?.() !== 0) throw new UserError(`siftd ${what} changes this machine: it has to be root (sudo)`, 2);
  // sd_booted(3)
  if (!existsSync('/run/systemd/system')) throw new UserError('this machine is not run by systemd', 2);
}

/** Runs systemctl; what it says against it is the error. */
export async function systemctl(...args: readonly string[]): Promise<string> {
  return await new Promise((resolve, reject) => {
    execFile('systemctl', ['--no-pager', ...args], (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new UserError(`systemctl ${args.join(' ')}: ${stderr.trim() || error.message}`));
    });
  });
}

/** Writes both units, for the node and the siftd that run now. Answers the files that are other than they were. */
export function writeUnits(): string[] {
  const main = realpathSync(process.argv[1] ?? '');
  const program = [process.execPath, main];
  const hidden = program.find((path) => /^\/(home|root|run\/user|tmp|var\/tmp)\//.test(path));
  if (hidden !== undefined) {
    throw new UserError(
      `the service could not read ${hidden}: home folders are closed to it. Install Node and siftd for the whole machine, in /usr or /opt`,
      2,
    );
  }
  const start = `ExecStart=${program.map(quoted).join(' ')} run `;
  return names.flatMap((name) => {
    const shipped = readFileSync(new URL(`../../systemd/${name}`, import.meta.url), 'utf8');
    if (!shipped.includes('ExecStart=siftd run ')) throw new Error(`${name} starts something else`);
    return put(
      join(folder, name),
      `${mark} Your changes belong in a drop-in: systemctl edit siftd\n${shipped.replace('ExecStart=siftd run ', start)}`,
    );
  });
}

/** Gives siftd.service the credentials that no file of an administrator gives it. */
export function writeCredentials(wanted: readonly string[], from: string): string[] {
  const others = existsSync(dirname(dropIn))
    ? readdirSync(dirname(dropIn)).filter((name) => name.endsWith('.conf') && join(dirname(dropIn), name) !== dropIn)
    : [];
  const text = others.map((name) => readFileSync(join(dirname(dropIn), name), 'utf8')).join('\n');
  const given = new Set(
    [...text.matchAll(/^(?:Load|Set)Credential(?:Encrypted)?=([^:\s]+)/gm)].map(([, name]) => name),
  );
  const lines = wanted.filter((name) => !given.has(name)).map((name) => `LoadCredential=${name}:${join(from, name)}`);
  if (lines.length > 0) return put(dropIn, `${mark}\n[Service]\n${lines.join('\n')}\n`);
  if (isOurs(dropIn)) rmSync(dropIn);
  return [];
}

/** Answers what it took away. Units and drop-ins of others stay. */
export function removeUnits(all: boolean): string[] {
  const ours = [...names.map((name) => join(folder, name)), dropIn].filter(isOurs);
  for (const file of ours) rmSync(file);
  for (const name of names) {
    const beside = join(folder, `${name}.d`);
    if (existsSync(beside) && (all || readdirSync(beside).length === 0)) rmSync(beside, { recursive: true });
  }
  return ours;
}

function put(file: string, text: string): string[] {
  if (existsSync(file)) {
    if (readFileSync(file, 'utf8') === text) return [];
    // Somebody's own: it is not lost, and systemd does not look at it.
    if (!isOurs(file)) renameSync(file, `${file}.before`);
  }
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o644);
  return [file];
}

function isOurs(file: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8').startsWith(mark);
}

/** systemd.service(5), "Command lines": specifiers and variables are expanded within quotes too. */
function quoted(path: string): string {
  const plain = path.replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w./@%$+-]+$/.test(plain) ? plain : JSON.stringify(plain);
}
