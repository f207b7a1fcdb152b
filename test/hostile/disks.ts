import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { asRoot } from '../servers/guard.ts';

function run(...command: readonly string[]): void {
  const [program = '', ...args] = [...asRoot, ...command];
  execFileSync(program, args, { stdio: 'pipe' });
}

/** A file system of its own, small enough to be filled. */
export class SmallDisk {
  readonly folder: string;

  constructor(folder: string, mib: number) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    run('mount', '-t', 'tmpfs', '-o', `size=${mib}m,mode=0777`, 'siftd-small', folder);
  }

  get free(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }

  /** Something else takes the room, but for so many octets. */
  fill(left = 0): void {
    const size = this.free - left;
    if (size > 0) run('fallocate', '-l', String(size), join(this.folder, `ballast-${Date.now()}-${size}`));
  }

  clear(): void {
    run('sh', '-c', `rm -f '${this.folder}'/ballast-*`);
  }

  unmount(): void {
    run('umount', '-l', this.folder);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A disk that answers this process with an error beyond some octets of a file (RLIMIT_FSIZE); null: it is well again. */
export function breakBeyond(octets: number | null): void {
  run('prlimit', '--pid', String(process.pid), `--fsize=${octets ?? 'unlimited'}:unlimited`);
}

export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** What SQLite itself finds wrong with a database. */
export function integrity(file: string): unknown {
  const db = new Database(file, { readonly: true, fileMustExist: true });
  try {
    return db.pragma('integrity_check', { simple: true });
  } finally {
    db.close();
  }
}
