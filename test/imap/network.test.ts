import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { createMailboxes, type ImapSession } from '../../src/imap/session.ts';
import type { Row } from '../../src/mail/message.ts';
import type { Acted, Action, Task } from '../../src/triage/acting.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { manualClock } from './clock.ts';
import { type MemoryLedger, memoryLedger } from './ledger.ts';
import { type ImapProxy, startProxy, type Verdict } from './proxy.ts';
import { accountOf, all, letter, mark, move, open, openOn, Person, scanAll, taskFor } from './support.ts';

let dovecot: Dovecot;
let users = 0;
beforeAll(async () => {
  dovecot = await startDovecot();
});
afterAll(async () => {
  await dovecot.stop();
});

let proxy: ImapProxy;
let user: string;
let person: Person;
const sessions: ImapSession[] = [];

async function begin(host: 'full' | 'noMove' | 'bare'): Promise<void> {
  user = `network${++users}`;
  proxy = await startProxy({ host: dovecot.hosts[host], port: dovecot.port });
  person = new Person({ host: dovecot.host, port: dovecot.port }, user);
}
async function end(): Promise<void> {
  for (const session of sessions.splice(0)) await session.close();
  await person.leave();
  await proxy.stop();
}

const through = () => accountOf({ host: '127.0.0.1', port: proxy.port }, user);

async function session(...args: Parameters<typeof open> extends [unknown, ...infer Rest] ? Rest : never) {
  const opened = await open(through(), ...args);
  sessions.push(opened);
  return opened;
}

async function tasksIn(siftd: ImapSession, actions: readonly Action[], last = false): Promise<Task[]> {
  const { rows, cursor } = await scanAll(siftd, 'INBOX');
  return rows.map((row) => taskFor(row, { folder: 'INBOX', uidValidity: cursor.uidValidity }, actions, { last }));
}

/** The same tasks as the journal would give them out after a restart. */
function resumed(tasks: readonly Task[], ledger: MemoryLedger): Task[] {
  return tasks.map((task) => ({
    ...task,
    actions: task.actions.map((record) => ({ ...record, progress: ledger.of(task.job, record.seq) })),
  }));
}

async function deliver(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await dovecot.deliver(user, letter());
}

const verb = (command: string) => /^(UID )?[A-Z]+/.exec(command)?.[0] ?? command;

describe.each(['full', 'noMove', 'bare'] as const)('cuts while acting on Dovecot %s', (host) => {
  const actions = [mark(['urgent'], ['\\Seen']), move('Sorted')];

  /** Acts on three messages while one command meets its fate, then as often as it takes. Answers the commands. */
  async function actThrough(at: number, fate: Verdict): Promise<readonly string[]> {
    await begin(host);
    try {
      await person.put('INBOX', letter({ id: '<foreign@x>' }), ['\\Deleted']);
      await deliver(3);
      const ledger = memoryLedger();
      const first = await session({ commandTimeout: fate === 'mute' ? 300 : limits.imap.commandTimeout });
      const tasks = (await tasksIn(first, actions)).slice(1);
      const before = proxy.commands.length;
      let seen = 0;
      proxy.judge = () => (seen++ === at ? fate : 'pass');
      let answers = await first.apply(tasks, ledger);
      const commands = proxy.commands.slice(before);
      proxy.judge = () => 'pass';
      for (let tries = 0; [...answers.values()].some(({ result }) => result === 'interrupted'); tries++) {
        expect(tries).toBeLessThan(5);
        const again = await session();
        answers = await again.apply(resumed(tasks, ledger), ledger);
      }
      expect([...answers.values()].map(({ result }) => result)).toEqual(['done', 'done', 'done']);
      const left = (await person.see('INBOX')).filter(({ flags }) => host !== 'bare' || !flags.includes('\\Deleted'));
      if (host !== 'bare') expect(left.map(({ id, flags }) => [id, flags])).toEqual([['<foreign@x>', ['\\Deleted']]]);
      else expect(left).toEqual([]);
      const sorted = await person.see('Sorted');
      expect(sorted.map(({ id }) => id).sort()).toEqual(tasks.map(({ identity }) => identity.messageId).sort());
      for (const { flags } of sorted) expect(flags).toEqual(['\\Seen', 'urgent']);
      const places = [...answers.values()].map((acted: Acted) => (acted.result === 'done' ? acted.place.uid : 0));
      expect(places.sort()).toEqual(sorted.map(({ uid }) => uid).sort());
      return commands;
    } finally {
      await end();
    }
  }

  test.each(['cut-before', 'cut-after', 'mute'] as const)(
    'a connection that is %s at any command leaves each message once, where it belongs',
    async (fate) => {
      const commands = await actThrough(Number.POSITIVE_INFINITY, 'pass');
      const told = new Set<string>();
      for (const [at, command] of commands.entries()) {
        // A dead connection takes its time to be noticed: once for each kind of command.
        if (fate === 'mute' && told.has(verb(command))) continue;
        told.add(verb(command));
        await actThrough(at, fate);
      }
      expect(told).toContain(host === 'full' ? 'UID MOVE' : 'UID COPY');
    },
  );
});

