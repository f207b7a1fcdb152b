import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AccountHandle, type CommandHook, type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { createMailboxes, type ImapSession } from '../../src/imap/session.ts';
import type { SpecialUse } from '../../src/mail/mailbox.ts';
import type { Acted, Action, Progress } from '../../src/triage/acting.ts';
import { type MemoryLedger, memoryLedger } from './ledger.ts';
import { accountOf, letter, mark, move, open, scanAll, taskFor } from './support.ts';

/*
 * What a Gmail user expects of `move` and `label`, and what only Gmail does. It can be tried only on the server of this
 * process that stands for Gmail; what any server does too is in mailbox.suite.ts.
 */

let server: ImapServer;
let gmail: AccountHandle;
let session: ImapSession;
let ledger: MemoryLedger;
let users = 0;
const refusals = new Map<string, { readonly status?: 'NO' | 'BAD'; readonly code?: string; readonly text: string }>();
let commands: string[] = [];

const onCommand: CommandHook = (_session, _tag, name, args) => {
  commands.push(`${name} ${args}`);
  const refuse = refusals.get(name);
  return refuse === undefined ? undefined : { refuse };
};

beforeAll(async () => {
  server = await startImapServer({ capabilities: { gmail: true }, hooks: { onCommand } });
});
afterAll(() => server.close());

beforeEach(async () => {
  gmail = server.store.addAccount({
    user: `user${++users}`,
    password: 'secret',
    folders: [{ name: 'Kunden' }, { name: 'VIP' }, { name: 'Hidden', hidden: true }],
  });
  ledger = memoryLedger();
  session = await open(accountOf(server, gmail.user));
  commands = [];
});
afterEach(async () => {
  refusals.clear();
  await session.close();
});

const all = '[Gmail]/All Mail';

/** The labels of the message with this Message-ID, `\Inbox` among them, by whatever Gmail says of it. */
function labelsOf(id: string): string[] {
  const labels = gmail
    .folders()
    .filter(({ specialUse }) => specialUse !== '\\All')
    .filter(({ name }) => gmail.has(name) && gmail.messages(name).some(({ raw }) => raw.toString().includes(id)));
  return labels.map(({ name }) => name).sort();
}

/** Acts on all that is in a folder. */
async function act(actions: readonly Action[], from = 'INBOX', progress: readonly Progress[] = []): Promise<Acted[]> {
  const { rows, cursor } = await scanAll(session, from);
  const tasks = rows.map((row) =>
    taskFor(row, { folder: from, uidValidity: cursor.uidValidity }, actions, { progress }),
  );
  const answers = await session.apply(tasks, ledger);
  return tasks.map(({ job }) => answers.get(job) ?? { result: 'interrupted', why: 'no answer' });
}

const deliver = (id: string, ...labels: string[]) => {
  const uid = gmail.append('INBOX', letter({ id }));
  for (const label of labels) gmail.copy('INBOX', [uid], label);
};

