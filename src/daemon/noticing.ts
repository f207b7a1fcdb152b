import { type Outcome, ok } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { bestMatch, sameMessage } from '../mail/identity.ts';
import type { Cursor, Row } from '../mail/message.ts';
import type { Job } from '../triage/job.ts';
import { alsoInEvent, labelledEvent } from '../triage/noticing.ts';
import type { Lane } from './lane.ts';
import { keepUp, listenTo, type Moved, type RoutesByFolder, routesByFolder } from './moves.ts';
import type { Session } from './ports.ts';
import { follow, inPlace, isOpen } from './recognise.ts';

/** A folder that is not there: whatever is in it one day was put there later. */
const nowhere: Cursor = { uidValidity: 0, lastUid: 0 };

/**
 * Notices what people do with messages that siftd has dealt with, on one session: they put them into a route's folder,
 * or put a route's label on them. Each of those folders has a cursor of its own; what siftd put there itself is told by its place, and of the rest what
 * matches a job whose message has left its last place was moved by a person. Reads, and changes no mailbox.
 */
export class Noticing {
  readonly #lane: Lane;
  readonly #session: Session;
  #dueAt = Number.NEGATIVE_INFINITY;
  /** Copies of messages that are still in their places too: the first half of a move, maybe. They are seen twice. */
  readonly #copies = new Set<string>();

  /** As what each watched folder was when its labels were read. */
  readonly #labelsRead = new Map<string, string>();

  constructor(lane: Lane, session: Session) {
    this.#lane = lane;
    this.#session = session;
  }

