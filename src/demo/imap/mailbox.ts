import type { SpecialUse } from '../../mail/mailbox.ts';
import type { Content } from './content.ts';
import { no } from './refusal.ts';

/** One message of an account, whatever folders show it. A copy of it shares it: EMAILID stays (RFC 8474 5.1). */
export interface Mail {
  readonly content: Content;
  /** Milliseconds since the epoch. */
  readonly internalDate: number;
  readonly emailId: string;
  readonly threadId: string;
}

/** A message in one folder. On Gmail `flags` is one set for all folders that show the message. */
export interface Entry {
  /** Changes only with the UIDVALIDITY. */
  uid: number;
  readonly mail: Mail;
  /** Without `\Deleted`, which belongs to the folder and not to the message. */
  readonly flags: Set<string>;
  deleted: boolean;
}

export interface Arrival {
  readonly mail: Mail;
  readonly flags: Set<string>;
  readonly deleted?: boolean;
}

/** Who looks at a folder: the sessions that selected it. Called at the change, before the change is answered. */
export interface Watcher {
  arrived(entries: readonly Entry[]): void;
  gone(entries: readonly Entry[]): void;
  /** `by` made the change and answers it by itself. */
  flagged(entries: readonly Entry[], by: Watcher | null): void;
  /** The folder is no more what it was: deleted, or with a new UIDVALIDITY. */
  lost(reason: string): void;
}

/** Why a folder takes no messages: a response code of RFC 5530, or TRYCREATE (RFC 3501 7.1). */
export interface Unwilling {
  readonly code: string;
  /** How many more times. */
  times: number;
}

export class Mailbox {
  name: string;
  readonly specialUse: SpecialUse | null;
  /** MAILBOXID (RFC 8474 4.1): stays through a RENAME. */
  readonly id: string;
  uidValidity: number;
  uidNext = 1;
  /** In the order of their UIDs. */
  entries: Entry[] = [];
  /** Keywords that were ever used here, for FLAGS and PERMANENTFLAGS. */
  readonly keywords = new Set<string>();
  readOnly = false;
  unwilling: Unwilling | null = null;
  /** From this UID on no session was told yet (\Recent, RFC 3501 2.3.2). */
  recentFrom = 1;
  readonly #watchers = new Set<Watcher>();
  readonly #changed: () => void;

  constructor(name: string, specialUse: SpecialUse | null, id: string, uidValidity: number, changed: () => void) {
    this.name = name;
    this.specialUse = specialUse;
    this.id = id;
    this.uidValidity = uidValidity;
    this.#changed = changed;
  }

  watch(watcher: Watcher): void {
    this.#watchers.add(watcher);
  }

  unwatch(watcher: Watcher): void {
    this.#watchers.delete(watcher);
  }

  /** UIDs ascend strictly and are never used again (RFC 3501 2.3.1.1). */
  add(arrivals: readonly Arrival[]): Entry[] {
    if (arrivals.length === 0) return [];
    const entries = arrivals.map(({ mail, flags, deleted = false }) => ({ uid: this.uidNext++, mail, flags, deleted }));
    for (const entry of entries) {
      this.entries.push(entry);
      this.#note(entry.flags);
    }
    this.#tell((watcher) => watcher.arrived(entries));
    return entries;
  }

  /** Entries that are not here any more are left out of what watchers hear. */
  remove(entries: Iterable<Entry>): Entry[] {
    const wanted = new Set(entries);
    const here = [...wanted].filter((entry) => this.find(entry.uid) === entry);
    if (here.length === 0) return [];
    if (here.length < 16) for (const entry of here) this.entries.splice(lowerBound(this.entries, entry.uid), 1);
    else this.entries = this.entries.filter((entry) => !wanted.has(entry));
    this.#tell((watcher) => watcher.gone(here));
    return here;
  }

  /** The flags of these entries have changed. */
  flagged(entries: readonly Entry[], by: Watcher | null): void {
    for (const entry of entries) this.#note(entry.flags);
    this.#tell((watcher) => watcher.flagged(entries, by));
  }

  find(uid: number): Entry | null {
    const entry = this.entries[lowerBound(this.entries, uid)];
    return entry?.uid === uid ? entry : null;
  }

  /** As after a restore: whoever looks at the folder has to look anew. */
  renumber(uidValidity: number, keepUids: boolean): void {
    this.lose('UIDVALIDITY changed');
    this.uidValidity = uidValidity;
    if (!keepUids) {
      this.uidNext = 1;
      this.recentFrom = 1;
      for (const entry of this.entries) entry.uid = this.uidNext++;
    }
    this.#changed();
  }

  lose(reason: string): void {
    this.#tell((watcher) => watcher.lost(reason));
    this.#watchers.clear();
  }

  /** Throws what a COPY, MOVE or APPEND to this folder is answered, where it takes nothing. */
  ready(): void {
    if (this.readOnly) throw no('Mailbox is read-only', 'NOPERM');
    const unwilling = this.unwilling;
    if (unwilling === null) return;
    unwilling.times -= 1;
    if (unwilling.times <= 0) this.unwilling = null;
    throw no('Mailbox takes no messages', unwilling.code);
  }

  #note(flags: Iterable<string>): void {
    for (const flag of flags) if (!flag.startsWith('\\')) this.keywords.add(flag);
  }

  #tell(news: (watcher: Watcher) => void): void {
    for (const watcher of [...this.#watchers]) news(watcher);
    this.#changed();
  }
}

/** The index of the first entry with this UID or a higher one. */
export function lowerBound(entries: readonly Entry[], uid: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const entry = entries[middle];
    if (entry !== undefined && entry.uid < uid) low = middle + 1;
    else high = middle;
  }
  return low;
}
