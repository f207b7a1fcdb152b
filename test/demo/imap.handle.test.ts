import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AccountHandle, type CommandHook, type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { appendCommand, Wire } from './imap.wire.ts';

let server: ImapServer;
let team: AccountHandle;
let onCommand: CommandHook = () => undefined;
const wires: Wire[] = [];

async function login(): Promise<Wire> {
  const wire = await Wire.login(server, 'team');
  wires.push(wire);
  return wire;
}

beforeEach(async () => {
  onCommand = () => undefined;
  server = await startImapServer({
    accounts: [{ user: 'team', password: 'secret' }],
    hooks: { onCommand: (session, tag, name, args) => onCommand(session, tag, name, args) },
  });
  team = server.store.account('team');
  for (const name of ['a', 'b', 'c']) team.append('INBOX', `Subject: ${name}\n\n${name}`);
});

afterEach(async () => {
  for (const wire of wires.splice(0)) wire.close();
  await server.close();
});

describe('a folder that takes nothing', () => {
  it.each(['NOPERM', 'OVERQUOTA', 'TRYCREATE'])(
    'answers COPY, MOVE and APPEND with [%s] and changes nothing',
    async (code) => {
      const wire = await login();
      await wire.ask('SELECT INBOX');
      team.refuse('Junk', code);
      for (const command of ['COPY 1 Junk', 'UID MOVE 1:2 Junk', appendCommand('Junk', 'Subject: d\n\nd')]) {
        expect(await wire.ask(command)).toMatch(new RegExp(`^A NO \\[${code}\\]`));
      }
      expect([team.messages('INBOX').length, team.messages('Junk').length]).toEqual([3, 0]);
      team.accept('Junk');
      expect(await wire.ask('UID MOVE 1:2 Junk')).toContain('A OK');
    },
  );

  it('takes again after as many refusals as were asked for', async () => {
    const wire = await login();
    await wire.ask('SELECT INBOX');
    team.refuse('Junk', 'OVERQUOTA', 2);
    const answers = [await wire.ask('COPY 1 Junk'), await wire.ask('COPY 1 Junk'), await wire.ask('COPY 1 Junk')];
    expect(answers.map((answer) => answer.slice(0, 4))).toEqual(['A NO', 'A NO', 'A OK']);
  });
});

describe('a read-only folder', () => {
  it('is opened like EXAMINE opens it, and nothing in it changes', async () => {
    const wire = await login();
    await wire.ask('SELECT INBOX');
    team.setReadOnly('INBOX', true);
    for (const command of ['STORE 1 +FLAGS (x)', 'UID MOVE 1 Junk', 'EXPUNGE', 'UID EXPUNGE 1', 'COPY 1 INBOX']) {
      expect(await wire.ask(command)).toMatch(/^A NO/);
    }
    expect(await wire.ask('FETCH 1 BODY[]')).toContain('A OK');
    const opened = await wire.ask('SELECT INBOX');
    expect(opened).toContain('[PERMANENTFLAGS ()]');
    expect(opened).toContain('A OK [READ-ONLY]');
    expect(team.messages('INBOX').flatMap((message) => message.flags)).toEqual([]);
  });
});

