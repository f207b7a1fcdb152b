import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { failed, ok } from '../../src/base/errors.ts';
import { limits } from '../../src/base/limits.ts';
import { Mailer } from '../../src/post/mailer.ts';
import type { Outgoing, SmtpServer } from '../../src/post/smtp.ts';
import type { Posted } from '../../src/triage/posted.ts';
import { startRelay } from '../servers/relay.ts';
import { type Smtp, startSmtp } from '../servers/smtp.ts';

const never = new AbortController().signal;
const letter: Outgoing = {
  from: '',
  to: 'carol@customer.example',
  raw: Buffer.from('Subject: Re: a refund\r\n\r\n.\r\n..two dots\r\nGrüße\r\n'),
};

const stops: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

function mailerOf(server: Partial<SmtpServer> & { readonly port: number }, bounds: Partial<typeof limits.smtp> = {}) {
  const whole: SmtpServer = { host: '127.0.0.1', tls: 'none', login: null, ...server };
  const mailer = new Mailer(whole, systemClock, { ...limits.smtp, ...bounds } as typeof limits.smtp);
  stops.push(() => mailer.close());
  return mailer;
}

async function smtp(options: Parameters<typeof startSmtp>[0] = {}): Promise<Smtp> {
  const server = await startSmtp(options);
  stops.push(() => server.stop());
  return server;
}

type Said = string | { readonly cut: string } | null;

