import { setImmediate } from 'node:timers/promises';
import type { FetchMessageObject, FetchQueryObject } from 'imapflow';
import { identityFromHeader } from '../mail/identity.ts';
import type { Row } from '../mail/message.ts';
import { isRefusal, type Line, uidSet } from './line.ts';

/** Messages of the open folder with UIDs from `first` to `last`, both included. */
interface Range {
  readonly first: number;
  readonly last: number;
}

/** RFC 9051 2.3.1.1: UIDs are 32 bits. */
const lastPossibleUid = 2 ** 32 - 1;

/** A message that kills this many connections while it is asked for alone is asked for without its header. */
const deathsBeforeBare = 2;
/** After as many more nothing is asked of it any more: it is reported by its UID, and the mailbox goes on. */
const deathsBeforeUnread = 4;

/**
 * Feeds every message of a UID set to `take`, one at a time and none of them kept. The deadline counts for each, so
 * that a long answer that goes on is not a dead one. `take` must not send commands: the FETCH is still running.
 */
export async function each(
  line: Line,
  set: string,
  query: FetchQueryObject,
  take: (message: FetchMessageObject) => void,
): Promise<void> {
  const messages = line.client.fetch(set, query, { uid: true });
  for (let taken = 1; ; taken++) {
    const next = await line.run(() => messages.next());
    if (next.done) return;
    take(next.value);
    // What a socket brings at once is parsed at once, and others have waited for it.
    if (taken % line.bounds.turn === 0) await setImmediate();
  }
}

/**
 * The same for a list of UIDs, of which some may be gone. GNU imap4d refuses the whole set for one of them; then those
 * that exist are found out first.
 */
export async function eachOf(
  line: Line,
  uids: readonly number[],
  query: FetchQueryObject,
  take: (message: FetchMessageObject) => void,
): Promise<void> {
  if (uids.length === 0) return;
  const wanted = new Set(uids);
  // For a UID beyond the last GNU imap4d answers with its last message: only what was asked for counts.
  const ours = (message: FetchMessageObject) => {
    if (wanted.has(message.uid)) take(message);
  };
  try {
    await each(line, uidSet(wanted), query, ours);
  } catch (error) {
    if (!isRefusal(line, error)) throw error;
    // What is gone meanwhile is told now, and is asked for no more.
    await line.noop();
    const range = { first: Math.min(...wanted), last: Math.max(...wanted) };
    const there = (await uidsIn(line, range, await topUid(line))).filter((uid) => wanted.has(uid));
    if (there.length === wanted.size) throw error;
    if (there.length > 0) await each(line, uidSet(there), query, ours);
  }
}

/** Those of the UIDs that are in the open folder, asked after the server told what it still had to tell. */
export async function existing(line: Line, uids: readonly number[]): Promise<Set<number>> {
  const there = new Set<number>();
  if (uids.length === 0) return there;
  await line.noop();
  await eachOf(line, uids, { uid: true }, ({ uid }) => there.add(uid));
  return there;
}

/** The UIDs of the open folder in the range, ascending, but no more than the first `most`. */
async function uidsIn(line: Line, { first, last }: Range, top: number, most = Infinity): Promise<number[]> {
  if (first > top) return [];
  const uids = new Set<number>();
  const take = ({ uid }: FetchMessageObject) => {
    if (uid >= first && uid <= last && uids.size < most) uids.add(uid);
  };
  try {
    await each(line, `${first}:${last}`, { uid: true }, take);
  } catch (error) {
    if (!isRefusal(line, error)) throw error;
    // GNU imap4d knows no range that ends in a hole between two UIDs.
    await each(line, `${first}:${top}`, { uid: true }, take);
  }
  return [...uids].sort((a, b) => a - b);
}

/** About a batch of rows, and the UID up to which the folder was covered for them. */
export interface Page {
  readonly rows: readonly Row[];
  readonly last: number;
}

/**
 * The next page of the open folder behind the UID `after`, by windows of UIDs, so that memory stays the same however
 * many messages there are. No `UID n:*`: it always answers with the last message, however old (RFC 9051 6.4.9); and
 * no SEARCH: GNU imap4d finds nothing with `UID 1:*`. `top` is the highest UID.
 */