describe('move', () => {
  test('takes the inbox off and puts the label on; other labels stay, and nothing is copied', async () => {
    deliver('<a@x>', 'VIP');
    expect(await act([move('Support/Refunds')])).toMatchObject([
      { result: 'done', place: { folder: 'Support/Refunds', uid: 1 } },
    ]);
    expect(labelsOf('<a@x>')).toEqual(['Support/Refunds', 'VIP']);
    expect(gmail.messages(all)).toHaveLength(1);
    expect(commands.filter((command) => /EXPUNGE|\\Deleted/.test(command))).toEqual([]);
  });

  test.each([
    'Support/Refunds/2026',
    'Rückerstattungen',
    'Поддержка/Возврат',
    '返金',
    '😀',
    'Tom & Jerry',
    'two words',
    'say "hi"',
    'back\\slash',
    "it's 50 (or so) {5}",
  ])('to the label %s', async (label) => {
    deliver('<a@x>');
    expect(await act([move(label)])).toMatchObject([{ result: 'done', place: { folder: label } }]);
    expect(labelsOf('<a@x>')).toEqual([label]);
    expect(await session.find(label)).toEqual({ ok: true, value: label });
  });

  test('to a label that the message has already is off the inbox all the same', async () => {
    deliver('<a@x>', 'Kunden', 'VIP');
    expect(await act([move('Kunden')])).toMatchObject([{ result: 'done', place: { folder: 'Kunden', uid: 1 } }]);
    expect(labelsOf('<a@x>')).toEqual(['Kunden', 'VIP']);
  });

  test.each(['planned', 'sent'] as const)(
    'that a crash ended as %s is made, though the message has the label already',
    async (step) => {
      deliver('<a@x>', 'Kunden');
      const head = await session.head('Kunden');
      if (!head.ok) throw new Error(head.fault.message);
      const fence = { folder: 'Kunden', uidValidity: head.value.uidValidity, uidNext: head.value.lastUid + 1 };
      const progress: Progress = step === 'planned' ? { step } : { step, fence, newly: [], by: 'move' };
      expect(await act([move('Kunden')], 'INBOX', [progress])).toMatchObject([{ result: 'done' }]);
      expect(labelsOf('<a@x>')).toEqual(['Kunden']);
      // What Gmail does with \Deleted is a setting of its user, and one of them is "for ever".
      expect(commands.filter((command) => /EXPUNGE|\\Deleted/.test(command))).toEqual([]);
    },
  );

  test('to \\Archive is what Gmail calls archiving: off the inbox, and no label', async () => {
    deliver('<a@x>', 'VIP');
    expect(await act([move('\\Archive')])).toMatchObject([{ result: 'done', place: { folder: all } }]);
    expect(labelsOf('<a@x>')).toEqual(['VIP']);
    expect(gmail.has('Archive')).toBe(false);
  });

  test('to \\Junk and \\Trash takes all labels off, as it does for a person', async () => {
    deliver('<a@x>', 'VIP');
    expect(await act([move('\\Junk')])).toMatchObject([{ result: 'done', place: { folder: '[Gmail]/Spam' } }]);
    expect(labelsOf('<a@x>')).toEqual(['[Gmail]/Spam']);
    deliver('<b@x>', 'VIP');
    expect(await act([move('\\Trash')])).toMatchObject([{ result: 'done', place: { folder: '[Gmail]/Trash' } }]);
    expect(labelsOf('<b@x>')).toEqual(['[Gmail]/Trash']);
  });

  test.each([all, '[Gmail]/Starred', '[Gmail]/Important'])('from %s, which nothing leaves by it', async (view) => {
    deliver('<a@x>', 'VIP');
    if (view !== all) gmail.copy('INBOX', [1], view);
    expect(await act([move('Kunden')], view)).toMatchObject([{ result: 'done', place: { folder: 'Kunden' } }]);
    expect(labelsOf('<a@x>')).toEqual(['Kunden', 'VIP', ...(view === all ? [] : [view])].sort());
    expect(commands.filter((command) => /EXPUNGE|\\Deleted/.test(command))).toEqual([]);
  });

  test('from All Mail that a crash ended after its first half is brought to its end', async () => {
    deliver('<a@x>', 'Kunden');
    const head = await session.head('Kunden');
    if (!head.ok) throw new Error(head.fault.message);
    const fence = { folder: 'Kunden', uidValidity: head.value.uidValidity, uidNext: 1 };
    const acted = await act([move('Kunden')], all, [{ step: 'sent', fence, newly: [], by: 'copy' }]);
    expect(acted).toMatchObject([{ result: 'done', place: { folder: 'Kunden' } }]);
    expect(labelsOf('<a@x>')).toEqual(['Kunden']);
  });

  test('to a label that Gmail knows in another case is to that one', async () => {
    deliver('<a@x>');
    expect(await act([move('kunden')])).toMatchObject([{ result: 'done', place: { folder: 'Kunden' } }]);
    expect(labelsOf('<a@x>')).toEqual(['Kunden']);
  });

  test('to a label that is not shown in IMAP is refused for good, and the words say where to switch it on', async () => {
    deliver('<a@x>');
    const prepared = await session.prepare({ watched: ['INBOX'], targets: ['Hidden'], labels: [] });
    expect(prepared).toMatchObject({ ok: true, value: { unmade: [{ target: 'Hidden' }] } });
    expect(await act([move('Hidden')])).toMatchObject([
      { result: 'refused', final: true, why: expect.stringContaining('Show in IMAP') },
    ]);
    expect(labelsOf('<a@x>')).toEqual(['INBOX']);
  });
});