/** A server that says what a test wants. `letters`: messages of which it saw the end. null: silence; cut: then it ends. */
async function scripted(answer: (step: string) => Said) {
  const sockets = new Set<Socket>();
  const seen = { letters: 0, steps: [] as string[] };
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const say = (step: string): void => {
      seen.steps.push(step);
      const said = answer(step);
      if (typeof said === 'string') socket.write(said);
      else if (said !== null) socket.end(said.cut);
    };
    let data = false;
    let text = '';
    say('greeting');
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (;;) {
        const end = data ? /(^|\r\n)\.\r\n/.exec(text) : /\r\n/.exec(text);
        if (data && end === null && seen.steps.at(-1) !== 'body') say('body');
        if (end === null) return;
        const line = text.slice(0, end.index);
        text = text.slice(end.index + end[0].length);
        if (data) seen.letters++;
        const step = data ? 'dot' : (/^\w+/.exec(line)?.[0] ?? '');
        data = step === 'DATA';
        say(step);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  return { port: address === null || typeof address === 'string' ? 0 : address.port, seen };
}

/** What a decent server says, but for `odd`. */
const decent =
  (odd: Readonly<Record<string, Said>>) =>
  (step: string): Said =>
    step in odd
      ? (odd[step] ?? null)
      : ({ greeting: '220 ready\r\n', DATA: '354 go on\r\n', body: '', dot: '250 2.0.0 queued as 7\r\n' }[step] ??
        '250 fine\r\n');

describe('a letter arrives', () => {
  test('octet for octet, with the null reverse path, over STARTTLS, after a login', async () => {
    const server = await smtp();
    const login = { user: 'siftd', password: () => 'secret' };
    const mailer = mailerOf({ port: server.port, tls: 'starttls', login, tlsOptions: { ca: server.cert } });
    expect(await mailer.send(letter, never)).toEqual({ result: 'accepted', note: '250 OK queued as 1' });
    const { to, raw } = letter;
    expect(server.received).toEqual([{ from: '', to: [to], raw, user: 'siftd', secure: true, body: '8bitmime' }]);
  });

  test('over TLS from the start, and letters that come together over one connection', async () => {
    const server = await smtp({ secure: true });
    const mailer = mailerOf({ port: server.port, tls: 'implicit', tlsOptions: { ca: server.cert } });
    for (const from of ['siftd@support.example', '', 'siftd@support.example']) {
      expect(await mailer.send({ ...letter, from }, never)).toMatchObject({ result: 'accepted' });
    }
    expect(server.received.map(({ from }) => from)).toEqual(['siftd@support.example', '', 'siftd@support.example']);
    expect(server.connections()).toBe(1);
  });

  test('after the server had dropped the idle connection', async () => {
    const server = await smtp();
    const relay = await startRelay({ host: '127.0.0.1', port: server.port }, ({ client, upstream }) => {
      client.pipe(upstream);
      upstream.pipe(client);
    });
    stops.push(() => relay.stop());
    const mailer = mailerOf({ port: relay.port });
    expect(await mailer.send(letter, never)).toMatchObject({ result: 'accepted' });
    relay.cut();
    expect(await mailer.send(letter, never)).toMatchObject({ result: 'accepted' });
    expect(server.received.length).toBe(2);
  });

  test('but not again, where a connection that was kept breaks after the whole letter', async () => {
    let dots = 0;
    const { port, seen } = await scripted((step) => {
      if (step === 'dot') dots++;
      return decent(dots === 2 ? { dot: { cut: '' } } : {})(step);
    });
    const mailer = mailerOf({ port });
    expect(await mailer.send(letter, never)).toMatchObject({ result: 'accepted' });
    expect(await mailer.send(letter, never)).toMatchObject({ result: 'unknown' });
    expect(seen.letters).toBe(2);
    expect(seen.steps.filter((step) => step === 'greeting').length).toBe(1);
  });

  test('with a token, and with another one where the first is not taken', async () => {
    const server = await smtp();
    const refused: (string | null)[] = [];
    const token = async (_signal: AbortSignal, last: string | null) => {
      refused.push(last);
      return ok(last === null ? 'stale' : 'token');
    };
    const login = { user: 'siftd', token };
    const mailer = mailerOf({ port: server.port, tls: 'starttls', login, tlsOptions: { ca: server.cert } });
    expect(await mailer.send(letter, never)).toMatchObject({ result: 'accepted' });
    expect(refused).toEqual([null, 'stale']);
    expect(server.received[0]?.user).toBe('siftd');
  });

  test('in ten pieces', async () => {
    const server = await smtp();
    const raw = Buffer.from(`Subject: large\r\n\r\n${'.x23456789\r\n'.repeat(20_000)}`);
    expect(await mailerOf({ port: server.port }).send({ ...letter, raw }, never)).toMatchObject({ result: 'accepted' });
    expect(server.received[0]?.raw.equals(raw)).toBe(true);
  });
});

/** Whether a letter was surely not accepted is for the server's side of the test to say: `seen.letters`. */
const odd: readonly (readonly [string, Readonly<Record<string, Said>>, Partial<Posted>])[] = [
  ['no greeting but 554', { greeting: '554 no service\r\n' }, { result: 'later', away: true }],
  ['it ends before its greeting', { greeting: { cut: '' } }, { result: 'later', away: true }],
  ['it says nothing at all', { greeting: null }, { result: 'later', away: true }],
  ['it is no mail server', { greeting: 'SSH-2.0-OpenSSH_9.2\r\n' }, { result: 'later', away: true }],
  ['421 as its greeting', { greeting: '421 too many connections\r\n' }, { result: 'later', away: true }],
  ['silence after EHLO', { EHLO: null }, { result: 'later', away: true }],
  ['EHLO refused, HELO too', { EHLO: '502 no\r\n', HELO: '502 no\r\n' }, { result: 'later', away: true }],
  ['EHLO refused, HELO taken', { EHLO: '502 no\r\n' }, { result: 'accepted' }],
  ['421 to MAIL', { MAIL: { cut: '421 closing\r\n' } }, { result: 'later', away: true }],
  ['the sender refused', { MAIL: '550 5.7.1 not yours\r\n' }, { result: 'refused' }],
  ['a login demanded', { MAIL: '530 5.7.0 Authentication required\r\n' }, { result: 'later', away: true }],
  ['the recipient refused', { RCPT: '550 5.1.1 no such user\r\n' }, { result: 'refused' }],
  ['the recipient not now', { RCPT: '450 4.2.0 greylisted\r\n' }, { result: 'later', away: false }],
  ['a day used up', { RCPT: '550 5.4.5 Daily sending limit exceeded\r\n' }, { result: 'later', away: true }],
  ['the end at RCPT', { RCPT: { cut: '' } }, { result: 'later', away: true }],
  ['silence at DATA', { DATA: null }, { result: 'later', away: true }],
  ['DATA refused', { DATA: '554 no valid recipients\r\n' }, { result: 'refused' }],
  ['DATA not now', { DATA: '451 later\r\n' }, { result: 'later', away: false }],
  ['DATA answered by 250', { DATA: '250 go on\r\n' }, { result: 'accepted' }],
  ['refused after the dot', { dot: '554 5.7.1 spam\r\n' }, { result: 'refused' }],
  ['not now after the dot', { dot: '451 4.3.0 disk\r\n' }, { result: 'later', away: false }],
  ['421 after the dot', { dot: { cut: '421 4.3.2 shutting down\r\n' } }, { result: 'later', away: true }],
  ['the end after the dot', { dot: { cut: '' } }, { result: 'unknown' }],
  ['half an answer after the dot', { dot: { cut: '25' } }, { result: 'unknown' }],
  ['250 without its line end after the dot', { dot: { cut: '250 OK' } }, { result: 'unknown' }],
  ['half of a longer answer', { dot: { cut: '250-OK\r\n' } }, { result: 'unknown' }],
  ['a refusal without its line end', { dot: { cut: '554 spam' } }, { result: 'refused' }],
  ['silence after the dot', { dot: null }, { result: 'unknown' }],
  ['354 after the dot', { dot: '354 go on\r\n' }, { result: 'unknown' }],
  ['a two that is no code', { dot: '2 fine\r\n' }, { result: 'unknown' }],
  ['nonsense after the dot', { dot: 'OK\r\n' }, { result: 'unknown' }],
  ['two answers after the dot', { dot: '250 queued\r\n550 or not\r\n' }, { result: 'accepted' }],
  ['an answer of several lines', { dot: '250-2.0.0 queued\r\n250 as 7\r\n' }, { result: 'accepted' }],
  ['an empty line before the answer', { dot: '\r\n250 queued\r\n' }, { result: 'accepted' }],
];

test.for(odd)('%s', async ([, answers, expected]) => {
  const { port, seen } = await scripted(decent(answers));
  const quick = { connectTimeout: 60, envelope: 150, answer: 150 };
  const posted = await mailerOf({ port }, quick).send(letter, never);
  expect(posted).toMatchObject(expected);
  if (posted.result === 'accepted') expect(seen.letters).toBe(1);
  if (posted.result === 'later' && seen.letters === 1) expect(seen.steps).toContain('dot');
  expect(seen.letters).toBeLessThan(2);
  expect(JSON.stringify(posted)).not.toMatch(/carol|customer|refund/);
});

test('neither side says an address: not in what was answered, and not in what broke', async () => {
  const words = '550 5.1.1 <carol@customer.example>: user Carol unknown to bob@there.example\r\n';
  const { port } = await scripted(decent({ RCPT: words }));
  expect(await mailerOf({ port }).send(letter, never)).toEqual({
    result: 'refused',
    why: `the SMTP server 127.0.0.1:${port} refused it: 550 5.1.1 <…>: user … unknown to …`,
  });
});

describe('not in the clear', () => {
  test('STARTTLS that is not offered ends the session before the login', async () => {
    const { port, seen } = await scripted(decent({ STARTTLS: '502 no\r\n' }));
    const login = { user: 'siftd', password: () => 'secret' };
    expect(await mailerOf({ port, tls: 'starttls', login }).send(letter, never)).toMatchObject({
      result: 'later',
      away: true,
      why: expect.stringMatching(/offers no STARTTLS/),
    });
    expect(seen.steps.filter((step) => /^(AUTH|MAIL)$/.test(step))).toEqual([]);
  });

  test('a certificate of nobody that we know', async () => {
    const server = await smtp();
    const mailer = mailerOf({ port: server.port, tls: 'starttls' });
    expect(await mailer.send(letter, never)).toMatchObject({
      result: 'later',
      away: true,
      why: expect.stringMatching(/certificate .*not trusted/),
    });
    expect(server.received).toEqual([]);
  });

  test('words after the answer to STARTTLS are not believed', async () => {
    const { port } = await scripted(decent({ STARTTLS: '220 go\r\n250 injected\r\n' }));
    expect(await mailerOf({ port, tls: 'starttls' }, { connectTimeout: 100 }).send(letter, never)).toMatchObject({
      result: 'later',
      away: true,
    });
  });
});

describe('who we are', () => {
  const wrong = { user: 'siftd', password: () => 'wrong' };

  test('a refused login is nobody’s fault, and says what to mend', async () => {
    const server = await smtp();
    const mailer = mailerOf({ port: server.port, tls: 'starttls', login: wrong, tlsOptions: { ca: server.cert } });
    expect(await mailer.send(letter, never)).toMatchObject({
      result: 'later',
      away: true,
      retryAfter: limits.smtp.authRetry,
      why: expect.stringMatching(/refused the login: check smtp.user and smtp.password/),
    });
    expect(server.received).toEqual([]);
  });

  test('a login that is not possible now is tried again', async () => {
    const { port } = await scripted(decent({ EHLO: '250-there\r\n250 AUTH PLAIN\r\n', AUTH: '454 4.7.0 later\r\n' }));
    const posted = await mailerOf({ port, login: wrong }).send(letter, never);
    expect(posted).toMatchObject({ result: 'later', away: true });
    expect(posted).not.toHaveProperty('retryAfter');
  });

  test('no token is to be had', async () => {
    const server = await smtp();
    const login = { user: 'siftd', token: async () => failed('unauthorized', 'oauth-revoked', 'consent is gone') };
    expect(await mailerOf({ port: server.port, login }).send(letter, never)).toEqual({
      result: 'later',
      away: true,
      why: 'consent is gone',
    });
  });

  test('the same token again is not tried twice', async () => {
    const server = await smtp();
    const login = { user: 'siftd', token: async () => ok('stale') };
    const mailer = mailerOf({ port: server.port, tls: 'starttls', login, tlsOptions: { ca: server.cert } });
    expect(await mailer.send(letter, never)).toMatchObject({
      result: 'later',
      away: true,
      retryAfter: limits.smtp.authRetry,
    });
    expect(server.connections()).toBe(1);
  });
});

test.for([
  ['nothing listens there', { port: 9 }, /takes no connections/],
  ['a host that nobody knows', { port: 25, host: 'smtp.invalid' }, /is not known/],
] as const)('%s', async ([, server, why]) => {
  expect(await mailerOf(server).send(letter, never)).toMatchObject({
    result: 'later',
    away: true,
    why: expect.stringMatching(why),
  });
});

test.for([
  'carol',
  '',
  'carol@',
  '@customer.example',
  'carol@customer.example>\r\nRCPT TO:<eve@evil.example',
  'carol smith@customer.example',
  'carol@customer.example> NOTIFY=SUCCESS',
  `${'a'.repeat(250)}@customer.example`,
])('an address that is none: %j', async (to) => {
  const { port, seen } = await scripted(decent({}));
  expect(await mailerOf({ port }).send({ ...letter, to }, never)).toMatchObject({ result: 'refused' });
  expect(seen.steps).toEqual([]);
});

test('a message that is larger than the server says is not sent', async () => {
  const server = await smtp({ size: 100 });
  const raw = Buffer.alloc(200, 'a');
  expect(await mailerOf({ port: server.port }).send({ ...letter, raw }, never)).toMatchObject({ result: 'refused' });
});

describe('siftd stops', () => {
  test('before the letter left: it is for later', async () => {
    const stopping = new AbortController();
    const { port, seen } = await scripted((step) => {
      if (step === 'RCPT') stopping.abort();
      return step === 'RCPT' ? null : decent({})(step);
    });
    expect(await mailerOf({ port }).send(letter, stopping.signal)).toMatchObject({ result: 'later', away: true });
    expect(seen.letters).toBe(0);
  });

  test('after it left: its answer is waited for', async () => {
    const stopping = new AbortController();
    const { port } = await scripted((step) => {
      if (step === 'dot') stopping.abort();
      return decent({})(step);
    });
    expect(await mailerOf({ port }).send(letter, stopping.signal)).toMatchObject({ result: 'accepted' });
  });

  test('after it left, and no answer comes', async () => {
    const stopping = new AbortController();
    const { port } = await scripted((step) => {
      if (step === 'dot') stopping.abort();
      return decent({ dot: null })(step);
    });
    expect(await mailerOf({ port }, { grace: 20 }).send(letter, stopping.signal)).toMatchObject({ result: 'unknown' });
  });
});

test.for([
  ['from us, the letter piped in at once', {}, 'client', 1],
  ['from us, step by step', { hidePIPELINING: true }, 'client', 3],
  ['from the server', { hidePIPELINING: true }, 'upstream', 2],
] as const)(
  'the line breaks at every octet %s: what is said to be not accepted was not',
  async ([, options, side, stride]) => {
    const server = await startSmtp({ hideSTARTTLS: true, ...options });
    const ends = new Map<string, Posted['result']>();
    const lane = async (first: number): Promise<void> => {
      for (let octets = first; ; octets += 8 * stride) {
        const mark = `X-Cut: ${octets}.`;
        let left: number = octets;
        const relay = await startRelay({ host: '127.0.0.1', port: server.port }, (link) => {
          const carry = (from: Socket, to: Socket) =>
            from.on('data', (chunk: Buffer) => {
              const part = from === link[side] ? chunk.subarray(0, left) : chunk;
              if (from === link[side]) left -= part.length;
              to.write(part);
              // What was let through arrives before the end.
              if (part.length < chunk.length) for (const end of [link.client, link.upstream]) end.end();
            });
          carry(link.client, link.upstream);
          carry(link.upstream, link.client);
        });
        const mailer = mailerOf({ port: relay.port });
        const raw = Buffer.from(`Subject: cut\r\n${mark}\r\n\r\nHello\r\n`);
        const { result } = await mailer.send({ ...letter, raw }, never);
        mailer.close();
        await relay.stop();
        ends.set(mark, result);
        if (result === 'accepted') return;
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, index) => lane(index * stride)));
    // Everything that it was given has been looked at then.
    await server.stop();
    const arrivals = (mark: string) => server.received.filter(({ raw }) => raw.includes(mark)).length;
    const ended = (result: Posted['result']) =>
      [...ends].filter((end) => end[1] === result).map(([mark]) => arrivals(mark));
    expect(new Set(ended('accepted'))).toEqual(new Set([1]));
    expect(new Set(ended('later'))).toEqual(new Set([0]));
    expect(ended('refused')).toEqual([]);
    // Where the answer was cut off, it has arrived; where the letter was, it has not.
    expect(new Set(ended('unknown'))).toEqual(new Set([side === 'client' ? 0 : 1]));
  },
);
