import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Fault } from '../../src/base/errors.ts';
import type { Account } from '../../src/imap/connect.ts';
import type { ImapLimits } from '../../src/imap/line.ts';
import { createMailboxes } from '../../src/imap/session.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';

let dovecot: Dovecot;
beforeAll(async () => {
  dovecot = await startDovecot();
});
afterAll(async () => {
  await dovecot.stop();
});

const servers: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];
afterEach(async () => {
  for (const { server, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  }
});

/** A server that greets, and answers each command as told; null: it says nothing. */
async function scripted(greeting: string | null, answer: (command: string) => string | null): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    if (greeting !== null) socket.write(`${greeting}\r\n`);
    socket.on('data', (data) => {
      for (const line of data.toString().split('\r\n')) {
        const [, tag = '', command = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
        const said = command === '' ? null : answer(command);
        if (said !== null) socket.write(`${said.replaceAll('TAG', tag)}\r\n`);
      }
    });
  });
  servers.push({ server, sockets });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return address === null || typeof address === 'string' ? 0 : address.port;
}

const capable = (capabilities: string) => (command: string) =>
  command === 'CAPABILITY' ? `* CAPABILITY IMAP4rev1 ${capabilities}\r\nTAG OK` : 'TAG NO';

async function connect(
  account: Partial<Account>,
  limits: Partial<ImapLimits> = {},
  signal = new AbortController().signal,
) {
  const whole: Account = {
    name: 'support',
    host: '127.0.0.1',
    port: dovecot.port,
    tls: 'none',
    user: 'ada@example.com',
    password: 'secret',
    ...account,
  };
  return createMailboxes(() => whole, { limits }).connect('support', signal);
}

async function fault(...args: Parameters<typeof connect>): Promise<Fault> {
  const outcome = await connect(...args);
  if (outcome.ok) {
    await outcome.value.close();
    throw new Error('it connected');
  }
  // One line that a person can act on: no stack, no address, no secret.
  expect(outcome.fault.message).not.toMatch(/\n|\bat .*:\d+|ada@example.com|secret/);
  return outcome.fault;
}

