/**
 * The only file of siftd that changes messages in a mailbox. What may be sent is decided by reconcile() and announced
 * in the ledger before any of these is called; what came of it is seen afterwards. Each answers only what the server
 * said against it, and throws when the connection ended, because then nobody knows.
 */
import type { CopyResponseObject } from 'imapflow';
import { sameMessage } from '../mail/identity.ts';
import type { Identity, Place } from '../mail/message.ts';
import type { Folders } from './folders.ts';
import { type Line, type Refusal, uidSet } from './line.ts';
import { absent, has } from './marks.ts';
import { each, eachOf, rowsOf } from './rows.ts';

const deleted = ['\\Deleted'];

/**
 * Sets or takes off marks on messages of the open folder: flags and keywords, on Gmail labels too. A refused STORE is
 * tried mark by mark, since one keyword that a server does not like makes the whole fail.
 */
export async function storeMarks(
  line: Line,
  operation: 'add' | 'remove',
  uids: readonly number[],
  marks: readonly string[],
): Promise<Refusal | null> {
  const flags = marks.filter((mark) => mark.startsWith('\\'));
  const labels = marks.filter((mark) => !mark.startsWith('\\'));
  let refusal: Refusal | null = null;
  if (line.gmail) {
    refusal = await storeSome(line, operation, uids, flags, false);
    return (await storeSome(line, operation, uids, labels, true)) ?? refusal;
  }
  refusal = await storeSome(line, operation, uids, marks, false);
  return refusal;
}

async function storeSome(
  line: Line,
  operation: 'add' | 'remove',
  uids: readonly number[],
  marks: readonly string[],
  useLabels: boolean,
): Promise<Refusal | null> {
  if (marks.length === 0 || uids.length === 0) return null;
  const refusal = await store(line, operation, uids, marks, useLabels);
  if (refusal === null || marks.length === 1) return refusal;
  let last: Refusal | null = null;
  for (const mark of marks) last = (await store(line, operation, uids, [mark], useLabels)) ?? last;
  return last;
}

async function store(
  line: Line,
  operation: 'add' | 'remove',
  uids: readonly number[],
  marks: readonly string[],
  useLabels: boolean,
): Promise<Refusal | null> {
  const { client } = line;
  const set = uidSet(uids);
  const answer = await line.run(() =>
    operation === 'add'
      ? client.messageFlagsAdd(set, [...marks], { uid: true, useLabels })
      : client.messageFlagsRemove(set, [...marks], { uid: true, useLabels }),
  );
  return answer ? null : line.refusal();
}

/** Gmail: from a folder that nothing leaves by MOVE. */
export function leaveInbox(line: Line, uids: readonly number[]): Promise<Refusal | null> {
  return store(line, 'remove', uids, ['\\Inbox'], true);
}

/** What COPYUID (RFC 4315) said, by source UID; empty on servers that do not say. */
export type Placed = ReadonlyMap<number, { readonly uidValidity: number; readonly uid: number }>;

/** MOVE (RFC 6851) or COPY of messages of the open folder. */
export async function transfer(
  line: Line,
  by: 'move' | 'copy',
  uids: readonly number[],
  path: string,
): Promise<{ readonly placed: Placed; readonly refusal: Refusal | null }> {
  const { client } = line;
  const set = uidSet(uids);
  // imapflow has a MOVE of its own for servers without one, which ends in a bare EXPUNGE: never get there.
  const answer = await line.run(() =>
    by === 'move' && line.offers('MOVE')
      ? client.messageMove(set, path, { uid: true })
      : client.messageCopy(set, path, { uid: true }),
  );
  if (!answer) return { placed: new Map(), refusal: line.refusal() };
  return { placed: placesIn(answer), refusal: null };
}

function placesIn({ uidMap, uidValidity }: CopyResponseObject): Placed {
  if (uidMap === undefined || uidValidity === undefined) return new Map();
  return new Map([...uidMap].map(([from, uid]) => [from, { uidValidity: Number(uidValidity), uid }]));
}

/**
 * Takes messages of the open folder away: \Deleted and UID EXPUNGE. Without UIDPLUS there is no EXPUNGE of ours alone
 * (imapflow's messageDelete then sends a bare one, which takes what others marked): \Deleted is all that is set.
 */
export async function removeMessages(line: Line, uids: readonly number[]): Promise<Refusal | null> {
  if (!line.offers('UIDPLUS')) return markDeleted(line, uids);
  const answer = await line.run(() => line.client.messageDelete(uidSet(uids), { uid: true }));
  return answer ? null : line.refusal();
}

/** GNU imap4d sets it on the last message left instead, where a UID has vanished: that one is spared. */
async function markDeleted(line: Line, uids: readonly number[]): Promise<Refusal | null> {
  const stranger = await lastStranger(line, uids);
  const refusal = await store(line, 'add', uids, deleted, false);
  if (stranger === null || stranger.marked) return refusal;
  let marked = false;
  await each(line, `${stranger.uid}`, { uid: true, flags: true }, ({ uid, flags }) => {
    if (uid === stranger.uid) marked = has(flags ?? [], '\\Deleted');
  });
  if (marked) await store(line, 'remove', [stranger.uid], deleted, false);
  return refusal;
}

