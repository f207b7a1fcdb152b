import { bestMatch, sameMessage } from '../mail/identity.ts';
import type { Identity, Place, Row } from '../mail/message.ts';
import type { Fence, Ledger } from '../triage/acting.ts';
import type { Folders } from './folders.ts';
import { faultOf, type Line } from './line.ts';
import { absent } from './marks.ts';
import { pageOf, rowsOf, topUid } from './rows.ts';

/** A message whose copy is looked for. */
export interface Sought {
  readonly job: number;
  readonly identity: Identity;
  readonly fence: Fence;
  /** Where it was seen before, or where the server said that it put it. */
  readonly hint: Place | null;
  /** Its source is gone: of twins with one copy between them, the copy is this one's. */
  readonly urgent: boolean;
}

export interface Sighting {
  readonly place: Place;
  readonly flags: readonly string[];
}

export interface Looked {
  readonly copies: ReadonlyMap<number, Sighting>;
  /** Unclaimed messages behind the fences that match one of those sought, or a bystander, and are one too many. */
  readonly spare: readonly Sighting[];
}

/**
 * Looks for copies in one folder: at their hints first, then from the fence on. Where the folder's UIDVALIDITY is not
 * the fence's, and on Gmail, where a message that the folder has already gets no new UID, everywhere in it. What
 * another job holds is not a copy of ours.
 */
export async function lookForCopies(
  line: Line,
  folders: Folders,
  ledger: Ledger,
  sought: readonly Sought[],
  bystanders: readonly Identity[] = [],
): Promise<Looked> {
  const copies = new Map<number, Sighting>();
  const spare: Sighting[] = [];
  const folder = sought[0]?.fence.folder;
  if (folder === undefined) return { copies, spare };
  const uidValidity = await opened(line, folders, folder);
  if (uidValidity === null) return { copies, spare };

  const taken = new Set<number>();
  const claim = (one: Sought, row: Row) => {
    taken.add(row.uid);
    copies.set(one.job, { place: { folder, uidValidity, uid: row.uid }, flags: row.flags });
  };
  const hinted = sought.filter(({ hint }) => hint !== null && hint.uidValidity === uidValidity);
  const atHints = new Map(
    (
      await rowsOf(
        line,
        hinted.map(({ hint }) => hint?.uid ?? 0),
      )
    ).map((row) => [row.uid, row]),
  );
  for (const one of hinted) {
    const row = atHints.get(one.hint?.uid ?? 0);
    if (row !== undefined && !taken.has(row.uid) && sameMessage(one.identity, row.identity)) claim(one, row);
  }

  const match = (rows: readonly Row[]) => {
    const waiting = sought.filter(({ job }) => !copies.has(job));
    for (const one of [...waiting.filter(({ urgent }) => urgent), ...waiting.filter(({ urgent }) => !urgent)]) {
      const candidates = rows.filter(
        (row) =>
          !taken.has(row.uid) && row.uid >= startOf(line, one, uidValidity) && sameMessage(one.identity, row.identity),
      );
      const uids = candidates.map(({ uid }) => uid);
      const claimed = uids.length === 0 ? new Set() : ledger.claimed(folder, uidValidity, uids, new Set([one.job]));
      const best = bestMatch(
        one.identity,
        candidates.filter(({ uid }) => !claimed.has(uid)),
      );
      if (best !== null) claim(one, best);
    }
  };
  const unfound = () => sought.filter(({ job }) => !copies.has(job));
  const everywhere = unfound().filter((one) => startOf(line, one, uidValidity) === 1);
  for (const { identity } of everywhere) match(await rowsOf(line, await search(line, identity)));
  // On Gmail the search is by X-GM-MSGID and complete; elsewhere some servers' SEARCH finds nothing at all.
  const behind = unfound().filter((one) => !(line.gmail && one.identity.emailId !== null));
  const start = Math.min(...behind.map((one) => startOf(line, one, uidValidity)));
  const top = behind.length === 0 ? 0 : await topUid(line);
  for (let after = start - 1; after < top; ) {
    const page = await pageOf(line, after, top);
    match(page.rows);
    for (const row of page.rows) {
      const fenced = sought.filter(({ fence }) => fence.uidValidity === uidValidity && row.uid >= fence.uidNext);
      const known = fenced.length === 0 ? [] : [...fenced.map(({ identity }) => identity), ...bystanders];
      if (taken.has(row.uid) || !known.some((identity) => sameMessage(identity, row.identity))) continue;
      if (ledger.claimed(folder, uidValidity, [row.uid], new Set()).size > 0) continue;
      spare.push({ place: { folder, uidValidity, uid: row.uid }, flags: row.flags });
    }
    after = page.last;
  }
  return { copies, spare };
}

