import { type Outcome, ok } from '../base/errors.ts';
import { bestMatch, sameMessage } from '../mail/identity.ts';
import type { Identity, Place, Row, Scan } from '../mail/message.ts';
import { threadOf } from '../mail/thread.ts';
import { cameAfter, type FolderCursor, firstCursor, looksLikeOldMail } from '../triage/cursor.ts';
import type { Job } from '../triage/job.ts';
import type { Event, NewJob } from '../triage/step.ts';
import { keepUp, type Moved, routesByFolder } from './moves.ts';
import type { Session } from './ports.ts';
import type { Scribe } from './scribe.ts';

/** A row that no job holds, and the job that it would become. */
export interface Fresh {
  readonly row: Row;
  readonly job: NewJob;
}

/** The folder is watched for the first time: `since` says what of it counts as new. */
export async function firstSight(scribe: Scribe, session: Session, folder: string): Promise<Outcome<FolderCursor>> {
  const { account, journal } = scribe.parts;
  const head = await session.head(folder);
  if (!head.ok) return head;
  const cursor = firstCursor(head.value, account.since, scribe.date());
  await journal.commit(() => ({ cursor: { account: account.name, folder, cursor } }), scribe.now());
  return ok(cursor);
}

/**
 * Tells new messages from those that we know. A place that a job holds is ours: we moved it here. A match whose last
 * known place holds it no more was put here by a person, who wins; if that place still holds it, this is another
 * message, a twin or a person's copy, and gets a job of its own.
 */
export async function recognise(
  scribe: Scribe,
  session: Session,
  folder: string,
  scan: Scan,
  resort = scribe.parts.account.resort,
): Promise<Outcome<Fresh[]>> {
  const { account, journal } = scribe.parts;
  const uids = scan.rows.map((row) => row.uid);
  const ours = journal.ledger(account.name).claimed(folder, scan.uidValidity, uids, new Set());
  const fresh: Fresh[] = [];
  const moved: Moved[] = [];
  const taken = new Set<number>();
  for (const row of scan.rows) {
    // A person deleted it before we saw it (RFC 9051 2.3.2): nothing to sort.
    if (ours.has(row.uid) || row.flags.includes('\\Deleted')) continue;
    const place = { folder, uidValidity: scan.uidValidity, uid: row.uid };
    const known = journal.candidates(account.name, row.identity).filter((job) => !taken.has(job.id));
    const left = known.length === 0 ? ok(null) : await whichLeft(scribe, session, row.identity, known);
    if (!left.ok) return left;
    if (left.value === null && isLabelled(session, row, known, resort ? account.folders : null)) continue;
    if (left.value === null || resort) fresh.push(freshOf(scribe, row, place));
    else {
      taken.add(left.value.id);
      moved.push({ job: left.value, place });
    }
  }
  if (moved.length === 0) return ok(fresh);
  const routes = await routesByFolder(session, account);
  if (!routes.ok) return routes;
  // An open job ends: its message was moved by a person before we acted. A closed one keeps up with its message.
  await keepUp(scribe, moved, routes.value, (job, moved) =>
    isOpen(job) ? { type: 'vanished', why: 'a person moved it before we acted' } : moved,
  );
  return ok(fresh);
}

/**
 * On Gmail a message stands once, and shows in the folder of each label: what stands in its place and appears in another folder
 * has only got a label. `watched`: it counts as put back by a person, unless its place is one of these.
 */
export function isLabelled(
  session: Pick<Session, 'abilities'>,
  { identity }: Row,
  known: readonly Job[],
  watched: readonly string[] | null = null,
): boolean {
  if (identity.emailId === null || !session.abilities.gmail) return false;
  const same = known.filter((job) => job.identity.emailId === identity.emailId);
  return same.some(({ place }) => watched === null || watched.includes(place.folder));
}

/** Of the jobs that may be this message, the one whose place holds it no more; null when all still hold theirs. */
async function whichLeft(
  scribe: Scribe,
  session: Session,
  identity: Identity,
  known: readonly Job[],
): Promise<Outcome<Job | null>> {
  const matching = known.filter((candidate) => sameMessage(identity, candidate.identity));
  const there = await inPlace(scribe, session, matching);
  if (!there.ok) return there;
  return ok(
    bestMatch(
      identity,
      matching.filter(({ id }) => !there.value.has(id)),
    ),
  );
}

/** Those of the jobs whose message is where it was last seen. */
export async function inPlace(
  scribe: Scribe,
  session: Session,
  jobs: readonly Job[],
): Promise<Outcome<ReadonlySet<number>>> {
  const there = new Set<number>();
  const folders = new Map<string, Job[]>();
  for (const job of jobs) {
    const key = JSON.stringify([job.place.folder, job.place.uidValidity]);
    folders.set(key, [...(folders.get(key) ?? []), job]);
  }
  for (const [first, ...others] of folders.values()) {
    if (first === undefined) continue;
    const { folder, uidValidity } = first.place;
    const together = [first, ...others];
    const seen = await session.look(
      folder,
      uidValidity,
      together.map(({ place }) => place.uid),
    );
    if (seen.ok) {
      for (const job of together) {
        const flags = seen.value.get(job.place.uid);
        // Programs without MOVE (RFC 6851) copy and mark. Before we have acted such a mark means something else.
        if (flags !== undefined && (isOpen(job) || !flags.includes('\\Deleted'))) there.add(job.id);
      }
    } else if (seen.fault.code === 'stale') {
      // The folder was made anew on the server: find out where its messages are now before judging by their absence.
      const mapped = await follow(scribe, session, folder, uidValidity);
      if (!mapped.ok) return mapped;
      for (const { id } of together) if (mapped.value.relocated.has(id)) there.add(id);
    } else if (seen.fault.code !== 'no-folder') return seen;
  }
  return ok(there);
}

