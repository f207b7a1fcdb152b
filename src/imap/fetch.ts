import type { FetchMessageObject, FetchQueryObject, MessageStructureObject } from 'imapflow';
import { limits } from '../base/limits.ts';
import type { Content, Place } from '../mail/message.ts';
import type { Folders } from './folders.ts';
import { ImapFault, type Line } from './line.ts';
import { eachOf, existing } from './rows.ts';
import { throwIfStale } from './watch.ts';

export interface Fetched {
  readonly uid: number;
  readonly flags: readonly string[];
  readonly content: Content;
}

export interface Wanted {
  readonly uid: number;
  readonly size: number;
}

/**
 * Content of the messages that are still there. Small ones come whole, in sets that are read to their end before the
 * first is given out: whoever takes them may use the session meanwhile, and a slow parse stalls no command. Of large
 * ones only the header and the text parts cross the network. Everything is read by PEEK, so \Seen stays as it was.
 */
export async function* fetchContent(
  line: Line,
  folders: Folders,
  folder: string,
  uidValidity: number,
  wanted: readonly Wanted[],
): AsyncGenerator<Fetched> {
  const path = folders.path(folder);
  const reopen = async () => throwIfStale(folder, uidValidity, (await line.open(path)).uidValidity);
  // What went since the last moment may still be read: it is looked at once more before anything is done to it.
  throwIfStale(folder, uidValidity, (await (line.toldLately ? line.open(path) : line.openFresh(path))).uidValidity);
  const small = wanted.filter(({ size }) => size <= line.bounds.wholeMessage);
  const large = wanted.filter(({ size }) => size > line.bounds.wholeMessage).map(({ uid }) => uid);
  for (let at = 0; at < small.length; ) {
    const set = nextSet(line, small, at);
    at += set.length;
    await reopen();
    const { whole, grown } = await wholeMessages(line, set);
    large.push(...grown);
    yield* whole;
  }
  for (const uid of large) {
    await reopen();
    const parts = await partsOf(line, uid);
    if (parts !== null) yield parts;
  }
}

/**
 * The header block of one message, or all of it, piece by piece, as no literal may be larger than `limits.imap.literal`; null where
 * it is gone. What is larger than `most` is a fault, and so is a message that a server gives in part only.
 */
export async function fetchSource(
  line: Line,
  folders: Folders,
  place: Place,
  what: 'header' | 'whole',
  most: number,
): Promise<Buffer | null> {
  const { folder, uidValidity, uid } = place;
  throwIfStale(folder, uidValidity, (await line.openFresh(folders.path(folder))).uidValidity);
  if (what === 'header') {
    const { headerBlock: maxLength } = line.bounds;
    const message = await one(line, uid, { uid: true, bodyParts: [{ key: 'HEADER', maxLength }] });
    return message === null ? null : Buffer.isBuffer(message.headers) ? message.headers : Buffer.alloc(0);
  }
  const pieces: Buffer[] = [];
  for (let start = 0; start <= most; ) {
    const maxLength = line.bounds.fetchSet;
    const message = await one(line, uid, { uid: true, source: { start, maxLength } });
    if (message === null || !Buffer.isBuffer(message.source)) {
      if (message === null || (await existing(line, [uid])).size === 0) return null;
      throw new ImapFault('temporary', 'unreadable', 'the server gives no content for the message');
    }
    pieces.push(message.source);
    if (message.source.length < maxLength) return Buffer.concat(pieces);
    start += message.source.length;
  }
  throw new ImapFault('temporary', 'too-large', `the message is larger than ${most} octets`);
}

function nextSet(line: Line, wanted: readonly Wanted[], from: number): readonly Wanted[] {
  let octets = 0;
  let to = from;
  for (; to < wanted.length && to - from < line.paces.read.size; to++) {
    octets += wanted[to]?.size ?? 0;
    if (to > from && octets > line.bounds.fetchSet) break;
  }
  return wanted.slice(from, to);
}

async function wholeMessages(
  line: Line,
  set: readonly Wanted[],
): Promise<{ whole: readonly Fetched[]; grown: readonly number[] }> {
  const uids = set.map(({ uid }) => uid);
  const whole = new Map<number, Fetched>();
  const grown: number[] = [];
  const empty: number[] = [];
  try {
    // Cut, because the size is what the server says it is: GNU imap4d changes it when it copies a message.
    const source = { start: 0, maxLength: line.bounds.wholeMessage + 1 };
    await eachOf(line, uids, { uid: true, flags: true, source }, (message) => {
      // NIL, which imapflow gives as `false`: expunged meanwhile (Dovecot), or not to be read.
      if (!Buffer.isBuffer(message.source)) {
        if (message.source !== undefined) empty.push(message.uid);
      } else if (message.source.length > line.bounds.wholeMessage) grown.push(message.uid);
      else whole.set(message.uid, fetched(message, { kind: 'whole', source: message.source }));
    });
    line.paces.read.grow();
  } catch (error) {
    if (!line.alive) line.paces.read.shrink(set.length);
    throw error;
  }
  const [unreadable] = await existing(line, empty);
  if (unreadable !== undefined) {
    throw new ImapFault(
      'temporary',
      'unreadable',
      `the server gives no content for the message with UID ${unreadable}`,
    );
  }
  return { whole: [...whole.values()], grown };
}

