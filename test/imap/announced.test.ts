import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CommandHook, startImapServer } from '../../src/demo/imap/server.ts';
import type { ImapLimits } from '../../src/imap/line.ts';
import type { ImapSession } from '../../src/imap/session.ts';
import type { Action, Task } from '../../src/triage/acting.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { memoryLedger } from './ledger.ts';
import { type ImapProxy, startProxy } from './proxy.ts';
import { accountOf, letter, mark, move, open, Person, scanAll, taskFor } from './support.ts';

/* What the journal says when a command leaves, and what is concluded when the connection takes its answer along. */

let dovecot: Dovecot;
let users = 0;
let proxy: ImapProxy;
let user: string;
let person: Person;
const sessions: ImapSession[] = [];
const proxies: ImapProxy[] = [];

beforeAll(async () => {
  dovecot = await startDovecot();
});
afterAll(() => dovecot.stop());
beforeEach(() => {
  user = `announced${++users}`;
  person = new Person({ host: dovecot.host, port: dovecot.port }, user);
});
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
  await person.leave();
  for (const one of proxies.splice(0)) await one.stop();
});

async function session(bounds: Partial<ImapLimits> = {}): Promise<ImapSession> {
  const opened = await open(accountOf({ host: '127.0.0.1', port: proxy.port }, user), bounds);
  sessions.push(opened);
  return opened;
}

async function begin(
  host: keyof Dovecot['hosts'],
  messages: number,
  ...actions: Action[]
): Promise<[ImapSession, Task[]]> {
  proxy = await startProxy({ host: dovecot.hosts[host], port: dovecot.port });
  proxies.push(proxy);
  for (let n = 0; n < messages; n++) await dovecot.deliver(user, letter());
  const siftd = await session();
  const { rows, cursor } = await scanAll(siftd, 'INBOX');
  const at = { folder: 'INBOX', uidValidity: cursor.uidValidity };
  return [siftd, rows.map((row) => taskFor(row, at, actions))];
}

describe('every command that changes a message finds its announcement in the journal', () => {
  test.each([
    ['full', ['STORE: sent', 'MOVE: sent']],
    ['noMove', ['STORE: sent', 'COPY: sent', 'STORE: removing', 'EXPUNGE: removing']],
    ['bare', ['STORE: sent', 'COPY: sent', 'STORE: removing']],
  ] as const)('%s', async (host, expected) => {
    const [siftd, tasks] = await begin(host, 2, mark(['urgent']), move('Sorted'));
    // A disk that is slower than the server: what did not wait for it would be there first.
    const ledger = memoryLedger(
      () => {},
      async () => {
        for (let turn = 0; turn < 20; turn++) await person.folders();
      },
    );
    const seen: string[] = [];
    proxy.judge = (command) => {
      const [, name, rest = ''] = /^UID (STORE|MOVE|COPY|EXPUNGE)(.*)/.exec(command) ?? [];
      const seq = name === 'STORE' && !rest.includes('\\Deleted') ? 0 : 1;
      const steps = new Set(tasks.map(({ job }) => ledger.of(job, seq).step));
      if (name !== undefined) seen.push(`${name}: ${[...steps].join(' or ')}`);
      return 'pass';
    };
    const answers = [...(await siftd.apply(tasks, ledger)).values()];
    expect(answers.map(({ result }) => result)).toEqual(['done', 'done']);
    expect(seen).toEqual(expected);
  });
});

test('a connection that ends while our copy is taken back leaves it to the next try, and refuses nothing', async () => {
  const [siftd, [task]] = await begin('noMove', 1, move('Sorted'));
  if (task === undefined) throw new Error('nothing was delivered');
  await person.create('Theirs');
  let moved: Promise<void> | null = null;
  proxy.judge = (command) => {
    // The first look at the destination comes right after the COPY.
    if (command.startsWith('EXAMINE') && moved === null) {
      moved = person.move('INBOX', [task.place.uid], 'Theirs');
      return { after: moved };
    }
    return moved !== null && command.startsWith('UID EXPUNGE') ? 'cut-before' : 'pass';
  };
  const ledger = memoryLedger();
  const [first] = (await siftd.apply([task], ledger)).values();
  expect(first?.result).toBe('interrupted');
  expect(ledger.steps(task.job, 0)).not.toContain('undone');
  proxy.judge = () => 'pass';
  const actions = task.actions.map((record) => ({ ...record, progress: ledger.of(task.job, record.seq) }));
  const [again] = (await (await session()).apply([{ ...task, actions }], ledger)).values();
  expect(again?.result).toBe('gone');
  expect(await person.see('Theirs')).toHaveLength(1);
});