/**
 * A watched folder has another UIDVALIDITY than its cursor. All its jobs, closed ones too, are mapped to its messages
 * again; what no job holds is new only if it came in after the last complete scan. Answers how many new ones.
 */
export async function remap(
  scribe: Scribe,
  session: Session,
  folder: string,
  cursor: FolderCursor,
): Promise<Outcome<number>> {
  const { account, journal } = scribe.parts;
  const mapped = await follow(scribe, session, folder, cursor.uidValidity);
  if (!mapped.ok) return mapped;
  const { uidValidity, lastUid, seen, strangers, lost } = mapped.value;
  const elsewhere = (row: Row) => isLabelled(session, row, scribe.parts.journal.candidates(scribe.name, row.identity));
  const found = strangers.filter((row) => cameAfter(row, cursor.syncedAt) && !elsewhere(row));
  const tooMany = looksLikeOldMail(found.length, seen);
  if (tooMany) {
    scribe.log.error(
      { folder, messages: found.length },
      `${folder} got a new UIDVALIDITY and ${found.length} of its ${seen} messages would count as new: none of them is submitted, all stay where they are. "siftd rebuild --account ${account.name} --treat-as new" submits them`,
    );
  } else {
    scribe.log.warn(
      { folder, messages: seen, found: found.length, lost: lost.length },
      `${folder} got a new UIDVALIDITY; its messages were mapped again`,
    );
  }
  // A closed job has nothing to vanish from: step() leaves it as it is.
  await scribe.transitLatest(lost, () => ({
    type: 'vanished',
    why: 'not in its folder any more after a new UIDVALIDITY',
  }));
  const jobs = tooMany ? [] : found.map((row) => freshOf(scribe, row, { folder, uidValidity, uid: row.uid }).job);
  const next = { uidValidity, lastUid, syncedAt: scribe.date(), baselineUid: lastUid, baselineDate: scribe.date() };
  const change = { found: jobs, cursor: { account: account.name, folder, cursor: next } };
  const { found: ids } = await journal.commit(() => change, scribe.now(), scribe.date());
  for (const id of ids) scribe.log.info({ job: id, state: 'found', folder }, 'found');
  return ok(ids.length);
}

export interface Mapped {
  readonly uidValidity: number;
  readonly lastUid: number;
  /** Messages in the folder. */
  readonly seen: number;
  /** Jobs that have their message again. */
  readonly relocated: ReadonlySet<number>;
  /** Jobs whose message is not in the folder. */
  readonly lost: readonly Job[];
  /** Messages that no job holds. */
  readonly strangers: readonly Row[];
}

/** Reads a whole folder under its new UIDVALIDITY and gives each job of the old one its message's new place. */
export async function follow(scribe: Scribe, session: Session, folder: string, old: number): Promise<Outcome<Mapped>> {
  const waiting = new Set(scribe.parts.journal.inFolder(scribe.name, folder, old));
  const byTrait = new Map<string, Job[]>();
  for (const job of waiting) {
    for (const trait of traitsOf(job.identity)) byTrait.set(trait, [...(byTrait.get(trait) ?? []), job]);
  }
  const places = new Map<number, Place>();
  const found: Job[] = [];
  const strangers: Row[] = [];
  let seen = 0;
  let at = { uidValidity: old, lastUid: 0 };
  for (let more = true; more; ) {
    const scan = await session.scan(folder, at);
    if (!scan.ok) return scan;
    // It changed once more while we read it: start over, the old jobs still wait for their places.
    if (at.uidValidity !== old && scan.value.uidValidity !== at.uidValidity)
      return follow(scribe, session, folder, old);
    const { uidValidity, lastUid } = scan.value;
    for (const row of scan.value.rows) {
      const candidates = [...new Set(traitsOf(row.identity).flatMap((trait) => byTrait.get(trait) ?? []))];
      const job = bestMatch(
        row.identity,
        candidates.filter((candidate) => waiting.has(candidate)),
      );
      if (job === null) strangers.push(row);
      else {
        waiting.delete(job);
        places.set(job.id, { folder, uidValidity, uid: row.uid });
        found.push(job);
      }
    }
    seen += scan.value.rows.length;
    at = { uidValidity, lastUid };
    more = scan.value.more;
  }
  const held = scribe.parts.journal.ledger(scribe.name).claimed(
    folder,
    at.uidValidity,
    strangers.map((row) => row.uid),
    new Set(),
  );
  const written = await scribe.transitLatest(
    found,
    (job): Event => ({ type: 'relocated', place: places.get(job.id) ?? job.place }),
  );
  return ok({
    uidValidity: at.uidValidity,
    lastUid: at.lastUid,
    seen,
    relocated: new Set(written.map((job) => job.id)),
    lost: [...waiting],
    strangers: strangers.filter((row) => !held.has(row.uid)),
  });
}

function traitsOf(identity: Identity): string[] {
  return [identity.emailId, identity.messageId, identity.headerHash].filter((trait) => trait !== null);
}

export function freshOf(scribe: Scribe, row: Row, place: Place): Fresh {
  const { account, journal } = scribe.parts;
  const thread = threadOf(row, (messageId) => journal.threadOf(account.name, messageId));
  return { row, job: { account: account.name, place, identity: row.identity, thread } };
}

export function isOpen(job: Job): boolean {
  return job.state === 'found' || job.state === 'submitted' || job.state === 'decided';
}
