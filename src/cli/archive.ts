import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  createReadStream,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { create, extract } from 'tar';
import { z } from 'zod';
import { reasonOf, UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { copyDatabase, soundOf } from '../base/sqlite.ts';

/*
 * A backup is a tar.gz of one folder of files: backup.json, which lists them with their hashes, and behind it what stands in
 * the state folder under the same names.
 */

/** The journal first: a process that it knows is then in the queue too. */
const databases = ['siftd.db', 'service.db', 'serve/service.db'] as const;
const isModel = (name: string): boolean => /^[\w.-]+\.model(\.\d)?$/.test(name);
const index = 'backup.json';

const indexShape = z.strictObject({
  siftd: z.literal('backup'),
  format: z.literal(1),
  version: z.string(),
  /** When it was made, ISO 8601. */
  at: z.iso.datetime(),
  files: z.array(z.strictObject({ name: z.string(), octets: z.int().min(0), sha256: z.string() })),
});

export type Index = z.infer<typeof indexShape>;

/** What of a state folder is worth keeping and is there: databases and models, by their names in it. */
export function partsOf(state: string): string[] {
  const models = join(state, 'models');
  const learned = existsSync(models) ? readdirSync(models).filter(isModel).sort() : [];
  return [...databases.filter((name) => existsSync(join(state, name))), ...learned.map((name) => `models/${name}`)];
}

export function isDatabase(name: string): boolean {
  return databases.some((one) => one === name);
}

/**
 * Writes a backup of a state folder, beside whoever works on it: each database as it is at one instant, the journal before the
 * queues. The file is there whole, read again and compared, or not at all; one that is there already stays.
 */
export async function pack(state: string, file: string, about: Pick<Index, 'version' | 'at'>): Promise<Index> {
  if (existsSync(file)) throw isThere(file);
  const names = partsOf(state);
  if (!names.some(isDatabase)) throw new UserError(`there is nothing in ${state} to back up: start siftd once`);
  const work = workFolder(dirname(file));
  try {
    const made = join(work, 'made');
    for (const name of names) {
      mkdirSync(dirname(join(made, name)), { recursive: true });
      if (isDatabase(name)) copyDatabase(join(state, name), join(made, name));
      else copyFileSync(join(state, name), join(made, name));
    }
    const files: Index['files'] = [];
    for (const name of names) files.push({ name, ...(await lookAt(join(made, name))) });
    const contents: Index = { siftd: 'backup', format: 1, ...about, files };
    writeFileSync(join(made, index), `${JSON.stringify(contents, null, 2)}\n`);
    const packed = join(work, 'packed');
    await create({ file: packed, cwd: made, gzip: true, portable: true, noDirRecurse: true }, [index, ...names]);
    rmSync(made, { recursive: true });
    await unpack(packed, join(work, 'again'));
    chmodSync(packed, 0o600);
    sync(packed);
    linkSync(packed, file);
    sync(dirname(file));
    return contents;
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'EEXIST') throw isThere(file);
    throw new UserError(`the backup ${file} cannot be made: ${reasonOf(error)}`, code === 'ENOSPC' ? 75 : 1);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Unpacks a backup into a folder that it makes, and proves it: every file with its hash, every database sound. A database that
 * siftd kept before an upgrade is a backup of the journal alone.
 */
export async function unpack(file: string, into: string): Promise<Index> {
  mkdirSync(into, { recursive: true, mode: 0o700 });
  const contents = isSqlite(file) ? await alone(file, into) : await extracted(file, into);
  const paths = contents.files
    .map(({ name }) => name)
    .filter(isDatabase)
    .map((name) => join(into, name));
  const sound = await soundOf(paths);
  const broken = paths.find((path) => !sound.has(path));
  if (broken !== undefined) throw noBackup(file, `the database ${basename(broken)} in it is corrupt`);
  return contents;
}

async function extracted(file: string, into: string): Promise<Index> {
  const isOurs = (name: string): boolean =>
    name === index || isDatabase(name) || (name.startsWith('models/') && isModel(name.slice('models/'.length)));
  try {
    await extract({
      file,
      cwd: into,
      strict: true,
      preserveOwner: false,
      filter: (name, entry) => isOurs(name) && 'type' in entry && entry.type === 'File',
    });
  } catch (error) {
    throw noBackup(file, reasonOf(error));
  }
  const read = indexShape.safeParse(jsonIn(join(into, index)));
  if (!read.success) throw noBackup(file, `it has no ${index} that this siftd understands`);
  for (const { name, octets, sha256 } of read.data.files) {
    if (!isOurs(name) || !existsSync(join(into, name))) throw noBackup(file, `${name} is not in it`);
    const found = await lookAt(join(into, name));
    if (found.octets !== octets || found.sha256 !== sha256) throw noBackup(file, `${name} in it is damaged`);
    chmodSync(join(into, name), 0o600);
    sync(join(into, name));
  }
  return read.data;
}

async function alone(file: string, into: string): Promise<Index> {
  const name = databases[0];
  copyDatabase(file, join(into, name));
  chmodSync(join(into, name), 0o600);
  sync(join(into, name));
  const at = statSync(file).mtime.toISOString();
  return { siftd: 'backup', format: 1, version: 'unknown', at, files: [{ name, ...(await lookAt(join(into, name))) }] };
}

function isSqlite(file: string): boolean {
  const begins = Buffer.alloc(16);
  let handle: number | null = null;
  try {
    handle = openSync(file, 'r');
    readSync(handle, begins);
  } catch (error) {
    throw new UserError(`cannot read ${file}: ${reasonOf(error)}`, 2);
  } finally {
    if (handle !== null) closeSync(handle);
  }
  return begins.toString('latin1') === 'SQLite format 3\0';
}

function jsonIn(file: string): unknown {
  try {
    if (statSync(file).size > limits.backup.index) return null;
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

async function lookAt(file: string): Promise<{ readonly octets: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return { octets: statSync(file).size, sha256: hash.digest('hex') };
}

/** Mail and models pass through it: it is its owner's alone. */
export function workFolder(beside: string): string {
  try {
    return mkdtempSync(join(beside, '.siftd-'));
  } catch (error) {
    throw new UserError(`cannot write to ${beside}: ${reasonOf(error)}`, 2);
  }
}

/** A file, or the names in a folder, are on the disk when this returns. */
export function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function isThere(file: string): UserError {
  return new UserError(`${file} is there already, and is never written over`, 2);
}

function noBackup(file: string, why: string): UserError {
  return new UserError(`${file} is no backup that can be used: ${why}`, 2);
}