describe('what a server says no with', () => {
  beforeEach(() => begin('full'));
  afterEach(end);

  const refusing = (pattern: RegExp, answer: string, times = Number.POSITIVE_INFINITY) => {
    let left = times;
    proxy.judge = (command) => (pattern.test(command) && left-- > 0 ? { answer: `TAG ${answer}\r\n` } : 'pass');
  };
  const actions = [mark(['urgent'], []), move('Sorted')];

  test.each([
    ['NO [OVERQUOTA] full', false],
    ['NO [INUSE] busy', false],
    ['NO [UNAVAILABLE] try later', false],
    ['NO for no reason', false],
    ['BAD what', false],
    ['NO [NOPERM] not yours', true],
    ['NO [CANNOT] never', true],
  ] as const)('%s to the move is final: %s', async (answer, final) => {
    await deliver(1);
    const siftd = await session();
    const ledger = memoryLedger();
    const [task] = await tasksIn(siftd, actions);
    refusing(/^UID MOVE/, answer);
    const [acted] = (await siftd.apply([task as Task], ledger)).values();
    expect(acted).toMatchObject({ result: 'refused', final });
    const [message] = await person.see('INBOX');
    expect(message?.flags).toEqual(final ? [] : ['urgent']);
    expect(ledger.of(task?.job ?? 0, 1).step).toBe(final ? 'undone' : 'sent');
    expect(proxy.commands.filter((command) => command.startsWith('UID MOVE'))).toHaveLength(1);
  });

  test('what might pass with time is final at the last try, and the marks come off', async () => {
    await deliver(1);
    const siftd = await session();
    const tasks = await tasksIn(siftd, actions, true);
    refusing(/^UID MOVE/, 'NO [OVERQUOTA] full');
    const [acted] = (await siftd.apply(tasks, memoryLedger())).values();
    expect(acted).toMatchObject({ result: 'refused', final: true, why: expect.stringContaining('OVERQUOTA') });
    expect((await person.see('INBOX'))[0]?.flags).toEqual([]);
  });

  test.each([
    'NO [OVERQUOTA] Account exceeded command or bandwidth limits.',
    'NO [ALERT] Account exceeded command or bandwidth limits. (Failure)',
    'BAD Request is throttled. Suggested Backoff Time: 20 milliseconds',
    'BAD User is authenticated but not connected.',
  ])('%s is said of the session: not even the last try is used up', async (answer) => {
    await deliver(2);
    const siftd = await session();
    const ledger = memoryLedger();
    const tasks = await tasksIn(siftd, actions, true);
    refusing(/^UID MOVE/, answer, 1);
    const cut = { result: 'interrupted', retryAfter: expect.any(Number) };
    expect([...(await siftd.apply(tasks, ledger)).values()]).toMatchObject([cut, cut]);
    const done = [...(await siftd.apply(resumed(tasks, ledger), ledger)).values()];
    expect(done).toMatchObject([{ result: 'done' }, { result: 'done' }]);
    expect((await person.see('Sorted')).map(({ flags }) => flags)).toEqual([['urgent'], ['urgent']]);
  });

  test('a refusal that passed is not held against the next try', async () => {
    await deliver(1);
    const siftd = await session();
    const ledger = memoryLedger();
    const tasks = await tasksIn(siftd, actions);
    refusing(/^UID MOVE/, 'NO [OVERQUOTA] full', 1);
    await siftd.apply(tasks, ledger);
    const [acted] = (await siftd.apply(resumed(tasks, ledger), ledger)).values();
    expect(acted?.result).toBe('done');
    expect(await person.see('Sorted')).toHaveLength(1);
  });

  test('TRYCREATE makes the folder and asks once more', async () => {
    await deliver(1);
    const siftd = await session();
    const tasks = await tasksIn(siftd, [move('Sorted')]);
    await siftd.prepare({ watched: [], targets: ['Sorted'], labels: [] });
    let asked = 0;
    proxy.judge = (command) => {
      if (!command.startsWith('UID MOVE')) return 'pass';
      return asked++ === 0 ? { answer: 'TAG NO [TRYCREATE] where\r\n' } : 'pass';
    };
    const [acted] = (await siftd.apply(tasks, memoryLedger())).values();
    expect(acted?.result).toBe('done');
    expect(asked).toBe(2);
    expect(proxy.commands.some((command) => command.startsWith('CREATE'))).toBe(true);
  });

  test('a folder that cannot be made refuses with its reason', async () => {
    await deliver(1);
    const siftd = await session();
    const tasks = await tasksIn(siftd, [move('Sorted')]);
    refusing(/^CREATE/, 'NO [NOPERM] no folders for you');
    const [acted] = (await siftd.apply(tasks, memoryLedger())).values();
    expect(acted).toMatchObject({ result: 'refused', final: true, why: expect.stringContaining('NOPERM') });
  });

  test('a keyword that the server will not have does not stop the flag beside it, nor the move', async () => {
    await deliver(1);
    const siftd = await session();
    const ledger = memoryLedger();
    const tasks = await tasksIn(siftd, [mark(['bad'], ['\\Flagged']), move('Sorted')]);
    refusing(/^UID STORE .*bad/, 'NO invalid keyword');
    const [acted] = (await siftd.apply(tasks, ledger)).values();
    expect(acted?.result).toBe('done');
    expect((await person.see('Sorted'))[0]?.flags).toEqual(['\\Flagged']);
    expect(ledger.of(tasks[0]?.job ?? 0, 0)).toMatchObject({
      newly: ['\\Flagged'],
      note: 'the server did not keep bad',
    });
  });

  test('marks that are refused for now are tried again', async () => {
    await deliver(1);
    const siftd = await session();
    const tasks = await tasksIn(siftd, actions);
    refusing(/^UID STORE/, 'NO [UNAVAILABLE] later');
    const [acted] = (await siftd.apply(tasks, memoryLedger())).values();
    expect(acted).toMatchObject({ result: 'refused', final: false });
    expect(await person.see('INBOX')).toHaveLength(1);
  });

  test('a read-only folder is acted on by nobody', async () => {
    await deliver(1);
    proxy.judge = (command) => (command === 'SELECT INBOX' ? { instead: 'EXAMINE INBOX' } : 'pass');
    const siftd = await session();
    const tasks = await tasksIn(siftd, actions);
    const [acted] = (await siftd.apply(tasks, memoryLedger())).values();
    expect(acted).toMatchObject({ result: 'refused', final: false, why: expect.stringContaining('read-only') });
    expect(proxy.commands.some((command) => /^UID (STORE|MOVE|COPY)/.test(command))).toBe(false);
  });
});

