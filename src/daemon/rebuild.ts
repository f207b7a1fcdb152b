import { type Outcome, ok } from '../base/errors.ts';
import { sameMessage } from '../mail/identity.ts';
import type { Cursor, Place, Row, Scan } from '../mail/message.ts';
import { cameAfter, type FolderCursor, isNew } from '../triage/cursor.ts';
import type { Job } from '../triage/job.ts';
import { filedBefore, type Shown, targetsOf, wayByLabels } from '../triage/known.ts';
import type { NewJob } from '../triage/step.ts';
import type { Session } from './ports.ts';
import { follow, freshOf, isLabelled, isOpen, recognise } from './recognise.ts';
import type { Scribe } from './scribe.ts';

/** What is done with messages of a watched folder that no job knows: left alone, or all of them submitted. */
export type TreatAs = 'old' | 'new';

/**
 * What the journal is: sound; made `anew`, of what could be read of a broken one; or an `earlier` one, from a backup, since
 * which siftd and people went on.
 */
export type JournalKind = 'sound' | 'anew' | 'earlier';

export interface MappedFolder {
  readonly folder: string;
  readonly watched: boolean;
  /** What is in it now. */
  readonly messages: number;
  /** Messages whose job the journal has. */
  readonly known: number;
  /** Messages that are known from now on as filed before. */
  readonly filed: number;
  /** Messages that will be submitted. */
  readonly submit: number;
  /** Messages that nobody will touch. */
  readonly left: number;
}

/**
 * Maps a mailbox to the journal again. In a journal that was made anew, what lies in the routes' folders or bears
 * their labels is known as filed and is never submitted; with an earlier one that goes for what came there since. What
 * the watched folders hold besides goes by `treatAs`: nobody knows whether siftd had sorted it, and a person put it back.
 */
export async function rebuild(
  scribe: Scribe,
  session: Session,
  options: { readonly treatAs: TreatAs; readonly journal: JournalKind },
): Promise<Outcome<MappedFolder[]>> {
  const { account, journal } = scribe.parts;
  const { journal: kind, treatAs } = options;
  const reason =
    kind === 'earlier' ? 'it was filed after the backup was made' : 'it was filed before the journal was made anew';
  const known = (job: NewJob, shown: Shown): Job => filedBefore(job, shown, reason, scribe.date());
  /** Of an earlier journal, what it has read is no stranger to it. */
  const from = (cursor: Cursor | null): Cursor => (kind === 'earlier' && cursor !== null ? cursor : beginning);
  const mapped: MappedFolder[] = [];
  const targets = new Map<string, Shown>();
  if (kind !== 'sound') {
    const all = await session.find('\\All');
    if (!all.ok) return all;
    for (const [target, shown] of targetsOf(account.policy)) {
      const folder = await session.find(target);
      if (!folder.ok) return folder;
      // What shows all mail says of none that it was filed; on Gmail that is the archive too.
      if (folder.value !== null && folder.value !== all.value) targets.set(folder.value, shown);
    }
  }
  // Where messages were filed comes first: one that a person has put back is known by what its place there holds no more.
  for (const [folder, shown] of targets) {
    const watched = account.folders.includes(folder);
    const since = from(watched ? journal.cursor(account.name, folder) : journal.noticed(account.name, folder));
    const done = await mapFolder(scribe, session, { folder, watched, since }, (fresh) => ({
      known: fresh
        .filter(({ row }) => watched || !isAwaited(scribe, row, folder, kind))
        .map(({ job }) => known(job, shown)),
    }));
    if (!done.ok) return done;
    mapped.push(done.value);
  }
  for (const folder of account.folders.filter((one) => !targets.has(one))) {
    const cursor = journal.cursor(account.name, folder);
    const isNews = ({ row, job }: Stranger): boolean => {
      // What came since the last look was never in doubt, unless that was the look of an earlier time.
      if (kind !== 'earlier') return treatAs === 'new' || (cursor !== null && isUnread(row, job.place, cursor));
      if (treatAs === 'old' || cursor === null) return false;
      return job.place.uidValidity === cursor.uidValidity ? isNew(row, cursor) : cameAfter(row, cursor.syncedAt);
    };
    const done = await mapFolder(scribe, session, { folder, watched: true, since: from(cursor) }, (fresh) => {
      const filed: Job[] = [];
      const found: NewJob[] = [];
      for (const stranger of fresh) {
        const { row, job } = stranger;
        const shown = kind === 'sound' ? null : wayByLabels(row.flags, account.policy);
        if (shown !== null) filed.push(known(job, shown));
        else if (isNews(stranger)) found.push(job);
      }
      return { known: filed, found };
    });
    if (!done.ok && done.fault.code === 'no-folder') continue;
    if (!done.ok) return done;
    mapped.push(done.value);
  }
  return ok(mapped);
}

