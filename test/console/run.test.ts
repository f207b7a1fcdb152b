import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { checkout } from '../servers/guard.ts';

/* The console of the real process: where it listens, and who gets in. */

let server: ImapServer;
let folder: string;
beforeEach(async () => {
  server = await startImapServer({ accounts: [{ user: 'support', password: 'secret' }] });
  folder = mkdtempSync(join(tmpdir(), 'siftd-console-'));
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function start(console: Record<string, unknown>): Started {
  const login = { host: server.host, port: server.port, tls: 'none', user: 'support', password: { env: 'PASSWORD' } };
  const routes = { refund: { move: 'Refunds' }, complaint: { move: 'Complaints' } };
  writeFileSync(join(folder, 'siftd.yaml'), stringify({ console, accounts: { support: login }, routes }));
  return new Started(folder);
}

class Started {
  readonly lines: Record<string, unknown>[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #heard = () => {};

  constructor(cwd: string) {
    const env = { ...process.env, PASSWORD: 'secret', CONSOLE_TOKEN: 'correct horse battery staple' };
    const stdio = ['ignore', 'ignore', 'pipe'] as const;
    this.#child = spawn(process.execPath, [join(checkout, 'dist', 'main.js'), 'run'], { cwd, env, stdio: [...stdio] });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
    this.#ended = once(this.#child, 'close').then(([code]) => code);
    if (this.#child.stderr === null) throw new Error('siftd has no stderr');
    createInterface({ input: this.#child.stderr }).on('line', (line) => {
      this.lines.push(JSON.parse(line));
      this.#heard();
    });
  }

  line(fits: (msg: string) => boolean): Promise<Record<string, unknown>> {
    return new Promise((resolve) => {
      this.#heard = () => {
        const found = this.lines.find(({ msg }) => fits(String(msg)));
        if (found !== undefined) resolve(found);
      };
      this.#heard();
    });
  }

  stop(): Promise<unknown> {
    this.#child.kill('SIGTERM');
    return this.#ended;
  }
}

const enter = (url: string, token: string) =>
  fetch(`${url}/login`, { method: 'POST', body: new URLSearchParams({ token }), redirect: 'manual' });

test('prints a link with the token that opens it, at every start another', async () => {
  const siftd = start({ listen: '127.0.0.1:0' });
  const { url } = await siftd.line((msg) => msg === 'console');
  const [, base = '', token = ''] = /^(http:\/\/127\.0\.0\.1:\d+)\/login#([\w-]{32})$/.exec(String(url)) ?? [];
  expect((await enter(base, token)).status).toBe(303);
  expect((await enter(base, `${token}x`)).status).toBe(403);
  expect((await fetch(base)).url).toBe(`${base}/login`);
  expect(await siftd.stop()).toBe(0);
});

test('a token of the configuration is not printed', async () => {
  const siftd = start({ listen: '127.0.0.1:0', token: { env: 'CONSOLE_TOKEN' } });
  const { url } = await siftd.line((msg) => msg === 'console');
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect((await enter(String(url), 'correct horse battery staple')).status).toBe(303);
  expect(await siftd.stop()).toBe(0);
  expect(JSON.stringify(siftd.lines)).not.toContain('horse');
});

test('a port that somebody else has is a warning: mail is sorted without a console', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const siftd = start({ listen: `127.0.0.1:${port}` });
  const warning = await siftd.line((msg) => msg.startsWith('no console'));
  expect(warning).toMatchObject({
    level: 'warn',
    msg: `no console: cannot listen on 127.0.0.1:${port}: another program has this port`,
  });
  await siftd.line((msg) => msg.includes('too few sorted messages'));
  expect(await siftd.stop()).toBe(0);
  other.close();
});
