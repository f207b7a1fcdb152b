import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { appendCommand, Wire } from './imap.wire.ts';

/*
 * The same words said to a real Dovecot and to our server get the same answers: every untagged line, every tagged
 * status and response code. Only the free text differs, and what is named in `plain`.
 */

const message = {
  multipart: `From: "A, B" <a@b.example>, g: m@n.example, o@p.example;
To: nodomain
Reply-To: Somebody <s@s.example>
Subject: =?utf-8?q?=C3=A4?= x y
X-Folded: one
 two
Date: Thu, 1 Jan 2020 00:00:00 +0000
Message-ID: <multi@x>
In-Reply-To: <before@x>
Content-Type: multipart/mixed; boundary="b b"

preamble
--b b

hello --b b
world
--b b
Content-Type: message/rfc822
Content-Disposition: attachment; filename="q\\"x.eml"

Subject: in

inner
--b b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Gr=C3=BC=C3=9Fe
--c
Content-Type: text/html; charset=utf-8
Content-Transfer-Encoding: BASE64
Content-ID: <html@x>
Content-Language: de

PHA+R3LDvMOfZTwvcD4=
--c--
--b b
Content-Type: multipart/related; boundary=d

--b b--
epilogue
`,
  plain: 'Subject: plain\nFrom: c@d.example\n\nline\nline2',
  nested: 'Content-Type: message/rfc822\n\nSubject: i\n\nbody\n',
  headerOnly: 'Subject: nothing else\n\n',
};

const sections = [
  ...['', '1', '1.MIME', '2', '2.HEADER', '2.TEXT', '2.1', '2.MIME', '2.1.MIME', '2.2', '3.1', '3.2', '3.2.MIME'],
  ...['3.3', '4.1', '4.MIME', '5', 'HEADER', 'TEXT', 'HEADER.FIELDS (X-No)', '2.HEADER.FIELDS (subject)'],
  ...['HEADER.FIELDS (subject X-Folded TO)', 'HEADER.FIELDS.NOT (subject from)', '1.HEADER', '1.TEXT'],
];

const searches = [
  ...[
    'ALL',
    'SEEN',
    'UNSEEN',
    'DELETED',
    'NOT DELETED',
    'KEYWORD kw',
    'UNKEYWORD KW',
    'RECENT',
    'OLD',
    'NEW',
    'FLAGGED',
  ],
  ...[
    '1',
    '1:99',
    '*',
    '2:*',
    'UID 2:3',
    'UID 9:*',
    '(1 OR 2 3)',
    'OR 1 OR 2 3',
    'NOT (1 2)',
    'LARGER 100',
    'SMALLER 100',
  ],
  ...['SUBJECT plain', 'SUBJECT "\xc3\xa4 X y"', 'CHARSET UTF-8 SUBJECT {2+}\r\n\xc3\xa4', 'FROM a@b', 'TO nodomain'],
  ...['HEADER X-No ""', 'HEADER Subject ""', 'HEADER Message-ID <multi@x>', 'BODY inner', 'BODY "Gr\xc3\xbc\xc3\x9fe"'],
  ...['BODY Subject', 'TEXT "subject: in"', 'TEXT nothing', 'SENTON 1-Jan-2020', 'SENTSINCE 1-Jan-2020'],
  ...['SINCE 1-Feb-2021', 'BEFORE 1-Feb-2021', 'ON 1-Feb-2021', 'SEEN UNSEEN', 'UID 1 2'],
  ...['FOO', 'CHARSET KOI-FOO ALL', 'ON bad', 'SUBJECT', 'OR SEEN', '(SEEN', 'UID 0'],
];

