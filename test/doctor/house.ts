import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { type CheckupOptions, checkup } from '../../src/cli/checkup.ts';
import type { Check } from '../../src/doctor/check.ts';

type Tree = Readonly<Record<string, unknown>>;

/** A folder with a configuration, as somebody set it up; gone after the test. */
export class Setup {
  readonly folder = mkdtempSync(join(tmpdir(), 'siftd-doctor-'));

  constructor() {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
    this.write('password', 'secret\n', 0o600);
    this.write('token', 'vendor-token\n', 0o600);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string, mode = 0o600): void {
    writeFileSync(this.path(name), text, { mode });
  }

  makeState(): string {
    mkdirSync(this.path('state'), { mode: 0o700 });
    return this.path('state');
  }

  /** What the doctor finds. */
  async diagnose(config: Tree, options: Partial<CheckupOptions> = {}): Promise<Diagnosis> {
    this.write('siftd.yaml', stringify(config));
    const groups = await checkup({
      file: this.path('siftd.yaml'),
      env: {},
      write: false,
      signal: new AbortController().signal,
      ...options,
    });
    return new Diagnosis((await Promise.all(groups)).flatMap(({ checks }) => checks));
  }
}

export class Diagnosis {
  readonly checks: readonly Check[];

  constructor(checks: readonly Check[]) {
    this.checks = checks;
  }

  /** What is not as it should be: `failed certificate`, `warning folder Support/Refunds`. */
  get complaints(): string[] {
    return this.checks
      .filter(({ state }) => state === 'failed' || state === 'warning')
      .map(({ state, id, subject }) => [state, id, subject].filter((word) => word !== null).join(' '));
  }

  /** The one complaint: what was found and what to do. */
  get only(): string {
    const found = this.checks.filter(({ state }) => state === 'failed' || state === 'warning');
    if (found.length !== 1) throw new Error(`complaints: ${this.complaints.join(', ')}`);
    return found.map(({ detail, remedy }) => `${detail} => ${remedy}`).join();
  }

  of(id: Check['id']): string[] {
    return this.checks.filter((check) => check.id === id).map(({ state, detail }) => `${state}: ${detail}`);
  }

  get untried(): string[] {
    return this.checks.filter(({ state }) => state === 'skipped').map(({ id }) => id);
  }
}

/** A certificate whose year is over, with its key. */
export function expired(folder: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, 'expired.pem'), join(folder, 'expired.key')];
  execFileSync(
    'faketime',
    [
      ...[
        '2020-01-01',
        'openssl',
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
      ],
      ...['-days', '365', '-subj', '/CN=mail.old.example', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ...['-keyout', key, '-out', cert],
    ],
    { stdio: 'ignore' },
  );
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

/** The port of a server that takes TLS with this certificate and passes on what comes in it. */
export async function tlsBefore(
  port: number,
  pair: { readonly cert: string; readonly key: string },
  host = '127.0.0.1',
): Promise<number> {
  const server = createServer(pair, (client) => {
    const upstream = connect(port, '127.0.0.1');
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
  });
  server.on('tlsClientError', () => {});
  server.listen(0, host);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}
