import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SMTPServerOptions } from 'smtp-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { doRequests } from '../../src/cli/acting.ts';
import { parseConfig } from '../../src/config/load.ts';
import { openReading } from '../../src/store/reading.ts';
import { letter as customer, forbidden } from '../mail/forbidden.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { type Helpdesk, hookSecret, startHelpdesk } from '../servers/helpdesk.ts';
import { type Smtp, startSmtp } from '../servers/smtp.ts';
import { startVendor, type Vendor } from '../vendor/vendor.ts';
import { answerOf, fastClock, letter, World, type WorldOptions } from './world.ts';

/* What routes send on: a real Dovecot, an SMTP server, and a helpdesk that checks signatures. */

let dovecot: Dovecot;
let users = 0;
let world: World;
let vendor: Vendor;
let smtp: Smtp;
let desk: Helpdesk;

beforeAll(async () => {
  dovecot = await startDovecot();
});
afterAll(() => dovecot.stop());
beforeEach(async () => {
  vendor = await startVendor({ classify: answerOf });
  desk = await startHelpdesk();
});
afterEach(async () => {
  await world.close();
  await Promise.all([vendor.close(), smtp.stop(), desk.stop()]);
});

interface Set {
  readonly way?: Record<string, unknown>;
  readonly config?: Record<string, unknown>;
  readonly server?: SMTPServerOptions;
  readonly options?: WorldOptions;
  readonly smtp?: Record<string, unknown>;
  readonly account?: Record<string, unknown>;
  /** What is there before siftd begins. */
  readonly before?: () => Promise<void>;
}

const sent = (count: number) => world.logged(({ state }) => state === 'sent', count);

async function setUp({ way, config = {}, server, options, smtp: more, account, before }: Set = {}): Promise<void> {
  smtp = await startSmtp(server);
  const user = `user${++users}`;
  const host = { host: dovecot.host, port: dovecot.port, user, password: 'secret' };
  world = new World({ ...host, deliver: (raw) => dovecot.deliver(user, raw) }, vendor, options);
  const template = join(world.folder, 'answer.txt');
  writeFileSync(template, 'Subject: We have it: {{subject}}\n\nHello {{name}}, your number is {{ticket}}.\n');
  const route = way ?? {
    move: 'Support/Refunds',
    forward: 'colleague@example.org',
    reply: 'answer.txt',
    webhook: { url: desk.url, secret: { env: 'HOOK' }, allow_private: true },
  };
  world.secrets = { HOOK: hookSecret };
  world.configure(
    {
      smtp: { host: smtp.host, port: smtp.port, tls: 'none', login: 'none', from: 'support@example.com', ...more },
      routes: { refund_request: route, complaint: { ...route, move: 'Support/Complaints' } },
      ...config,
    },
    account,
  );
  await before?.();
  await world.start();
}

function postings(job = 1) {
  const reading = openReading(join(world.folder, 'state', 'siftd.db'));
  try {
    return reading.history(job)?.postings.map(({ kind, state, why }) => ({ kind, state, why })) ?? [];
  } finally {
    reading.close();
  }
}

const to = (address: string) => smtp.received.filter((one) => one.to.includes(address));

