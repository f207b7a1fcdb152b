import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asRoot, type Guarded, guard, scriptPath } from './guard.ts';
import type { Letter } from './load.ts';

const run = promisify(execFile);
const script = scriptPath('overlay.sh');
/** Where the installed packages are kept, some 200 MB: once for a machine, not for a checkout. */
const cache = process.env['SIFTD_TEST_CACHE'] ?? join(tmpdir(), 'siftd-test-cache');

/** A real IMAP server in an overlay. It dies with this process. */
export interface OverlayServer {
  /** A loopback address that no other server has. */
  readonly host: string;
  readonly port: number;
  /** A name that can log in, with the password "secret"; another at every call, and after 80 from the first again. */
  user(): string;
  /** Everything that it logged so far. */
  log(): string;
  /** Puts a message into the user's INBOX as new mail. */
  deliver(user: string, raw: Buffer | string): Promise<void>;
  /** Fills a folder (levels parted by `/`), which is created. */
  load(user: string, folder: string, letters: readonly Letter[]): Promise<void>;
  stop(): Promise<void>;
}

/** Who can log in on each of them; all have an empty INBOX at first. */
export const users: readonly string[] = Array.from({ length: 80 }, (_, index) => `siftd${index + 1}`);

/** Hands out the users, one after the other. */
export function userByUser(): () => string {
  let next = 0;
  return () => users[next++ % users.length] ?? '';
}

/** What apt-get installs for each, beside each other in overlays of their own. */
export const packages = {
  /** And the server of postfix.ts, which needs what Cyrus needs. */
  cyrus: ['cyrus-imapd', 'sasl2-bin', 'postfix', 'libsasl2-modules'],
  courier: ['courier-imap', 'gamin'],
  imap4d: ['mailutils-imap4d', 'socat'],
} as const;

/** Installs a server's packages into the cache, if they are not there; says so on stderr. */
export async function installOverlay(name: keyof typeof packages): Promise<void> {
  const [program = '', ...args] = [...asRoot, script, cache, 'install', name, ...packages[name]];
  const { stderr } = await run(program, args, { maxBuffer: 16 * 1024 * 1024 });
  process.stderr.write(stderr);
}

/**
 * Runs a bash script in a fresh copy of the server's overlay and resolves when something listens on `host`:`port`.
 * Each server gets an address of 127.0.0.0/8 for itself, so well-known ports never collide.
 */
export async function startInOverlay(
  name: keyof typeof packages,
  port: number,
  inside: (host: string) => string,
): Promise<Guarded & { readonly host: string }> {
  await installOverlay(name);
  const folder = await mkdtemp(join(tmpdir(), `siftd-${name}-`));
  const octet = (): number => 1 + Math.floor(Math.random() * 254);
  const host = `127.${octet()}.${octet()}.${octet()}`;
  const commands = `
(until (exec 3<>/dev/tcp/${host}/${port}) 2>/dev/null; do sleep 0.02; done; echo "listening on ${host}") &
${inside(host)}`;
  try {
    const server = await guard(
      folder,
      [script, cache, 'run', name, folder, 'bash', '-euc', commands],
      /^listening on/m,
    );
    return { ...server, host };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