describe('label', () => {
  const labelsSeen = () => gmail.messages('INBOX').map(({ labels }) => [...(labels ?? [])].sort());

  test('puts a label on and leaves the message where it is, nested, non-ASCII and with any character', async () => {
    deliver('<a@x>');
    const labels = ['Support/Refunds', 'Rückfragen', '返金', 'two words', 'say "hi"', 'back\\slash', 'Hidden'];
    expect(await act([mark(labels, ['\\Flagged'])])).toMatchObject([{ result: 'done', place: { folder: 'INBOX' } }]);
    expect(labelsSeen()).toEqual([[...labels, '\\Starred'].sort()]);
    expect(ledger.of(1, 0)).toMatchObject({ step: 'done', newly: [...labels, '\\Flagged'], note: null });
    // The second time there is nothing to do.
    commands = [];
    await act([mark(labels)]);
    expect(commands.filter((command) => command.startsWith('UID STORE'))).toEqual([]);
  });

  test('comes off again where the move is refused, and those that a person had put on stay', async () => {
    deliver('<a@x>', 'VIP');
    expect(await act([mark(['VIP', 'Neu/Offen']), move('Bad//Name')])).toMatchObject([
      { result: 'refused', final: true },
    ]);
    expect(labelsSeen()).toEqual([['VIP']]);
  });

  test('is read with each row, so that whoever looks for what bears one finds it', async () => {
    deliver('<a@x>', 'VIP', 'Kunden');
    const { rows } = await scanAll(session, 'INBOX');
    expect(rows[0]?.flags).toEqual(expect.arrayContaining(['VIP', 'Kunden']));
    const seen = await session.look('INBOX', (await scanAll(session, 'INBOX')).cursor.uidValidity, [1]);
    expect(seen.ok && seen.value.get(1)).toEqual(expect.arrayContaining(['VIP', 'Kunden']));
  });
});

describe('identity', () => {
  test('is X-GM-MSGID: the same message in each of its labels and All Mail, and no other of the same bytes', async () => {
    const raw = letter({ id: '<a@x>' });
    for (let n = 0; n < 2; n++) gmail.append('INBOX', raw);
    gmail.copy('INBOX', [1], 'VIP');
    const idsIn = async (folder: string) =>
      (await scanAll(session, folder)).rows.map(({ identity }) => identity.emailId);
    const [first, second] = await idsIn('INBOX');
    expect(await idsIn('VIP')).toEqual([first]);
    expect(await idsIn(all)).toEqual([first, second]);
    expect(first).not.toBe(second);
    expect(first).toMatch(/^\d{19,20}$/);
  });
});

describe('what Gmail says of a mailbox', () => {
  test('flags with a bracket in them, which other programs have left, hide nothing that it keeps', async () => {
    deliver('<a@x>');
    gmail.setFlags('INBOX', [1], 'add', ['OIB-Seen-[Gmail]/Spam', '$NotPhishing']);
    expect(await act([mark(['urgent'], ['\\Flagged', '\\Seen'])])).toMatchObject([{ result: 'done' }]);
    expect(gmail.messages('INBOX')[0]).toMatchObject({
      flags: expect.arrayContaining(['\\Flagged', '\\Seen', 'OIB-Seen-[Gmail]/Spam']),
      labels: expect.arrayContaining(['urgent']),
    });
  });

  test('its own folders are known by their use, whatever they are called and wherever they stand', async () => {
    const localized = await startImapServer({ capabilities: { gmail: true } });
    const own = (name: string, specialUse: SpecialUse) => ({ name: `[Google Mail]/${name}`, specialUse });
    const team = localized.store.addAccount({
      user: 'team',
      password: 'secret',
      ownFolders: [
        own('Alle Nachrichten', '\\All'),
        own('Entwürfe', '\\Drafts'),
        own('Gesendet', '\\Sent'),
        own('Markiert', '\\Flagged'),
        own('Papierkorb', '\\Trash'),
        own('Spam', '\\Junk'),
        own('Wichtig', '\\Important'),
      ],
    });
    const german = await open(accountOf(localized, 'team'));
    try {
      team.append('INBOX', letter({ id: '<a@x>' }));
      const { rows, cursor } = await scanAll(german, 'INBOX');
      const at = { folder: 'INBOX', uidValidity: cursor.uidValidity };
      const tasks = rows.map((row) => taskFor(row, at, [move('\\Junk')]));
      expect([...(await german.apply(tasks, ledger)).values()]).toMatchObject([
        { result: 'done', place: { folder: '[Google Mail]/Spam' } },
      ]);
      expect(await german.find('\\Archive')).toEqual({ ok: true, value: '[Google Mail]/Alle Nachrichten' });
    } finally {
      await german.close();
      await localized.close();
    }
  });
});

