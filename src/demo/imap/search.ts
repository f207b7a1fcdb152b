import libmime from 'libmime';
import { decode } from 'libmime/lib/charset.js';
import type { Account } from './account.ts';
import type { Command, Done } from './command.ts';
import type { Content } from './content.ts';
import { accountOf } from './folders.ts';
import { label } from './marks.ts';
import { type Part, unfolded } from './mime.ts';
import type { Names } from './names.ts';
import { bad, no } from './refusal.ts';
import type { Session } from './session.ts';
import { type Cursor, parseDay } from './syntax.ts';
import { viewOf } from './transfer.ts';
import type { Numbered, View } from './view.ts';

/** SEARCH (RFC 3501 6.4.4), with the keys of OBJECTID and of Gmail. */
export const searchCommands: Readonly<Record<string, Command>> = {
  SEARCH: { when: 'selected', keepsNumbers: true, run: (session, args) => search(session, args, false) },
  'UID SEARCH': { when: 'selected', run: (session, args) => search(session, args, true) },
};

type Test = (message: Numbered) => boolean;

const day = 24 * 60 * 60 * 1000;

function search(session: Session, args: Cursor, byUid: boolean): Done {
  const view = viewOf(session);
  args.space();
  if (args.skip('CHARSET ')) {
    const charset = args.astring().toString('latin1').toUpperCase();
    if (charset !== 'UTF-8' && charset !== 'US-ASCII') throw no('Unknown charset', 'BADCHARSET (UTF-8 US-ASCII)');
    args.space();
  }
  const keys = new KeyReader(session, view, args);
  const tests: Test[] = [];
  do tests.push(keys.read());
  while (args.skip(' '));
  args.end();
  const found = view.all().filter((message) => tests.every((test) => test(message)));
  const numbers = found.map(({ number, entry }) => (byUid ? entry.uid : number));
  session.writer.line(['* SEARCH', ...numbers].join(' '));
  return { text: 'Search completed' };
}

/** Turns search keys into tests of one message. */
class KeyReader {
  readonly #account: Account;
  readonly #names: Names;
  readonly #view: View;
  readonly #args: Cursor;

  constructor(session: Session, view: View, args: Cursor) {
    this.#account = accountOf(session);
    this.#names = session.names;
    this.#view = view;
    this.#args = args;
  }

  read(): Test {
    return this.#args.nested(() => this.#key());
  }

  #key(): Test {
    const args = this.#args;
    if (args.peek() === '(') {
      const all = args.list(() => this.read());
      return (message) => all.every((test) => test(message));
    }
    if (/[0-9*]/.test(args.peek())) return this.#sequence(false);
    const key = args.word();
    const { objectId, gmail } = this.#account.capabilities;
    const un = key.startsWith('UN') ? key.slice(2) : key;
    switch (un) {
      case 'ANSWERED':
      case 'DRAFT':
      case 'FLAGGED':
      case 'SEEN':
        return flagged(`\\${un.charAt(0)}${un.slice(1).toLowerCase()}`, un === key);
      case 'DELETED':
        return ({ entry }) => entry.deleted === (un === key);
      case 'KEYWORD':
        return flagged(this.#keyword(), un === key);
    }
    switch (key) {
      case 'ALL':
        return () => true;
      case 'NOT': {
        const test = this.#next();
        return (message) => !test(message);
      }
      case 'OR': {
        const [one, other] = [this.#next(), this.#next()];
        return (message) => one(message) || other(message);
      }
      case 'RECENT':
        return ({ entry }) => this.#view.isRecent(entry);
      case 'OLD':
        return ({ entry }) => !this.#view.isRecent(entry);
      case 'NEW':
        return ({ entry }) => this.#view.isRecent(entry) && !entry.flags.has('\\Seen');
      case 'UID':
        args.space();
        return this.#sequence(true);
      case 'LARGER':
      case 'SMALLER': {
        args.space();
        const size = args.number();
        const larger = key === 'LARGER';
        return ({ entry }) => (larger ? entry.mail.content.raw.length > size : entry.mail.content.raw.length < size);
      }
      case 'BEFORE':
      case 'ON':
      case 'SINCE':
        return this.#dated(key, ({ entry }) => entry.mail.internalDate);
      case 'SENTBEFORE':
      case 'SENTON':
      case 'SENTSINCE':
        return this.#dated(key.slice(4), ({ entry }) => sentDay(entry.mail.content));
      case 'FROM':
      case 'TO':
      case 'CC':
      case 'BCC':
      case 'SUBJECT':
        return header(key.toLowerCase(), this.#text());
      case 'HEADER': {
        args.space();
        const name = args.astring().toString('latin1').toLowerCase();
        return header(name, this.#text());
      }
      case 'BODY':
      case 'TEXT': {
        const wanted = this.#text();
        return ({ entry }) => textOf(entry.mail.content, key === 'TEXT').includes(wanted);
      }
      case 'EMAILID':
        if (objectId) return this.#id(({ entry }) => entry.mail.emailId);
        break;
      case 'THREADID':
        if (objectId) return this.#id(({ entry }) => entry.mail.threadId);
        break;
      case 'X-GM-MSGID':
        if (gmail) return this.#id(({ entry }) => entry.mail.emailId);
        break;
      case 'X-GM-THRID':
        if (gmail) return this.#id(({ entry }) => entry.mail.threadId);
        break;
      case 'X-GM-LABELS':
        if (gmail) return this.#labelled();
        break;
    }
    throw bad(`Unknown search key ${key}`);
  }

  #next(): Test {
    this.#args.space();
    return this.read();
  }

  /** RFC 3501 6.4.4: numbers that do not exist just match nothing. */
  #sequence(byUid: boolean): Test {
    const set = this.#args.sequenceSet();
    const last = byUid ? (this.#view.all().at(-1)?.entry.uid ?? 0) : this.#view.count;
    const ranges = set.map(([from, to]) => {
      const bounds = [from, to].map((bound) => (bound === Number.POSITIVE_INFINITY ? last : bound));
      return [Math.min(...bounds), Math.max(...bounds)] as const;
    });
    return ({ number, entry }) => {
      const value = byUid ? entry.uid : number;
      return ranges.some(([from, to]) => from <= value && value <= to);
    };
  }

  #keyword(): string {
    this.#args.space();
    return this.#args.flag();
  }

  #text(): string {
    this.#args.space();
    return this.#args.astring().toString('utf8').toLowerCase();
  }

