import { limits } from '../base/limits.ts';

/** Hashed n-grams of one kind, each once, in the order of first sight. Reused from text to text. */
export class Grams {
  hashes = new Int32Array(1024);
  /** How often each stands there. */
  counts = new Int32Array(1024);
  length = 0;
  /** Open addressing from a hash to its index; one more than it, as 0 is an empty slot. */
  #slots = new Int32Array(2048);

  clear(): void {
    this.length = 0;
    this.#slots.fill(0);
  }

  add(hash: number): void {
    if (this.length === this.hashes.length) this.#grow();
    const slot = this.#slotOf(hash);
    const found = (this.#slots[slot] as number) - 1;
    if (found >= 0) {
      this.counts[found] = (this.counts[found] as number) + 1;
      return;
    }
    this.hashes[this.length] = hash;
    this.counts[this.length] = 1;
    this.#slots[slot] = ++this.length;
  }

  #slotOf(hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const index = slots[slot] as number;
      if (index === 0 || this.hashes[index - 1] === hash) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const size = this.length * 2;
    this.hashes = grown(this.hashes, new Int32Array(size));
    this.counts = grown(this.counts, new Int32Array(size));
    this.#slots = new Int32Array(size * 2);
    for (let index = 0; index < this.length; index++) {
      this.#slots[this.#slotOf(this.hashes[index] as number)] = index + 1;
    }
  }
}

/** `to` begins with what stands in `from`. */
export function grown<T extends Int32Array | Float32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** The kinds of n-grams; each is weighted and normalised by itself, so that a long body cannot drown a subject. */
export const kinds = ['words', 'characters', 'pairs', 'subject'] as const;

// What a UTF-16 unit is to us. 0 is "not looked up yet".
const unknown = 0;
const gap = 1;
const letter = 2;
/** Of a script that writes no spaces between words: each character is a word of its own. */
const unspaced = 3;
/** Currency signs and emoji stand alone and say much. */
const symbol = 4;

const unspacedPattern =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const letterPattern = /[\p{L}\p{N}\p{M}]/u;
const symbolPattern = /[\p{Sc}\p{So}%]/u;

const classes = new Uint8Array(0x10000);

function classOf(unit: number): number {
  const known = classes[unit] ?? unknown;
  if (known !== unknown) return known;
  const found = lookUp(unit);
  classes[unit] = found;
  return found;
}

function lookUp(unit: number): number {
  // Halves of a surrogate pair: emoji and rare scripts, of which neighbours tell more than a table would.
  if (unit >= 0xd800 && unit <= 0xdfff) return letter;
  const character = String.fromCharCode(unit);
  if (unspacedPattern.test(character)) return unspaced;
  if (letterPattern.test(character)) return letter;
  return symbolPattern.test(character) ? symbol : gap;
}

/** Murmur3's finaliser: neighbouring n-grams must not land in neighbouring slots. 0 marks an empty slot, so it is avoided. */
function scatter(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  h ^= h >>> 16;
  return h === 0 ? 1 : h | 0;
}

const prime = 0x01000193;
const seeds = {
  word: 0x2f0b4c47,
  neighbours: 0x51ed270b,
  pairs: 0x3c6ef372,
  characters: 0x1b873593,
  subject: 0x7feb352d,
};

/**
 * Lower case, compatibility forms unified, accents dropped (people type `für` and `fur`). Only text beyond ASCII pays for it.
 */
function normalise(text: string): string {
  const lower = text.toLowerCase();
  if (isAscii(lower)) return lower;
  return lower
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC');
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

/** Characters of a word that its stem keeps: `refund`, `refunds` and `refunded` are one in pairs. */
const stemLength = 4;

/**
 * Turns a mail into hashed n-grams: words and neighbouring words; groups of three characters within words; pairs of word
 * stems wherever they stand in the beginning of the mail; and the subject's words once more as a kind of their own. It
 * knows no language. Longer text than limits.engine allows is cut.
 */
export class Reader {
  readonly words = new Grams();
  readonly characters = new Grams();
  readonly pairs = new Grams();
  readonly subject = new Grams();
  /** By index into `kinds`. */
  readonly #all = [this.words, this.characters, this.pairs, this.subject] as const;
  readonly #stems = new Int32Array(limits.engine.pairedStems);
  #stemCount = 0;

  of(kind: number): Grams {
    return this.#all[kind] ?? this.words;
  }

  read(subject: string, body: string): void {
    for (const grams of this.#all) grams.clear();
    this.#stemCount = 0;
    if (subject !== '') this.#text(subject.slice(0, limits.message.subject), true);
    if (body !== '') this.#text(body.slice(0, limits.engine.bodyChars), false);
  }

  #text(raw: string, isSubject: boolean): void {
    const text = normalise(raw);
    const end = text.length;
    let previous = 0;
    let at = 0;
    while (at < end) {
      const kind = classOf(text.charCodeAt(at));
      if (kind === gap) {
        at++;
        continue;
      }
      const start = at++;
      if (kind !== symbol) while (at < end && classOf(text.charCodeAt(at)) === kind) at++;
      if (kind === unspaced) {
        for (let one = start; one < at; one++) previous = this.#word(text, one, one + 1, previous, isSubject);
      } else {
        previous = this.#word(text, start, at, previous, isSubject);
      }
      if (kind !== symbol) this.#within(text, start, at);
    }
  }

  /** Adds a word, its pair with the word before, and its stem's with all stems so far; answers the word's unscattered hash. */
  #word(text: string, start: number, end: number, previous: number, isSubject: boolean): number {
    let hash = seeds.word;
    let stem = hash;
    const stop = Math.min(end, start + limits.engine.wordChars);
    for (let at = start; at < stop; at++) {
      hash = Math.imul(hash ^ text.charCodeAt(at), prime);
      if (at - start < stemLength) stem = hash;
    }
    this.words.add(scatter(hash));
    const pair = Math.imul(previous ^ seeds.neighbours, 0x9e3779b1) ^ hash;
    if (previous !== 0) this.words.add(scatter(pair));
    if (isSubject) {
      this.subject.add(scatter(hash ^ seeds.subject));
      if (previous !== 0) this.subject.add(scatter(pair ^ seeds.subject));
    }
    this.#pair(stem);
    return hash;
  }

  #pair(stem: number): void {
    const stems = this.#stems;
    const count = this.#stemCount;
    if (count === stems.length) return;
    for (let at = 0; at < count; at++) if (stems[at] === stem) return;
    for (let at = 0; at < count; at++) {
      const other = stems[at] as number;
      // The order does not matter: `card lost` and `lost my card` are one.
      const mixed = Math.imul(Math.min(stem, other) ^ seeds.pairs, 0x9e3779b1) ^ Math.max(stem, other);
      this.pairs.add(scatter(mixed));
    }
    stems[this.#stemCount++] = stem;
  }

  /** Groups of three characters of one word with a space at both ends. */
  #within(text: string, start: number, end: number): void {
    let first = 32;
    let second = text.charCodeAt(start);
    for (let at = start + 1; at <= end; at++) {
      const third = at < end ? text.charCodeAt(at) : 32;
      const hash = Math.imul(Math.imul(Math.imul(seeds.characters ^ first, prime) ^ second, prime) ^ third, prime);
      this.characters.add(scatter(hash));
      first = second;
      second = third;
    }
  }
}