/** Each is said in turn by the first client; `2:` says it by the second. */
const conversations: Readonly<Record<string, readonly string[]>> = {
  'message content': [
    ...Object.values(message).map((text) => appendCommand('INBOX', text)),
    'SELECT INBOX',
    'FETCH 1:* (ENVELOPE BODYSTRUCTURE)',
    'FETCH 1:* (RFC822.SIZE BODY)',
    'FETCH 1:* RFC822.HEADER',
    ...sections.map((section) => `FETCH 1:4 BODY.PEEK[${section}]`),
    'FETCH 1 BODY.PEEK[]<3.5>',
    'FETCH 1 BODY.PEEK[TEXT]<0.10>',
    'FETCH 1 BODY.PEEK[]<9999.5>',
    'FETCH 2 BODY[TEXT]',
    'FETCH 3 (FLAGS RFC822.TEXT)',
    'FETCH 2 BODY[TEXT]',
    'UID FETCH 4 BODY[]',
    ...['FOO', '(UID', '()', 'BODY[', 'BODY[HEADER.FIELDS ()]', 'BODY[FOO]', '', 'UID x'].map(
      (bad) => `FETCH 1 ${bad}`,
    ),
  ],
  'sets of messages': [
    'SELECT INBOX',
    ...['FETCH', 'UID FETCH', 'SEARCH', 'UID SEARCH UID'].map((name) =>
      `${name} 1:* ${name.includes('F') ? 'UID' : ''}`.trim(),
    ),
    ...['a', 'b', 'c', 'd'].map((name) => appendCommand('INBOX', `Subject: ${name}\n\n${name}`)),
    ...['1', '*', '2:3', '3:2', '*:2', '1,1', '4,1:2', '9', '2:9', '0', '1:', 'x', '1,,2', '4294967296'].flatMap(
      (set) => [`FETCH ${set} UID`, `UID FETCH ${set} UID`],
    ),
    'UID FETCH 99:* FLAGS',
  ],
  flags: [
    ...['a', 'b', 'c'].map((name) => appendCommand('INBOX', `Subject: ${name}\n\n${name}`)),
    appendCommand('INBOX', 'Subject: d\n\nd', '(\\Seen \\Flagged kw) "01-Feb-2021 10:00:00 +0200" '),
    'SELECT INBOX',
    '2:SELECT INBOX',
    'STORE 1 +FLAGS (kw1 Kw2)',
    '2:NOOP',
    'UID STORE 2:3 +FLAGS (\\Seen KW1)',
    'STORE 1 FLAGS (\\Answered)',
    'STORE 1 -FLAGS \\Answered',
    'STORE 1 +FLAGS.SILENT \\Draft other',
    'FETCH 1:* FLAGS',
    '2:NOOP',
    'STORE 4 FLAGS ()',
    '2:UID FETCH 1:* FLAGS',
    'STATUS INBOX (MESSAGES UIDNEXT UNSEEN)',
    ...[`(${'k'.repeat(300)})`, '(a]b)', '(\\Foo)', '(\\Recent)', '(', '"x"'].map((flags) => `STORE 1 +FLAGS ${flags}`),
    'STORE 9 +FLAGS (\\Seen)',
    'UID STORE 99 +FLAGS (\\Seen)',
    'STORE 1 FOO (\\Seen)',
    'FETCH 1 FLAGS',
  ],
  search: [
    appendCommand('INBOX', message.multipart, '"01-Feb-2021 10:00:00 +0000" '),
    appendCommand('INBOX', message.plain, '(\\Seen kw) "01-Jan-2021 10:00:00 +0000" '),
    appendCommand('INBOX', message.nested, '(\\Deleted \\Flagged) "01-Mar-2021 10:00:00 +0000" '),
    appendCommand('INBOX', message.headerOnly),
    'SELECT INBOX',
    ...searches.flatMap((keys) => [`SEARCH ${keys}`, `UID SEARCH ${keys}`]),
  ],
  'one session behind another': [
    ...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => appendCommand('INBOX', `Subject: ${name}\n\n${name}`)),
    'SELECT INBOX',
    '2:SELECT INBOX',
    '2:STORE 1:2 +FLAGS.SILENT (\\Deleted)',
    '2:EXPUNGE',
    'FETCH 1:3 (UID FLAGS BODY.PEEK[HEADER.FIELDS (subject)])',
    'FETCH 1 (INTERNALDATE ENVELOPE)',
    'SEARCH ALL',
    'SEARCH UID 1:3',
    'COPY 1:3 Junk',
    'NOOP',
    '2:UID MOVE 3 Junk',
    'STORE 2 +FLAGS (\\Seen)',
    'UID STORE 5 +FLAGS (\\Flagged)',
    '2:NOOP',
    `2:${appendCommand('INBOX', 'Subject: g\n\ng')}`,
    '2:STORE 4 +FLAGS (\\Deleted)',
    'FETCH 1:* (UID FLAGS)',
    'NOOP',
    '2:UID EXPUNGE 1:6',
    '2:UID EXPUNGE 7',
    'UID SEARCH ALL',
    'UID FETCH 1:* UID',
    'EXPUNGE',
  ],
  'many at once': [
    ...Array.from({ length: 40 }, (_, n) => appendCommand('INBOX', `Subject: ${n}\n\n${n}`)),
    'SELECT INBOX',
    '2:SELECT INBOX',
    'UID MOVE 3:20,30:39 Junk',
    'STATUS INBOX (MESSAGES)',
    'FETCH 1:* UID',
    `2:${appendCommand('INBOX', 'Subject: new\n\nnew', '(\\Deleted) ')}`,
    '2:UID EXPUNGE 41',
    'NOOP',
    '2:FETCH 1:* FLAGS',
    'STORE 1:* +FLAGS.SILENT (\\Deleted)',
    'EXPUNGE',
    '2:NOOP',
    'STATUS Junk (MESSAGES UIDNEXT)',
  ],
  'copies and moves': [
    ...['a', 'b', 'c', 'd', 'e'].map((name) => appendCommand('INBOX', `Subject: ${name}\n\n${name}`)),
    'SELECT INBOX',
    'STORE 1 +FLAGS (\\Deleted \\Seen kw)',
    'COPY 1:2 Junk',
    'COPY 1 Nowhere',
    'UID COPY 999 Nowhere',
    'UID COPY 999 Junk',
    'UID MOVE 999 Junk',
    'UID COPY 5,1:2 Junk',
    'MOVE 1 INBOX',
    'COPY 1 INBOX',
    'UID MOVE 3:4,99 Junk',
    'MOVE 9 Junk',
    'MOVE 1:* Junk',
    'SELECT Junk',
    'UID FETCH 1:* FLAGS',
    'EXPUNGE',
    'CLOSE',
    'STATUS Junk (MESSAGES UIDNEXT UNSEEN)',
    'FETCH 1 UID',
    'SELECT Junk',
    'STORE 1:2 +FLAGS.SILENT (\\Deleted)',
    'UNSELECT',
    'STATUS Junk (MESSAGES)',
    'SELECT Junk',
    'CLOSE',
    'STATUS Junk (MESSAGES)',
    'CLOSE',
  ],
  folders: [
    'SELECT Junk',
    'SELECT INBOX',
    ...[
      'INBOX',
      'inbox',
      'Junk',
      'A/B/C',
      'a//b',
      '/b',
      '"&Jjo"',
      '"&Jjo-/x"',
      '"Gr&APwA3w-e"',
      '"two words"',
      '"a&-b"',
    ].map((name) => `CREATE ${name}`),
    ...['*', '%', 'A/%', 'A*', '%/%', 'inbox', '"&Jjo-"', 'nope', '"*B*"', '""'].map((name) => `LIST "" ${name}`),
    'LIST A/ *',
    'LIST "" A/B',
    'RENAME A Z',
    'RENAME nope b',
    'RENAME Z Junk',
    'LIST "" Z*',
    'LSUB "" *',
    'SUBSCRIBE nope',
    'SUBSCRIBE Z/B/C',
    'SUBSCRIBE Junk',
    'LSUB "" *',
    'LSUB "" %',
    'UNSUBSCRIBE Junk',
    'LSUB "" *',
    'DELETE INBOX',
    'DELETE nope',
    'DELETE Z/B/C',
    'STATUS nope (MESSAGES)',
    'STATUS INBOX (MESSAGES FOO)',
    'SELECT nope',
    'FETCH 1 UID',
    appendCommand('INBOX', 'Subject: a\n\na'),
    'RENAME INBOX old',
    'STATUS INBOX (MESSAGES)',
    'STATUS old (MESSAGES)',
    'LIST (SPECIAL-USE) "" *',
    'LIST "" * RETURN (FOO)',
    appendCommand('nope', 'a: b'),
    'APPEND INBOX {0+}\r\n',
    appendCommand('INBOX', 'a: b', '(\\Bad) '),
  ],
  'what is no command': [
    'BLAH',
    'UID BLAH 1',
    'UID',
    'LOGIN a b',
    'SELECT',
    'SELECT "old',
    'NOOP',
    'COPY 1 INBOX',
    'ID NIL',
    'NAMESPACE',
  ],
};

