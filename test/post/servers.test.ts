import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { limits } from '../../src/base/limits.ts';
import { postingId } from '../../src/mail/posting.ts';
import { type Author, redirect, reply } from '../../src/post/letters.ts';
import { Mailer } from '../../src/post/mailer.ts';
import type { Outgoing, SmtpServer } from '../../src/post/smtp.ts';
import { startPostfix } from '../servers/postfix.ts';
import { startRelay } from '../servers/relay.ts';
import { type Received, startSmtp } from '../servers/smtp.ts';

/** What both servers have: a real one, and the one that the faults are made with, which is to behave like it. */
interface House {
  readonly host: string;
  readonly starttls: number;
  readonly implicit: number;
  readonly cert: string;
  readonly user: string;
  received(): readonly Received[];
  stop(): Promise<void>;
}

async function postfix(): Promise<House> {
  const server = await startPostfix();
  return { ...server, starttls: 587, implicit: 465, user: 'siftd@siftd', received: () => server.received };
}

async function smtpServer(): Promise<House> {
  const refusals: Readonly<Record<string, number>> = { 'refused@customer.example': 550, 'later@customer.example': 450 };
  const options: Parameters<typeof startSmtp>[0] = {
    size: 1_000_000,
    onRcptTo: ({ address }, _session, callback) => {
      const responseCode = refusals[address];
      callback(responseCode === undefined ? null : Object.assign(new Error('no'), { responseCode }));
    },
  };
  const [starttls, implicit] = await Promise.all([
    startSmtp(options, (one) => !/^X-Refuse: yes/m.test(one.raw.toString())),
    startSmtp({ ...options, secure: true }),
  ]);
  return {
    host: starttls.host,
    starttls: starttls.port,
    implicit: implicit.port,
    cert: `${starttls.cert}\n${implicit.cert}`,
    user: 'siftd',
    received: () => [...starttls.received, ...implicit.received],
    async stop() {
      await starttls.stop();
      await implicit.stop();
    },
  };
}

const never = new AbortController().signal;
const from: Author = { name: 'Support', address: 'support@shop.example' };
const parsedSource = (mark: string) =>
  Buffer.from(
    `From: carol@customer.example\r\nTo: support@shop.example\r\nDate: Sat, 28 Nov 2026 10:00:00 +0000\r\nMessage-ID: <${mark}@customer.example>\r\nSubject: ${mark}\r\n\r\nGr\xfc\xdfe\r\n.\r\n..\r\n`,
    'latin1',
  );

/** A letter of ours as it leaves, 8-bit and all. */
function letter(mark: string, to = 'carol@customer.example'): Outgoing {
  const id = postingId({ account: 'support', ref: mark, kind: 'forward', target: to });
  const made = redirect({ id, from, to, date: Date.UTC(2026, 10, 28), source: parsedSource(mark) });
  if (!made.ok) throw new Error(made.fault.message);
  return made.value;
}

