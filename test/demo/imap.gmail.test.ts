import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AccountHandle, type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { appendCommand, Wire } from './imap.wire.ts';

let server: ImapServer;
let gmail: AccountHandle;
let wire: Wire;

beforeEach(async () => {
  server = await startImapServer({
    accounts: [
      {
        user: 'team',
        password: 'secret',
        capabilities: { gmail: true },
        folders: [{ name: 'Refunds' }, { name: 'Übriges' }],
      },
    ],
  });
  gmail = server.store.account('team');
  wire = await Wire.login(server, 'team');
});

afterEach(async () => {
  wire.close();
  await server.close();
});

/** In which folders the message with this subject shows. */
function foldersOf(subject: string): string[] {
  const shows = (folder: string): boolean =>
    gmail.messages(folder).some((message) => message.raw.toString().includes(`Subject: ${subject}\r\n`));
  return gmail
    .folders()
    .map((folder) => folder.name)
    .filter(shows)
    .sort();
}

const all = '[Gmail]/All Mail';

describe('a Gmail account', () => {
  it('has the folders of Gmail with their special uses, and \\Noselect above them', async () => {
    const answer = await wire.ask('LIST "" *');
    expect(answer.split('\r\n').filter((line) => line.startsWith('* LIST'))).toEqual([
      '* LIST (\\HasNoChildren) "/" INBOX',
      '* LIST (\\HasNoChildren) "/" Refunds',
      '* LIST (\\Noselect \\HasChildren) "/" "[Gmail]"',
      '* LIST (\\HasNoChildren \\All) "/" "[Gmail]/All Mail"',
      '* LIST (\\HasNoChildren \\Drafts) "/" "[Gmail]/Drafts"',
      '* LIST (\\HasNoChildren \\Important) "/" "[Gmail]/Important"',
      '* LIST (\\HasNoChildren \\Sent) "/" "[Gmail]/Sent Mail"',
      '* LIST (\\HasNoChildren \\Junk) "/" "[Gmail]/Spam"',
      '* LIST (\\HasNoChildren \\Flagged) "/" "[Gmail]/Starred"',
      '* LIST (\\HasNoChildren \\Trash) "/" "[Gmail]/Trash"',
      '* LIST (\\HasNoChildren) "/" &ANw-briges',
    ]);
  });

  it('shows a message once in All Mail, under one X-GM-MSGID everywhere', async () => {
    await wire.ask(appendCommand('INBOX', 'Subject: one\n\none'));
    expect(foldersOf('one')).toEqual(['INBOX', all]);
    const ids = new Set<string>();
    for (const folder of ['INBOX', `"${all}"`]) {
      await wire.ask(`SELECT ${folder}`);
      const id = /X-GM-MSGID (\d+) X-GM-THRID (\d+)/.exec(await wire.ask('FETCH 1 (X-GM-MSGID X-GM-THRID)'));
      expect(id?.[1]).toBe(gmail.messages('INBOX')[0]?.emailId);
      ids.add(id?.[1] ?? 'none');
    }
    expect(ids.size).toBe(1);
    expect(await wire.ask(`SEARCH X-GM-MSGID ${[...ids][0]}`)).toContain('* SEARCH 1\r\n');
  });

  it('takes the INBOX label off and puts the other on in a MOVE', async () => {
    gmail.append('INBOX', 'Subject: one\n\none');
    gmail.append('INBOX', 'Subject: two\n\ntwo');
    await wire.ask('SELECT INBOX');
    const answer = await wire.ask('UID MOVE 1 Refunds');
    expect(answer).toMatch(/^\* OK \[COPYUID \d+ 1 1\].*\r\n\* 1 EXPUNGE\r\n/);
    expect(foldersOf('one')).toEqual(['Refunds', all]);
    expect(foldersOf('two')).toEqual(['INBOX', all]);
  });

  it('only archives what is expunged in the folder of a label', async () => {
    gmail.append('Refunds', 'Subject: one\n\none');
    await wire.ask('SELECT Refunds');
    await wire.ask('STORE 1 +FLAGS (\\Deleted)');
    expect(await wire.ask('EXPUNGE')).toContain('* 1 EXPUNGE');
    expect(foldersOf('one')).toEqual([all]);
    await wire.ask(`SELECT "${all}"`);
    expect(await wire.ask('FETCH 1 FLAGS')).not.toContain('Deleted');
    await wire.ask('STORE 1 +FLAGS (\\Deleted)');
    expect(await wire.ask('EXPUNGE')).not.toContain('* 1 EXPUNGE');
    expect(foldersOf('one')).toEqual([all]);
  });

  it('keeps \\Deleted to the folder where it was set, and all other flags to the message', async () => {
    gmail.append('INBOX', 'Subject: one\n\none');
    gmail.copy('INBOX', [1], 'Refunds');
    gmail.setFlags('INBOX', [1], 'add', ['\\Deleted', '\\Seen', 'kw']);
    expect(gmail.messages('Refunds')[0]?.flags).toEqual(['\\Seen', 'kw']);
    expect(gmail.messages('INBOX')[0]?.flags).toEqual(['\\Seen', 'kw', '\\Deleted']);
  });

  it('deletes for good only in Trash and Spam, where a message stands alone', async () => {
    gmail.append('INBOX', 'Subject: one\n\none');
    gmail.copy('INBOX', [1], 'Refunds');
    gmail.copy('INBOX', [1], '[Gmail]/Trash');
    expect(foldersOf('one')).toEqual(['[Gmail]/Trash']);
    gmail.move('[Gmail]/Trash', [1], 'INBOX');
    expect(foldersOf('one')).toEqual(['INBOX', all]);
    gmail.move('INBOX', [2], '[Gmail]/Spam');
    gmail.remove('[Gmail]/Spam', [1]);
    expect(foldersOf('one')).toEqual([]);
  });

  it('shows the other labels of a message, and sets, adds and removes them by STORE', async () => {
    gmail.append('INBOX', 'Subject: one\n\none', { flags: ['\\Flagged'] });
    await wire.ask('SELECT INBOX');
    expect(await wire.ask('STORE 1 +X-GM-LABELS (\\Important Refunds "two words" &ANw-briges)')).toContain(
      '* 1 FETCH (X-GM-LABELS ("\\\\Starred" "\\\\Important" Refunds "two words" &ANw-briges))',
    );
    expect(foldersOf('one')).toEqual(
      ['INBOX', 'Refunds', all, '[Gmail]/Important', '[Gmail]/Starred', 'two words', 'Übriges'].sort(),
    );
    expect(await wire.ask('SEARCH X-GM-LABELS Refunds')).toContain('* SEARCH 1');
    await wire.ask('STORE 1 -X-GM-LABELS.SILENT (\\Important "two words" nowhere)');
    await wire.ask('STORE 1 -FLAGS.SILENT (\\Flagged)');
    expect(foldersOf('one')).toEqual(['INBOX', 'Refunds', all, 'Übriges'].sort());
    await wire.ask('STORE 1 X-GM-LABELS (Refunds)');
    expect(foldersOf('one')).toEqual(['INBOX', 'Refunds', all].sort());
    expect(await wire.ask('STORE 1 +X-GM-LABELS (\\Nonsense)')).toContain('A NO [CANNOT]');
    expect(await wire.ask('UID STORE 1 -X-GM-LABELS (\\Inbox)')).toContain('* 1 EXPUNGE');
    expect(foldersOf('one')).toEqual(['Refunds', all].sort());
  });

  it('has one thread for a message and its replies', async () => {
    gmail.append('INBOX', 'Message-ID: <a@x>\nSubject: q\n\n');
    gmail.append('Refunds', 'Message-ID: <b@x>\nIn-Reply-To: <a@x>\nSubject: Re: q\n\n');
    gmail.append('INBOX', 'Message-ID: <c@x>\nReferences: <a@x> <b@x>\nSubject: Re: q\n\n');
    gmail.append('INBOX', 'Message-ID: <d@x>\nSubject: other\n\n');
    const threads = gmail.messages(all).map((message) => message.threadId);
    expect(new Set(threads.slice(0, 3)).size).toBe(1);
    expect(threads[3]).not.toBe(threads[0]);
  });

  it('keeps its own folders, and the mail of a label that is deleted', async () => {
    gmail.append('Refunds', 'Subject: one\n\none');
    expect(await wire.ask('DELETE "[Gmail]/Trash"')).toContain('A NO [CANNOT]');
    expect(await wire.ask('RENAME "[Gmail]" Mine')).toContain('A NO');
    expect(await wire.ask('RENAME INBOX old')).toContain('A NO [CANNOT]');
    expect(await wire.ask('DELETE Refunds')).toContain('A OK');
    expect(foldersOf('one')).toEqual([all]);
  });
});
