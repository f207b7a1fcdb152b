import type { Command, Done } from './command.ts';
import { Content, type Section } from './content.ts';
import { accountOf } from './folders.ts';
import type { Entry, Mail } from './mailbox.ts';
import { labelsOf } from './marks.ts';
import { bad } from './refusal.ts';
import type { Session } from './session.ts';
import { type Cursor, dateTimeOf } from './syntax.ts';
import { viewOf } from './transfer.ts';
import type { Numbered, View } from './view.ts';

/** FETCH (RFC 3501 6.4.5), with the items of OBJECTID and of Gmail. */
export const fetchCommands: Readonly<Record<string, Command>> = {
  FETCH: { when: 'selected', keepsNumbers: true, run: (session, args) => fetch(session, args, false) },
  'UID FETCH': { when: 'selected', run: (session, args) => fetch(session, args, true) },
};

interface ValueItem {
  readonly kind: 'value';
  readonly label: string;
  /** `mail` is the entry's, or what is left of it once it was expunged. */
  readonly value: (entry: Entry, mail: Mail) => string;
}

interface OctetsItem {
  readonly kind: 'octets';
  readonly label: string;
  readonly section: Section;
  readonly partial: readonly [offset: number, count: number] | null;
  /** Reading it sets \Seen. */
  readonly marks: boolean;
}

type Item = ValueItem | OctetsItem;

const nothing = new Content(Buffer.alloc(0));

const macros: Readonly<Record<string, readonly string[]>> = {
  FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
  FULL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY'],
};

async function fetch(session: Session, args: Cursor, byUid: boolean): Promise<Done> {
  const view = viewOf(session);
  args.space();
  const set = args.sequenceSet();
  args.space();
  const asked = items(session, view, args);
  args.end();
  const has = (name: string): boolean => asked.some(({ label }) => label === name);
  // RFC 3501 6.4.8: a UID command answers with the UID.
  const uid = byUid && !has('UID') ? [simple(session, view, 'UID')] : [];
  const picked = view.pick(set, byUid);
  const seen = markSeen(session, view, asked, picked);
  // Where \Seen was set the new flags are shown, asked for or not (RFC 3501 6.4.5).
  const flags = has('FLAGS') ? [] : [simple(session, view, 'FLAGS')];
  let gone = 0;
  for (const { number, entry } of picked) {
    // RFC 2180 4.1.1: what was expunged is still a message here, but like Dovecot we have no content of it any more.
    const here = view.isHere(entry);
    const mail = here ? entry.mail : { ...entry.mail, content: nothing, internalDate: 0 };
    if (!here) gone += 1;
    session.writer.write(`* ${number} FETCH (`);
    const shown = seen.has(entry) ? [...uid, ...flags, ...asked] : [...uid, ...asked];
    for (const [at, item] of shown.entries()) {
      session.writer.write(`${at === 0 ? '' : ' '}${item.label} `);
      if (item.kind === 'value') session.writer.write(item.value(entry, mail));
      else if (here) writeOctets(session, item, entry);
      else session.writer.write('NIL');
    }
    session.writer.write(')\r\n');
    await session.writer.ready();
    if (session.view !== view) break;
  }
  return gone > 0
    ? { text: 'Some messages do not exist any more', code: 'EXPUNGEISSUED' }
    : { text: 'Fetch completed' };
}

function writeOctets(session: Session, { section, partial }: OctetsItem, entry: Entry): void {
  const whole = entry.mail.content.section(section);
  const octets = partial === null ? whole : whole.subarray(partial[0], partial[0] + partial[1]);
  session.writer.write(`{${octets.length}}\r\n`);
  session.writer.write(octets);
}

/** Reading a body sets \Seen; returns those that were not seen before. */
function markSeen(session: Session, view: View, asked: readonly Item[], picked: readonly Numbered[]): Set<Entry> {
  const marks = asked.some((item) => item.kind === 'octets' && item.marks);
  if (!marks || view.readOnly) return new Set();
  const here = picked.map(({ entry }) => entry).filter((entry) => view.isHere(entry));
  return new Set(accountOf(session).setFlags(view.mailbox, here, 'add', ['\\Seen'], view));
}

