import { type Fault, type Outcome, ok } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { type Backfill, isSameWish, newBackfill } from '../triage/backfill.ts';
import type { Job } from '../triage/job.ts';
import type { BackfillRequest } from '../triage/requests.ts';
import type { Lane } from './lane.ts';
import type { JournalChange, Session } from './ports.ts';
import { follow, isOpen, recognise } from './recognise.ts';
import type { Scribe } from './scribe.ts';

/** Begins, halts or ends what a person wants of an account's old mail. The answer and the change are one commit. */
export async function takeBackfill(scribe: Scribe, id: number, request: BackfillRequest): Promise<void> {
  const { journal } = scribe.parts;
  let taken = 0;
  const change = (): JournalChange => {
    const going = journal.backfill(scribe.name);
    const next = wanted(scribe, id, request, going);
    taken = typeof next === 'string' ? 0 : 1;
    if (typeof next !== 'string') {
      return { backfill: next, answered: { request: id, result: { taken: [next.id], refused: [] } } };
    }
    return { answered: { request: id, result: { taken: [], refused: [{ job: going?.id ?? 0, why: next }] } } };
  };
  await journal.commit(change, scribe.now(), scribe.date());
  scribe.log.info({ request: id, kind: request.kind, what: request.what, taken }, 'a person asked');
}

function wanted(scribe: Scribe, id: number, request: BackfillRequest, going: Backfill | null): Backfill | string {
  switch (request.what) {
    case 'start': {
      if (going === null) return newBackfill(id, scribe.name, request.wish, scribe.date());
      if (isSameWish(going, request.wish)) return resumed(going);
      return `old mail of ${going.folder} is being sorted already (${going.state}): --resume goes on with it, --stop ends it`;
    }
    case 'pause':
      return change(going, { state: 'paused', why: 'a person paused it' });
    case 'resume':
      return going === null ? noSuch : resumed(going);
    case 'stop':
      return change(going, { state: 'finishing', why: 'a person stopped it' });
  }
}

const noSuch = 'no old mail is being sorted';

/** At its end there is nothing to go on with, and whoever asks may wait for that end. */
function resumed(going: Backfill): Backfill {
  return going.state === 'finishing' ? going : { ...going, state: 'reading', why: null };
}

function change(going: Backfill | null, to: Partial<Backfill>): Backfill | string {
  if (going === null) return noSuch;
  return going.state === 'finishing' ? 'it is at its end: what was taken is on its way' : { ...going, ...to };
}

/**
 * Takes old mail as jobs, behind new mail and never many at a time, on one session. Jobs and cursor are one commit, so that
 * a kill at any instant takes none twice and forgets none.
 */
export class Backfilling {
  readonly #lane: Lane;
  readonly #session: Session;
  #lookAt = Number.NEGATIVE_INFINITY;
  /** After a fault: when the folder is tried again. */
  #tryAt = Number.NEGATIVE_INFINITY;

  constructor(lane: Lane, session: Session) {
    this.#lane = lane;
    this.#session = session;
  }

