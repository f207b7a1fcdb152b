import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type AccountHandle, type CommandHook, type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { createMailboxes, type ImapSession } from '../../src/imap/session.ts';
import { manualClock } from './clock.ts';
import { type MemoryLedger, memoryLedger } from './ledger.ts';
import { accountOf, letter, mark, move, open, openOn, scanAll, taskFor } from './support.ts';

/*
 * Exchange Online's ways, on the server of this process that can do what it can: no special uses, no new keywords, answers in words.
 * The words are those that others have recorded (docs/gmail-and-microsoft.md).
 */

let server: ImapServer;
let exchange: AccountHandle;
let session: ImapSession;
let ledger: MemoryLedger;
let users = 0;
let judge: CommandHook = () => undefined;

beforeAll(async () => {
  server = await startImapServer({
    capabilities: { specialUse: false, objectId: false, keywords: false },
    hooks: { onCommand: (...command) => judge(...command) },
  });
});
afterAll(() => server.close());

const begin = async (folders: readonly string[] = []) => {
  exchange = server.store.addAccount({
    user: `user${++users}`,
    password: 'secret',
    folders: folders.map((name) => ({ name })),
  });
  session = await open(accountOf(server, exchange.user));
};
beforeEach(() => {
  judge = () => undefined;
  ledger = memoryLedger();
});
afterEach(() => session.close());

describe('its own folders are found by their names', () => {
  test.each([
    ['English', 'Junk Email', 'Deleted Items', 'Archive', 'Sent Items'],
    ['German', 'Junk-E-Mail', 'Gelöschte Elemente', 'Archiv', 'Gesendete Elemente'],
    ['French', 'Courrier indésirable', 'Éléments supprimés', 'Archive', 'Éléments envoyés'],
    ['Spanish', 'Correo no deseado', 'Elementos eliminados', 'Archivo', 'Elementos enviados'],
    ['Italian', 'Posta indesiderata', 'Posta eliminata', 'Archivio', 'Posta inviata'],
    ['Portuguese', 'E-mail de Lixo', 'Itens Eliminados', 'Arquivo', 'Itens Enviados'],
    ['Dutch', 'Ongewenste e-mail', 'Verwijderde items', 'Archief', 'Verzonden items'],
    ['Polish', 'Wiadomości-śmieci', 'Elementy usunięte', 'Archiwum', 'Elementy wysłane'],
    ['Czech', 'Nevyžádaná pošta', 'Odstraněná pošta', 'Archiv', 'Odeslaná pošta'],
    ['Swedish', 'Skräppost', 'Borttaget', 'Arkiv', 'Skickat'],
    ['Finnish', 'Roskaposti', 'Poistetut', 'Arkisto', 'Lähetetyt'],
    ['Turkish', 'Önemsiz E-posta', 'Silinmiş Öğeler', 'Arşiv', 'Gönderilmiş Öğeler'],
    ['Romanian', 'E-mail nedorit', 'Elemente șterse', 'Arhivă', 'Elemente trimise'],
    ['Russian', 'Нежелательная почта', 'Удаленные', 'Архив', 'Отправленные'],
    ['Greek', 'Ανεπιθύμητη αλληλογραφία', 'Διαγραμμένα', 'Αρχειοθέτηση', 'Απεσταλμένα'],
    ['Japanese', '迷惑メール', '削除済みアイテム', 'アーカイブ', '送信済みアイテム'],
    ['Chinese', '垃圾邮件', '已删除邮件', '存档', '已发送邮件'],
    ['Korean', '정크 메일', '지운 편지함', '보관', '보낸 편지함'],
  ])('in %s, and none is made beside them', async (_language, junk, trash, archive, sent) => {
    await begin([junk, trash, archive, sent]);
    const targets = ['\\Junk', '\\Trash', '\\Archive', '\\Sent'];
    await session.prepare({ watched: ['INBOX'], targets, labels: [] });
    const found = await Promise.all(targets.map((target) => session.find(target)));
    expect(found.map((one) => one.ok && one.value)).toEqual([junk, trash, archive, sent]);
    expect(exchange.folders().map(({ name }) => name)).toEqual(['INBOX', junk, trash, archive, sent]);
  });
});

