import { once } from 'node:events';
import { ImapFlow } from 'imapflow';
import { afterEach, describe, expect, it } from 'vitest';
import { type Capabilities, type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { crlf } from './imap.wire.ts';

/** Each profile stands for a kind of server that people have. */
const profiles: Readonly<Record<string, Partial<Capabilities>>> = {
  'with everything': {},
  'without MOVE': { move: false },
  'without UIDPLUS': { uidplus: false },
  'without MOVE and UIDPLUS': { move: false, uidplus: false },
  'with UIDPLUS but no COPYUID': { copyuid: false },
  'without IDLE': { idle: false },
  'without SPECIAL-USE': { specialUse: false },
  'without OBJECTID': { objectId: false },
  'without keywords': { keywords: false },
  'with folders below INBOX': { prefix: 'INBOX.', delimiter: '.' },
  'like Gmail': { gmail: true, objectId: false },
};

const letter = (n: number): string =>
  crlf(`From: "Müller, A" <a@example.com>
To: support@example.com
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe_${n}?=
Message-ID: <m${n}@example.com>
Date: Mon, 3 Feb 2025 10:00:00 +0100
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Guten Tag, Nr. ${n}
--x
Content-Type: application/pdf
Content-Disposition: attachment; filename*0*=utf-8''Rechnung%20f%C3%BCr; filename*1="2025.pdf"
Content-Transfer-Encoding: base64

JVBERi0=
--x--
`);

let server: ImapServer;
const clients: ImapFlow[] = [];

async function client(): Promise<ImapFlow> {
  const { host, port } = server;
  const flow = new ImapFlow({
    host,
    port,
    secure: false,
    doSTARTTLS: false,
    auth: { user: 'team', pass: 'secret' },
    logger: false,
  });
  flow.on('error', () => undefined);
  clients.push(flow);
  await flow.connect();
  return flow;
}

afterEach(async () => {
  for (const flow of clients.splice(0)) await flow.logout().catch(() => undefined);
  await server.close();
});

describe.each(Object.entries(profiles))('imapflow on a server %s', (_, capabilities) => {
  const has = {
    move: true,
    uidplus: true,
    copyuid: true,
    idle: true,
    specialUse: true,
    objectId: true,
    keywords: true,
    gmail: false,
    ...capabilities,
  };
  const start = async (): Promise<ImapFlow> => {
    server = await startImapServer({ accounts: [{ user: 'team', password: 'secret', capabilities }] });
    return await client();
  };

  it('sees the capabilities of the profile and no others', async () => {
    const flow = await start();
    const seen = (word: string): boolean => flow.capabilities.has(word);
    expect({
      move: seen('MOVE'),
      uidplus: seen('UIDPLUS'),
      idle: seen('IDLE'),
      specialUse: seen('SPECIAL-USE'),
      objectId: seen('OBJECTID'),
      gmail: seen('X-GM-EXT-1'),
    }).toEqual({
      move: has.move,
      uidplus: has.uidplus,
      idle: has.idle,
      specialUse: has.specialUse,
      objectId: has.objectId,
      gmail: has.gmail,
    });
  });

  it('lists, creates, renames and deletes folders, those with foreign letters too', async () => {
    const flow = await start();
    const handle = server.store.account('team');
    const { prefix = '', delimiter = '/' } = capabilities;
    const path = (name: string): string => prefix + name.split('/').join(delimiter ?? '');
    await flow.mailboxCreate(path('Unterstützung/Rückgaben'));
    await flow.mailboxCreate(path('Old & new'));
    await flow.mailboxRename(path('Old & new'), path('Ödland'));
    const listed = await flow.list();
    const names = listed.map((folder) => folder.path);
    expect(names).toEqual(expect.arrayContaining(['INBOX', path('Unterstützung/Rückgaben'), path('Ödland')]));
    expect(handle.has('Unterstützung/Rückgaben')).toBe(true);
    const junk = listed.find((folder) => folder.specialUse === '\\Junk');
    expect(junk?.specialUseSource).toBe(has.specialUse ? 'extension' : 'name');
    await flow.mailboxDelete(path('Ödland'));
    expect(handle.has('Ödland')).toBe(false);
  });

  it('fetches envelope, structure, ids and parts, and sets nothing seen', async () => {
    const flow = await start();
    const handle = server.store.account('team');
    handle.append('INBOX', letter(1), { internalDate: new Date('2025-02-03T09:00:00Z'), flags: ['\\Flagged'] });
    await flow.mailboxOpen('INBOX');
    const message = await flow.fetchOne('1', {
      uid: true,
      flags: true,
      envelope: true,
      bodyStructure: true,
      internalDate: true,
      size: true,
      threadId: true,
      headers: ['message-id'],
      bodyParts: ['1', '2'],
      source: { start: 0, maxLength: 5 },
    });
    if (message === false) throw new Error('the message is there');
    const [stored] = handle.messages('INBOX');
    expect(message).toMatchObject({
      seq: 1,
      uid: 1,
      size: stored?.size,
      internalDate: new Date('2025-02-03T09:00:00Z'),
    });
    expect(message.flags).toEqual(new Set(['\\Flagged', '\\Recent']));
    expect(message.envelope).toMatchObject({
      subject: 'Grüße 1',
      messageId: '<m1@example.com>',
      from: [{ address: 'a@example.com' }],
    });
    expect(
      message.bodyStructure?.childNodes?.map((part) => [part.type, part.dispositionParameters?.['filename']]),
    ).toEqual([
      ['text/plain', undefined],
      ['application/pdf', 'Rechnung für2025.pdf'],
    ]);
    expect(message.headers?.toString()).toBe('Message-ID: <m1@example.com>\r\n\r\n');
    expect(message.bodyParts?.get('1')?.toString()).toBe('Guten Tag, Nr. 1');
    expect(message.bodyParts?.get('2')?.toString()).toBe('JVBERi0=');
    expect(message.source?.toString()).toBe('From:');
    const ids = { emailId: stored?.emailId, threadId: stored?.threadId };
    expect(message).toMatchObject(has.objectId || has.gmail ? ids : {});
    if (!has.objectId && !has.gmail) expect(message.threadId).toBeUndefined();
    expect(handle.messages('INBOX')[0]?.flags).toEqual(['\\Flagged']);
  });

  it('moves a set and learns where it went, as far as the server says so', async () => {
    const flow = await start();
    const handle = server.store.account('team');
    for (const n of [1, 2, 3]) handle.append('INBOX', letter(n));
    const { prefix = '', delimiter = '/' } = capabilities;
    handle.create('Support/Refunds');
    const before = handle.messages('INBOX').map((message) => message.emailId);
    await flow.mailboxOpen('INBOX');
    const moved = await flow.messageMove('1,3', `${prefix}Support${delimiter}Refunds`, { uid: true });
    const there = handle.messages('Support/Refunds');
    expect(there.map((message) => message.emailId)).toEqual([before[0], before[2]]);
    expect(handle.messages('INBOX').map((message) => message.uid)).toEqual([2]);
    const pairs =
      has.uidplus && has.copyuid
        ? new Map([
            [1, there[0]?.uid],
            [3, there[1]?.uid],
          ])
        : undefined;
    expect(moved === false || moved === undefined ? moved : moved.uidMap).toEqual(pairs);
  });

  it('sets keywords where the server keeps them', async () => {
    const flow = await start();
    const handle = server.store.account('team');
    handle.append('INBOX', letter(1));
    await flow.mailboxOpen('INBOX');
    await flow.messageFlagsAdd('1', ['siftd/Invoice', '\\Flagged'], { uid: true });
    expect(handle.messages('INBOX')[0]?.flags.toSorted()).toEqual(
      has.keywords ? ['\\Flagged', 'siftd/Invoice'] : ['\\Flagged'],
    );
    const opened = flow.mailbox;
    expect(opened === false ? undefined : opened.permanentFlags?.has('\\*')).toBe(has.keywords);
  });

  it('appends with flags and a date', async () => {
    const flow = await start();
    const date = new Date('2020-01-02T03:04:05Z');
    const appended = await flow.append('INBOX', letter(9), ['\\Seen'], date);
    const [stored] = server.store.account('team').messages('INBOX');
    expect(stored).toMatchObject({ flags: ['\\Seen'], internalDate: date.getTime(), uid: 1 });
    expect(appended === false ? undefined : appended.uid).toBe(has.uidplus ? 1 : undefined);
  });

  if (has.idle) {
    it('hears in IDLE what comes, changes and goes', async () => {
      const flow = await start();
      const handle = server.store.account('team');
      handle.append('INBOX', letter(1));
      await flow.mailboxOpen('INBOX');
      const idling = flow.idle();
      await untilIdle();
      const exists = once(flow, 'exists');
      handle.append('INBOX', letter(2));
      expect((await exists)[0]).toMatchObject({ path: 'INBOX', count: 2, prevCount: 1 });
      const flags = once(flow, 'flags');
      handle.setFlags('INBOX', [1], 'add', ['\\Flagged']);
      expect((await flags)[0]).toMatchObject({ seq: 1, flags: new Set(['\\Flagged', '\\Recent']) });
      const expunged = once(flow, 'expunge');
      handle.remove('INBOX', [1]);
      expect((await expunged)[0]).toMatchObject({ seq: 1 });
      await flow.noop();
      await idling;
    });
  }
});

/** The server says when it pushes; imapflow does not. */
async function untilIdle(): Promise<void> {
  while (!server.sessions().some((session) => session.idling)) await new Promise((resolve) => setImmediate(resolve));
}
