import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { type AccountHandle, type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { appendCommand, Wire } from './imap.wire.ts';

let server: ImapServer;
let team: AccountHandle;
const wires: Wire[] = [];

async function open(): Promise<Wire> {
  const wire = await Wire.open(server);
  wires.push(wire);
  return wire;
}

async function login(user = 'team'): Promise<Wire> {
  const wire = await Wire.login(server, user);
  wires.push(wire);
  return wire;
}

beforeEach(async () => {
  server = await startImapServer({
    accounts: [
      { user: 'team', password: 'secret' },
      { user: 'mute', password: 'secret', capabilities: { idle: 'mute' } },
      { user: 'bare', password: 'secret', capabilities: { move: false, uidplus: false, idle: false } },
      { user: 'courier', password: 'secret', capabilities: { prefix: 'INBOX.', delimiter: '.' } },
      { user: 'flat', password: 'secret', capabilities: { delimiter: null }, folders: [] },
    ],
  });
  team = server.store.account('team');
});

afterEach(async () => {
  for (const wire of wires.splice(0)) wire.close();
  await server.close();
});

describe('logging in', () => {
  const plain = Buffer.from('\0team\0secret').toString('base64');

  it.each([
    ['LOGIN with quoted strings', 'a LOGIN "team" "secret"\r\n'],
    ['LOGIN with literals that wait for nobody', 'a LOGIN {4+}\r\nteam {6+}\r\nsecret\r\n'],
    ['AUTHENTICATE PLAIN with an initial response', `a AUTHENTICATE PLAIN ${plain}\r\n`],
    ['lines that end in LF', 'a LOGIN team secret\n'],
  ])('takes %s', async (_, octets) => {
    const wire = await open();
    wire.send(octets);
    expect(await wire.until(/^a .*\r\n/m)).toContain('a OK [CAPABILITY IMAP4rev1 ');
  });

  it('invites to literals and to a SASL response', async () => {
    const wire = await open();
    wire.send('a LOGIN {4}\r\n');
    await wire.until(/^\+ .*\r\n/);
    wire.send('team {3}\r\n');
    await wire.until(/^\+ .*\r\n/);
    wire.send('bad\r\n');
    expect(await wire.until(/^a .*\r\n/m)).toContain('a NO [AUTHENTICATIONFAILED]');
    wire.send('b AUTHENTICATE PLAIN\r\n');
    await wire.until(/^\+ \r\n/);
    wire.send('*\r\n');
    await wire.until(/^b BAD/m);
    wire.send('c AUTHENTICATE PLAIN\r\n');
    await wire.until(/^\+ \r\n/m);
    wire.send(`${plain}\r\n`);
    await wire.until(/^c OK/m);
  });

  it('refuses a wrong password, an unknown user and what belongs to a later state', async () => {
    const wire = await open();
    expect(await wire.ask('LOGIN team wrong')).toContain('A NO [AUTHENTICATIONFAILED]');
    expect(await wire.ask('LOGIN nobody secret')).toContain('A NO [AUTHENTICATIONFAILED]');
    expect(await wire.ask('SELECT INBOX')).toContain('A BAD');
    server.store.setPassword('team', 'other');
    expect(await wire.ask('LOGIN team secret')).toContain('A NO [AUTHENTICATIONFAILED]');
    expect(await wire.ask('LOGIN team other')).toContain('A OK');
  });

  it('says goodbye to LOGOUT before it hangs up', async () => {
    const wire = await login();
    wire.send('z LOGOUT\r\n');
    expect(await wire.rest()).toMatch(/^\* BYE .*\r\nz OK .*\r\n$/);
  });
});

describe('a capability that is taken away', () => {
  it.each(['IDLE', 'UID MOVE 1 Junk', 'MOVE 1 Junk', 'UID EXPUNGE 1', 'X-GM-RAW'])(
    'makes %s an unknown command',
    async (command) => {
      const wire = await login('bare');
      server.store.account('bare').append('INBOX', 'Subject: a\n\na');
      await wire.ask('SELECT INBOX');
      expect(await wire.ask(command)).toMatch(/^A BAD Unknown command/);
      expect(await wire.ask('COPY 1 Junk')).toMatch(/^A OK Copy/);
    },
  );

  it.each(['X-GM-LABELS', 'X-GM-MSGID', 'EMAILID FOO'])('makes %s an unknown item', async (item) => {
    const wire = await login();
    team.append('INBOX', 'Subject: a\n\na');
    await wire.ask('SELECT INBOX');
    expect(await wire.ask(`FETCH 1 ${item}`)).toMatch(/^A BAD/);
  });
});

describe('IDLE', () => {
  it('pushes what comes, changes and goes at once, whoever did it', async () => {
    const [idling, other] = [await login(), await login()];
    await idling.ask('SELECT INBOX');
    await other.ask('SELECT INBOX');
    idling.send('i IDLE\r\n');
    await idling.until(/^\+ idling\r\n/);
    await other.ask(appendCommand('INBOX', 'Subject: a\n\na'));
    expect(await idling.until(/RECENT\r\n/)).toBe('* 1 EXISTS\r\n* 1 RECENT\r\n');
    await other.ask('STORE 1 +FLAGS (\\Seen)');
    expect(await idling.until(/FETCH.*\r\n/)).toBe('* 1 FETCH (FLAGS (\\Seen \\Recent))\r\n');
    await other.ask('UID MOVE 1 Junk');
    expect(await idling.until(/EXPUNGE\r\n/)).toBe('* 1 EXPUNGE\r\n');
    team.append('INBOX', 'Subject: b\n\nb');
    await idling.until(/\* 1 EXISTS\r\n/);
    idling.send('DONE\r\n');
    await idling.until(/^i OK/m);
  });

  it('tells nothing before DONE where it is mute, and all of it then', async () => {
    const wire = await login('mute');
    await wire.ask('SELECT INBOX');
    wire.send('i IDLE\r\n');
    await wire.until(/^\+ idling\r\n/);
    server.store.account('mute').append('INBOX', 'Subject: a\n\na');
    wire.send('DONE\r\n');
    expect(await wire.until(/^i OK.*\r\n/m)).toMatch(/^\* 1 EXISTS\r\n\* 1 RECENT\r\ni OK/);
  });
});

describe('a folder that is lost to a session', () => {
  it.each([
    ['was deleted', () => team.delete('Junk')],
    ['got a new UIDVALIDITY', () => team.renewUidValidity('Junk')],
  ])('ends it when the folder %s', async (_, lose) => {
    const wire = await login();
    await wire.ask('SELECT Junk');
    lose();
    expect(await wire.rest()).toMatch(/^\* BYE .*\r\n$/);
  });

  it('only closes the folder of a session that deleted it itself', async () => {
    const wire = await login();
    await wire.ask('SELECT Junk');
    expect(await wire.ask('DELETE Junk')).toMatch(/^A OK/);
    expect(await wire.ask('FETCH 1 UID')).toMatch(/^A BAD No mailbox selected/);
    expect(await wire.ask('CREATE Junk')).toMatch(/^A OK \[MAILBOXID \(F\d+\)\]/);
  });

  it('gives a folder that is made again a higher UIDVALIDITY', async () => {
    const before = team.folders().find((folder) => folder.name === 'Junk')?.uidValidity ?? 0;
    team.delete('Junk');
    team.create('Junk');
    expect(team.folders().find((folder) => folder.name === 'Junk')?.uidValidity).toBeGreaterThan(before);
  });
});

describe('OBJECTID', () => {
  it('keeps EMAILID through a move and MAILBOXID through a rename, and finds by both ids', async () => {
    const wire = await login();
    team.append('INBOX', 'Message-ID: <a@x>\n\na');
    await wire.ask('SELECT INBOX');
    const ids = /EMAILID \((\w+)\) THREADID \((\w+)\)/.exec(await wire.ask('FETCH 1 (EMAILID THREADID)'));
    expect(await wire.ask(`SEARCH EMAILID ${ids?.[1]} THREADID ${ids?.[2]}`)).toContain('* SEARCH 1\r\n');
    const mailboxId = /MAILBOXID \(\w+\)/.exec(await wire.ask('STATUS Junk (MAILBOXID)'))?.[0] ?? 'none';
    await wire.ask('UID MOVE 1 Junk');
    await wire.ask('RENAME Junk Spam');
    expect(await wire.ask('SELECT Spam')).toContain(mailboxId);
    expect(await wire.ask('UID FETCH 1 EMAILID')).toContain(`(UID 1 EMAILID (${ids?.[1]}))`);
  });
});

describe('namespaces', () => {
  it('writes all folders below INBOX where the prefix says so', async () => {
    const wire = await login('courier');
    expect(await wire.ask('NAMESPACE')).toContain('* NAMESPACE (("INBOX." ".")) NIL NIL\r\n');
    await wire.ask('CREATE INBOX.Support.Refunds');
    expect(server.store.account('courier').has('Support/Refunds')).toBe(true);
    const listed = await wire.ask('LIST "" *');
    expect(listed).toContain('* LIST (\\HasChildren) "." INBOX\r\n');
    expect(listed).toContain('* LIST (\\HasNoChildren) "." INBOX.Support.Refunds\r\n');
    expect(await wire.ask('LIST "" %')).not.toContain('Support');
    expect(await wire.ask('SELECT Support')).toMatch(/^A NO \[CANNOT\]/);
    expect(await wire.ask('CREATE INBOX.a/b')).toMatch(/^A NO \[CANNOT\]/);
  });

  it('can have no hierarchy at all', async () => {
    const wire = await login('flat');
    await wire.ask('CREATE a.b');
    expect(await wire.ask('LIST "" %')).toContain('* LIST (\\HasNoChildren) NIL a.b\r\n');
    expect(await wire.ask('CREATE a/b')).toMatch(/^A NO \[CANNOT\]/);
  });
});

describe('what is too much', () => {
  it.each([
    ['an endless line', `a NOOP ${'x'.repeat(limits.demo.line)}`],
    ['a NUL', 'a NOOP \0\r\n'],
    ['a large literal that waits for nobody', `a LOGIN {${limits.demo.line + 1}+}\r\n`],
    ['a message beyond the limit', `a APPEND INBOX {${limits.demo.literal + 1}+}\r\n`],
    ['literal upon literal', `a X${' {1+}\r\nx'.repeat(limits.demo.literals + 1)}`],
  ])('ends a connection that sends %s', async (_, octets) => {
    const wire = await open();
    wire.send(octets);
    expect(await wire.rest()).toMatch(/^\* BYE .*\r\n$/);
  });

  it('refuses a large literal that asks first, and goes on', async () => {
    const wire = await login();
    expect(await wire.ask(`APPEND INBOX {${limits.demo.literal + 1}}`)).toMatch(/^A NO \[TOOBIG\]/);
    expect(await wire.ask('NOOP')).toMatch(/^A OK/);
  });

  it('answers deep nesting with BAD', async () => {
    const wire = await login();
    await wire.ask('SELECT INBOX');
    expect(await wire.ask(`SEARCH ${'('.repeat(1000)}ALL${')'.repeat(1000)}`)).toMatch(/^A BAD Too deeply nested/);
    expect(await wire.ask(`SEARCH ${'NOT '.repeat(1000)}ALL`)).toMatch(/^A BAD Too deeply nested/);
  });

  it('turns away more connections than the limit', async () => {
    for (let n = server.sessions().length; n < limits.demo.connections; n++) await open();
    const late = await open();
    expect(await late.rest()).toMatch(/^\* BYE /);
  });
});

describe('commands that come at once', () => {
  it('are answered one after the other, in order', async () => {
    const wire = await login();
    wire.send('a SELECT INBOX\r\nb APPEND INBOX {3+}\r\na:b\r\nc SEARCH ALL\r\nd NOOP\r\n');
    const answer = await wire.until(/^d OK.*\r\n/m);
    expect(answer.match(/^[abcd] \w+/gm)).toEqual(['a OK', 'b OK', 'c OK', 'd OK']);
    expect(answer).toContain('* SEARCH 1\r\n');
  });
});