/** Where a message is that a person moved, if it is in this folder; null where it is not, or nobody can tell. */
export async function findMoved(
  line: Line,
  folders: Folders,
  ledger: Ledger,
  folder: string,
  job: number,
  identity: Identity,
): Promise<Sighting | null> {
  const rows = await seekIn(line, folders, folder, identity);
  if (rows === null) return null;
  const { uidValidity, found } = rows;
  const uids = found.map(({ uid }) => uid);
  const claimed = ledger.claimed(folder, uidValidity, uids, new Set([job]));
  const best = bestMatch(
    identity,
    found.filter(({ uid }) => !claimed.has(uid)),
  );
  return best === null ? null : { place: { folder, uidValidity, uid: best.uid }, flags: best.flags };
}

/** A copy behind its fence, and the message that it is of. */
interface Doubtful {
  readonly job: number;
  readonly identity: Identity;
  /** The folder that the message was in. */
  readonly source: string;
  readonly copy: Place;
  readonly fence: Fence;
}

/**
 * Another of the same message, whole and held by no other job, in any folder but the one that it was in; null where there
 * is none, or nobody can tell. What lay in the copy's own folder before its fence is none of it.
 */
export async function findElsewhere(
  line: Line,
  folders: Folders,
  ledger: Ledger,
  { job, identity, source, copy, fence }: Doubtful,
): Promise<Place | null> {
  for (const folder of await folders.real()) {
    if (folder === source) continue;
    const rows = await seekIn(line, folders, folder, identity);
    if (rows === null) continue;
    const { uidValidity } = rows;
    const before = folder === copy.folder && uidValidity === fence.uidValidity ? fence.uidNext : 1;
    const others = rows.found.filter(
      ({ uid, flags }) =>
        uid >= before && !(folder === copy.folder && uid === copy.uid) && absent(['\\Deleted'], flags).length > 0,
    );
    const uids = others.map(({ uid }) => uid);
    const claimed = ledger.claimed(folder, uidValidity, uids, new Set([job]));
    const free = uids.find((uid) => !claimed.has(uid));
    if (free !== undefined) return { folder, uidValidity, uid: free };
  }
  return null;
}

/** Those of a folder that are this message; null where the folder cannot be opened. */
async function seekIn(
  line: Line,
  folders: Folders,
  folder: string,
  identity: Identity,
): Promise<{ readonly uidValidity: number; readonly found: readonly Row[] } | null> {
  const uidValidity = await opened(line, folders, folder);
  if (uidValidity === null) return null;
  const rows = await rowsOf(line, await search(line, identity));
  return { uidValidity, found: rows.filter((row) => sameMessage(identity, row.identity)) };
}

function startOf(line: Line, { fence }: Sought, uidValidity: number): number {
  return fence.uidValidity === uidValidity && !line.gmail ? fence.uidNext : 1;
}

/** The folder's UIDVALIDITY, once it is open; null where there is no such folder. */
async function opened(line: Line, folders: Folders, folder: string): Promise<number | null> {
  try {
    return (await line.openFresh(folders.path(folder), 'read')).uidValidity;
  } catch (error) {
    if (faultOf(line, error)?.code === 'no-folder') return null;
    throw error;
  }
}

/** UIDs of the open folder that may be this message. Empty also where the server cannot search for it. */
async function search(line: Line, { emailId, messageId }: Identity): Promise<readonly number[]> {
  const { client } = line;
  const byEmailId = emailId !== null && (line.gmail || client.capabilities.has('OBJECTID'));
  // Beyond printable ASCII a SEARCH needs a CHARSET, which not every server has.
  const byMessageId = messageId !== null && /^[!-~]+$/.test(messageId);
  if (!byEmailId && !byMessageId) return [];
  const query = byEmailId ? { emailId } : { header: { 'message-id': messageId ?? '' } };
  const found = await line.run(() => client.search(query, { uid: true }));
  return found || [];
}