describe('connecting', () => {
  test.each(['implicit', 'starttls'] as const)(
    'with TLS that is %s, and a certificate that is trusted',
    async (tls) => {
      const port = tls === 'implicit' ? dovecot.imapsPort : dovecot.port;
      const outcome = await connect({ tls, port, tlsOptions: { ca: readFileSync(dovecot.cert) } });
      expect(outcome.ok).toBe(true);
      if (outcome.ok) await outcome.value.close();
    },
  );

  test('a host that does not exist', async () => {
    expect(await fault({ host: 'imap.siftd.invalid' })).toMatchObject({
      kind: 'temporary',
      code: 'dns',
      message: expect.stringMatching(/"imap.siftd.invalid".*accounts\.support\.host/),
    });
  });

  test('a port where nobody listens', async () => {
    const port = await scripted(null, () => null);
    const [gone] = servers.splice(0);
    gone?.server.close();
    expect(await fault({ port })).toMatchObject({
      kind: 'temporary',
      code: 'refused',
      message: expect.stringMatching(/accounts\.support\.port/),
    });
  });

  test('a certificate that nobody vouches for', async () => {
    expect(await fault({ tls: 'implicit', port: dovecot.imapsPort })).toMatchObject({ code: 'certificate' });
    expect(await fault({ tls: 'starttls' })).toMatchObject({ code: 'certificate' });
  });

  test('a certificate for another host', async () => {
    const cert = readFileSync(dovecot.cert);
    const server = createTlsServer({ cert, key: readFileSync(join(dirname(dovecot.cert), 'key.pem')) });
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => sockets.add(socket));
    servers.push({ server, sockets });
    // The certificate is for 127.0.0.1 to 127.0.0.3.
    server.listen(0, '127.0.0.9');
    await once(server, 'listening');
    const address = server.address();
    const port = address === null || typeof address === 'string' ? 0 : address.port;
    expect(await fault({ host: '127.0.0.9', tls: 'implicit', port, tlsOptions: { ca: cert } })).toMatchObject({
      code: 'certificate',
      message: expect.stringMatching(/accounts\.support\.host/),
    });
  });

  test('a port that does not speak TLS from the start', async () => {
    expect(await fault({ tls: 'implicit' })).toMatchObject({
      code: 'tls',
      message: expect.stringMatching(/accounts\.support\.tls to starttls/),
    });
  });

  test('a server that offers no STARTTLS gets no password', async () => {
    const commands: string[] = [];
    const port = await scripted('* OK hello', (command) => {
      commands.push(command);
      return capable('AUTH=PLAIN')(command);
    });
    expect(await fault({ tls: 'starttls', port })).toMatchObject({
      code: 'tls',
      message: expect.stringMatching(/accounts\.support\.tls to implicit/),
    });
    expect(commands).toEqual(['CAPABILITY']);
  });

  test('a wrong password is not the network’s fault', async () => {
    expect(await fault({ password: 'wrong' })).toMatchObject({
      kind: 'unauthorized',
      code: 'auth',
      message: expect.stringMatching(/accounts\.support\.password/),
    });
  });

  test('a server that takes no password in the clear', async () => {
    const port = await scripted('* OK hello', capable('LOGINDISABLED'));
    expect(await fault({ port })).toMatchObject({ kind: 'unauthorized', code: 'login-disabled' });
  });

  test.each([
    ['[UNAVAILABLE] later', 'unavailable'],
    ['[LIMIT] too many connections', 'unavailable'],
    ['User is authenticated but not connected.', 'not-connected'],
    ['[ALERT] Too many simultaneous connections. (Failure)', 'throttled'],
    ['[ALERT] Account exceeded command or bandwidth limits. (Failure)', 'throttled'],
    ['[OVERQUOTA] Account exceeded command or bandwidth limits.', 'throttled'],
  ])('a login that cannot be taken now (%s) says nothing about the password', async (words, code) => {
    const port = await scripted('* OK hello', (command) =>
      command.startsWith('LOGIN') ? `TAG NO ${words}` : capable('')(command),
    );
    expect(await fault({ port })).toMatchObject({ kind: 'temporary', code });
  });

  test.each([
    ['[ALERT] Your account is not enabled for IMAP use. (Failure)', /IMAP switched off/],
    ['[ALERT] IMAP access is disabled for your domain. (Failure)', /IMAP switched off/],
    ['[ALERT] Application-specific password required: https://support.example (Failure)', /oauth/],
    ['[ALERT] Please log in via your web browser: https://support.example (Failure)', /web page/],
  ])('a login that only a person can mend (%s) says what to do', async (words, message) => {
    const port = await scripted('* OK hello', (command) =>
      command.startsWith('LOGIN') ? `TAG NO ${words}` : capable('')(command),
    );
    const said = { kind: 'unauthorized', code: 'auth', message: expect.stringMatching(message) };
    expect(await fault({ port })).toMatchObject(said);
  });

  test('a server that took the login and is not connected says so at the next command', async () => {
    const port = await scripted('* OK hello', (command) => {
      if (command.startsWith('LOGIN')) return 'TAG OK LOGIN completed.';
      return command === 'NAMESPACE'
        ? 'TAG BAD User is authenticated but not connected.'
        : capable('NAMESPACE')(command);
    });
    expect(await fault({ port })).toMatchObject({ kind: 'temporary', code: 'not-connected' });
  });

  test('a server that throttles from the first word on', async () => {
    const port = await scripted('* BYE [ALERT] Account exceeded command or bandwidth limits.', () => null);
    expect(await fault({ port })).toMatchObject({ kind: 'temporary', code: 'throttled', retryAfter: 600_000 });
  });

  test('something that is no IMAP server', async () => {
    const mute = await scripted(null, () => null);
    expect(await fault({ port: mute }, { connectTimeout: 200 })).toMatchObject({ code: 'greeting' });
  });

  test('a server that is full says so and hangs up', async () => {
    const port = await scripted('* BYE too many connections for ada@example.com', () => null);
    expect(await fault({ port })).toMatchObject({ kind: 'temporary', code: 'greeting' });
  });

  test('a server that greets and then says nothing', async () => {
    const port = await scripted('* OK hello', () => null);
    expect(await fault({ port }, { connectTimeout: 200 })).toMatchObject({ code: 'connect-timeout' });
  });

  test('it can be given up', async () => {
    const port = await scripted('* OK hello', () => null);
    const off = new AbortController();
    const connecting = fault({ port }, {}, off.signal);
    off.abort();
    expect(await connecting).toMatchObject({ code: 'aborted' });
    expect(await fault({}, {}, off.signal)).toMatchObject({ code: 'aborted' });
  });
});
