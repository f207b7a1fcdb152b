import { type Field, fieldsOf, headerEnd, type Part, parseMessage } from './mime.ts';
import { bodyStructureOf, envelopeOf } from './structure.ts';

const none = Buffer.alloc(0);

/** What a section specification names (RFC 3501 6.4.5): `1.2.MIME`, `HEADER.FIELDS (Subject)`, or nothing at all. */
export interface Section {
  readonly path: readonly number[];
  readonly what: 'ALL' | 'HEADER' | 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT' | 'TEXT' | 'MIME';
  /** In small letters. */
  readonly fields: readonly string[];
}

/**
 * The octets of one message and what was found in them. Nothing is parsed before somebody asks, and nothing twice:
 * copies of a message share their content.
 */
export class Content {
  readonly raw: Buffer;
  #header: Buffer | null = null;
  #fields: readonly Field[] | null = null;
  #root: Part | null = null;
  #envelope: string | null = null;
  readonly #structures = new Map<boolean, string>();

  constructor(raw: Buffer) {
    this.raw = withLineEnds(raw);
  }

  get header(): Buffer {
    this.#header ??= this.raw.subarray(0, headerEnd(this.raw));
    return this.#header;
  }

  get fields(): readonly Field[] {
    this.#fields ??= fieldsOf(this.header);
    return this.#fields;
  }

  get root(): Part {
    this.#root ??= parseMessage(this.raw);
    return this.#root;
  }

  get envelope(): string {
    this.#envelope ??= envelopeOf(this.fields);
    return this.#envelope;
  }

  structure(extended: boolean): string {
    const known = this.#structures.get(extended);
    if (known !== undefined) return known;
    const text = bodyStructureOf(this.raw, this.root, extended);
    this.#structures.set(extended, text);
    return text;
  }

  /** Empty where the message has no such section. */
  section({ path, what, fields }: Section): Buffer {
    if (path.length === 0) {
      switch (what) {
        case 'ALL':
          return this.raw;
        case 'HEADER':
          return this.header;
        case 'TEXT':
          return this.raw.subarray(this.header.length);
        case 'HEADER.FIELDS':
        case 'HEADER.FIELDS.NOT':
          return chosen(this.fields, fields, what === 'HEADER.FIELDS');
        case 'MIME':
          return none;
      }
    }
    const part = partAt(this.root, path);
    if (part === null) return none;
    const message = part.message;
    switch (what) {
      case 'ALL':
        return this.raw.subarray(part.bodyStart, part.end);
      case 'MIME':
        return this.raw.subarray(part.headerStart, part.bodyStart);
      // RFC 3501 6.4.5: with a part number these speak of the message in a message/rfc822.
      case 'HEADER':
        return message === null ? none : this.raw.subarray(message.headerStart, message.bodyStart);
      case 'TEXT':
        return message === null ? none : this.raw.subarray(message.bodyStart, message.end);
      case 'HEADER.FIELDS':
      case 'HEADER.FIELDS.NOT':
        return message === null ? none : chosen(message.fields, fields, what === 'HEADER.FIELDS');
    }
  }
}

/** RFC 3501 6.4.5: a message that is no multipart has itself as part 1, and so has one within a message/rfc822. */
function partAt(root: Part, path: readonly number[]): Part | null {
  let container: Part | null = root;
  let part: Part | null = null;
  for (const number of path) {
    if (container === null) return null;
    part = container.children.length > 0 ? (container.children[number - 1] ?? null) : number === 1 ? container : null;
    if (part === null) return null;
    container = part.message ?? (part.children.length > 0 ? part : null);
  }
  return part;
}

function chosen(fields: readonly Field[], names: readonly string[], wanted: boolean): Buffer {
  const lines = fields.filter((field) => names.includes(field.name) === wanted).map((field) => field.raw);
  return Buffer.from(`${lines.join('')}\r\n`, 'latin1');
}

/** IMAP knows CRLF only; samples on disk and people's own tests have LF. */
function withLineEnds(raw: Buffer): Buffer {
  for (let at = raw.indexOf(0x0a); at >= 0; at = raw.indexOf(0x0a, at + 1)) {
    if (raw[at - 1] !== 0x0d) return Buffer.from(raw.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1');
  }
  return raw;
}