describe('what a route sends', () => {
  it('leaves once its message is filed: a forward, an answer and a webhook, each once', async () => {
    await setUp();
    await world.deliver(letter('a', 'refund_request 0.92'));
    await sent(3);
    expect(await world.whereabouts()).toEqual({ 'letter a': ['Support/Refunds'] });
    const [forward, ...more] = to('colleague@example.org');
    expect(more).toEqual([]);
    expect(forward?.from).toBe('support@example.com');
    expect(forward?.raw.toString()).toMatch(/Content-Type: message\/rfc822/);
    expect(forward?.raw.toString()).toContain('this is letter a.');
    const [answer] = to('sender@example.com');
    expect(answer?.from).toBe('');
    expect(answer?.raw.toString()).toMatch(/Auto-Submitted: auto-replied/);
    expect(answer?.raw.toString()).toMatch(/In-Reply-To: <a@example.com>/);
    expect(answer?.raw.toString()).toMatch(/Hello Ann, your number is [0-9A-Z]{5}-[0-9A-Z]{5}\./);
    expect(smtp.received).toHaveLength(2);
    expect(desk.events).toMatchObject([
      {
        id: expect.stringMatching(/^msg_[0-9a-f]{32}$/),
        type: 'message.classified',
        data: {
          message_id: '<a@example.com>',
          folder: 'INBOX',
          route: 'refund_request',
          classification: 'refund_request',
          confidence: 0.92,
        },
      },
    ]);
    expect(desk.events[0]?.data).not.toHaveProperty('subject');
    expect(postings().map(({ state }) => state)).toEqual(['sent', 'sent', 'sent']);
  });

  it('is answered from another reverse-path where the server takes no null one', async () => {
    await setUp({ way: { reply: 'answer.txt' }, smtp: { bounces: 'bounces@example.com' } });
    await world.deliver(letter('a', 'refund_request 0.92'));
    await sent(1);
    expect(to('sender@example.com')).toMatchObject([{ from: 'bounces@example.com' }]);
  });

  it('may say the subject where privacy allows it', async () => {
    await setUp({ config: { privacy: { subjects: true } } });
    await world.deliver(letter('a', 'refund_request 0.92'));
    await sent(3);
    expect(desk.events[0]?.data['subject']).toBe('[refund_request 0.92] letter a');
  });

  it('is of every message, though another has the same Message-ID', async () => {
    await setUp({ way: { move: 'Support/Refunds', forward: 'colleague@example.org' } });
    const first = letter('a', 'refund_request 0.92');
    await world.deliver(first, first.replace('this is letter a.', 'this is another.').replace('letter a', 'letter z'));
    await sent(2);
    expect(to('colleague@example.org')).toHaveLength(2);
  });

  it('redirects a message as it is, octet for octet', async () => {
    await setUp({ way: { forward: { to: ['one@example.org', 'two@example.org'], as: 'redirect' } } });
    await world.deliver(letter('a', 'refund_request 0.92'));
    await sent(2);
    const [one] = to('one@example.org');
    const text = one?.raw.toString() ?? '';
    expect(text).toMatch(/^X-Siftd-Posting: [0-9a-f]{32}\r\nResent-Date: .*\r\nResent-From: <support@example.com>/);
    expect(text.endsWith(letter('a', 'refund_request 0.92'))).toBe(true);
    expect(to('two@example.org')).toHaveLength(1);
    expect(await world.whereabouts()).toEqual({ 'letter a': ['INBOX'] });
  });

  it('is one answer a sender and class in a day, and none to what a machine sent', async () => {
    await setUp({ way: { move: 'Support/Refunds', reply: 'answer.txt' } });
    await world.deliver(
      letter('a', 'refund_request 0.92'),
      letter('b', 'refund_request 0.92'),
      letter('c', 'complaint 0.95'),
      letter('d', 'complaint 0.95', 'Auto-Submitted: auto-generated\r\n'),
    );
    await world.ended(4);
    await sent(2);
    await world.stop();
    const all = [1, 2, 3, 4].flatMap((job) => postings(job));
    expect(all.map(({ state }) => state).sort()).toEqual(['sent', 'sent', 'withheld', 'withheld']);
    expect(all.flatMap(({ state, why }) => (state === 'withheld' ? [why] : [])).sort()).toEqual([
      expect.stringContaining('RFC 3834 section 2: a program sent it'),
      expect.stringContaining('within a day'),
    ]);
    expect(smtp.received).toHaveLength(2);
  });

  it('is no answer to any of the kinds that RFC 3834 forbids to answer', async () => {
    await setUp({
      way: { move: 'Support/Refunds', reply: 'answer.txt' },
      smtp: { from: 'support@shop.example' },
      account: { aliases: ['help@shop.example'] },
    });
    // Each from a sender of its own: one answer a day would hide the others.
    const customers = (count: number) => ({
      'Return-Path': `<carol${count}@customer.example>`,
      Subject: `[refund_request 0.92] letter ${count}`,
      'Message-ID': `<${count}@customer.example>`,
    });
    const kinds: (typeof forbidden)[number][1][] = forbidden.map(([, changes]) => changes);
    const letters = [...kinds, {}, {}].map((changes, index) => customer({ ...customers(index + 1), ...changes }));
    await world.person(async (client) => {
      for (const raw of letters) await client.append('INBOX', raw);
    });
    await world.ended(letters.length);
    await sent(2);
    await world.stop();
    expect(forbidden.length).toBeGreaterThanOrEqual(50);
    expect(forbidden.flatMap(([kind], index) => postings(index + 1).map(({ state }) => `${kind}: ${state}`))).toEqual(
      forbidden.map(([kind]) => `${kind}: withheld`),
    );
    const whys = forbidden.map((_, index) => postings(index + 1)[0]?.why ?? '');
    expect(forbidden.filter(([, , rule], index) => !rule.test(whys[index] ?? ''))).toEqual([]);
    // The last two are people's.
    expect(smtp.received.flatMap(({ to }) => to)).toEqual(
      [1, 2].map((more) => `carol${forbidden.length + more}@customer.example`),
    );
  });

  it('is nothing where siftd only looks, and nothing is connected to', async () => {
    await setUp({ config: { mode: 'observe' } });
    await world.deliver(letter('a', 'refund_request 0.92'));
    await world.ended(1);
    expect(postings()).toEqual([]);
    expect(smtp.connections()).toBe(0);
  });
});