let dovecot: Dovecot;
let ours: ImapServer;

beforeAll(async () => {
  dovecot = await startDovecot();
  // What Dovecot 2.3 does not have would show in its answers.
  ours = await startImapServer({ capabilities: { objectId: false } });
});

afterAll(async () => {
  await ours?.close();
  await dovecot?.stop();
});

describe('beside a real Dovecot', () => {
  for (const [name, commands] of Object.entries(conversations)) {
    it(`the server says the same about ${name}`, async () => {
      const user = name.replaceAll(' ', '-');
      ours.store.addAccount({ user, password: 'secret', folders: [{ name: 'Junk', specialUse: '\\Junk' }] });
      // Dovecot subscribes to nothing by itself.
      ours.store.account(user).account.subscribed.clear();
      const [theirs, own] = [await converse(dovecot, user, commands), await converse(ours, user, commands)];
      expect(own).toEqual(theirs);
    });
  }
});

async function converse(
  server: { host: string; port: number },
  user: string,
  commands: readonly string[],
): Promise<string[]> {
  const first = await Wire.login(server, user);
  const second = await Wire.login(server, user);
  const said: string[] = [];
  try {
    for (const command of commands) {
      const [client, words] = command.startsWith('2:') ? [second, command.slice(2)] : [first, command];
      said.push(`${command}\n${plain(await client.ask(words))}`);
    }
  } finally {
    first.close();
    second.close();
  }
  return said;
}