describe('originals that cannot be removed', () => {
  beforeEach(() => begin('noMove'));
  afterEach(end);

  const refuse = (answer: string, times: number) => {
    let left = times;
    proxy.judge = (command) =>
      command.startsWith('UID EXPUNGE') && left-- > 0 ? { answer: `TAG ${answer}\r\n` } : 'pass';
  };

  test('for good: our copy is taken back and the original is as it was', async () => {
    await deliver(1);
    const siftd = await session();
    const tasks = await tasksIn(siftd, [move('Sorted')]);
    refuse('NO [NOPERM] not yours', 1);
    const [acted] = (await siftd.apply(tasks, memoryLedger())).values();
    expect(acted).toMatchObject({ result: 'refused', final: true });
    expect((await person.see('INBOX')).map(({ flags }) => flags)).toEqual([[]]);
    expect(await person.see('Sorted')).toEqual([]);
  });

  test('for now: the copy stays, and the next try ends it', async () => {
    await deliver(1);
    const siftd = await session();
    const ledger = memoryLedger();
    const tasks = await tasksIn(siftd, [move('Sorted')]);
    refuse('NO [INUSE] busy', 1);
    const [acted] = (await siftd.apply(tasks, ledger)).values();
    expect(acted).toMatchObject({ result: 'refused', final: false });
    expect(await person.see('Sorted')).toHaveLength(1);
    const [again] = (await siftd.apply(resumed(tasks, ledger), ledger)).values();
    expect(again?.result).toBe('done');
    expect(await person.see('INBOX')).toEqual([]);
    expect(await person.see('Sorted')).toHaveLength(1);
  });

  test('a person who moves the original to the same folder right before our COPY keeps what they moved', async () => {
    await deliver(2);
    await person.create('Sorted');
    const siftd = await session();
    const tasks = await tasksIn(siftd, [move('Sorted')]);
    let moved: Promise<void> | null = null;
    proxy.judge = (command) => {
      if (!command.startsWith('UID COPY') || moved !== null) return 'pass';
      moved = person.move('INBOX', [tasks[0]?.place.uid ?? 0], 'Sorted');
      return { after: moved };
    };
    const ledger = memoryLedger();
    const [first, second] = (await siftd.apply(tasks, ledger)).values();
    expect(first).toMatchObject({ result: 'done' });
    // Dovecot refuses the whole set (RFC 5530 EXPUNGEISSUED); the next try goes without the one that is gone.
    expect(second).toMatchObject({ result: 'refused', final: false });
    const [again] = (await siftd.apply(resumed(tasks.slice(1), ledger), ledger)).values();
    expect(again).toMatchObject({ result: 'done' });
    const sorted = (await person.see('Sorted')).filter(({ flags }) => !flags.includes('\\Deleted'));
    expect(sorted.map(({ id }) => id).sort()).toEqual(tasks.map(({ identity }) => identity.messageId).sort());
    expect(await person.see('INBOX')).toEqual([]);
  });

  test('a person who moves the original between our COPY and our removal keeps it, and our copy goes', async () => {
    await deliver(2);
    const siftd = await session();
    const tasks = await tasksIn(siftd, [mark([], ['\\Flagged']), move('Sorted')]);
    await person.create('Theirs');
    let moved: Promise<void> | null = null;
    proxy.judge = (command) => {
      // The first look at the destination comes right after the COPY.
      if (!command.startsWith('EXAMINE') || moved !== null) return 'pass';
      moved = person.move('INBOX', [tasks[0]?.place.uid ?? 0], 'Theirs');
      return { after: moved };
    };
    const answers = [...(await siftd.apply(tasks, memoryLedger())).values()];
    expect(answers.map(({ result }) => result)).toEqual(['gone', 'done']);
    expect(await person.see('Theirs')).toHaveLength(1);
    expect((await person.see('Sorted')).map(({ id }) => id)).toEqual([tasks[1]?.identity.messageId]);
    expect(await person.see('INBOX')).toEqual([]);
  });
});