  #id(idOf: (message: Numbered) => string): Test {
    this.#args.space();
    const id = this.#args.token();
    return (message) => idOf(message) === id;
  }

  #labelled(): Test {
    this.#args.space();
    const wanted = label(this.#names, this.#args).toLowerCase();
    return ({ entry }) => {
      const labels = this.#account.labels(entry, this.#view.mailbox) ?? [];
      return labels.some((name) => name.toLowerCase() === wanted);
    };
  }

  /** Whole days, without regard to time and zone; our zone is UTC. */
  #dated(key: string, timeOf: (message: Numbered) => number | null): Test {
    this.#args.space();
    const wanted = parseDay(this.#args.token());
    if (wanted === null) throw bad('Invalid date');
    return (message) => {
      const time = timeOf(message);
      if (time === null) return false;
      if (key === 'BEFORE') return time < wanted;
      return time >= wanted && (key === 'SINCE' || time < wanted + day);
    };
  }
}

function flagged(flag: string, wanted: boolean): Test {
  const name = flag.toLowerCase();
  return ({ entry }) => [...entry.flags].some((candidate) => candidate.toLowerCase() === name) === wanted;
}

/** An empty text asks whether there is such a field at all. */
function header(name: string, wanted: string): Test {
  return ({ entry }) =>
    entry.mail.content.fields.some((field) => field.name === name && decoded(unfolded(field)).includes(wanted));
}

/** The date as the sender wrote it, his zone left aside (RFC 3501 6.4.4, SENTON). */
function sentDay(content: Content): number | null {
  const field = content.fields.find((candidate) => candidate.name === 'date');
  const match = field === undefined ? null : /(\d{1,2})\s+([A-Za-z]{3})[a-z]*\s+(\d{4})/.exec(unfolded(field));
  return match === null ? null : parseDay(`${match[1]}-${match[2]}-${match[3]}`);
}

/** Encoded words (RFC 2047) decoded, raw UTF-8 read as such, in small letters. */
function decoded(value: string): string {
  return libmime.decodeWords(Buffer.from(value, 'latin1').toString('utf8')).toLowerCase();
}

/** The text parts, decoded, in small letters; with all header blocks besides where `headers`. */
function textOf(content: Content, headers: boolean): string {
  const texts: string[] = [];
  const visit = (part: Part, isMessage: boolean): void => {
    if (headers && isMessage) texts.push(part.fields.map((field) => decoded(unfoldedWithName(field))).join('\n'));
    if (part.type === 'text') texts.push(decodedBody(content.raw, part).toLowerCase());
    if (part.message !== null) visit(part.message, true);
    for (const child of part.children) visit(child, false);
  };
  visit(content.root, true);
  return texts.join('\n');
}

function unfoldedWithName(field: { readonly name: string; readonly raw: string }): string {
  return `${field.name}: ${unfolded(field)}`;
}

function decodedBody(raw: Buffer, part: Part): string {
  const body = raw.subarray(part.bodyStart, part.end);
  const encoding = part.fields.find((field) => field.name === 'content-transfer-encoding');
  const charset = part.params.find(([name]) => name === 'charset')?.[1] ?? 'utf-8';
  switch (encoding === undefined ? '7bit' : unfolded(encoding).toLowerCase()) {
    case 'base64':
      return decode(Buffer.from(body.toString('latin1'), 'base64'), charset);
    case 'quoted-printable':
      return decode(unquoted(body), charset);
    default:
      return decode(body, charset);
  }
}

/** RFC 2045 6.7. */
function unquoted(body: Buffer): Buffer {
  const text = body
    .toString('latin1')
    .replace(/[ \t]*=[ \t]*\r?\n/g, '')
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(text, 'latin1');
}
