import type { MailboxObject } from 'imapflow';
import { limits } from '../base/limits.ts';
import type { Cursor, Scan } from '../mail/message.ts';
import type { People } from '../triage/threads.ts';
import type { Folders } from './folders.ts';
import { faultOf, ImapFault, type Line } from './line.ts';
import { eachOf, type Page, pageOf, rowsOf, tailOf, topUid, uidPageOf } from './rows.ts';

/** Where a folder stands. */
export interface Head extends Cursor {
  /** HIGHESTMODSEQ (RFC 7162), which any change in the folder changes; null where the server has none. */
  readonly modSeq: string | null;
}

/** Which of these UIDs are known without reading anything of the messages. */
export type Ours = (uidValidity: number, uids: readonly number[]) => ReadonlySet<number>;

/** A folder as its last scan left it. */
interface Scanned {
  /** One each time that it is opened. */
  readonly mailbox: MailboxObject;
  /** How many messages it has, those that went since left out. */
  exists: number;
  /** null: the scan did not come to the folder's end. */
  readonly lastUid: number | null;
  /** The highest UID that it had then. */
  readonly top: number;
}

/** What IDLE has to know: what a folder looked like when it was last scanned, and whether anything came since. */
export class Watch {
  readonly #line: Line;
  readonly #folders: Folders;
  readonly #scanned = new Map<string, Scanned>();
  /** The server said that something came into the open folder. */
  #arrived = false;
  #wake: (() => void) | null = null;

  constructor(line: Line, folders: Folders) {
    this.#line = line;
    this.#folders = folders;
    line.onNews = (what, path) => {
      const scanned = this.#scanned.get(path);
      if (what === 'exists') this.#arrived = true;
      // Ours, as we moved it, or a person's: what goes is nothing to be read.
      else if (what === 'expunge' && scanned !== undefined) scanned.exists--;
      this.#wake?.();
    };
  }

  async head(folder: string): Promise<Head> {
    const line = this.#line;
    const path = this.#folders.path(folder);
    // STATUS even of an open folder: Courier's SELECT gives no UIDNEXT. imapflow asks for HIGHESTMODSEQ where it is offered.
    const query = { uidNext: true, uidValidity: true, highestModseq: true };
    const status = await line.run(() => line.client.status(path, query));
    if (status && status.uidNext !== undefined && status.uidValidity !== undefined) {
      const modSeq = status.highestModseq === undefined ? null : `${status.highestModseq}`;
      return { uidValidity: Number(status.uidValidity), lastUid: Math.max(0, status.uidNext - 1), modSeq };
    }
    const { uidValidity } = await line.open(path);
    return { uidValidity, lastUid: await topUid(line), modSeq: null };
  }

