import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asRoot, checkout, guard, scriptPath } from './guard.ts';

const script = scriptPath('systemd.sh');

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A machine under a real systemd, with siftd as `npm install -g` would leave it. It dies with this process. */
export interface Systemd {
  /** Runs a program inside as root, with `input` as its stdin; resolves whatever its exit code. */
  exec(command: readonly string[], input?: string): Promise<Ran>;
  /** Writes a file inside. */
  write(path: string, content: string): Promise<void>;
  /** The console since boot. */
  log(): string;
  stop(): Promise<void>;
}

export async function startSystemd(): Promise<Systemd> {
  const folder = await mkdtemp(join(tmpdir(), 'siftd-systemd-'));
  const machine = await guard(folder, [script, folder, checkout, process.execPath], /^leader \d+$/m);
  const leader = /^leader (\d+)$/m.exec(machine.log())?.[1] ?? '';
  // Its root too: where this machine is itself a chroot, the container's root is not that of its mount namespace.
  const enter = ['nsenter', '-t', leader, '-m', '-p', '-u', '-i', '-n', '-C', '-r', '-w'];
  const exec: Systemd['exec'] = (command, input = '') =>
    new Promise((resolve) => {
      const [program = '', ...args] = [...asRoot, ...enter, ...command];
      const child = execFile(program, args, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
      });
      child.stdin?.on('error', () => {
        // it ended without reading
      });
      child.stdin?.end(input);
    });
  return {
    exec,
    async write(path, content) {
      const { code, stderr } = await exec(['tee', path], content);
      if (code !== 0) throw new Error(stderr);
    },
    log: machine.log,
    stop: machine.stop,
  };
}