describe('limits', () => {
  test('the sixteenth connection is told to wait, and no password is doubted', async () => {
    const mailboxes = createMailboxes(() => accountOf(server, gmail.user));
    const connect = () => mailboxes.connect('support', new AbortController().signal);
    const sessions = await Promise.all(Array.from({ length: 14 }, connect));
    try {
      expect(sessions.every(({ ok }) => ok)).toBe(true);
      expect(await connect()).toMatchObject({
        ok: false,
        fault: { kind: 'temporary', code: 'throttled', retryAfter: 120_000 },
      });
    } finally {
      await Promise.all(sessions.map((one) => (one.ok ? one.value.close() : undefined)));
    }
  });

  const exceeded = { code: 'OVERQUOTA', text: 'Account exceeded command or bandwidth limits.' };
  const alert = { code: 'ALERT', text: 'Account exceeded command or bandwidth limits. (Failure)' };

  test.each([
    ['UID MOVE', exceeded],
    ['UID MOVE', alert],
    ['UID STORE', exceeded],
    ['UID FETCH', exceeded],
    ['STATUS', alert],
    ['CREATE', exceeded],
  ] as const)('%s that is throttled (%o) uses up no try of a message, however often', async (name, refuse) => {
    deliver('<a@x>');
    deliver('<b@x>');
    const { rows, cursor } = await scanAll(session, 'INBOX');
    const at = { folder: 'INBOX', uidValidity: cursor.uidValidity };
    const tasks = rows.map((row) => taskFor(row, at, [mark(['urgent']), move('New')], { last: true }));
    refusals.set(name, refuse);
    const interrupted = { result: 'interrupted', retryAfter: 600_000 };
    expect([...(await session.apply(tasks, ledger)).values()]).toMatchObject([interrupted, interrupted]);
    refusals.clear();
    const again = tasks.map((task) => ({
      ...task,
      actions: task.actions.map((record) => ({ ...record, progress: ledger.of(task.job, record.seq) })),
    }));
    expect([...(await session.apply(again, ledger)).values()]).toMatchObject([{ result: 'done' }, { result: 'done' }]);
    expect(labelsOf('<a@x>')).toEqual(['New', 'urgent']);
  });

  test.each(['FETCH', 'UID FETCH', 'SELECT', 'NOOP'])(
    'a throttled %s ends the reading with the time to wait',
    async (name) => {
      deliver('<a@x>');
      if (name === 'NOOP') await session.scan('INBOX', { uidValidity: 0, lastUid: 0 });
      refusals.set(name, exceeded);
      expect(await session.scan('INBOX', { uidValidity: 0, lastUid: 0 })).toMatchObject({
        ok: false,
        fault: { kind: 'temporary', code: 'throttled', retryAfter: 600_000 },
      });
    },
  );

  test('a goodbye while idling says why, and when to come back', async () => {
    await session.scan('INBOX', { uidValidity: 0, lastUid: 0 });
    const waiting = session.idle('INBOX', 60_000, new AbortController().signal);
    const idler = () => server.sessions().find(({ user, idling }) => user === gmail.user && idling);
    while (idler() === undefined) await new Promise(setImmediate);
    idler()?.bye('[OVERQUOTA] Account exceeded command or bandwidth limits.');
    expect(await waiting).toBe(false);
    expect(session.ended()).toMatchObject({ kind: 'temporary', code: 'throttled', retryAfter: 600_000 });
  });
});