  /** Looks, when it is time to. A fault: the connection has ended. */
  async turn(): Promise<Outcome<void>> {
    const { account, journal, pollInterval } = this.#lane.parts;
    if (this.#lane.now() < this.#dueAt) return ok(undefined);
    this.#dueAt = this.#lane.now() + pollInterval * limits.daemon.noticeEvery;
    const routes = await routesByFolder(this.#session, account);
    if (!routes.ok) return this.#without('the folders of the routes', routes);
    const ended = journal.lastEnded(account.name);
    const isBusy = ended !== null && ended >= this.#lane.date() - limits.daemon.noticeFor;
    const cursors = new Map<string, Cursor>();
    try {
      for (const folder of routes.value.keys()) {
        // The watched ones are read anyhow.
        if (account.folders.includes(folder)) continue;
        const stored = journal.noticed(account.name, folder);
        if (stored !== null && !isBusy) continue;
        const looked = await this.#lookInto(folder, stored, routes.value, cursors);
        if (!looked.ok) {
          const without = this.#without(folder, looked);
          if (!without.ok) return without;
        }
      }
    } finally {
      // Behind what was learned, in one commit: at a daemon's first start a thousand accounts have many folders.
      if (cursors.size > 0)
        await journal.commit(() => ({ noticed: { account: account.name, cursors } }), this.#lane.now());
    }
    const labels = [...account.policy.routes.values()].some((route) => route.move === null && route.labels.length > 0);
    if (!isBusy || !labels) return ok(undefined);
    for (const folder of account.folders) {
      const read = await this.#readLabels(folder, ended);
      if (!read.ok) {
        const without = this.#without(`the labels in ${folder}`, read);
        if (!without.ok) return without;
      }
    }
    return ok(undefined);
  }

  /** What stands in a watched folder may have got a label. Where nothing has changed in it, nothing is read. */
  async #readLabels(folder: string, ended: number): Promise<Outcome<void>> {
    const { account, journal } = this.#lane.parts;
    const head = await this.#session.head(folder);
    if (!head.ok) return head;
    const { uidValidity, modSeq } = head.value;
    const state = JSON.stringify([uidValidity, modSeq, ended]);
    if (modSeq !== null && this.#labelsRead.get(folder) === state) return ok(undefined);
    const jobs = journal.endedIn(account.name, folder, uidValidity, limits.daemon.page);
    const seen = await this.#session.look(
      folder,
      uidValidity,
      jobs.map(({ place }) => place.uid),
    );
    if (!seen.ok) return seen;
    const saidOf = (job: Job) => {
      const marks = seen.value.get(job.place.uid);
      return marks === undefined ? null : labelledEvent(job, marks, account.policy);
    };
    await listenTo(
      this.#lane,
      jobs.filter((job) => saidOf(job) !== null),
      saidOf,
    );
    this.#labelsRead.set(folder, state);
    return ok(undefined);
  }

  /** One folder that cannot be read keeps nobody from noticing what is in the others. */
  #without(what: string, { fault }: Extract<Outcome<unknown>, { ok: false }>): Outcome<void> {
    if (this.#session.closed.aborted) return { ok: false, fault };
    if (this.#lane.isNews(`notice ${what}`, fault.message)) {
      this.#lane.log.warn({ code: fault.code }, `what people file is not noticed in ${what}: ${fault.message}`);
    }
    return ok(undefined);
  }

  /** Reads one folder from its cursor on, and leaves in `cursors` how far it came. */
  async #lookInto(
    folder: string,
    stored: Cursor | null,
    routes: RoutesByFolder,
    cursors: Map<string, Cursor>,
  ): Promise<Outcome<void>> {
    const { account, journal } = this.#lane.parts;
    const save = (cursor: Cursor) => cursors.set(folder, cursor);
    const head = await this.#session.head(folder);
    if (!head.ok && head.fault.code === 'no-folder') {
      if (stored === null) save(nowhere);
      return ok(undefined);
    }
    if (!head.ok) return head;
    const { uidValidity, lastUid } = head.value;
    // What lies in it when it is met first was filed before anybody was there to notice.
    if (stored === null) {
      save(head.value);
      return ok(undefined);
    }
    if (stored.uidValidity !== uidValidity && stored.uidValidity !== nowhere.uidValidity) {
      const mapped = await follow(this.#lane, this.#session, folder, stored.uidValidity);
      if (!mapped.ok) return mapped;
      const held = await this.#judge(folder, mapped.value.uidValidity, mapped.value.strangers, routes);
      if (!held.ok) return held;
      save({ uidValidity: mapped.value.uidValidity, lastUid: Math.min(mapped.value.lastUid, held.value) });
      return ok(undefined);
    }
    if (stored.uidValidity === uidValidity && stored.lastUid >= lastUid) return ok(undefined);
    const ledger = journal.ledger(account.name);
    for (let at = stored, more = true; more && !this.#lane.parts.stopping.aborted; ) {
      const seen = await this.#session.glance(folder, at, (validity, uids) =>
        ledger.claimed(folder, validity, uids, new Set()),
      );
      if (!seen.ok) return seen;
      const held = await this.#judge(folder, seen.value.uidValidity, seen.value.rows, routes);
      if (!held.ok) return held;
      more = seen.value.more && held.value > seen.value.lastUid;
      // At its end what is gone again is passed too, so that the same look is not taken for ever.
      const end = seen.value.more || seen.value.uidValidity !== uidValidity ? seen.value.lastUid : lastUid;
      at = { uidValidity: seen.value.uidValidity, lastUid: Math.min(Math.max(seen.value.lastUid, end), held.value) };
      save(at);
    }
    return ok(undefined);
  }

  /**
   * Finds the jobs whose messages these are, and writes down what was said by putting them there. Answers the UID up to
   * which all is said: one behind it waits until its job has ended, or until its copy has become a move.
   */
  async #judge(
    folder: string,
    uidValidity: number,
    rows: readonly Row[],
    routes: RoutesByFolder,
  ): Promise<Outcome<number>> {
    const { account, journal } = this.#lane.parts;
    const known = rows
      .filter(({ flags }) => !flags.includes('\\Deleted'))
      .map((row) => ({
        row,
        jobs: journal.candidates(account.name, row.identity).filter((job) => sameMessage(row.identity, job.identity)),
      }))
      .filter(({ jobs }) => jobs.length > 0);
    const there = await inPlace(this.#lane, this.#session, [...new Set(known.flatMap(({ jobs }) => jobs))]);
    if (!there.ok) return there;
    const moved: Moved[] = [];
    const labelled: Job[] = [];
    const taken = new Set<number>();
    let said = Number.POSITIVE_INFINITY;
    const wait = (uid: number) => {
      said = Math.min(said, uid - 1);
    };
    for (const { row, jobs } of known) {
      const place = { folder, uidValidity, uid: row.uid };
      const free = jobs.filter(({ id }) => !taken.has(id));
      const left: Job | null = bestMatch(
        row.identity,
        free.filter(({ id }) => !there.value.has(id)),
      );
      const here = left === null && this.#session.abilities.gmail ? bestMatch(row.identity, free) : null;
      if (here !== null) {
        if (isOpen(here)) wait(row.uid);
        else labelled.push(here);
      } else if (left === null) {
        const copy = JSON.stringify(place);
        if (!this.#copies.has(copy)) wait(row.uid);
        this.#copies.add(copy);
      } else if (isOpen(left)) wait(row.uid);
      else {
        taken.add(left.id);
        moved.push({ job: left, place });
      }
    }
    await keepUp(this.#lane, moved, routes);
    await listenTo(this.#lane, labelled, (job) => alsoInEvent(job, folder, (name) => routes.get(name) ?? []));
    return ok(said);
  }
}