export async function pageOf(line: Line, after: number, top: number): Promise<Page> {
  const rows: Row[] = [];
  let next = after + 1;
  let span = line.paces.read.size;
  while (next <= top && rows.length < line.bounds.batch) {
    const window = { first: next, last: Math.min(top, next + span - 1) };
    const page: Page | null = await windowOf(line, window, top).catch((error: unknown) => {
      // The connection died over this window: what came before it counts, so that the next one starts here.
      if (line.alive || next === after + 1) throw error;
      return null;
    });
    if (page === null) break;
    const { rows: found, last } = page;
    rows.push(...found);
    next = last + 1;
    // Most of a folder that people clean up is holes: widen until a window holds something worth its round trip.
    span = found.length * 4 < line.paces.read.size ? Math.min(span * 4, lastPossibleUid) : line.paces.read.size;
  }
  return { rows, last: Math.max(after, next - 1) };
}

/**
 * All of the open folder behind the UID `after`, in one command: for one that has something there, and no more messages in all
 * than a command may take. null: the server refused it, for the sake of one message perhaps.
 */
export async function tailOf(line: Line, after: number): Promise<Page | null> {
  const most = line.paces.read.size;
  try {
    const rows = await read(line, `${after + 1}:*`, (uid) => uid > after, true);
    line.paces.read.grow();
    return { rows, last: rows.at(-1)?.uid ?? after };
  } catch (error) {
    if (!line.alive) line.paces.read.shrink(most);
    if (!isRefusal(line, error)) throw error;
    return null;
  }
}

/** The UIDs of the next page of the open folder behind the UID `after`, and nothing else of its messages. */
export async function uidPageOf(
  line: Line,
  after: number,
  top: number,
): Promise<{ readonly uids: readonly number[]; readonly last: number }> {
  const most = line.paces.read.size;
  const uids = await uidsIn(line, { first: after + 1, last: top }, top, most);
  return { uids, last: Math.max(after, uids.length < most ? top : (uids.at(-1) ?? top)) };
}

/** A wide range is asked for its UIDs first, so that no answer is longer than a batch of rows. */
async function windowOf(line: Line, range: Range, top: number): Promise<Page> {
  const most = line.paces.read.size;
  if (range.last - range.first < most * 4) return { rows: await rowsIn(line, range, top), last: range.last };
  const uids = await uidsIn(line, range, top, most);
  if (uids.length === 0) return { rows: [], last: range.last };
  return { rows: await rowsOf(line, uids), last: uids.length < most ? range.last : (uids.at(-1) ?? range.last) };
}

/** The highest UID in the open folder, 0 where it is empty. */
export async function topUid(line: Line): Promise<number> {
  const last = await line.run(() => line.client.fetchOne('*', { uid: true }));
  return last ? last.uid : 0;
}

/** The rows of the open folder in the range, ascending. A range of one message never fails for its content. */
async function rowsIn(line: Line, range: Range, top: number): Promise<Row[]> {
  const { first, last } = range;
  const count = last - first + 1;
  const times = count === 1 ? line.paces.read.alone(keyOf(line, first)) : 1;
  if (times > deathsBeforeUnread) {
    line.paces.read.answered();
    return [unread(line, first)];
  }
  try {
    const rows = await read(line, `${first}:${last}`, (uid) => uid >= first && uid <= last, times <= deathsBeforeBare);
    if (count === 1) line.paces.read.answered();
    else line.paces.read.grow();
    return rows;
  } catch (error) {
    if (!line.alive) line.paces.read.shrink(count);
    if (!isRefusal(line, error)) throw error;
    return rowsOf(line, await uidsIn(line, range, top));
  }
}

