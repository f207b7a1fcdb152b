import { type Grams, grown, kinds, type Reader } from './text.ts';

/** Open addressing from a 32-bit hash to a column 0..n-1, in the order of first sight. */
export class Columns {
  #slots: Int32Array;
  #mask: number;
  /** The hash of each column. */
  hashes: Int32Array;
  size = 0;

  constructor(expected = 1024) {
    let capacity = 2048;
    while (capacity < expected * 2) capacity *= 2;
    this.#slots = new Int32Array(capacity * 2);
    this.#mask = capacity - 1;
    this.hashes = new Int32Array(capacity / 2);
  }

  static of(hashes: Int32Array): Columns {
    const columns = new Columns(hashes.length);
    for (const hash of hashes) columns.place(hash);
    return columns;
  }

  /** The column of a hash, or -1 if it was never placed. */
  find(hash: number): number {
    const slots = this.#slots;
    let slot = hash & this.#mask;
    for (;;) {
      const found = slots[slot * 2] as number;
      if (found === hash) return slots[slot * 2 + 1] as number;
      if (found === 0) return -1;
      slot = (slot + 1) & this.#mask;
    }
  }

  /** The column of a hash, a new one if need be. */
  place(hash: number): number {
    const slots = this.#slots;
    let slot = hash & this.#mask;
    for (;;) {
      const found = slots[slot * 2] as number;
      if (found === hash) return slots[slot * 2 + 1] as number;
      if (found === 0) break;
      slot = (slot + 1) & this.#mask;
    }
    const column = this.size++;
    slots[slot * 2] = hash;
    slots[slot * 2 + 1] = column;
    this.hashes[column] = hash;
    if (this.size * 2 > this.#mask) this.#grow();
    return column;
  }

  #grow(): void {
    const capacity = (this.#mask + 1) * 2;
    const slots = new Int32Array(capacity * 2);
    const mask = capacity - 1;
    for (let column = 0; column < this.size; column++) {
      const hash = this.hashes[column] as number;
      let slot = hash & mask;
      while (slots[slot * 2] !== 0) slot = (slot + 1) & mask;
      slots[slot * 2] = hash;
      slots[slot * 2 + 1] = column;
    }
    const hashes = new Int32Array(capacity / 2);
    hashes.set(this.hashes);
    this.#slots = slots;
    this.#mask = mask;
    this.hashes = hashes;
  }
}

/** Documents as rows of (column, value), one after the other (compressed sparse rows). */
export interface Rows {
  readonly count: number;
  readonly width: number;
  /** Row r is starts[r] to starts[r + 1]. */
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float32Array;
}

/** Collects rows of n-gram counts; the columns of one kind do not mix with another's. */
export class Counter {
  readonly table = new Columns(1 << 15);
  /** The kind of each column, an index into `kinds`. */
  kindOf = new Uint8Array(1 << 15);
  documents = new Int32Array(1 << 15);
  #columns = new Int32Array(1 << 18);
  #counts = new Float32Array(1 << 18);
  #length = 0;
  readonly #starts: number[] = [0];
  #seen = new Int32Array(1 << 15);

  get nonzeros(): number {
    return this.#length;
  }

  add(reader: Reader): void {
    const start = this.#length;
    for (let kind = 0; kind < kinds.length; kind++) this.#grams(reader.of(kind), kind, start);
    for (let at = start; at < this.#length; at++) this.#seen[this.#columns[at] as number] = 0;
    this.#starts.push(this.#length);
  }

  #grams(grams: Grams, kind: number, start: number): void {
    for (let at = 0; at < grams.length; at++) {
      const column = this.table.place(grams.hashes[at] as number);
      if (column >= this.kindOf.length) this.#widen();
      const count = grams.counts[at] as number;
      const seen = this.#seen[column] as number;
      // Of another kind, and of the same hash.
      if (seen > 0) {
        const there = start + seen - 1;
        this.#counts[there] = (this.#counts[there] as number) + count;
        continue;
      }
      if (this.#length === this.#columns.length) this.#lengthen();
      this.kindOf[column] = kind;
      this.documents[column] = (this.documents[column] as number) + 1;
      this.#columns[this.#length] = column;
      this.#counts[this.#length] = count;
      this.#length++;
      this.#seen[column] = this.#length - start;
    }
  }

  rows(): Rows {
    return {
      count: this.#starts.length - 1,
      width: this.table.size,
      starts: Int32Array.from(this.#starts),
      columns: this.#columns.slice(0, this.#length),
      values: this.#counts.slice(0, this.#length),
    };
  }

  #widen(): void {
    const size = this.kindOf.length * 2;
    this.kindOf = grown(this.kindOf, new Uint8Array(size));
    this.documents = grown(this.documents, new Int32Array(size));
    this.#seen = grown(this.#seen, new Int32Array(size));
  }

  #lengthen(): void {
    const size = this.#columns.length * 2;
    this.#columns = grown(this.#columns, new Int32Array(size));
    this.#counts = grown(this.#counts, new Float32Array(size));
  }
}

/** Keeps the columns that `keep` numbers (-1 drops one), in new rows. */
export function narrowed(rows: Rows, keep: Int32Array, width: number): Rows {
  const starts = new Int32Array(rows.count + 1);
  let length = 0;
  for (let at = 0; at < rows.columns.length; at++) if ((keep[rows.columns[at] as number] as number) >= 0) length++;
  const columns = new Int32Array(length);
  const values = new Float32Array(length);
  let to = 0;
  for (let row = 0; row < rows.count; row++) {
    for (let at = rows.starts[row] as number; at < (rows.starts[row + 1] as number); at++) {
      const column = keep[rows.columns[at] as number] as number;
      if (column < 0) continue;
      columns[to] = column;
      values[to++] = rows.values[at] as number;
    }
    starts[row + 1] = to;
  }
  return { count: rows.count, width, starts, columns, values };
}