describe('what it says of the whole session', () => {
  const unconnected = 'User is authenticated but not connected.';
  const throttled = 'Request is throttled. Suggested Backoff Time: 20 milliseconds';

  test.each(
    [unconnected, throttled].flatMap((text) =>
      ['UID MOVE', 'UID STORE', 'UID FETCH', 'STATUS', 'CREATE'].map((name) => [name, text] as const),
    ),
  )('at %s (%s) is held against no message', async (name, text) => {
    await begin();
    for (let n = 0; n < 2; n++) exchange.append('INBOX', letter());
    const { rows, cursor } = await scanAll(session, 'INBOX');
    const at = { folder: 'INBOX', uidValidity: cursor.uidValidity };
    const tasks = rows.map((row) => taskFor(row, at, [mark([], ['\\Flagged']), move('New')], { last: true }));
    judge = (_session, _tag, command) => (command === name ? { refuse: { status: 'BAD', text } } : undefined);
    const answers = [...(await session.apply(tasks, ledger)).values()];
    for (const answer of answers) {
      expect(answer).toMatchObject({ result: 'interrupted', retryAfter: text === throttled ? 0 : 30_000 });
    }
    judge = () => undefined;
    const again = tasks.map((task) => ({
      ...task,
      actions: task.actions.map((record) => ({ ...record, progress: ledger.of(task.job, record.seq) })),
    }));
    const done = { result: 'done', place: { folder: 'New' } };
    expect([...(await session.apply(again, ledger)).values()]).toMatchObject([done, done]);
    expect(exchange.messages('New')).toHaveLength(2);
  });

  test('a folder that opens after minutes is waited for: a slow SELECT is no dead connection', async () => {
    await begin();
    const clock = manualClock();
    const mailboxes = createMailboxes(() => accountOf(server, exchange.user), { clock });
    const patient = await openOn(mailboxes, 'support');
    exchange.append('INBOX', letter());
    let go: () => void = () => {};
    const slow = new Promise<void>((resolve) => {
      go = resolve;
    });
    const asked = new Promise<void>((resolve) => {
      judge = async (_session, _tag, command) => {
        if (command !== 'SELECT') return undefined;
        resolve();
        await slow;
        return undefined;
      };
    });
    const scanned = patient.scan('INBOX', { uidValidity: 0, lastUid: 0 });
    await asked;
    // All patience but that of a command is spent.
    clock.advance(120_000);
    go();
    expect(await scanned).toMatchObject({ ok: true, value: { rows: [{ uid: 1 }] } });
    await patient.close();
  });

  test.each(['Session invalidated - AccessTokenExpired', 'Connection is closed. 13', 'Server Unavailable. 15'])(
    'a goodbye (%s) while idling is a connection that ended, and nothing to wait for',
    async (words) => {
      await begin();
      await session.scan('INBOX', { uidValidity: 0, lastUid: 0 });
      const waiting = session.idle('INBOX', 60_000, new AbortController().signal);
      const idler = () => server.sessions().find(({ user, idling }) => user === exchange.user && idling);
      while (idler() === undefined) await new Promise(setImmediate);
      idler()?.bye(words);
      expect(await waiting).toBe(false);
      expect(session.ended()).toEqual({
        kind: 'temporary',
        code: 'closed',
        message: 'the connection to the IMAP server ended',
      });
    },
  );
});

test('labels are keywords, and it keeps none: the move is made and the note says so', async () => {
  await begin();
  exchange.append('INBOX', letter());
  const { rows, cursor } = await scanAll(session, 'INBOX');
  const at = { folder: 'INBOX', uidValidity: cursor.uidValidity };
  const tasks = rows.map((row) => taskFor(row, at, [mark(['urgent'], ['\\Flagged']), move('Support/Refunds')]));
  expect([...(await session.apply(tasks, ledger)).values()]).toMatchObject([{ result: 'done' }]);
  expect(ledger.of(1, 0)).toMatchObject({ step: 'done', note: 'the server did not keep urgent' });
  expect(exchange.messages('Support/Refunds')[0]?.flags).toEqual(['\\Flagged']);
});