  async survey(folder: string, since: number | null) {
    const line = this.#line;
    const { uidValidity, mailbox } = await line.openFresh(this.#folders.path(folder), 'read');
    const lastUid = await topUid(line);
    const all = { uidValidity, lastUid, messages: mailbox.exists, firstUid: 1 };
    if (since === null) return all;
    const query = { since: new Date(since - limits.backfill.zones) };
    const found = await line.run(() => line.client.search(query, { uid: true }));
    // A server that finds nothing may not know how to search: then all of it is looked at.
    if (!found || found.length === 0) return all;
    return { ...all, messages: found.length, firstUid: found.reduce((least, uid) => Math.min(least, uid)) };
  }

  async scan(folder: string, cursor: Cursor): Promise<Scan> {
    const line = this.#line;
    const path = this.#folders.path(folder);
    const unchanged = () => this.#isAsScanned(path, cursor);
    if (line.toldLately && unchanged()) return nothingBehind(cursor);
    const known = this.#knownBehind(path, cursor);
    if (known !== null) {
      const { rows, last } = await pageOf(line, cursor.lastUid, known);
      return { uidValidity: cursor.uidValidity, lastUid: last, rows, more: true };
    }
    // A server that has just told of something new need not be asked whether there is.
    const told = this.#arrived && line.path === path && line.offers('UIDPLUS');
    const { uidValidity, mailbox } = await (told ? line.open(path) : line.openFresh(path));
    if (line.told && unchanged()) return nothingBehind(cursor);
    this.#arrived = false;
    const after = uidValidity === cursor.uidValidity ? cursor.lastUid : 0;
    const short = told && mailbox.exists <= line.paces.read.size;
    const { top, rows, last } = (short ? await this.#tail(after) : null) ?? (await this.#page(after));
    const more = last < top;
    this.#scanned.set(path, { mailbox, exists: mailbox.exists, lastUid: more ? null : last, top });
    return { uidValidity, lastUid: last, rows, more };
  }

  async #tail(after: number): Promise<(Page & { readonly top: number }) | null> {
    const page = await tailOf(this.#line, after);
    return page && { ...page, top: page.last };
  }

  async #page(after: number): Promise<Page & { readonly top: number }> {
    const top = await topUid(this.#line);
    return { ...(await pageOf(this.#line, after, top)), top };
  }

  /** A page of what lies beyond the cursor; of the messages that `ours` names nothing but the UID is asked. */
  async glance(folder: string, cursor: Cursor, ours: Ours): Promise<Scan> {
    const line = this.#line;
    const { uidValidity } = await line.openFresh(this.#folders.path(folder), 'read');
    const top = await topUid(line);
    const page = await uidPageOf(line, uidValidity === cursor.uidValidity ? cursor.lastUid : 0, top);
    const known = ours(uidValidity, page.uids);
    const rows = await rowsOf(
      line,
      page.uids.filter((uid) => !known.has(uid)),
    );
    return { uidValidity, lastUid: page.last, rows, more: page.last < top };
  }

  /** Nothing came and nothing went, so there is nothing to read: a thousand idle accounts are asked every half a minute. */
  #isAsScanned(path: string, cursor: Cursor): boolean {
    const { mailbox } = this.#line.client;
    const scanned = this.#scanned.get(path);
    if (this.#arrived || scanned === undefined || scanned.mailbox !== mailbox) return false;
    return Number(mailbox.uidValidity) === cursor.uidValidity && scanned.lastUid === cursor.lastUid;
  }

  /**
   * The highest UID that the open folder had when it was looked at, if it was not read up to there: page by page that is done
   * without another look, and what came since is found by the one that follows. null: it takes a look.
   */
  #knownBehind(path: string, cursor: Cursor): number | null {
    const { mailbox } = this.#line.client;
    const scanned = this.#scanned.get(path);
    // Without UIDPLUS an open folder stands as it was (Line.openFresh), and what went since would be asked for.
    if (scanned === undefined || scanned.mailbox !== mailbox || !this.#line.offers('UIDPLUS')) return null;
    if (Number(mailbox.uidValidity) !== cursor.uidValidity) return null;
    return cursor.lastUid < scanned.top ? scanned.top : null;
  }

  async look(folder: string, uidValidity: number, uids: readonly number[]): Promise<Map<number, readonly string[]>> {
    const line = this.#line;
    const opened = await line.openFresh(this.#folders.path(folder), 'read');
    throwIfStale(folder, uidValidity, opened.uidValidity);
    const there = new Map<number, readonly string[]>();
    // Not even its header: a message that nobody can read is there all the same, and reading it may end the connection.
    await eachOf(line, uids, { uid: true, flags: true, labels: line.gmail }, ({ uid, flags, labels }) =>
      there.set(uid, flags === undefined ? (there.get(uid) ?? []) : [...flags, ...(labels ?? [])]),
    );
    return there;
  }

  /** By ENVELOPE: the server has read the addresses already. */
  async people(folder: string, uidValidity: number, uids: readonly number[]): Promise<Map<number, People>> {
    const line = this.#line;
    const opened = await line.openFresh(this.#folders.path(folder), 'read');
    throwIfStale(folder, uidValidity, opened.uidValidity);
    const found = new Map<number, People>();
    await eachOf(line, uids, { uid: true, envelope: true }, ({ uid, envelope }) => {
      if (envelope === undefined) return;
      const { from, sender, replyTo, to, cc } = envelope;
      const all = [from, sender, replyTo, to, cc].flatMap(addressesOf);
      found.set(uid, { from: addressesOf(from), all });
    });
    return found;
  }

  /** Resolves `false` when the connection is dead, which a half-open one is after `probeTimeout`. */
  async idle(folder: string, ms: number, signal: AbortSignal): Promise<boolean> {
    const line = this.#line;
    const waiting = new AbortController();
    const wake = () => waiting.abort();
    // What it said until now counts as said before.
    line.heardAt();
    const began = line.clock.now();
    signal.addEventListener('abort', wake);
    line.closed.addEventListener('abort', wake);
    try {
      const path = this.#folders.path(folder);
      const { fresh, mailbox } = await line.open(path);
      // While another folder was open nobody told us of this one; what SELECT says shows whether something came.
      const scanned = this.#scanned.get(path);
      if (fresh && scanned !== undefined && !isAlike(scanned, mailbox)) this.#arrived = true;
      const idling = line.offers('IDLE') && !this.#arrived && !signal.aborted ? line.client.idle() : Promise.resolve();
      const over = idling.catch(() => false);
      this.#wake = wake;
      if (this.#arrived || signal.aborted || !line.alive) wake();
      await line.clock.sleep(this.#untilBeat(Math.min(ms, line.bounds.pollInterval)), waiting.signal);
      // It has just spoken: whatever is asked next ends IDLE.
      const lively = line.clock.now() - began < line.bounds.moment && line.heardAt() > began;
      if (!line.alive || lively || (this.#arrived && line.offers('UIDPLUS'))) return line.alive;
      // It brings news where IDLE is mute, and ends it.
      await line.noop(line.bounds.probeTimeout);
      await over;
    } catch (error) {
      if (faultOf(line, error) === null) throw error;
      // The folder cannot be opened, but the server talks on: the next scan says what is wrong with it.
      if (line.alive) await line.clock.sleep(Math.min(ms, line.bounds.pollInterval), waiting.signal);
    } finally {
      this.#wake = null;
      signal.removeEventListener('abort', wake);
      line.closed.removeEventListener('abort', wake);
    }
    return line.alive;
  }

  /** A long wait ends a little early, together with those of other accounts. */
  #untilBeat(ms: number): number {
    const { beat } = this.#line.bounds;
    return ms < 10 * beat ? ms : ms - ((this.#line.clock.now() + ms) % beat);
  }
}

function nothingBehind({ uidValidity, lastUid }: Cursor): Scan {
  return { uidValidity, lastUid, rows: [], more: false };
}

/** Nothing came while it was not open, as far as can be seen from how many messages it has. */
function isAlike(scanned: Scanned, { uidValidity, exists }: MailboxObject): boolean {
  return scanned.mailbox.uidValidity === uidValidity && scanned.exists === exists;
}

function addressesOf(list: readonly { readonly address?: string | undefined }[] | undefined): string[] {
  return (list ?? []).flatMap(({ address }) => (address ? [address.toLowerCase()] : []));
}

/** A UID means nothing under another UIDVALIDITY, and its absence must not be read as a person's move. */
export function throwIfStale(folder: string, expected: number, found: number): void {
  if (expected === found) return;
  throw new ImapFault('temporary', 'stale', `the folder ${JSON.stringify(folder)} has a new UIDVALIDITY on the server`);
}
