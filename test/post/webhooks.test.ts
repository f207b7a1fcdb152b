import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { limits } from '../../src/base/limits.ts';
import { isPrivate } from '../../src/post/private.ts';
import { type Hook, hookFault, type Network, Webhooks } from '../../src/post/webhooks.ts';
import { signingFault } from '../../src/triage/sending.ts';
import { certify } from '../servers/certificate.ts';

const never = new AbortController().signal;
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const event = {
  id: 'msg_0123456789abcdef0123456789abcdef',
  body: '{"classification":"refund_request","note":"Grüße"}',
};

let tls: { key: string; cert: string };
beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'siftd-hooks-'));
  await certify(dir);
  tls = { key: readFileSync(join(dir, 'key.pem'), 'utf8'), cert: readFileSync(join(dir, 'cert.pem'), 'utf8') };
  rmSync(dir, { recursive: true });
});

const servers = new Set<Server>();
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  servers.clear();
});

interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly url: string;
}

/** A helpdesk that answers as told once it has read everything. */
async function receiver(answer: (response: ServerResponse) => void, secure = false) {
  const seen: Seen[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', () => {});
    request.on('end', () => {
      seen.push({ headers: request.headers, body: Buffer.concat(chunks).toString(), url: request.url ?? '' });
      answer(response);
    });
  };
  const server = secure ? createTlsServer(tls, listener) : createServer(listener);
  servers.add(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return { seen, port: address === null || typeof address === 'string' ? 0 : address.port };
}

const status =
  (code: number, headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end('thanks');

function post(hook: Partial<Hook> & { readonly url: string }, network?: Network, timeout?: number, signal = never) {
  const webhooks = new Webhooks(systemClock, timeout, network);
  return webhooks.post({ secret: () => secret, allowPrivate: true, ...hook }, event, signal);
}

test('what arrives is what was signed, by the name and under the id of the event', async () => {
  const { seen, port } = await receiver(status(204));
  expect(await post({ url: `http://127.0.0.1:${port}/hooks/7?team=a` })).toEqual({
    result: 'accepted',
    note: 'HTTP 204',
  });
  const [{ headers, body, url }] = seen as [Seen];
  expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toEqual(JSON.parse(event.body));
  expect(() => new Webhook(secret).verify(`${body} `, headers as Record<string, string>)).toThrow();
  expect(headers).toMatchObject({ 'webhook-id': event.id, 'content-type': 'application/json', 'user-agent': 'siftd' });
  expect([url, body]).toEqual(['/hooks/7?team=a', event.body]);
});

test('by TLS, to a certificate that is known', async () => {
  const { seen, port } = await receiver(status(200), true);
  const url = `https://localhost:${port}/`;
  expect(await post({ url })).toMatchObject({ result: 'later', away: true, why: expect.stringMatching(/not trusted/) });
  expect(seen).toEqual([]);
  expect(await post({ url }, { ca: tls.cert })).toMatchObject({ result: 'accepted' });
});

test.for([
  [status(201), { result: 'accepted' }],
  [status(410), { result: 'refused' }],
  [status(302, { location: 'http://127.0.0.1/' }), { result: 'refused' }],
  [status(308, { location: '/again' }), { result: 'refused' }],
  [status(304), { result: 'refused' }],
  [status(400), { result: 'later', away: false }],
  [status(422), { result: 'later', away: false }],
  [status(500), { result: 'later', away: false }],
  [status(401), { result: 'later', away: true }],
  [status(404), { result: 'later', away: true }],
  [status(429, { 'retry-after': '7' }), { result: 'later', away: true, retryAfter: 7000 }],
  [status(503, { 'retry-after': '999999' }), { result: 'later', away: true, retryAfter: limits.api.retryAfterMax }],
  [status(504), { result: 'later', away: true }],
  [(response: ServerResponse) => response.destroy(), { result: 'later', away: true }],
  [(response: ServerResponse) => response.socket?.end('HTTP/1.1 2'), { result: 'later', away: true }],
  [(response: ServerResponse) => response.socket?.end('nonsense\r\n\r\n'), { result: 'later', away: true }],
  [() => {}, { result: 'later', away: true, why: expect.stringMatching(/in time/) }],
] as const)('answer %#', async ([answer, expected]) => {
  const { seen, port } = await receiver(answer as (response: ServerResponse) => void);
  expect(await post({ url: `http://127.0.0.1:${port}/secret-path` }, {}, 150)).toMatchObject(expected);
  // Once, whatever came of it: no redirect is followed.
  expect(seen.length).toBe(1);
});

test('an answer without end is not read to its end', async () => {
  let close = () => {};
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const { port } = await receiver((response) => {
    response.writeHead(200);
    response.on('close', close);
    const pour = () => {
      while (response.writable && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', pour);
    pour();
  });
  expect(await post({ url: `http://127.0.0.1:${port}/` })).toMatchObject({ result: 'accepted' });
  await closed;
});

test('siftd stops: it is for later', async () => {
  const stopping = new AbortController();
  const { port } = await receiver(() => stopping.abort());
  const posted = await post({ url: `http://127.0.0.1:${port}/` }, {}, undefined, stopping.signal);
  expect(posted).toMatchObject({ result: 'later', away: true });
  expect(await post({ url: `http://127.0.0.1:${port}/` }, {}, undefined, stopping.signal)).toEqual(posted);
});

test.for([
  ['http://127.0.0.1:9/', /takes no connections/],
  ['http://nowhere.invalid/', /not known/],
] as const)('nobody at %s', async ([url, why]) => {
  expect(await post({ url })).toMatchObject({ result: 'later', away: true, why: expect.stringMatching(why) });
});

describe('private addresses', () => {
  const names: Readonly<Record<string, readonly string[]>> = {
    'both.example': ['10.0.0.1', '127.0.0.1'],
    'mapped.example': ['::ffff:127.0.0.1'],
  };
  let looks = 0;
  const lookup: LookupFunction = (host, options, callback) => {
    looks++;
    const all = (names[host] ?? []).map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    if (options.all === true) callback(null, all);
    else callback(null, all[0]?.address ?? '', all[0]?.family);
  };

  test.for(['both.example', 'mapped.example'])('a name that leads to one: %s', async (host) => {
    looks = 0;
    const { seen, port } = await receiver(status(200), true);
    const hook = { url: `https://${host}:${port}/`, allowPrivate: false };
    expect(await post(hook, { lookup, ca: tls.cert })).toMatchObject({
      result: 'later',
      away: true,
      why: expect.stringMatching(/has a private address/),
    });
    // There is no second look, to which a name server could say something else (DNS rebinding).
    expect([looks, seen.length]).toEqual([1, 0]);
  });

  test('the real look-up: localhost', async () => {
    const { seen, port } = await receiver(status(200), true);
    const hook = { url: `https://localhost:${port}/`, allowPrivate: false };
    expect(await post(hook, { ca: tls.cert })).toMatchObject({
      result: 'later',
      why: expect.stringMatching(/private/),
    });
    expect(seen).toEqual([]);
  });

  test('which ones', () => {
    const own = `0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.9.9.9 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1 192.0.0.192
      198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe
      64:ff9b::7f00:1 2002:7f00:1:: 2001::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 2001:db8::1 nonsense`;
    const others =
      '1.1.1.1 8.8.8.8 100.128.0.1 172.32.0.1 192.169.0.1 ::ffff:8.8.8.8 2606:4700::1111 2a00:1450:4001::1';
    expect(own.split(/\s+/).filter((address) => !isPrivate(address))).toEqual([]);
    expect(others.split(' ').filter(isPrivate)).toEqual([]);
  });
});

test('what is seen before anybody is asked', () => {
  const faults = [
    ['https://helpdesk.example/hooks', false],
    ['http://helpdesk.example/hooks', false],
    ['http://10.0.0.1/hooks', true],
    ['ftp://helpdesk.example/', true],
    ['helpdesk', true],
    ['https://user:word@helpdesk.example/', true],
    ['https://127.0.0.1/', false],
    ['https://0x7f.1/', false],
    ['https://2130706433/', false],
    ['https://[::ffff:127.0.0.1]/', false],
    ['https://[::1]/', false],
  ] as const;
  expect(faults.map(([url, allowed]) => hookFault(url, allowed))).toEqual([
    null,
    'its url is not https, which only allow_private: true permits',
    null,
    'its url is no https address',
    'its url is no https address',
    'its url holds a user or password',
    ...Array.from({ length: 5 }, () => 'its url is a private address, which only allow_private: true permits'),
  ]);
  expect(signingFault(secret)).toBe(null);
  expect(signingFault('short')).toMatch(/not base64/);
  expect(signingFault('whsec_c2hvcnQ=')).toMatch(/has 5 octets/);
});

test.for([
  { url: 'http://127.0.0.1/', allowPrivate: false },
  { url: 'http://127.0.0.1/', secret: () => 'guess me' },
])('with such a fault nothing is asked: %#', async (hook) => {
  expect(await post(hook)).toMatchObject({
    result: 'later',
    away: true,
    why: expect.stringMatching(/cannot be posted/),
  });
});