/** Null when the message is gone. */
async function partsOf(line: Line, uid: number): Promise<Fetched | null> {
  const { headerBlock, textPart } = line.bounds;
  const structure = await one(line, uid, { uid: true, flags: true, bodyStructure: true });
  if (structure === null) return null;
  if (structure.bodyStructure === undefined) {
    // imapflow drops a structure that is nested too deep: the parser then gets the front of the message as it is.
    const front = await one(line, uid, { uid: true, source: { start: 0, maxLength: textPart } });
    return front === null || !Buffer.isBuffer(front.source)
      ? null
      : fetched(structure, { kind: 'whole', source: front.source });
  }
  const { texts, attachments } = outline(structure.bodyStructure, line.bounds.textParts);
  const sections = texts.flatMap(({ mime, body }) => [
    ...(mime === null ? [] : [{ key: mime, maxLength: headerBlock }]),
    { key: body, maxLength: textPart },
  ]);
  const parts = await one(line, uid, {
    uid: true,
    bodyParts: [{ key: 'HEADER', maxLength: headerBlock }, ...sections],
  });
  if (parts === null) return null;
  const header = Buffer.isBuffer(parts.headers) ? parts.headers : Buffer.alloc(0);
  const section = (key: string) => parts.bodyParts?.get(key.toLowerCase()) || Buffer.alloc(0);
  return fetched(structure, {
    kind: 'parts',
    header,
    texts: texts.map(({ mime, body }) => ({ mime: mime === null ? header : section(mime), body: section(body) })),
    attachments,
  });
}

async function one(line: Line, uid: number, query: FetchQueryObject): Promise<FetchMessageObject | null> {
  let found: FetchMessageObject | null = null;
  const merge = (message: FetchMessageObject) => {
    // A flag change of another session is a FETCH of its own: what was asked for must not be lost over it.
    found = { ...found, ...message };
  };
  await eachOf(line, [uid], query, merge);
  return found;
}

function fetched({ uid, flags }: FetchMessageObject, content: Content): Fetched {
  return { uid, flags: [...(flags ?? [])], content };
}

/** A text part as the sections that hold it. `mime` null: the part is the message, and its MIME header is the header. */
export interface TextSection {
  readonly mime: string | null;
  readonly body: string;
}

export interface Outline {
  readonly texts: readonly TextSection[];
  readonly attachments: readonly string[];
}

/**
 * The mail's own text and the names of everything else. Of alternatives the plainest counts; what is attached, and a
 * message within the message, is not its own text.
 */
export function outline(root: MessageStructureObject, mostTexts: number = limits.imap.textParts): Outline {
  const texts: TextSection[] = [];
  const attachments: string[] = [];
  const walk = (node: MessageStructureObject): void => {
    const children = node.childNodes ?? [];
    if (node.type.startsWith('multipart/')) {
      const chosen = node.type === 'multipart/alternative' ? plainest(children) : children;
      for (const child of chosen) walk(child);
    } else if (isOwnText(node)) {
      if (texts.length < mostTexts) texts.push(sectionOf(node));
    } else if (attachments.length < limits.message.attachmentNames) {
      attachments.push(nameOf(node));
    }
  };
  walk(root);
  return { texts, attachments };
}

function isOwnText(node: MessageStructureObject): boolean {
  return (node.type === 'text/plain' || node.type === 'text/html') && node.disposition !== 'attachment';
}

function plainest(children: readonly MessageStructureObject[]): readonly MessageStructureObject[] {
  const first = (type: string) => children.find((child) => holds(child, type));
  const chosen = first('text/plain') ?? first('text/html') ?? children.at(0);
  return chosen === undefined ? [] : [chosen];
}

function holds(node: MessageStructureObject, type: string): boolean {
  if (node.type === 'message/rfc822') return false;
  if (node.childNodes !== undefined) return node.childNodes.some((child) => holds(child, type));
  return node.type === type && isOwnText(node);
}

/** RFC 9051 6.4.5.1: a message that is no multipart has its body in TEXT, and its header is the part's MIME header. */
function sectionOf({ part }: MessageStructureObject): TextSection {
  return part === undefined ? { mime: null, body: 'TEXT' } : { mime: `${part}.MIME`, body: part };
}

function nameOf(node: MessageStructureObject): string {
  const name = node.dispositionParameters?.['filename'] ?? node.parameters?.['name'] ?? node.envelope?.subject;
  return (name || node.type).slice(0, limits.message.attachmentName);
}
