import { type Outcome, ok } from '../base/errors.ts';
import { sameMessage } from '../mail/identity.ts';
import type { Place, Row, Scan } from '../mail/message.ts';
import type { FolderCursor } from '../triage/cursor.ts';
import type { Job } from '../triage/job.ts';
import { filedBefore, targetsOf, wayByLabels } from '../triage/known.ts';
import type { NewJob } from '../triage/step.ts';
import type { Session } from './ports.ts';
import { follow, freshOf, recognise } from './recognise.ts';
import type { Scribe } from './scribe.ts';

/** What is done with messages of a watched folder that no job knows: left alone, or all of them submitted. */
export type TreatAs = 'old' | 'new';

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
 * Maps a mailbox to the journal again. In a journal that was made `anew`, what lies in the routes' folders or bears
 * their labels is known as filed and is never submitted. What the watched folders hold besides goes by `treatAs`.
 */
export async function rebuild(
  scribe: Scribe,
  session: Session,
  options: { readonly treatAs: TreatAs; readonly anew: boolean },
): Promise<Outcome<MappedFolder[]>> {
  const { account } = scribe.parts;
  const mapped: MappedFolder[] = [];
  const targets = new Map<string, Parameters<typeof filedBefore>[1]>();
  if (options.anew) {
    for (const [target, shown] of targetsOf(account.policy)) {
      const folder = await session.find(target);
      if (!folder.ok) return folder;
      if (folder.value !== null) targets.set(folder.value, shown);
    }
  }
  // Where messages were filed comes first: one that a person has put back is known by what its place there holds no more.
  for (const [folder, shown] of targets) {
    const done = await mapFolder(scribe, session, folder, account.folders.includes(folder), (fresh) => ({
      known: fresh.map(({ job }) => filedBefore(job, shown, scribe.date())),
    }));
    if (!done.ok) return done;
    mapped.push(done.value);
  }
  for (const folder of account.folders.filter((one) => !targets.has(one))) {
    const cursor = scribe.parts.journal.cursor(account.name, folder);
    const done = await mapFolder(scribe, session, folder, true, (fresh) => {
      const known: Job[] = [];
      const found: NewJob[] = [];
      for (const { row, job } of fresh) {
        const shown = options.anew ? wayByLabels(row.flags, account.policy) : null;
        if (shown !== null) known.push(filedBefore(job, shown, scribe.date()));
        // What came since the last look was never in doubt.
        else if (options.treatAs === 'new' || (cursor !== null && isBeyond(job.place, cursor))) found.push(job);
      }
      return { known, found };
    });
    if (!done.ok && done.fault.code === 'no-folder') continue;
    if (!done.ok) return done;
    mapped.push(done.value);
  }
  return ok(mapped);
}

function isBeyond({ uidValidity, uid }: Place, cursor: FolderCursor): boolean {
  return uidValidity === cursor.uidValidity && uid > Math.max(cursor.lastUid, cursor.baselineUid);
}

interface Stranger {
  readonly row: Row;
  readonly job: NewJob;
}

async function mapFolder(
  scribe: Scribe,
  session: Session,
  folder: string,
  watched: boolean,
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
    scribe.transitLatest(moved.value.lost, () => ({
      type: 'vanished',
      why: 'not in its folder any more after a new UIDVALIDITY',
    }));
  }
  const count = { messages: 0, known: 0, filed: 0, submit: 0, left: 0 };
  const holders = new Map(journal.inFolder(account.name, folder, uidValidity).map((job) => [job.place.uid, job]));
  for (let lastUid = 0, more = true; more; ) {
    const scan = await session.scan(folder, { uidValidity, lastUid });
    if (!scan.ok) return scan;
    if (scan.value.uidValidity !== uidValidity) return mapFolder(scribe, session, folder, watched, judge);
    distrust(scribe, scan.value.rows, holders);
    const strangers = await strangersIn(scribe, session, folder, watched, scan.value);
    if (!strangers.ok) return strangers;
    const { known, found = [] } = judge(strangers.value);
    ({ lastUid, more } = scan.value);
    const now = { uidValidity, lastUid, syncedAt: scribe.date(), baselineUid: lastUid, baselineDate: scribe.date() };
    const cursor = watched ? { cursor: { account: account.name, folder, cursor: now } } : {};
    journal.commit({ known, found, ...cursor }, scribe.now(), scribe.date());
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
  const strangers = scan.rows.filter(({ uid }) => !ours.has(uid));
  return ok(strangers.map((row) => freshOf(scribe, row, { folder, uidValidity: scan.uidValidity, uid: row.uid })));
}

/** A job whose place holds another message than its own is not acted on: what was salvaged need not be true. */
function distrust(scribe: Scribe, rows: readonly Row[], holders: ReadonlyMap<number, Job>): void {
  const wrong = rows.flatMap((row) => {
    const job = holders.get(row.uid);
    return job === undefined || sameMessage(job.identity, row.identity) ? [] : [job];
  });
  scribe.transitLatest(wrong, () => ({ type: 'vanished', why: 'its place holds another message' }));
}