const beginning: Cursor = { uidValidity: 0, lastUid: 0 };

/**
 * A copy that siftd was about to make, or had made, when the journal ends, is for whoever acts on to find. And a message that
 * an earlier journal knows as ended was moved by a person, perhaps: noticing finds out.
 */
function isAwaited(scribe: Scribe, row: Row, folder: string, kind: JournalKind): boolean {
  return scribe.parts.journal
    .candidates(scribe.name, row.identity)
    .filter((job) => sameMessage(row.identity, job.identity))
    .some((job) => {
      if (!isOpen(job)) return kind === 'earlier' && job.place.folder !== folder;
      return (
        job.state === 'decided' &&
        job.actions.some(({ action, progress }) => action.kind === 'move' && progress.step !== 'planned')
      );
    });
}

/** It would have become a job with the next page of its folder. */
function isUnread(row: Row, { uidValidity, uid }: Place, cursor: FolderCursor): boolean {
  return uidValidity === cursor.uidValidity && uid > cursor.lastUid && isNew(row, cursor);
}

interface Stranger {
  readonly row: Row;
  readonly job: NewJob;
}

async function mapFolder(
  scribe: Scribe,
  session: Session,
  { folder, watched, since }: { readonly folder: string; readonly watched: boolean; readonly since: Cursor },
  judge: (strangers: readonly Stranger[]) => { readonly known: readonly Job[]; readonly found?: readonly NewJob[] },
): Promise<Outcome<MappedFolder>> {
  const { account, journal } = scribe.parts;
  const head = await session.head(folder);
  if (!head.ok) return head;
  const { uidValidity } = head.value;
  for (const old of journal.validities(account.name, folder)) {
    if (old === uidValidity) continue;
    const moved = await follow(scribe, session, folder, old);
    if (!moved.ok) return moved;
    await scribe.transitLatest(moved.value.lost, () => ({
      type: 'vanished',
      why: 'not in its folder any more after a new UIDVALIDITY',
    }));
  }
  const count = { messages: 0, known: 0, filed: 0, submit: 0, left: 0 };
  const holders = new Map(journal.inFolder(account.name, folder, uidValidity).map((job) => [job.place.uid, job]));
  const first = since.uidValidity === uidValidity ? since.lastUid : 0;
  for (let lastUid = first, more = true; more; ) {
    const scan = await session.scan(folder, { uidValidity, lastUid });
    if (!scan.ok) return scan;
    if (scan.value.uidValidity !== uidValidity) return mapFolder(scribe, session, { folder, watched, since }, judge);
    await distrust(scribe, scan.value.rows, holders);
    const strangers = await strangersIn(scribe, session, folder, watched, scan.value);
    if (!strangers.ok) return strangers;
    const { known, found = [] } = judge(strangers.value);
    ({ lastUid, more } = scan.value);
    const now = { uidValidity, lastUid, syncedAt: scribe.date(), baselineUid: lastUid, baselineDate: scribe.date() };
    const cursor = watched ? { cursor: { account: account.name, folder, cursor: now } } : {};
    await journal.commit(() => ({ known, found, ...cursor }), scribe.now(), scribe.date());
    count.messages += scan.value.rows.length;
    count.filed += known.length;
    count.submit += found.length;
    count.left += strangers.value.length - known.length - found.length;
    count.known += scan.value.rows.length - strangers.value.length;
  }
  return ok({ folder, watched, ...count });
}

/** Messages that no job holds, and that no person has put there from a place where we know them. */
async function strangersIn(
  scribe: Scribe,
  session: Session,
  folder: string,
  watched: boolean,
  scan: Scan,
): Promise<Outcome<Stranger[]>> {
  if (watched) return recognise(scribe, session, folder, scan);
  const { account, journal } = scribe.parts;
  const uids = scan.rows.map(({ uid }) => uid);
  const ours = journal.ledger(account.name).claimed(folder, scan.uidValidity, uids, new Set());
  const strangers = scan.rows.filter(
    (row) => !ours.has(row.uid) && !isLabelled(session, row, journal.candidates(account.name, row.identity)),
  );
  return ok(strangers.map((row) => freshOf(scribe, row, { folder, uidValidity: scan.uidValidity, uid: row.uid })));
}

/** A job whose place holds another message than its own is not acted on: what was salvaged need not be true. */
async function distrust(scribe: Scribe, rows: readonly Row[], holders: ReadonlyMap<number, Job>): Promise<void> {
  const wrong = rows.flatMap((row) => {
    const job = holders.get(row.uid);
    return job === undefined || sameMessage(job.identity, row.identity) ? [] : [job];
  });
  await scribe.transitLatest(wrong, () => ({ type: 'vanished', why: 'its place holds another message' }));
}
