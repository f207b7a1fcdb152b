import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ImapSession } from '../../src/imap/session.ts';
import { startImap4d } from '../servers/imap4d.ts';
import { memoryLedger } from './ledger.ts';
import { type ImapProxy, startProxy } from './proxy.ts';
import { accountOf, letter, move, open, Person, scanAll, taskFor } from './support.ts';

/*
 * GNU imap4d takes a UID beyond the last for the last message there is. Between our look and our command the newest
 * may vanish, and the command would then meet somebody else's.
 */
let server: Awaited<ReturnType<typeof startImap4d>>;
let proxy: ImapProxy;
let user: string;
let person: Person;
let siftd: ImapSession;

beforeAll(async () => {
  server = await startImap4d();
});
afterAll(async () => {
  await server.stop();
});
beforeEach(async () => {
  user = server.user();
  proxy = await startProxy(server);
  person = new Person(server, user, async () => {});
  for (const id of ['<1@x>', '<2@x>', '<3@x>']) await server.deliver(user, letter({ id }));
  await person.create('Sorted');
  siftd = await open(accountOf({ host: '127.0.0.1', port: proxy.port }, user));
});
afterEach(async () => {
  await siftd.close();
  await proxy.stop();
});

test.each(['UID COPY', 'UID STORE'])(
  'when the newest message vanishes right before our %s, nobody else is touched',
  async (command) => {
    const { rows, cursor } = await scanAll(siftd, 'INBOX');
    const newest = rows.at(-1);
    if (newest === undefined) throw new Error('nothing was delivered');
    let done = false;
    proxy.judge = (sent) => {
      if (done || !sent.startsWith(command)) return 'pass';
      done = true;
      return { after: person.expunge('INBOX', [newest.uid]) };
    };
    const task = taskFor(newest, { folder: 'INBOX', uidValidity: cursor.uidValidity }, [move('Sorted')]);
    const [acted] = (await siftd.apply([task], memoryLedger())).values();
    await siftd.close();
    expect(['gone', 'done']).toContain(acted?.result);
    const others = (await person.see('INBOX')).filter(({ id }) => id !== '<3@x>');
    expect(others.map(({ id, flags }) => [id, flags])).toEqual([
      ['<1@x>', []],
      ['<2@x>', []],
    ]);
    const filed = (await person.see('Sorted')).filter(({ flags }) => !flags.includes('\\Deleted'));
    expect(filed.map(({ id }) => id)).toEqual(acted?.result === 'done' ? ['<3@x>'] : []);
    expect(done).toBe(true);
  },
);

test('what is gone before our COPY is not copied, so that the server has nobody to take for it', async () => {
  const { rows, cursor } = await scanAll(siftd, 'INBOX');
  const newest = rows.at(-1);
  if (newest === undefined) throw new Error('nothing was delivered');
  let done = false;
  proxy.judge = (sent) => {
    // Between our first look and the last one: the fence is taken.
    if (done || !sent.startsWith('STATUS')) return 'pass';
    done = true;
    return { after: person.expunge('INBOX', [newest.uid]) };
  };
  const task = taskFor(newest, { folder: 'INBOX', uidValidity: cursor.uidValidity }, [move('Sorted')]);
  const [acted] = (await siftd.apply([task], memoryLedger())).values();
  await siftd.close();
  expect([acted?.result, done]).toEqual(['gone', true]);
  expect(proxy.commands.filter((command) => command.startsWith('UID COPY'))).toEqual([]);
  expect(await person.see('Sorted')).toEqual([]);
});

test('a \\Deleted of ours that met somebody else is taken off again', async () => {
  const { rows, cursor } = await scanAll(siftd, 'INBOX');
  const [newest, other] = [rows.at(-1), rows.at(-2)];
  if (newest === undefined || other === undefined) throw new Error('nothing was delivered');
  let missed = 0;
  proxy.judge = (sent) => {
    // As the server does where the UID is not there any more: it sets it on the last message that is.
    const met = new RegExp(`^UID STORE ${newest.uid} \\+FLAGS(.*Deleted.*)$`).exec(sent);
    if (met === null || missed++ > 0) return 'pass';
    return { instead: `UID STORE ${other.uid} +FLAGS${met[1]}` };
  };
  const task = taskFor(newest, { folder: 'INBOX', uidValidity: cursor.uidValidity }, [move('Sorted')]);
  await siftd.apply([task], memoryLedger());
  await siftd.close();
  expect(missed).toBeGreaterThan(0);
  const others = (await person.see('INBOX')).filter(({ id }) => id !== '<3@x>');
  expect(others.map(({ id, flags }) => [id, flags])).toEqual([
    ['<1@x>', []],
    ['<2@x>', []],
  ]);
});