it('is nothing about mail that had lain there when siftd came, and all about what came since', async () => {
  const weeks = new Date(Date.now() - 14 * 24 * 3_600_000);
  await setUp({
    way: { move: 'Support/Refunds', forward: 'colleague@example.org' },
    account: { since: 'all' },
    before: async () => {
      await world.person((client) => client.append('INBOX', letter('old', 'refund_request 0.92'), [], weeks));
      await world.deliver(letter('new', 'refund_request 0.92'));
    },
  });
  await sent(1);
  await world.ended(2);
  expect(await world.whereabouts()).toEqual({ 'letter old': ['Support/Refunds'], 'letter new': ['Support/Refunds'] });
  expect([1, 2].flatMap((job) => postings(job))).toMatchObject([
    { state: 'withheld', why: 'it is old mail, which is only sorted' },
    { state: 'sent' },
  ]);
});

describe('what cannot be sent', () => {
  it('is tried again when the mail server is back, and its message is filed meanwhile', async () => {
    await setUp({
      way: { move: 'Support/Refunds', forward: 'colleague@example.org' },
      options: { clock: fastClock(30) },
    });
    const { port } = smtp;
    await smtp.stop();
    await world.deliver(letter('a', 'refund_request 0.92'));
    await world.ended(1);
    expect(await world.whereabouts()).toEqual({ 'letter a': ['Support/Refunds'] });
    await world.logged(({ posting, state }) => posting === 1 && state === 'due');
    expect(postings()).toMatchObject([{ state: 'due' }]);
    smtp = await startSmtp({}, undefined, port);
    await sent(1);
    expect(to('colleague@example.org')).toHaveLength(1);
  });

  it('is not sent any more once a person took the filing back, though it was next', async () => {
    await setUp({
      way: { move: 'Support/Refunds', forward: 'colleague@example.org' },
      options: { clock: fastClock(30) },
    });
    const { port } = smtp;
    await smtp.stop();
    await world.deliver(...['a', 'b', 'c', 'd', 'e'].map((name) => letter(name, 'refund_request 0.92')));
    await world.ended(5);
    await world.logged(({ posting, state }) => posting !== undefined && state === 'due');
    // What was not tried yet is due when the server is back, and it keeps the first one waiting.
    let held = false;
    const [name, takeIt] = await new Promise<[string, () => void]>((resolve) => {
      const onData: SMTPServerOptions['onData'] = (stream, _session, callback) => {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const [, first = ''] = /letter ([a-e])/.exec(Buffer.concat(chunks).toString()) ?? [];
          if (held) return callback(null);
          held = true;
          resolve([first, () => callback(null)]);
        });
      };
      void startSmtp({ onData }, undefined, port).then((server) => {
        smtp = server;
      });
    });
    const tried = world.lines.filter(({ state }) => state === 'due').map(({ job }) => job);
    const other = world
      .jobs()
      .find(({ id, identity }) => !tried.includes(id) && identity.messageId !== `<${name}@example.com>`)?.id;
    if (other === undefined) throw new Error('all were tried');
    const env = { ...world.env, ...world.secrets };
    const file = join(world.folder, 'siftd.yaml');
    const config = parseConfig(world.yaml, { name: 'siftd.yaml', file, purpose: 'run', env });
    const { signal } = new AbortController();
    await doRequests(config, [{ account: 'support', kind: 'undo', jobs: [other] }], { signal });
    takeIt();
    await sent(4);
    await world.stop();
    expect(postings(other)).toMatchObject([{ state: 'withheld', why: 'a person took it back' }]);
    expect(world.jobs()).toMatchObject(Array.from({ length: 5 }, () => ({ review: false })));
  });

  it('is shown to a person when it is refused', async () => {
    const server: SMTPServerOptions = {
      onRcptTo: (_address, _session, callback) =>
        callback(Object.assign(new Error('no such user'), { responseCode: 550 })),
    };
    await setUp({ way: { move: 'Support/Refunds', forward: 'colleague@example.org' }, server });
    await world.deliver(letter('a', 'refund_request 0.92'));
    await world.logged(({ posting, state }) => posting !== undefined && state === 'refused');
    expect(world.jobs()).toMatchObject([{ state: 'done', review: true }]);
    expect(postings()).toMatchObject([{ state: 'refused', why: expect.stringContaining('550') }]);
  });

  it('is shown to a person where nobody can say whether it was taken, and is never sent again', async () => {
    const server: SMTPServerOptions = {
      onData(stream) {
        // The dot came, and the connection ends before its answer.
        stream.resume();
        stream.on('end', () => smtp.cut());
      },
    };
    await setUp({ way: { move: 'Support/Refunds', forward: 'colleague@example.org' }, server });
    await world.deliver(letter('a', 'refund_request 0.92'));
    await world.logged(({ posting, state }) => posting !== undefined && state === 'unknown');
    await world.stop();
    await world.start();
    await world.deliver(letter('b', 'praise 0.5'));
    await world.ended(2);
    expect(smtp.connections()).toBe(1);
    expect(postings()).toMatchObject([{ state: 'unknown' }]);
    expect(world.jobs().find(({ id }) => id === 1)).toMatchObject({ state: 'done', review: true });
  });

  it('is posted to a helpdesk until it takes it, under the same id', async () => {
    const way = { webhook: { url: '', secret: { env: 'HOOK' }, allow_private: true } };
    way.webhook.url = desk.url;
    desk.status = 503;
    await setUp({ way, options: { clock: fastClock(30) } });
    await world.deliver(letter('a', 'refund_request 0.92'));
    await world.logged(({ posting, state }) => posting === 1 && state === 'due', 2);
    desk.status = 200;
    await sent(1);
    expect(desk.events.length).toBeGreaterThan(2);
    expect(new Set(desk.events.map(({ id }) => id)).size).toBe(1);
  });
});

it('tells people by mail what waits for them, once', async () => {
  await setUp({
    way: { move: 'Support/Refunds' },
    config: { alerts: { to: 'boss@example.org', every: '1h' }, unsure: { label: ['needs-review'] } },
    options: { clock: fastClock(30) },
  });
  await world.deliver(letter('a', 'refund_request 0.32'), letter('b', 'refund_request 0.32'));
  await sent(1);
  const [mail] = to('boss@example.org');
  expect(mail?.raw.toString()).toMatch(/Subject: siftd: 2 messages wait for a person/);
});
