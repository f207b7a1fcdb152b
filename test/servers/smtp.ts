import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { certify } from './certificate.ts';

/** What a server has accepted. */
export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: Buffer;
  /** How the sender logged in; undefined where it did not. */
  readonly user: string | undefined;
  readonly secure: boolean;
  /** What it was said to be (RFC 6152): `7bit` or `8bitmime`. */
  readonly body: string;
}

export interface Smtp {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** Of its own authority (PEM). */
  readonly cert: string;
  readonly received: readonly Received[];
  /** Connections so far. */
  readonly connections: () => number;
  /** Ends every connection without a word. */
  cut(): void;
  stop(): Promise<void>;
}

/**
 * smtp-server of npm: STARTTLS, and the logins "siftd" with the password "secret" or the token "token". It takes whatever is
 * sent to it, unless `takes` or an option says otherwise.
 */
export async function startSmtp(
  options: SMTPServerOptions = {},
  takes: (letter: Received) => boolean = () => true,
  port = 0,
): Promise<Smtp> {
  const dir = await mkdtemp(join(tmpdir(), 'siftd-smtp-'));
  await certify(dir);
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(join(dir, name), 'utf8'));
  await rm(dir, { recursive: true });
  const received: Received[] = [];
  let connections = 0;
  const server = new SMTPServer({
    key,
    cert,
    authOptional: true,
    authMethods: ['PLAIN', 'LOGIN', 'XOAUTH2'],
    disableReverseLookup: true,
    onConnect: (_session, callback) => {
      connections++;
      callback();
    },
    onAuth: ({ username, password, accessToken }, _session, callback) => {
      if (username === 'siftd' && (password === 'secret' || accessToken === 'token'))
        callback(null, { user: username });
      else callback(null, { data: { status: '401' }, message: 'Invalid username or password' });
    },
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        const letter: Received = {
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks),
          user: session.user as string | undefined,
          secure: session.secure,
          body: session.envelope.bodyType ?? '7bit',
        };
        if (!takes(letter)) {
          callback(Object.assign(new Error('not this one'), { responseCode: 550 }));
          return;
        }
        received.push(letter);
        callback(null, `OK queued as ${received.length}`);
      });
    },
    ...options,
  });
  // A client that breaks off is what the tests are about.
  server.on('error', () => {});
  const listening = server.listen(port, '127.0.0.1');
  await once(listening, 'listening');
  const address = listening.address();
  if (address === null || typeof address === 'string') throw new Error('the SMTP server has no port');
  return {
    host: '127.0.0.1',
    port: address.port,
    cert: cert ?? '',
    received,
    connections: () => connections,
    cut() {
      for (const { _socket: socket } of server.connections) socket.destroy();
    },
    async stop() {
      for (const { _socket: socket } of server.connections) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
