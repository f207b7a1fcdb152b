import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { asRoot, checkout, scriptPath } from './servers/guard.ts';
import { installOverlay, packages } from './servers/overlay.ts';

const run = promisify(execFile);

/** What the tests need on the machine itself. Cyrus, Courier, imap4d and Postfix get overlays of their own. */
const needed = ['dovecot-imapd', 'dovecot-lmtpd', 'openssl', 'systemd', 'systemd-container', 'faketime', 'chromium'];

/**
 * Runs once before all tests: the real servers are there afterwards, or the run fails and says what to do. A missing
 * server never skips a test.
 */
export default async function setup(): Promise<void> {
  if (!existsSync('/usr/bin/apt-get')) {
    throw new Error(
      `The tests run against real servers, which they install by apt-get on Debian 12. This system has none: run them in a debian:12 container (--privileged), or install by hand what these packages hold: ${[needed, ...Object.values(packages)].flat().join(', ')}.`,
    );
  }
  await requireRoot();
  await install();
  for (const name of ['cyrus', 'courier', 'imap4d'] as const) await installOverlay(name);
  build();
}

async function requireRoot(): Promise<void> {
  try {
    await run(asRoot[0] ?? 'true', [...asRoot.slice(1), 'true']);
  } catch {
    throw new Error(
      'The tests start real mail servers and need root: run them as root, or with a sudo that asks no password.',
    );
  }
  try {
    await run(asRoot[0] ?? 'unshare', [
      ...asRoot.slice(1),
      ...(asRoot.length > 0 ? ['unshare'] : []),
      '--mount',
      'true',
    ]);
  } catch {
    throw new Error(
      'The tests run mail servers in mount namespaces, which this container may not make: start it with --privileged.',
    );
  }
}

async function install(): Promise<void> {
  const missing: string[] = [];
  for (const name of needed) {
    const { stdout } = await run('dpkg', ['--status', name]).catch(() => ({ stdout: '' }));
    if (!stdout.includes('Status: install ok installed')) missing.push(name);
  }
  if (missing.length === 0) return;
  console.log(`siftd tests: installing ${missing.join(' ')} by apt-get`);
  const script = scriptPath('install.sh');
  const [program = '', ...args] = [...asRoot, script, ...missing];
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`apt-get could not install ${missing.join(' ')}: see above.`);
}

/** `npm test` has built dist/; whoever calls vitest directly should not test an older one. */
function build(): void {
  const newest = Math.max(
    ...readdirSync(join(checkout, 'src'), { recursive: true, encoding: 'utf8' }).map(
      (file) => statSync(join(checkout, 'src', file)).mtimeMs,
    ),
  );
  const main = join(checkout, 'dist', 'main.js');
  if (existsSync(main) && statSync(main).mtimeMs >= newest) return;
  // Types are the business of `npm run check`; tsc emits what it can.
  spawnSync('npm', ['run', '--silent', 'build'], { cwd: checkout, stdio: 'ignore' });
  if (!existsSync(main)) throw new Error('dist/main.js is missing: npm run build');
}