/** The last message of the open folder that is none of these: who a server hits that misses. */
export async function lastStranger(
  line: Line,
  uids: readonly number[],
): Promise<{ readonly uid: number; readonly marked: boolean } | null> {
  const { client } = line;
  const exists = client.mailbox === false ? 0 : client.mailbox.exists;
  if (exists === 0) return null;
  const range = `${Math.max(1, exists - uids.length)}:${exists}`;
  const last = await line.run(() => client.fetchAll(range, { uid: true, flags: true }));
  const ours = new Set(uids);
  const stranger = last.filter(({ uid }) => uid > 0 && !ours.has(uid)).sort((a, b) => b.uid - a.uid)[0];
  return stranger === undefined ? null : { uid: stranger.uid, marked: has(stranger.flags ?? [], '\\Deleted') };
}

/** \Deleted on or off messages that are ours, all in one folder. */
export async function flagDeleted(
  line: Line,
  folders: Folders,
  operation: 'add' | 'remove',
  places: readonly Place[],
): Promise<void> {
  const folder = places[0]?.folder;
  if (folder === undefined) return;
  await line.open(folders.path(folder));
  await store(
    line,
    operation,
    places.map(({ uid }) => uid),
    deleted,
    false,
  );
}

/** A copy that COPY has just made, and what its source bears. */
export interface MadeCopy {
  readonly place: Place;
  readonly flags: readonly string[];
  readonly marks: readonly string[];
}

/**
 * COPY should keep flags (RFC 9051 6.4.7), and GNU imap4d keeps none; others carry a \Deleted along that was set and
 * taken off again meanwhile, and a copy that bears it would be lost. All copies are in one folder.
 */
export async function makeAlike(line: Line, folders: Folders, copies: readonly MadeCopy[]): Promise<void> {
  const marked = copies.filter(({ flags }) => has(flags, '\\Deleted')).map(({ place }) => place);
  await flagDeleted(line, folders, 'remove', marked);
  const byLoss = new Map<string, MadeCopy[]>();
  for (const copy of copies) {
    const lost = absent(copy.marks, [...copy.flags, '\\Recent', '\\Deleted']);
    if (lost.length === 0 || line.gmail) continue;
    byLoss.set(lost.join(' '), [...(byLoss.get(lost.join(' ')) ?? []), copy]);
  }
  for (const [lost, same] of byLoss) {
    await line.open(folders.path(same[0]?.place.folder ?? ''));
    const uids = same.map(({ place }) => place.uid);
    await storeMarks(line, 'add', uids, lost.split(' '));
  }
}

/** A copy that we made, and the message it is of. */
export interface OurCopy {
  readonly place: Place;
  readonly identity: Identity;
  /** Where the message was seen as well, if only for that the copy may go. */
  readonly other: Place | null;
}

/** Takes our copies away again. Answers those that are still there because the server would not. */
export async function takeBack(line: Line, folders: Folders, copies: readonly OurCopy[]): Promise<readonly OurCopy[]> {
  const left: OurCopy[] = [];
  for (const folder of new Set(copies.map(({ place }) => place.folder))) {
    const there = copies.filter(({ place }) => place.folder === folder);
    const { uidValidity } = await line.open(folders.path(folder));
    const rows = new Map(
      (
        await rowsOf(
          line,
          there.map(({ place }) => place.uid),
        )
      ).map((row) => [row.uid, row]),
    );
    // Only what is still there and still the message that we copied is ours to take away.
    const ours: OurCopy[] = [];
    for (const copy of there) {
      const { place, identity } = copy;
      const row = rows.get(place.uid);
      if (place.uidValidity !== uidValidity || row === undefined || !sameMessage(identity, row.identity)) continue;
      if (await isView(line, folders, copy)) left.push(copy);
      else ours.push(copy);
    }
    if (ours.length === 0) continue;
    await line.open(folders.path(folder));
    const uids = ours.map(({ place }) => place.uid);
    if ((await removeMessages(line, uids)) !== null) left.push(...ours);
  }
  return left;
}

/**
 * Some servers have folders that show what stands in others: the other message may be nothing but this copy once more.
 * A \Deleted that appears on both tells, and is taken off again.
 */
async function isView(line: Line, folders: Folders, { place, other }: OurCopy): Promise<boolean> {
  if (other === null) return false;
  await flagDeleted(line, folders, 'add', [place]);
  const { uidValidity } = await line.openFresh(folders.path(other.folder), 'read');
  let whole = false;
  await eachOf(line, [other.uid], { uid: true, flags: true }, ({ flags }) => {
    whole = uidValidity === other.uidValidity && !has(flags ?? [], '\\Deleted');
  });
  if (!whole) await flagDeleted(line, folders, 'remove', [place]);
  return !whole;
}