function items(session: Session, view: View, args: Cursor): Item[] {
  if (args.peek() === '(') {
    const found = args.list(() => item(session, view, args));
    if (found.length === 0) throw bad('The list of items is empty');
    return found;
  }
  for (const [name, names] of Object.entries(macros)) {
    if (args.rest.toUpperCase() === name) {
      args.expect(name);
      return names.map((each) => simple(session, view, each));
    }
  }
  return [item(session, view, args)];
}

function item(session: Session, view: View, args: Cursor): Item {
  if (args.skip('BODY.PEEK[')) return section(args, false);
  if (args.skip('BODY[')) return section(args, true);
  return simple(session, view, args.word());
}

function simple(session: Session, view: View, name: string): Item {
  const account = accountOf(session);
  const { objectId, gmail } = account.capabilities;
  const value = (of: ValueItem['value']): Item => ({ kind: 'value', label: name, value: of });
  const octets = (what: Section['what'], marks: boolean): Item => {
    return { kind: 'octets', label: name, section: { path: [], what, fields: [] }, partial: null, marks };
  };
  switch (name) {
    case 'UID':
      return value((entry) => String(entry.uid));
    case 'FLAGS':
      return value((entry) => view.flagsOf(entry));
    case 'INTERNALDATE':
      return value((_, mail) => `"${dateTimeOf(mail.internalDate)}"`);
    case 'RFC822.SIZE':
      return value((_, mail) => String(mail.content.raw.length));
    case 'ENVELOPE':
      return value((_, mail) => mail.content.envelope);
    case 'BODYSTRUCTURE':
      return value((_, mail) => mail.content.structure(true));
    case 'BODY':
      return value((_, mail) => mail.content.structure(false));
    case 'RFC822':
      return octets('ALL', true);
    case 'RFC822.HEADER':
      return octets('HEADER', false);
    case 'RFC822.TEXT':
      return octets('TEXT', true);
    case 'EMAILID':
      if (objectId) return value((_, mail) => `(${mail.emailId})`);
      break;
    case 'THREADID':
      if (objectId) return value((_, mail) => `(${mail.threadId})`);
      break;
    case 'X-GM-MSGID':
      if (gmail) return value((_, mail) => mail.emailId);
      break;
    case 'X-GM-THRID':
      if (gmail) return value((_, mail) => mail.threadId);
      break;
    case 'X-GM-LABELS':
      if (gmail) return value((entry) => labelsOf(session.names, account, entry, view.mailbox));
      break;
  }
  throw bad(`Unknown item ${name}`);
}

/** What follows `BODY[`. */
function section(args: Cursor, marks: boolean): Item {
  const path: number[] = [];
  let what: Section['what'] = 'ALL';
  let fields: string[] = [];
  if (args.peek() !== ']') {
    let dotted = true;
    while (dotted && /[1-9]/.test(args.peek())) {
      path.push(args.number());
      dotted = args.skip('.');
    }
    if (dotted) what = sectionText(args, path.length > 0);
    if (what === 'HEADER.FIELDS' || what === 'HEADER.FIELDS.NOT') {
      args.space();
      fields = args.list(() => args.astring().toString('latin1').toUpperCase());
      if (fields.length === 0) throw bad('The list of fields is empty');
    }
  }
  args.expect(']');
  const partial = args.skip('<') ? range(args) : null;
  const names = fields.length > 0 ? ` (${fields.join(' ')})` : '';
  const named = [...path.map(String), ...(what === 'ALL' ? [] : [what])].join('.') + names;
  const label = `BODY[${named}]${partial === null ? '' : `<${partial[0]}>`}`;
  const chosen = { path, what, fields: fields.map((name) => name.toLowerCase()) };
  return { kind: 'octets', label, section: chosen, partial, marks };
}

function sectionText(args: Cursor, inPart: boolean): Section['what'] {
  // The longer names first: each begins with the next.
  for (const what of ['HEADER.FIELDS.NOT', 'HEADER.FIELDS', 'HEADER', 'TEXT'] as const) {
    if (args.skip(what)) return what;
  }
  if (inPart && args.skip('MIME')) return 'MIME';
  throw bad('Invalid section');
}

function range(args: Cursor): [number, number] {
  const offset = args.number();
  args.expect('.');
  const count = args.number();
  if (count === 0) throw bad('A partial fetch asks for at least one octet');
  args.expect('>');
  return [offset, count];
}