/** The rows of those UIDs that are in the open folder, ascending. */
export async function rowsOf(line: Line, uids: readonly number[]): Promise<Row[]> {
  const wanted = [...new Set(uids)].sort((a, b) => a - b);
  const rows: Row[] = [];
  for (let at = 0; at < wanted.length; ) {
    const some = wanted.slice(at, at + line.paces.read.size);
    at += some.length;
    const these = new Set(some);
    try {
      rows.push(...(await read(line, uidSet(some), (uid) => these.has(uid), true)));
      line.paces.read.grow();
    } catch (error) {
      if (!line.alive) line.paces.read.shrink(some.length);
      if (!isRefusal(line, error)) throw error;
      // The server refused the whole answer for the sake of one message, or of one that is gone: each goes alone.
      for (const uid of await existing(line, some)) rows.push(...(await rowAlone(line, uid)));
    }
  }
  return rows;
}

async function rowAlone(line: Line, uid: number): Promise<Row[]> {
  for (const withHeader of [true, false]) {
    try {
      return await read(line, `${uid}`, (other) => other === uid, withHeader);
    } catch (error) {
      if (!isRefusal(line, error)) throw error;
    }
  }
  return [unread(line, uid)];
}

interface Sighting {
  flags: readonly string[];
  labels: readonly string[];
  row: Row | null;
}

async function read(line: Line, set: string, wanted: (uid: number) => boolean, withHeader: boolean): Promise<Row[]> {
  const seen = new Map<number, Sighting>();
  const empty: number[] = [];
  const query: FetchQueryObject = {
    uid: true,
    flags: true,
    internalDate: true,
    size: true,
    threadId: true,
    labels: line.gmail,
    ...(withHeader ? { bodyParts: [{ key: 'HEADER', maxLength: line.bounds.headerBlock }] } : {}),
  };
  await each(line, set, query, (message) => {
    if (!wanted(message.uid)) return;
    const sighting = seen.get(message.uid) ?? { flags: [], labels: [], row: null };
    // Another session's flag change arrives as a FETCH of its own, with nothing but flags (RFC 9051 7.5.2).
    if (message.flags !== undefined) sighting.flags = [...message.flags];
    if (message.labels !== undefined) sighting.labels = [...message.labels];
    if (message.size !== undefined && withHeader && !Buffer.isBuffer(message.headers)) empty.push(message.uid);
    else if (message.size !== undefined) sighting.row = rowFrom(message);
    seen.set(message.uid, sighting);
  });
  const rows: Row[] = [];
  for (const { row, flags, labels } of seen.values()) {
    if (row !== null) rows.push({ ...row, flags: [...flags, ...labels] });
  }
  if (empty.length > 0) rows.push(...(await stillThere(line, empty)));
  return rows.sort((a, b) => a.uid - b.uid);
}

/** NIL instead of a header: Dovecot's word for a message that was expunged meanwhile, or one that cannot be read. */
async function stillThere(line: Line, uids: readonly number[]): Promise<Row[]> {
  await line.noop();
  const these = new Set(uids);
  return read(line, uidSet(these), (uid) => these.has(uid), false);
}

const noHeader = new Uint8Array();

function rowFrom(message: FetchMessageObject): Row {
  const { messageId, references, headerHash } = identityFromHeader(message.headers ?? noHeader);
  const date = message.internalDate instanceof Date ? message.internalDate.getTime() : Number.NaN;
  return {
    uid: message.uid,
    flags: [],
    identity: {
      emailId: message.emailId || null,
      messageId,
      headerHash,
      internalDate: Number.isNaN(date) ? 0 : date,
      size: message.size ?? 0,
    },
    threadId: message.threadId || null,
    references,
  };
}

/**
 * A message of which the server gives nothing but its UID. It is found nevertheless, fails by itself, and is seen.
 * Where it stands is all that is known of it: its identity is that, so that no other one is taken for the same.
 */
function unread(line: Line, uid: number): Row {
  const row = rowFrom({ seq: 0, uid, size: 0 });
  const { headerHash } = identityFromHeader(Buffer.from(`Unread: ${keyOf(line, uid).replaceAll('\n', ' ')}`));
  return { ...row, identity: { ...row.identity, headerHash } };
}

function keyOf(line: Line, uid: number): string {
  const { mailbox } = line.client;
  return mailbox === false ? `${uid}` : `${mailbox.path}\n${mailbox.uidValidity}\n${uid}`;
}
