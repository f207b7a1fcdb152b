/*
 * Messages that cannot be read: each ends by itself, and no other waits for it. What is the server's trouble of the moment
 * is not held against a message.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Outcome } from '../../src/base/errors.ts';
import { limits } from '../../src/base/limits.ts';
import { type AccountHandle, type CommandHook, type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import type { Content, Readable } from '../../src/mail/message.ts';
import { createParser } from '../../src/mail/pool.ts';
import { HandClock } from '../api/clock.ts';
import { fastClock } from '../daemon/world.ts';
import { refunds, Stage, says } from '../pains/stage.ts';

const stage = new Stage();
const user = 'support@example.com';
let server: ImapServer;
let account: AccountHandle;
let hook: CommandHook;

beforeEach(async () => {
  hook = () => undefined;
  server = await startImapServer({
    accounts: [{ user, password: 'secret' }],
    hooks: { onCommand: (...command) => hook(...command) },
  });
  account = server.store.account(user);
});
afterEach(() => server.close());

it('a message that the server cannot give for now is asked for until it can, however often, and blocks no other', async () => {
  const vendor = await stage.vendor();
  const { host, port } = server;
  const deliver = async (raw: string) => void account.append('INBOX', raw);
  const options = { clock: fastClock(200), pollInterval: 20_000 };
  const world = stage.world(vendor, { host, port, user, password: 'secret', deliver }, options);
  let refusals = 0;
  const often = limits.parse.deaths * 3;
  hook = (_session, _tag, name, args) => {
    if (name !== 'UID FETCH' || !/BODY/.test(args) || /HEADER/.test(args) || !covers(args, 2) || refusals >= often)
      return;
    refusals++;
    return { refuse: { code: 'UNAVAILABLE', text: 'its store is away' } };
  };
  await world.start();
  await world.deliver(...refunds(4));
  await world.ended(4);
  expect(refusals).toBe(often);
  expect(world.jobs().map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done']);
  // The others were through before it was given at last.
  expect(world.jobs()[0]?.identity.messageId).toBe('<n1@example.com>');
  expect(world.lines.filter(says('it is asked for again')).length).toBe(1);
});

it('messages that hang in every thread hold up the others by less than a second', async () => {
  const clock = new HandClock();
  const entry = new URL('../mail/parse-thread.mjs', import.meta.url);
  const parser = createParser({ limit: 1000, quotes: 'keep', entry, clock });
  try {
    const parse = (text: string): Promise<Outcome<Readable>> => parser.parse(content(text));
    const ends: string[] = [];
    const hanging = Array.from({ length: limits.parse.workers }, () => parse('hang').then(() => ends.push('hang')));
    const others = Array.from({ length: 20 }, (_, n) => parse(`${n}`).then(() => ends.push('other')));
    // Each that hangs waits for its time: to be slow, and to be given up.
    while (clock.sleepers < 2 * hanging.length) await new Promise((resolve) => setImmediate(resolve));
    expect(ends).toEqual([]);
    clock.advance(999);
    await Promise.all(others);
    expect(ends).toEqual(Array(20).fill('other'));
  } finally {
    await parser.close();
  }
});

function content(text: string): Content {
  return { kind: 'whole', source: new TextEncoder().encode(text) };
}

/** Whether the UID set at the front of a FETCH's arguments has this UID in it. */
function covers(args: string, uid: number): boolean {
  return (args.split(' ')[0] ?? '').split(',').some((range) => {
    const [from = 0, to = from] = range.split(':').map(Number);
    return uid >= from && uid <= to;
  });
}
