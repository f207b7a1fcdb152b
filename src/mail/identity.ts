import { createHash } from 'node:crypto';
import { limits } from '../base/limits.ts';
import type { Identity } from './message.ts';

export interface HeaderIdentity {
  /** As it stands in the header, unfolded, with its angle brackets; null where it is missing, empty or oversized. */
  readonly messageId: string | null;
  /** Ids of References, then of In-Reply-To, each once, oldest first; the root and the newest where they are too many. */
  readonly references: readonly string[];
  /** SHA-256 of the header block, hex. */
  readonly headerHash: string;
}

/**
 * mbox servers keep their state inside the message, so these lines change while a message is only read or copied
 * (GNU imap4d: RFC822.SIZE changes with them). They are no part of what the sender wrote.
 */
const bookkeeping = new Set(['status', 'x-status', 'x-keywords', 'x-uid', 'x-imap', 'x-imapbase', 'content-length']);

/**
 * What the header block says a message is. Takes BODY[HEADER] with or without its closing blank line, or a whole
 * source: everything from the first blank line on is ignored, and CRLF or LF makes no difference. Never throws.
 */
export function identityFromHeader(header: Uint8Array): HeaderIdentity {
  const fields = fieldsOf(header);
  const hash = createHash('sha256');
  for (const field of fields) {
    if (!bookkeeping.has(field.name)) hash.update(`${field.raw}\n`, 'latin1');
  }
  const messageId = fields
    .filter((field) => field.name === 'message-id')
    .map((field) => ownId(unfolded(field.raw)))
    .find((id) => id !== null);
  const references = ['references', 'in-reply-to'].flatMap((name) =>
    fields.filter((field) => field.name === name).flatMap((field) => idsIn(unfolded(field.raw))),
  );
  return { messageId: messageId ?? null, references: bounded(references), headerHash: hash.digest('hex') };
}

/**
 * Whether two sightings are of one message, as far as the sightings can tell. Two deliveries of the same bytes are
 * told apart by nothing but their places (on Cyrus they share even the EMAILID): callers keep them apart by claims.
 */
export function sameMessage(a: Identity, b: Identity): boolean {
  // RFC 8474 5.1: an EMAILID survives COPY and MOVE, so two different ones are two messages.
  if (a.emailId !== null && b.emailId !== null) return a.emailId === b.emailId;
  return a.messageId === b.messageId && a.headerHash === b.headerHash && a.internalDate === b.internalDate;
}

/**
 * The candidate that is most likely the message: one that matches, with the same INTERNALDATE and then the same size
 * before one without; the first of equals. Null where none matches.
 */
export function bestMatch<T extends { readonly identity: Identity }>(
  identity: Identity,
  candidates: readonly T[],
): T | null {
  let best: T | null = null;
  let bestScore = -1;
  for (const candidate of candidates) {
    if (!sameMessage(identity, candidate.identity)) continue;
    const score =
      (candidate.identity.internalDate === identity.internalDate ? 2 : 0) +
      (candidate.identity.size === identity.size ? 1 : 0);
    if (score > bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  return best;
}

/** The `external_ref` of a message: the same on every read, never null. */
export function externalRef(identity: Pick<Identity, 'messageId' | 'headerHash'>): string {
  // RFC 2606 keeps `.invalid` free for ever, so nobody's Message-ID can be meant.
  return identity.messageId ?? `<${identity.headerHash}@siftd.invalid>`;
}

/** One field of a header: its name in small letters, and its value, unfolded. */
export interface HeaderField {
  readonly name: string;
  readonly value: string;
}

/** All fields of a header block in their order; null where it does not end within limits.imap.headerBlock. */
export function headerFields(header: Uint8Array): readonly HeaderField[] | null {
  if (header.byteLength > limits.imap.headerBlock) {
    const begin = Buffer.from(header.buffer, header.byteOffset, limits.imap.headerBlock);
    if (!/\n\r?\n/.test(begin.toString('latin1'))) return null;
  }
  return fieldsOf(header).map(({ name, raw }) => ({ name, value: unfolded(raw) }));
}

/** The value of the first header field of a name (in small letters), unfolded; null where there is none. */
export function headerField(header: Uint8Array, name: string): string | null {
  const field = fieldsOf(header).find((one) => one.name === name);
  return field === undefined ? null : unfolded(field.raw);
}

interface Field {
  readonly name: string;
  /** The lines of the field, one octet a character, joined by LF. */
  readonly raw: string;
}

function fieldsOf(header: Uint8Array): Field[] {
  const text = Buffer.from(
    header.buffer,
    header.byteOffset,
    Math.min(header.byteLength, limits.imap.headerBlock),
  ).toString('latin1');
  const fields: { name: string; lines: string[] }[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line === '') break;
    const last = fields.at(-1);
    if (last !== undefined && /^[ \t]/.test(line)) last.lines.push(line);
    // RFC 5322 4.5: the obsolete syntax allows white space before the colon.
    else
      fields.push({
        name: line
          .slice(0, Math.max(0, line.indexOf(':')))
          .trimEnd()
          .toLowerCase(),
        lines: [line],
      });
  }
  return fields.map(({ name, lines }) => ({ name, raw: lines.join('\n') }));
}

/** Unfolded (RFC 5322 2.2.3), as UTF-8 where it is valid (RFC 6532) and as Latin-1 else; control characters fall out. */
function unfolded(raw: string): string {
  const octets = Buffer.from(raw.slice(raw.indexOf(':') + 1).replaceAll('\n', ''), 'latin1');
  let value: string;
  try {
    value = new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    value = octets.toString('latin1');
  }
  return value
    .replaceAll('\t', ' ')
    .replace(/\p{Cc}/gu, '')
    .trim();
}

function idsIn(value: string): string[] {
  return [...value.matchAll(/<[^<>]+>/g)].map(([id]) => id).filter((id) => id.length <= limits.message.messageId);
}

/** The first id in angle brackets (a comment may follow it); what stands there, where somebody forgot the brackets. */
function ownId(value: string): string | null {
  const id = /<[^<>]+>/.exec(value)?.[0] ?? value;
  return id === '' || id === '<>' || id.length > limits.message.messageId ? null : id;
}

function bounded(ids: readonly string[]): string[] {
  const once = [...new Set(ids)];
  const max = limits.message.references;
  return once.length <= max ? once : [...once.slice(0, 1), ...once.slice(once.length - max + 1)];
}