test('a NO to a move that took effect all the same is no refusal: what counts is where the message is', async () => {
  const [siftd, [task]] = await begin('full', 1, move('Sorted'));
  if (task === undefined) throw new Error('nothing was delivered');
  proxy.judge = (command) => {
    if (!command.startsWith('UID MOVE')) return 'pass';
    return { after: person.move('INBOX', [task.place.uid], 'Sorted'), answers: 'TAG NO [SERVERBUG] what was that\r\n' };
  };
  const [acted] = (await siftd.apply([task], memoryLedger())).values();
  expect(acted).toMatchObject({ result: 'done', place: { folder: 'Sorted' } });
  expect(await person.see('Sorted')).toHaveLength(1);
  expect(await person.see('INBOX')).toEqual([]);
});

test('the OK of a set is no OK of each message: one that a person takes out of it is theirs, the others are ours', async () => {
  let taken = 0;
  const onCommand: CommandHook = (_session, _tag, name) => {
    if (name === 'UID MOVE' && taken++ === 0) account.move('INBOX', [2], 'Theirs');
    return undefined;
  };
  const server = await startImapServer({ accounts: [{ user, password: 'secret' }], hooks: { onCommand } });
  const account = server.store.account(user);
  account.create('Theirs');
  for (let n = 0; n < 3; n++) account.append('INBOX', letter());
  const siftd = await open(accountOf(server, user));
  const { rows, cursor } = await scanAll(siftd, 'INBOX');
  const tasks = rows.map((row) => taskFor(row, { folder: 'INBOX', uidValidity: cursor.uidValidity }, [move('Sorted')]));
  const answers = [...(await siftd.apply(tasks, memoryLedger())).values()];
  await siftd.close();
  expect(answers.map((acted) => (acted.result === 'done' ? acted.place : acted.result))).toMatchObject([
    { folder: 'Sorted', uid: 1 },
    'gone',
    { folder: 'Sorted', uid: 2 },
  ]);
  expect(account.messages('Theirs')).toHaveLength(1);
  await server.close();
});

describe('where a folder stands is not asked again between moves', () => {
  const asked = () => proxy.commands.filter((command) => command.startsWith('STATUS')).length;
  const fenceOf = (ledger: ReturnType<typeof memoryLedger>, job: number) => {
    const sent = ledger.entries.find((entry) => entry.job === job && entry.progress.step === 'sent');
    return sent?.progress.step === 'sent' ? sent.progress.fence : null;
  };

  test.each([
    ['for a while', { fence: 1e9 }, 1],
    ['and then is asked', { fence: 0 }, 3],
  ] as const)('the place of the last copy is the next fence, %s', async (_, bounds, times) => {
    const [, tasks] = await begin('full', 3, move('Sorted'));
    const siftd = await session(bounds);
    const before = asked();
    const ledger = memoryLedger();
    for (const [index, task] of tasks.entries()) {
      const [acted] = (await siftd.apply([task], ledger)).values();
      expect(acted).toMatchObject({ result: 'done', place: { uid: index + 1 } });
      expect(fenceOf(ledger, task.job)?.uidNext).toBe(index + 1);
    }
    expect(asked() - before).toBe(times);
  });

  test.each(['cut-before', 'cut-after'] as const)(
    'the folder was made anew meanwhile, and the line breaks (%s): moved once',
    async (cut) => {
      await person.create('Sorted');
      const [siftd, [first, second]] = await begin('full', 2, move('Sorted'));
      if (first === undefined || second === undefined) throw new Error('nothing was delivered');
      const ledger = memoryLedger();
      await siftd.apply([first], ledger);
      await person.remove('Sorted');
      const before = asked();
      let tries = 0;
      // The first try is told that there is no such folder.
      proxy.judge = (command) => (command.startsWith('UID MOVE') && ++tries === 2 ? cut : 'pass');
      expect([...(await siftd.apply([second], ledger)).values()]).toMatchObject([{ result: 'interrupted' }]);
      expect([asked() - before, tries]).toEqual([0, 2]);
      proxy.judge = () => 'pass';
      const actions = second.actions.map((record) => ({ ...record, progress: ledger.of(second.job, record.seq) }));
      const [acted] = (await (await session()).apply([{ ...second, actions }], ledger)).values();
      expect(acted).toMatchObject({ result: 'done', place: { folder: 'Sorted' } });
      expect(await person.see('INBOX')).toEqual([]);
      expect(await person.see('Sorted')).toMatchObject([{ id: second.identity.messageId }]);
    },
  );
});
