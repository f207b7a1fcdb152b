import { limits } from '../../base/limits.ts';
import { bad } from './refusal.ts';

/** A command as it came off the wire: one octet a character, each literal stands in `text` as one NUL. */
export interface RawCommand {
  readonly text: string;
  readonly literals: readonly Buffer[];
}

/** A sequence-set (RFC 3501 9): pairs of bounds, not in order; `*` is Infinity. */
export type SequenceSet = readonly (readonly [number, number])[];

/** RFC 3501 9, ATOM-CHAR: printable but for ( ) { % * " \ and ]. */
const atom = /[!#$&'+-[^-z|}~]+/y;
/** ASTRING-CHAR has `]` besides. */
const astringAtom = /[!#$&'+-[\]^-z|}~]+/y;
/** list-char has the wildcards besides. */
const listAtom = /[!#-'*-[\]^-z|}~]+/y;
/** tag: ASTRING-CHAR but for `+`. */
const tag = /[!#$&',-[\]^-z|}~]+/y;
const quoted = /"(?:[^"\\\r\n]|\\["\\])*"/y;
const digits = /[0-9]{1,10}/y;
const sequence = /[0-9*][0-9*:,]*/y;
/** Wider than a keyword may be, so that a mailbox can say what is wrong with it. */
const flag = /\\?[!#$&'+-[\]^-z|}~\x80-\xff]+/y;

/**
 * Reads the arguments of one command from left to right. Each method takes what it names or throws a `BAD`
 * refusal; nothing is skipped silently.
 */
export class Cursor {
  readonly #text: string;
  readonly #literals: readonly Buffer[];
  #at = 0;
  #literal = 0;
  #depth = 0;

  constructor(command: RawCommand) {
    this.#text = command.text;
    this.#literals = command.literals;
  }

  /** The arguments that were not read yet, for hooks: literals as `{size}`. */
  get rest(): string {
    let literal = this.#literal;
    return this.#text.slice(this.#at).replaceAll('\0', () => `{${this.#literals[literal++]?.length ?? 0}}`);
  }

  get ended(): boolean {
    return this.#at >= this.#text.length;
  }

  end(): void {
    if (!this.ended) throw bad('Unexpected arguments');
  }

  space(): void {
    if (!this.skip(' ')) throw bad(this.ended ? 'Missing arguments' : 'Missing space between arguments');
  }

  /** Takes `text` if it comes next, letters in any case. */
  skip(text: string): boolean {
    if (this.#text.slice(this.#at, this.#at + text.length).toUpperCase() !== text.toUpperCase()) return false;
    this.#at += text.length;
    return true;
  }

  expect(text: string): void {
    if (!this.skip(text)) throw bad(`Missing '${text}'`);
  }

  /** What would come next, as one character; empty at the end. */
  peek(): string {
    return this.#text.charAt(this.#at);
  }

  tag(): string {
    return this.#match(tag) ?? fail('Invalid tag');
  }

  atom(): string {
    return this.#match(atom) ?? fail('Invalid atom');
  }

  /** An atom in capitals: names of commands, items and keys. */
  word(): string {
    return this.atom().toUpperCase();
  }

  number(): number {
    const value = Number(this.#match(digits) ?? fail('Invalid number'));
    if (value > 0xffff_ffff) throw bad('Number too large');
    return value;
  }

  /** A 64-bit number or an id, kept as text. */
  token(): string {
    return this.#match(astringAtom) ?? this.string().toString('latin1');
  }

  /** quoted or literal. */
  string(): Buffer {
    if (this.peek() === '\0') {
      this.#at += 1;
      return this.#literals[this.#literal++] ?? fail('Missing literal');
    }
    const start = this.#at;
    const text = this.#match(quoted);
    if (text === null || text.includes('\0'))
      throw bad(start >= this.#text.length ? 'Missing arguments' : 'Invalid string');
    return Buffer.from(text.slice(1, -1).replace(/\\(.)/g, '$1'), 'latin1');
  }

  /** A literal, and nothing else: the message of APPEND. */
  literal(): Buffer {
    if (this.peek() !== '\0') throw bad('A literal is expected');
    return this.string();
  }

  astring(): Buffer {
    const text = this.#match(astringAtom);
    return text === null ? this.string() : Buffer.from(text, 'latin1');
  }

  nstring(): Buffer | null {
    return this.skip('NIL') ? null : this.string();
  }

  listPattern(): Buffer {
    const text = this.#match(listAtom);
    return text === null ? this.string() : Buffer.from(text, 'latin1');
  }

  sequenceSet(): SequenceSet {
    const text = this.#match(sequence) ?? fail('Invalid messageset');
    return text.split(',').map((range) => {
      const bounds = range.split(':').map(bound);
      const [from, to = from] = bounds;
      if (bounds.length > 2 || from === undefined || to === undefined) throw bad('Invalid messageset');
      return from <= to ? [from, to] : [to, from];
    });
  }

  /** A flag as it was written; whether it may be set is decided by the mailbox. */
  flag(): string {
    return this.#match(flag) ?? fail('Invalid flag');
  }

  /** `(a b c)`, maybe empty. Lists within lists are bounded. */
  list<T>(item: () => T): T[] {
    this.expect('(');
    const items: T[] = [];
    if (this.skip(')')) return items;
    do items.push(this.nested(item));
    while (this.skip(' '));
    this.expect(')');
    return items;
  }

  nested<T>(read: () => T): T {
    if (++this.#depth > limits.demo.nesting) throw bad('Too deeply nested');
    const value = read();
    this.#depth -= 1;
    return value;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#text)?.[0];
    if (text === undefined) return null;
    this.#at += text.length;
    return text;
  }
}

function bound(text: string): number {
  if (text === '*') return Number.POSITIVE_INFINITY;
  const value = /^[1-9][0-9]{0,9}$/.test(text) ? Number(text) : 0;
  if (value === 0 || value > 0xffff_ffff) throw bad('Invalid messageset');
  return value;
}

function fail(text: string): never {
  throw bad(text);
}

/** Quoted where RFC 3501 9 allows it (7 bit, no line end), a literal else. One octet a character. */
export function quote(text: string): string {
  if (/[^\t -~]/.test(text) || text.length > 1000) return literalOf(text);
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

export function nquote(text: string | null): string {
  return text === null ? 'NIL' : quote(text);
}

/** Whether it may stand bare: a keyword, a folder's name. */
export function isAtom(text: string): boolean {
  return /^[!#$&'+-[^-z|}~]+$/.test(text);
}

/** As an atom where it is one, quoted else. */
export function astringOf(text: string): string {
  return isAtom(text) && text.toUpperCase() !== 'NIL' ? text : quote(text);
}

function literalOf(text: string): string {
  return `{${text.length}}\r\n${text}`;
}

/** Numbers in ascending order as the shortest sequence-set; in the given order where they do not ascend. */
export function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const number of numbers) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === number) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}:${to}`)).join(',');
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** INTERNALDATE (RFC 3501 9, date-time), always in UTC. */
export function dateTimeOf(time: number): string {
  const date = new Date(time);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${two(date.getUTCDate())}-${months[date.getUTCMonth()] ?? ''}-${date.getUTCFullYear()}`;
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}

/** The time of a date-time, in milliseconds; null where it is not one. */
export function parseDateTime(text: string): number | null {
  const match = /^([ 0-3]?\d-[A-Za-z]{3}-\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/.exec(text);
  const day = match?.[1] === undefined ? null : parseDay(match[1].trim());
  if (match === null || day === null) return null;
  const [hour, minute, second, zoneHour, zoneMinute] = [2, 3, 4, 6, 7].map((group) => Number(match[group]));
  if (hour === undefined || minute === undefined || second === undefined) return null;
  if (zoneHour === undefined || zoneMinute === undefined) return null;
  if (hour > 23 || minute > 59 || second > 60 || zoneMinute > 59) return null;
  const zone = (zoneHour * 60 + zoneMinute) * (match[5] === '-' ? -1 : 1);
  return day + ((hour * 60 + minute - zone) * 60 + second) * 1000;
}

/** Midnight UTC of a date like `1-Feb-2024`, in milliseconds; null where it is not one. */
export function parseDay(text: string): number | null {
  const match = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(text);
  const month = months.findIndex((name) => name.toLowerCase() === match?.[2]?.toLowerCase());
  if (match === null || month < 0) return null;
  const time = Date.UTC(Number(match[3]), month, Number(match[1]));
  return new Date(time).getUTCDate() === Number(match[1]) ? time : null;
}