describe('a hook', () => {
  it('sees each command with its tag, name and arguments, and who sent it', async () => {
    const seen: unknown[] = [];
    onCommand = (session, tag, name, args) => {
      seen.push([session.user, session.folder, tag, name, args]);
      return undefined;
    };
    const wire = await login();
    wire.send('x uid search subject {1+}\r\na\r\ny select "INBOX"\r\nz uid move 1:2 Junk\r\n');
    await wire.until(/^z .*\r\n/m);
    expect(seen).toEqual([
      [null, null, 't1', 'LOGIN', 'team secret'],
      ['team', null, 'x', 'UID SEARCH', 'subject {1}'],
      ['team', null, 'y', 'SELECT', '"INBOX"'],
      ['team', 'INBOX', 'z', 'UID MOVE', '1:2 Junk'],
    ]);
  });

  it('refuses a command with the code it wants', async () => {
    onCommand = (_session, _tag, name) =>
      name === 'UID MOVE' ? { refuse: { code: 'UNAVAILABLE', text: 'later' } } : undefined;
    const wire = await login();
    await wire.ask('SELECT INBOX');
    expect(await wire.ask('UID MOVE 1 Junk')).toBe('A NO [UNAVAILABLE] later\r\n');
    expect(team.messages('INBOX').length).toBe(3);
  });

  it('says that a command was carried out though it was not', async () => {
    onCommand = (_session, _tag, name) =>
      name === 'UID COPY' ? { pretend: { code: 'COPYUID 1 1 1', text: 'Copied' } } : undefined;
    const wire = await login();
    await wire.ask('SELECT INBOX');
    expect(await wire.ask('UID COPY 1 Junk')).toBe('A OK [COPYUID 1 1 1] Copied\r\n');
    expect(team.messages('Junk')).toEqual([]);
  });

  it.each([
    ['before', 3],
    ['after', 2],
  ] as const)('cuts the connection %s the command is carried out, and says nothing', async (when, left) => {
    onCommand = (_session, _tag, name) => (name === 'UID MOVE' ? { cut: when } : undefined);
    const wire = await login();
    await wire.ask('SELECT INBOX');
    wire.send('x UID MOVE 1 Junk\r\n');
    expect(await wire.rest()).toBe('');
    expect(team.messages('INBOX').length).toBe(left);
  });

  it('makes a command wait, before it is carried out and before it is answered', async () => {
    const gates = { before: gate(), after: gate(), done: gate() };
    onCommand = async (_session, _tag, name) => {
      if (name !== 'UID MOVE') return undefined;
      await gates.before.opened;
      return {
        after: async () => {
          gates.done.open();
          await gates.after.opened;
        },
      };
    };
    const [wire, other] = [await login(), await login()];
    await wire.ask('SELECT INBOX');
    wire.send('x UID MOVE 1 Junk\r\n');
    await other.ask('NOOP');
    expect(team.messages('Junk').length).toBe(0);
    gates.before.open();
    await gates.done.opened;
    expect(team.messages('Junk').length).toBe(1);
    gates.after.open();
    expect(await wire.until(/^x OK.*\r\n/m)).toMatch(
      /^\* OK \[COPYUID \d+ 1 1\].*\r\n\* 1 EXPUNGE\r\n\* 2 RECENT\r\nx OK/,
    );
  });

  it.each([
    ['asked', /^x NO \[SERVERBUG\] the test is wrong/, () => Promise.reject(new Error('the test is wrong'))],
    ['waited for', /^$/, () => ({ after: () => Promise.reject(new Error('the test is wrong')) })],
  ] as const)('that fails when it is %s fails that command alone', async (_, answer, fails) => {
    onCommand = (_session, _tag, name) => (name === 'NOOP' ? fails() : undefined);
    const wire = await login();
    wire.send('x NOOP\r\ny LOGOUT\r\n');
    expect(await wire.rest()).toMatch(answer);
    onCommand = () => undefined;
    expect(await (await login()).ask('NOOP')).toMatch(/^A OK/);
  });

  it('does not keep a server from closing, however long it waits', async () => {
    const asked = gate();
    onCommand = (_session, _tag, name) => {
      if (name !== 'NOOP') return undefined;
      asked.open();
      return new Promise<undefined>(() => undefined);
    };
    const wire = await login();
    wire.send('x NOOP\r\n');
    await asked.opened;
    await server.close();
    expect(await wire.rest()).toBe('');
    server = await startImapServer();
  });
});

describe('the store', () => {
  it('outlives connections and servers', async () => {
    const wire = await login();
    await wire.ask('SELECT INBOX');
    await wire.ask('STORE 2 +FLAGS (\\Seen kept)');
    server.cutAll();
    await wire.rest();
    await server.close();
    const { port } = server;
    server = await startImapServer({ store: server.store, port });
    const again = await login();
    expect(await again.ask('SELECT INBOX')).toContain('* 3 EXISTS\r\n');
    expect(await again.ask('UID FETCH 2 FLAGS')).toContain('* 2 FETCH (UID 2 FLAGS (\\Seen kept))\r\n');
  });

  it('does what a person does, and tells who waits for it', async () => {
    const emptied = team.when((account) => account.messages('INBOX').length === 0);
    expect(team.move('INBOX', [2, 1, 99], 'Junk')).toEqual([1, 2]);
    expect(team.copy('Junk', [1], 'Archive')).toEqual([1]);
    team.setFlags('Archive', [1], 'replace', ['\\Seen', 'Mine']);
    team.remove('INBOX', [3]);
    await emptied;
    expect(team.messages('Archive')).toMatchObject([{ uid: 1, flags: ['\\Seen', 'Mine'], labels: null }]);
    expect(team.messages('Archive')[0]?.emailId).toBe(team.messages('Junk')[0]?.emailId);
    team.rename('Archive', 'Old/Archive');
    expect(team.has('Old/Archive')).toBe(true);
    const signal = AbortSignal.abort(new Error('no longer'));
    await expect(team.when(() => false, signal)).rejects.toThrow('no longer');
  });

  it('renumbers a folder with its new UIDVALIDITY, or leaves the UIDs as they are', () => {
    team.remove('INBOX', [1]);
    const before = team.folders().find((folder) => folder.name === 'INBOX')?.uidValidity ?? 0;
    expect(team.renewUidValidity('INBOX', { keepUids: true })).toBeGreaterThan(before);
    expect(team.messages('INBOX').map((message) => message.uid)).toEqual([2, 3]);
    team.renewUidValidity('INBOX');
    expect(team.messages('INBOX').map((message) => message.uid)).toEqual([1, 2]);
    expect(team.append('INBOX', 'Subject: d\n\nd')).toBe(3);
  });
});

function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