describe('slow and dead connections', () => {
  beforeEach(() => begin('full'));
  afterEach(end);

  test('a half-open connection is noticed by an idle session', async () => {
    const siftd = await session({ pollInterval: 100, probeTimeout: 200 });
    await siftd.scan('INBOX', { uidValidity: 0, lastUid: 0 });
    proxy.judge = (command) => (command === 'IDLE' ? 'mute' : 'pass');
    expect(await siftd.idle('INBOX', 60_000, new AbortController().signal)).toBe(false);
    expect(siftd.closed.aborted).toBe(true);
    expect(await siftd.head('INBOX')).toMatchObject({ ok: false, fault: { code: 'closed' } });
  });

  test('a dead connection shows within a minute', () => {
    expect(limits.imap.pollInterval + limits.imap.probeTimeout).toBeLessThan(60_000);
  });

  test('a connection that ends during IDLE ends the wait', async () => {
    const siftd = await session();
    await siftd.scan('INBOX', { uidValidity: 0, lastUid: 0 });
    proxy.judge = (command) => (command === 'IDLE' ? 'cut-before' : 'pass');
    expect(await siftd.idle('INBOX', 60_000, new AbortController().signal)).toBe(false);
  });

  test('a command that takes longer than any probe is waited for, but not for ever', async () => {
    await deliver(1);
    const clock = manualClock();
    const account = through();
    const mailboxes = createMailboxes(() => account, { clock });
    const siftd = await openOn(mailboxes, account.name);
    sessions.push(siftd);
    const tasks = await tasksIn(siftd, [move('Sorted')]);
    const held = () => {
      let release: () => void = () => {};
      const after = new Promise<void>((resolve) => {
        release = resolve;
      });
      let reached: () => void = () => {};
      const arrived = new Promise<void>((resolve) => {
        reached = resolve;
      });
      proxy.judge = (command) => {
        if (!command.startsWith('UID MOVE')) return 'pass';
        reached();
        return { after };
      };
      return { release, arrived };
    };
    const slow = held();
    const acting = siftd.apply(tasks, memoryLedger());
    await slow.arrived;
    clock.advance(limits.imap.commandTimeout - 1);
    slow.release();
    expect([...(await acting).values()][0]?.result).toBe('done');

    await deliver(1);
    const more = await tasksIn(siftd, [move('Sorted')]);
    const stuck = held();
    const waiting = siftd.apply(more, memoryLedger());
    await stuck.arrived;
    clock.advance(limits.imap.commandTimeout);
    expect([...(await waiting).values()][0]).toMatchObject({ result: 'interrupted' });
    expect(siftd.closed.aborted).toBe(true);
    stuck.release();
  });

  test('a folder that the server says nothing new of is asked by NOOP and not read again', async () => {
    await deliver(2);
    const siftd = await session();
    const { cursor } = await scanAll(siftd, 'INBOX');
    const never = new AbortController().signal;
    const turn = async (at: typeof cursor) => {
      await siftd.idle('INBOX', 0, never);
      const before = proxy.commands.length;
      const scan = await siftd.scan('INBOX', at);
      return { rows: scan.ok ? scan.value.rows.length : null, commands: proxy.commands.slice(before).map(verb) };
    };
    expect(await turn(cursor)).toEqual({ rows: 0, commands: [] });
    expect(await turn({ ...cursor, lastUid: cursor.lastUid - 1 })).toMatchObject({ rows: 1 });
    await person.create('Elsewhere');
    // One went and one came: as many as before.
    await person.move('INBOX', [1], 'Elsewhere');
    await deliver(1);
    expect(await turn(cursor)).toMatchObject({ rows: 1 });
  });

  test('a folder of many pages is looked at once, each page is one command, and what came or went meanwhile is found', async () => {
    await deliver(12);
    await person.create('Elsewhere');
    const siftd = await session({ batch: 3 });
    const uids: number[] = [];
    const pages: string[][] = [];
    let cursor = { uidValidity: 0, lastUid: 0 };
    for (let more = true; more; ) {
      const before = proxy.commands.length;
      const scan = await siftd.scan('INBOX', cursor);
      if (!scan.ok) throw new Error(scan.fault.message);
      pages.push(proxy.commands.slice(before).map(verb));
      uids.push(...scan.value.rows.map(({ uid }) => uid));
      ({ more } = scan.value);
      cursor = { uidValidity: scan.value.uidValidity, lastUid: scan.value.lastUid };
      if (pages.length > 1) continue;
      await person.move('INBOX', [11], 'Elsewhere');
      await deliver(1);
    }
    expect(uids).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13]);
    // The last one but one is where Dovecot tells what went.
    expect(pages.slice(1, -2)).toEqual([['UID FETCH'], ['UID FETCH']]);
  });

  test('folders that are made are known by that', async () => {
    const siftd = await session();
    const targets = ['A', 'B', 'C'];
    const prepared = await siftd.prepare({ watched: ['INBOX'], targets: [...targets, '\\Archive'], labels: [] });
    expect(prepared).toMatchObject({ ok: true, value: { unmade: [] } });
    for (const target of targets) expect(await siftd.find(target)).toEqual({ ok: true, value: target });
    expect(await siftd.find('\\Archive')).toEqual({ ok: true, value: 'Archive' });
    // At first, and for the name of the special use.
    expect(proxy.commands.filter((command) => command.startsWith('LIST "" "*"'))).toHaveLength(2);
  });

  test('a set that was not answered is tried again in smaller ones', async () => {
    await deliver(9);
    const account = through();
    const mailboxes = createMailboxes(() => account, { limits: { batch: 8 } });
    const ledger = memoryLedger();
    const first = await openOn(mailboxes, account.name);
    const tasks = await tasksIn(first, [move('Sorted')]);
    proxy.judge = (command) => (command.startsWith('UID MOVE') ? 'cut-before' : 'pass');
    const answers = await first.apply(tasks, ledger);
    expect(new Set([...answers.values()].map(({ result }) => result))).toEqual(new Set(['interrupted']));
    proxy.judge = () => 'pass';
    const second = await openOn(mailboxes, account.name);
    sessions.push(second);
    const again = await second.apply(resumed(tasks, ledger), ledger);
    expect([...again.values()].every(({ result }) => result === 'done')).toBe(true);
    const sets = proxy.commands
      .filter((command) => command.startsWith('UID MOVE'))
      .map((command) => command.split(' ')[2]);
    expect(sets).toEqual(['1:8', '1:2', '3:6', '7:9']);
  });

  test.each([
    ['its header', /^UID FETCH (\S+) .*HEADER/],
    ['anything of it', /^UID FETCH (\S+)/],
  ] as const)('a message that kills every connection that asks for %s does not block the others', async (_, deadly) => {
    await deliver(6);
    const account = through();
    const mailboxes = createMailboxes(() => account, { limits: { batch: 4 } });
    const holds = (set: string, uid: number) =>
      set.split(',').some((part) => {
        const [from = 0, to = from] = part.split(':').map(Number);
        return from <= uid && uid <= to;
      });
    proxy.judge = (command) => {
      const [, set] = deadly.exec(command) ?? [];
      return set !== undefined && holds(set, 3) ? 'cut-before' : 'pass';
    };
    const found: Row[] = [];
    let cursor = { uidValidity: 0, lastUid: 0 };
    for (let tries = 0; found.length < 6; tries++) {
      expect(tries).toBeLessThan(12);
      const siftd = await openOn(mailboxes, account.name);
      sessions.push(siftd);
      for (let more = true; more; ) {
        const scan = await siftd.scan('INBOX', cursor);
        more = scan.ok && scan.value.more;
        if (!scan.ok) continue;
        cursor = scan.value;
        found.push(...scan.value.rows);
      }
    }
    expect(found.map(({ uid }) => uid)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(found.filter(({ identity }) => identity.messageId === null).map(({ uid }) => uid)).toEqual([3]);
  });

  test('a message whose header the server refuses is found by what else there is', async () => {
    await deliver(3);
    proxy.judge = (command) =>
      /^UID FETCH (1:3|2|1:250) .*HEADER/.test(command) ? { answer: 'TAG NO [SERVERBUG] cannot read\r\n' } : 'pass';
    const { rows } = await scanAll(await session(), 'INBOX');
    expect(rows.map(({ identity }) => identity.messageId !== null)).toEqual([true, false, true]);
    expect(rows.every(({ identity }) => identity.size > 0)).toBe(true);
  });

  test('a message whose content the server refuses is a fault, and the session goes on', async () => {
    await deliver(1);
    const siftd = await session();
    const { rows, cursor } = await scanAll(siftd, 'INBOX');
    proxy.judge = (command) => (/^UID FETCH .*BODY/.test(command) ? { answer: 'TAG NO [SERVERBUG] no\r\n' } : 'pass');
    const wanted = rows.map(({ uid, identity }) => ({ uid, size: identity.size }));
    const fetched = await all(siftd.fetch('INBOX', cursor.uidValidity, wanted));
    expect(fetched).toMatchObject([{ ok: false, fault: { kind: 'temporary', code: 'refused' } }]);
    expect(siftd.closed.aborted).toBe(false);
    expect((await siftd.head('INBOX')).ok).toBe(true);
  });

  test('a 25 MB attachment stays on the server', async () => {
    const line = `${'QUJD'.repeat(19)}\r\n`;
    const parts = [
      'From: a@example.com\r\nSubject: big\r\nMessage-ID: <big@x>\r\nMIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee attached\r\n--b',
      'Content-Type: application/zip; name=all.zip\r\nContent-Transfer-Encoding: base64',
      `Content-Disposition: attachment; filename=all.zip\r\n\r\n${line.repeat(25_000_000 / line.length)}--b--\r\n`,
    ];
    await person.put('INBOX', parts.join('\r\n'));
    const siftd = await session();
    const { rows, cursor } = await scanAll(siftd, 'INBOX');
    siftd.stats(true);
    const wanted = rows.map(({ uid, identity }) => ({ uid, size: identity.size }));
    expect(wanted[0]?.size).toBeGreaterThan(24_000_000);
    const [one] = await all(siftd.fetch('INBOX', cursor.uidValidity, wanted));
    expect(siftd.stats().received).toBeLessThan(64 * 1024);
    expect(one?.ok && one.value.content.kind === 'parts' && one.value.content.attachments).toEqual(['all.zip']);
  });

  test('leaving is a LOGOUT, and never a CLOSE', async () => {
    const siftd = await session();
    await siftd.scan('INBOX', { uidValidity: 0, lastUid: 0 });
    await siftd.close();
    expect(proxy.commands.at(-1)).toBe('LOGOUT');
    expect(proxy.commands.some((command) => /^(CLOSE|EXPUNGE|UNSELECT)/.test(command))).toBe(false);
    expect(siftd.closed.aborted).toBe(true);
  });

  test('a server that does not answer LOGOUT is left all the same', async () => {
    const siftd = await session({ logoutTimeout: 50 });
    proxy.judge = (command) => (command === 'LOGOUT' ? 'mute' : 'pass');
    await siftd.close();
    expect(siftd.closed.aborted).toBe(true);
  });
});
