import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';

/** A server whose life is tied to this process: it ends when `stop` is called, or when we end, however we end. */
export interface Guarded {
  /** Everything that it wrote to stdout and stderr so far. */
  log(): string;
  stop(): Promise<void>;
}

/** What stands before a command that needs root: nothing as root, else sudo, which must not ask for a password. */
export const asRoot: readonly string[] = process.getuid?.() === 0 ? [] : ['sudo', '-n'];

/** The repository's folder. The benches are compiled, so this file does not always stand beside its scripts. */
export const checkout = rootOf(import.meta.dirname);

function rootOf(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : rootOf(dirname(folder));
}

/** The path of a shell script of this folder. */
export function scriptPath(name: string): string {
  return join(checkout, 'test', 'servers', name);
}

const script = scriptPath('guard.sh');
const children = new Set<ChildProcess>();

/**
 * Runs a command as root under guard.sh and resolves when its output matches `ready`; rejects with the output when it
 * ends before that. `folder` is removed when the command ends.
 */
export async function guard(folder: string, command: readonly string[], ready: RegExp): Promise<Guarded> {
  const [program = '', ...args] = [...asRoot, script, folder, ...command];
  // A process group of its own: Ctrl-C ends us, and the closing pipe then lets the server end in order.
  const child = spawn(program, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  children.add(child);
  const ended = once(child, 'close');
  child.stdin.on('error', () => {
    // the server was first
  });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: string): void => {
      output += chunk;
      if (ready.test(output)) resolve();
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', read);
    child.once('error', reject);
    child.once('close', (code) => {
      children.delete(child);
      reject(new Error(`${command.join(' ')} ended with ${code} before it was ready:\n${output}`));
    });
  });
  return {
    log: () => output,
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * A port with `count - 1` free ones behind it, on every loopback address. They lie below the range from which the
 * kernel takes the ports of outgoing connections (ip_local_port_range), so only another server can be first: start
 * again with other ports then.
 */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = 10_000 + Math.floor(Math.random() * (22_000 - count));
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isFree(first + index)));
    if (free.every(Boolean)) return first;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    const listening = once(server, 'listening');
    server.listen(port, '0.0.0.0');
    await listening;
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