/** The answer without free text and what differs by right: today's dates, UIDVALIDITY, the order of folders. */
function plain(answer: string): string {
  const text = answer
    .replace(/^(A (?:OK|NO|BAD))( \[[^\r\n]*?\](?=[ \r]))?[^\r\n]*/gm, '$1$2')
    .replace(/^(\* OK \[[^\r\n]*?\])[^\r\n]*/gm, '$1')
    .replace(/UIDVALIDITY \d+/g, 'UIDVALIDITY')
    .replace(/(COPYUID|APPENDUID) \d+/g, '$1')
    .replace(/^A OK \[CLIENTBUG\]/gm, 'A OK')
    // Codes that Dovecot leaves out here and there, and we do not.
    .replace(/^A NO \[(?:CANNOT|NONEXISTENT)\]/gm, 'A NO')
    .replace(/\[BADCHARSET[^\]]*\]/g, '[BADCHARSET]')
    // Of QRESYNC (RFC 7162), which we do not have.
    .replace(/^\* OK \[CLOSED\]\r\n/gm, '')
    .replace(/^\* ID .*/gm, '* ID')
    .replace(/ ?\\(?:Un)?[Mm]arked/g, '')
    .replace(/^\* LIST \( /gm, '* LIST (')
    .replace(/^\* LSUB \(\\Junk\)/gm, '* LSUB ()');
  const lists = text.match(/^\* (?:LIST|LSUB) .*\r\n/gm) ?? [];
  return lists.sort().join('') + text.replace(/^\* (?:LIST|LSUB) .*\r\n/gm, '');
}