  /** Answers how many messages were taken. A fault: the connection has ended. */
  async turn(): Promise<Outcome<number>> {
    const { journal } = this.#lane.parts;
    const going = journal.backfill(this.#lane.name);
    if (going === null) return ok(0);
    const open = journal.openOld(this.#lane.name);
    if (going.state === 'finishing' && open.all === 0) {
      await this.#write(going, { state: 'ended', endedAt: this.#lane.date() });
      this.#lane.log.info({ folder: going.folder, taken: going.taken }, 'old mail: all of it is sorted');
      return ok(0);
    }
    const unready = this.#lane.parts.unready();
    const halted = going.state !== 'reading' || unready !== null || open.found >= limits.backfill.ahead;
    if (going.state === 'reading' && unready !== null && going.why !== unready.why) {
      await this.#write(going, { why: unready.why });
    }
    if (this.#lane.now() < this.#tryAt) return ok(0);
    const turned = halted ? await this.#look(going) : await this.#page(going);
    return turned.ok || this.#session.closed.aborted ? turned : this.#without(going, turned.fault);
  }

  /** A folder that nobody watches may go, or be made anew, while its messages are on their way. */
  async #look(going: Backfill): Promise<Outcome<number>> {
    const now = this.#lane.now();
    if (going.cursor === null || this.#isWatched(going) || now < this.#lookAt) return ok(0);
    this.#lookAt = now + this.#lane.parts.pollInterval;
    const head = await this.#session.head(going.folder);
    if (!head.ok) return head;
    if (head.value.uidValidity === going.cursor.uidValidity) return ok(0);
    return this.#survey(going);
  }

  async #page(going: Backfill): Promise<Outcome<number>> {
    const { cursor, folder, since, most } = going;
    if (cursor === null) return this.#survey(going);
    const { journal } = this.#lane.parts;
    const ledger = journal.ledger(this.#lane.name);
    let uids: readonly number[] = [];
    const scan = await this.#session.glance(folder, cursor, (validity, page) => {
      uids = page;
      return ledger.claimed(folder, validity, page, new Set());
    });
    if (!scan.ok) return scan;
    if (scan.value.uidValidity !== cursor.uidValidity) return this.#survey(going);
    const old = scan.value.rows.filter(
      ({ uid, identity }) => uid <= going.lastOld && (since === null || identity.internalDate >= since),
    );
    // What a person moved here is known, `resort` or not: it was asked about once.
    const fresh = await recognise(this.#lane, this.#session, folder, { ...scan.value, rows: old }, false);
    if (!fresh.ok) return fresh;
    const left = most === null ? Number.POSITIVE_INFINITY : most - going.taken;
    const chosen = fresh.value.slice(0, Math.max(0, left));
    const cut = chosen.length < fresh.value.length ? (chosen.at(-1)?.row.uid ?? cursor.lastUid) : scan.value.lastUid;
    const lastUid = Math.min(cut, going.lastOld);
    const isEnd = !scan.value.more || lastUid >= going.lastOld || chosen.length >= left;
    const passed = going.passed + uids.filter((uid) => uid <= lastUid).length;
    const next = {
      cursor: { uidValidity: cursor.uidValidity, lastUid },
      passed,
      taken: going.taken + chosen.length,
      why: null,
      ...(isEnd ? ({ state: 'finishing', messages: passed } as const) : {}),
    };
    const found = chosen.map(({ job }) => ({ ...job, origin: 'backfill' as const }));
    if (!(await this.#write(going, next, found))) return ok(0);
    // Also where all of a page is known: the next one is read at once.
    return ok(Math.max(1, chosen.length));
  }

  /** The folder is met for the first time, or its UIDs are others now. */
  async #survey(going: Backfill): Promise<Outcome<number>> {
    const { account, journal } = this.#lane.parts;
    const { folder, since, cursor } = going;
    const seen = await this.#session.survey(folder, since);
    if (!seen.ok) return seen;
    const { uidValidity, messages, firstUid } = seen.value;
    let { lastUid } = seen.value;
    if (this.#isWatched(going)) {
      // What lies beyond the watch's own cursor is new mail, and comes before all of this.
      const watched = journal.cursor(account.name, folder);
      if (watched !== null && watched.uidValidity !== uidValidity) return ok(0);
      if (watched !== null) lastUid = Math.min(lastUid, watched.lastUid);
    } else if (cursor !== null) {
      const mapped = await follow(this.#lane, this.#session, folder, cursor.uidValidity);
      if (!mapped.ok) return mapped;
      await this.#letGo(mapped.value.lost, 'not in its folder any more after a new UIDVALIDITY');
    }
    const from = { uidValidity, lastUid: Math.max(0, firstUid - 1) };
    await this.#write(going, { cursor: from, lastOld: lastUid, messages, passed: 0, why: null });
    return ok(1);
  }

  /** The folder cannot be read. One that is gone ends it; else it is tried again, and the account goes on. */
  async #without(going: Backfill, fault: Fault): Promise<Outcome<number>> {
    if (this.#lane.isNews(`backfill ${going.folder}`, fault.message)) {
      this.#lane.log.warn({ folder: going.folder, code: fault.code }, `its old mail is not sorted: ${fault.message}`);
    }
    if (fault.kind === 'permanent' || fault.code === 'no-folder') {
      if (going.cursor !== null && !this.#isWatched(going)) {
        const jobs = this.#lane.parts.journal.inFolder(this.#lane.name, going.folder, going.cursor.uidValidity);
        await this.#letGo(jobs, 'its folder is not there any more');
      }
      await this.#write(going, { state: 'finishing', why: fault.message });
      return ok(0);
    }
    this.#tryAt = this.#lane.now() + this.#lane.parts.pollInterval;
    if (going.why !== fault.message) await this.#write(going, { why: fault.message });
    return ok(0);
  }

  async #letGo(jobs: readonly Job[], why: string): Promise<void> {
    await this.#lane.transitLatest(jobs, (job) => (isOpen(job) ? { type: 'vanished', why } : null));
  }

  #isWatched({ folder }: Backfill): boolean {
    return this.#lane.parts.account.folders.includes(folder);
  }

  /** False: a person has halted or ended it meanwhile, and nothing of this is wanted any more. */
  async #write(
    going: Backfill,
    change: Partial<Backfill>,
    found: NonNullable<JournalChange['found']> = [],
  ): Promise<boolean> {
    const { journal } = this.#lane.parts;
    let isWanted = false;
    const write = (): JournalChange => {
      const now = journal.backfill(this.#lane.name);
      isWanted = now !== null && now.id === going.id && now.state === going.state;
      return now !== null && isWanted ? { found, backfill: { ...now, ...change } } : {};
    };
    const { found: ids } = await journal.commit(write, this.#lane.now(), this.#lane.date());
    for (const id of ids) this.#lane.log.info({ job: id, state: 'found', folder: going.folder }, 'found: old mail');
    return isWanted;
  }
}