describe.each([
  ['Postfix', postfix],
  ['smtp-server', smtpServer],
])('%s', (_name, start) => {
  let house: House;
  const mailers: Mailer[] = [];
  beforeAll(async () => {
    house = await start();
  });
  afterEach(() => {
    for (const mailer of mailers.splice(0)) mailer.close();
  });
  afterAll(async () => {
    await house.stop();
  });

  function mailer(server: Partial<SmtpServer> = {}, bounds: Partial<Record<keyof typeof limits.smtp, number>> = {}) {
    const login = { user: house.user, password: () => 'secret' };
    const tlsOptions = { ca: house.cert, servername: 'localhost' };
    const whole: SmtpServer = { host: house.host, port: house.starttls, tls: 'starttls', login, tlsOptions, ...server };
    const one = new Mailer(whole, systemClock, { ...limits.smtp, ...bounds });
    mailers.push(one);
    return one;
  }

  /** What arrived that has a mark; Postfix takes a moment to hand it on, and hands on in order what came in order. */
  async function arrived(mark: string, least: number): Promise<readonly Received[]> {
    for (;;) {
      const found = house.received().filter(({ raw }) => raw.includes(`Subject: ${mark}\r\n`));
      if (found.length >= least) return found;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  test('takes a redirected letter over STARTTLS after a login, and hands it on octet for octet', async () => {
    const sent = letter('starttls', 'anybody@elsewhere.example');
    expect(await mailer().send(sent, never)).toMatchObject({ result: 'accepted', note: expect.stringMatching(/^250/) });
    const [one] = await arrived('starttls', 1);
    expect(one).toMatchObject({ from: 'support@shop.example', to: ['anybody@elsewhere.example'] });
    expect(one?.raw.subarray(-sent.raw.length).equals(sent.raw)).toBe(true);
  });

  test('takes an answer with the null reverse path over TLS from the start', async () => {
    const id = postingId({ account: 'support', ref: 'implicit', kind: 'reply', target: 'carol@customer.example' });
    const sent = await reply({
      ...{ id, from, to: 'carol@customer.example', date: Date.UTC(2026, 10, 28), ticket: '1', class: 'x' },
      template: { subject: 'implicit', body: 'Grüße, {{ticket}}' },
      header: parsedSource('implicit'),
    });
    const posted = await mailer({ port: house.implicit, tls: 'implicit' }).send(sent, never);
    expect(posted).toMatchObject({ result: 'accepted' });
    const [one] = await arrived('implicit', 1);
    expect(one).toMatchObject({ from: '', to: ['carol@customer.example'] });
    expect(one?.raw.subarray(-sent.raw.length).equals(sent.raw)).toBe(true);
  });

  test('takes twenty over one connection, each once', async () => {
    const one = mailer();
    const marks = Array.from({ length: 20 }, (_, index) => `many${index}`);
    for (const mark of marks) expect(await one.send(letter(mark), never)).toMatchObject({ result: 'accepted' });
    for (const mark of marks) expect((await arrived(mark, 1)).length).toBe(1);
  });

  test.for([
    ['a wrong password', { password: 'wrong' }, { result: 'later', away: true, retryAfter: limits.smtp.authRetry }],
    ['a recipient that is refused', { to: 'refused@customer.example' }, { result: 'refused' }],
    ['a recipient that is put off', { to: 'later@customer.example' }, { result: 'later', away: false }],
    ['content that is refused after its end', { first: 'X-Refuse: yes\r\n' }, { result: 'refused' }],
    ['a letter that is too large', { first: `X-Filler: ${'x'.repeat(70)}\r\n`.repeat(13_000) }, { result: 'refused' }],
    ['no TLS at that port', { port: 'implicit' }, { result: 'later', away: true }],
    ['TLS from the start at the other port', { tls: 'implicit' }, { result: 'later', away: true }],
    ['an authority that it does not have', { ca: '' }, { result: 'later', away: true }],
  ] as const)('%s', async ([mark, odd, expected]) => {
    const o: { password?: string; to?: string; first?: string; port?: string; tls?: 'implicit'; ca?: string } = odd;
    const sent = letter(mark, o.to);
    const one = mailer(
      {
        login: { user: house.user, password: () => o.password ?? 'secret' },
        ...(o.port === undefined ? {} : { port: house.implicit }),
        ...(o.tls === undefined ? {} : { tls: o.tls }),
        ...(o.ca === undefined ? {} : { tlsOptions: { servername: 'localhost' } }),
      },
      // Both sides wait for the other one there.
      o.port === undefined ? {} : { connectTimeout: 300 },
    );
    const posted = await one.send({ ...sent, raw: Buffer.concat([Buffer.from(o.first ?? ''), sent.raw]) }, never);
    expect(posted).toMatchObject(expected);
    expect(house.received().filter(({ raw }) => raw.includes(`Subject: ${mark}\r\n`))).toEqual([]);
  });

  test('the line breaks after the dot: nobody knows, and it arrived', async () => {
    const relay = await startRelay({ host: house.host, port: house.starttls }, (link) => {
      const { client, upstream } = link;
      let over = false;
      client.on('data', (data: Buffer) => {
        over ||= data.toString('latin1').endsWith('\r\n.\r\n');
        upstream.write(data);
      });
      upstream.on('data', (data: Buffer) => (over ? link.end() : client.write(data)));
    });
    try {
      const one = mailer({ host: '127.0.0.1', port: relay.port, tls: 'none', login: null });
      expect(await one.send(letter('cut'), never)).toMatchObject({ result: 'unknown' });
      expect((await arrived('cut', 1)).length).toBe(1);
    } finally {
      await relay.stop();
    }
  });
});
