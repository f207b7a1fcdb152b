import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { UserError } from '../../src/base/errors.ts';
import { type Listening, listen } from '../../src/base/http.ts';
import { HandClock } from '../api/clock.ts';

vi.mock('../../src/base/limits.ts', async (original) => {
  const { limits } = await original<typeof import('../../src/base/limits.ts')>();
  return {
    limits: {
      ...limits,
      http: { ...limits.http, headersTimeout: 50, requestTimeout: 100, checkInterval: 10, headerBytes: 1024 },
    },
  };
});

let answer: (request: Request) => Response | Promise<Response>;
let listening: Listening;
let clock: HandClock;
beforeEach(async () => {
  answer = async (request) => new Response(await request.text());
  clock = new HandClock();
  listening = await listen({ fetch: (request) => answer(request), host: '127.0.0.1', port: 0, clock });
});
afterEach(() => listening.close(0));

async function speak(...parts: string[]): Promise<Socket> {
  const socket = connect(listening.port, '127.0.0.1');
  await once(socket, 'connect');
  for (const part of parts) socket.write(part);
  return socket;
}

/** Everything until the server ends the connection. */
async function heard(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += String(chunk);
  });
  await once(socket, 'close');
  return text;
}

it('answers on the port that it took', async () => {
  expect(await (await fetch(listening.url, { method: 'POST', body: 'hello' })).text()).toBe('hello');
});

it.each([
  ['is slow with its header', 'POST / HTTP/1.1\r\nHost: x\r\nSlow', 408],
  ['is slow with its body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc', 408],
  ['says too much in its header', `GET / HTTP/1.1\r\nHost: x\r\nLong: ${'x'.repeat(2000)}\r\n\r\n`, 431],
  ['speaks no HTTP', 'EHLO x\r\n\r\n', 400],
])('cuts off a client that %s', async (_how, said, status) => {
  expect(await heard(await speak(said))).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

it('says in one line why it cannot listen', async () => {
  const again = listen({ fetch: answer, host: '127.0.0.1', port: listening.port, clock });
  await expect(again).rejects.toThrow(UserError);
  await expect(again).rejects.toThrow(/another program has this port/);
  await expect(listen({ fetch: answer, host: '192.0.2.1', port: 0, clock })).rejects.toThrow(
    /does not have that address/,
  );
});

it('lets a request that is under way end before it closes, and takes no more', async () => {
  const begun = withResolvers<void>();
  const end = withResolvers<Response>();
  answer = () => {
    begun.resolve();
    return end.promise;
  };
  const asked = fetch(listening.url);
  await begun.promise;
  const closed = listening.close(1000);
  await expect(fetch(listening.url)).rejects.toThrow();
  end.resolve(new Response('the end'));
  expect(await (await asked).text()).toBe('the end');
  await closed;
  expect(clock.sleepers).toBe(0);
});

it('cuts what is still under way when the grace is over', async () => {
  const begun = withResolvers<void>();
  answer = () => {
    begun.resolve();
    return new Promise(() => {});
  };
  const rest = heard(await speak('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
  await begun.promise;
  const closed = listening.close(1000);
  clock.advance(1000);
  await closed;
  expect(await rest).toBe('');
});

it("leaves the process's own Request and Response as they were", async () => {
  const before = [globalThis.Request, globalThis.Response];
  await (await listen({ fetch: answer, host: '127.0.0.1', port: 0, clock: systemClock })).close(0);
  expect([globalThis.Request, globalThis.Response]).toEqual(before);
});

/** Promise.withResolvers, which Node 20 does not have. */
function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
