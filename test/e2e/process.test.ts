import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { type AccountHandle, type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { answerOf, letter } from '../daemon/world.ts';
import { startVendor, type Vendor } from '../vendor/vendor.ts';

/* The real process, from its command line: what it prints, how it ends, and what is left when it is killed. */

const main = new URL('../../dist/main.js', import.meta.url).pathname;
const user = 'support@example.com';
let server: ImapServer;
let account: AccountHandle;
let vendor: Vendor;
let folder: string;
const children = new Set<ChildProcess>();

beforeEach(async () => {
  server = await startImapServer({ accounts: [{ user, password: 'secret' }] });
  account = server.store.account(user);
  vendor = await startVendor({ classify: answerOf });
  folder = mkdtempSync(join(tmpdir(), 'siftd-process-'));
  writeConfig();
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await vendor.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

function writeConfig(over: Record<string, unknown> = {}): void {
  const config = {
    state: './state',
    // Several of them run at the same time, and there is one port.
    console: { listen: 'off' },
    classifier: {
      url: vendor.url,
      company: vendor.company,
      orchestrator: vendor.orchestrator,
      token: { env: 'TOKEN' },
    },
    accounts: { support: { host: server.host, port: server.port, tls: 'none', user, password: { env: 'PASSWORD' } } },
    routes: { refund_request: { move: 'Support/Refunds' } },
    ...over,
  };
  writeFileSync(join(folder, 'siftd.yaml'), stringify(config));
}

class Siftd {
  readonly child: ChildProcess;
  readonly lines: Record<string, unknown>[] = [];
  stdout = '';
  stderr = '';
  readonly #ended: Promise<number | null>;
  readonly #listeners = new Set<() => void>();

  constructor(...args: string[]) {
    const env = { ...process.env, TOKEN: vendor.token, PASSWORD: 'secret', SIFTD_CONFIG: join(folder, 'siftd.yaml') };
    this.child = spawn(process.execPath, [main, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(this.child);
    this.child.stdout?.on('data', (data) => {
      this.stdout += data;
    });
    if (this.child.stderr) {
      createInterface({ input: this.child.stderr }).on('line', (line) => {
        this.stderr += `${line}\n`;
        if (line.startsWith('{')) this.lines.push(JSON.parse(line));
        for (const listener of [...this.#listeners]) listener();
      });
    }
    this.#ended = once(this.child, 'close').then(([code]) => {
      children.delete(this.child);
      for (const listener of [...this.#listeners]) listener();
      return code;
    });
  }

  /** The exit code; null when a signal ended it. */
  exit(): Promise<number | null> {
    return this.#ended;
  }

  logged(fits: (line: Record<string, unknown>) => boolean, count = 1): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const enough = this.lines.filter(fits).length >= count;
        if (!enough && this.child.exitCode === null && this.child.signalCode === null) return;
        this.#listeners.delete(look);
        if (enough) resolve();
        else reject(new Error(`siftd ended before it logged that: ${this.stderr}`));
      };
      this.#listeners.add(look);
      look();
    });
  }

  state(state: string, count = 1): Promise<void> {
    return this.logged((line) => line['state'] === state, count);
  }

  kill(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return this.#ended;
  }
}

async function run(...args: string[]): Promise<Siftd> {
  const siftd = new Siftd(...args);
  await siftd.exit();
  return siftd;
}

const started = (line: Record<string, unknown>) => line['msg'] === 'started';
const refund = (id: string) => letter(id, 'refund_request 0.92');
const watching = async (siftd: Siftd) => {
  // The first sight of the folder is committed before anything that comes later can be new.
  await siftd.logged(started);
  await account.when(() => server.sessions().length > 0);
};

describe('siftd run', () => {
  it('sorts, tells its state from beside, and ends at SIGTERM with 0', async () => {
    writeConfig({ accounts: { support: { ...login(), since: 'all' } } });
    account.append('INBOX', refund('a'));
    const siftd = new Siftd('run');
    await siftd.state('done');
    const status = await run('status', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({
      jobs: { found: 0, submitted: 0, decided: 0, done: 1, gone: 0, failed: 0 },
      accounts: { support: { state: 'watching', folders: { INBOX: {} } } },
    });
    expect((await run('status')).stdout).toMatch(/support.*watching/);
    expect(await siftd.kill('SIGTERM')).toBe(0);
    expect(siftd.stdout).toBe('');
    expect(siftd.stderr).not.toMatch(/letter a|ann@example|secret|vendor-token/);
  });

  it('refuses to start beside another on the same state folder, and names its pid', async () => {
    const first = new Siftd('run');
    await first.logged(started);
    const second = await run('run');
    expect(second.child.exitCode).toBe(1);
    expect(second.stderr).toContain(`pid ${first.child.pid}`);
    expect(second.stderr).not.toContain('    at ');
    expect(await first.kill('SIGTERM')).toBe(0);
  });

  it('takes a new configuration at SIGHUP, and ends in order where that says that its terminal has gone', async () => {
    const accounts = { support: { ...login(), since: 'all' } };
    writeConfig({ accounts });
    const siftd = new Siftd('run');
    await watching(siftd);
    writeConfig({ accounts, routes: { refund_request: { move: 'Elsewhere' } } });
    siftd.child.kill('SIGHUP');
    await siftd.logged((line) => line['msg'] === 'the configuration was read again and is in force');
    account.append('INBOX', refund('a'));
    await siftd.state('done');
    expect(account.folders().find(({ name }) => name === 'Elsewhere')?.messages).toBe(1);
    const told = JSON.parse((await run('status', '--json')).stdout) as { configuration: { taken: string } };
    expect(told.configuration).toEqual({ taken: expect.any(String), refused: null, why: null });
    expect(await siftd.kill('SIGTERM')).toBe(0);

    const env = { ...process.env, TOKEN: vendor.token, PASSWORD: 'secret' };
    const command = `${process.execPath} ${main} run -c ${join(folder, 'siftd.yaml')}`;
    const terminal = spawn('script', ['-qfc', command, '/dev/null'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    let pid = 0;
    for await (const line of createInterface({ input: terminal.stdout })) {
      if (line.includes('"msg":"started"')) pid = JSON.parse(line).pid;
      if (pid > 0) break;
    }
    terminal.kill('SIGKILL');
    await vi.waitUntil(() => !isRunning(pid), { timeout: 30_000, interval: 20 });
    // In order: nobody has its lock, and its journal is whole.
    const status = JSON.parse((await run('status', '--json')).stdout) as { accounts: Record<string, unknown> };
    expect(status.accounts['support']).toMatchObject({ state: 'stopped' });
  });

  it('goes on where it was after kill -9, submits nothing twice and files everything once', async () => {
    vendor.misbehave('poll', { status: 503 });
    const first = new Siftd('run');
    await watching(first);
    writeConfig({ accounts: { support: { ...login(), since: 'all' } } });
    await first.kill('SIGKILL');
    for (const id of ['a', 'b', 'c']) account.append('INBOX', refund(id));
    const second = new Siftd('run');
    await second.state('submitted', 3);
    expect(await second.kill('SIGKILL')).toBeNull();
    vendor.misbehave('poll', null);
    const third = new Siftd('run');
    await third.state('done', 3);
    expect(await third.kill('SIGTERM')).toBe(0);
    expect([...vendor.counts().values()].map(({ submissions }) => submissions)).toEqual([1, 1, 1]);
    expect(account.messages('Support/Refunds').length).toBe(3);
    expect(account.messages('INBOX')).toEqual([]);
  });

  it.each([
    ['a wrong port', { port: 1 }, /port/],
    ['a wrong password', { password: { env: 'TOKEN' } }, /password/],
    ['a host that is not there', { host: 'no.such.host.invalid', tls: 'implicit' }, /no\.such\.host\.invalid/],
    ['TLS where there is none', { tls: 'implicit' }, /TLS|tls/],
  ])('says in one line what is wrong with %s, and goes on trying', async (_what, over, says) => {
    writeConfig({ accounts: { support: { ...login(), ...over } } });
    const siftd = new Siftd('run');
    await siftd.logged((line) => says.test(String(line['msg'])) && line['level'] !== 'info');
    const trouble = siftd.lines.filter((line) => line['level'] !== 'info');
    expect(trouble.length).toBe(1);
    expect(JSON.stringify(trouble)).not.toMatch(/stack|vendor-token/);
    expect(await siftd.kill('SIGTERM')).toBe(0);
  });
});

describe('the command line', () => {
  it('names everything that is wrong with the configuration at once, with its line, and ends with 2', async () => {
    writeFileSync(join(folder, 'siftd.yaml'), 'mode: watch\naccounts:\n  a: { host: 127.0.0.1 }\nrouts: {}\n');
    const siftd = await run('run');
    expect(siftd.child.exitCode).toBe(2);
    expect(siftd.stderr).toMatch(/siftd\.yaml:1: mode/);
    expect(siftd.stderr).toMatch(/siftd\.yaml:4: routs/);
    expect(siftd.stderr).not.toContain('    at ');
  });

  it.each([[['sort']], [['run', '--what']], [['preview']]])('ends with 2 for %j', async (args) => {
    expect((await run(...args)).child.exitCode).toBe(2);
  });

  it('helps, and tells its version', async () => {
    const help = await run('--help');
    expect(help.child.exitCode).toBe(0);
    for (const name of ['run', 'serve', 'demo', 'check', 'preview', 'status', 'train', 'evaluate']) {
      expect(help.stdout).toMatch(new RegExp(`^  ${name}`, 'm'));
    }
    expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('says that there is nothing to tell of yet', async () => {
    const status = await run('status');
    expect(status.child.exitCode).toBe(1);
    expect(status.stderr).toMatch(/siftd run/);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function login(): Record<string, unknown> {
  return { host: server.host, port: server.port, tls: 'none', user, password: { env: 'PASSWORD' } };
}
