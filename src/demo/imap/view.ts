import { systemFlags } from './flags.ts';
import { type Entry, lowerBound, type Mailbox, type Watcher } from './mailbox.ts';
import { bad } from './refusal.ts';
import type { SequenceSet } from './syntax.ts';

/** A message by the number under which this session knows it. */
export interface Numbered {
  readonly number: number;
  readonly entry: Entry;
}

/**
 * A selected folder as one session was told of it. The folder changes at once; what the session calls message 5
 * changes only when it is told so (RFC 3501 7.4.1), in `news`.
 */
export class View implements Watcher {
  readonly mailbox: Mailbox;
  /** Opened by EXAMINE, or the folder is read-only. */
  readonly #examined: boolean;
  readonly #wake: () => void;
  readonly #end: (reason: string) => void;
  #entries: Entry[];
  readonly #recent = new Set<Entry>();
  #arrived: Entry[] = [];
  readonly #gone = new Set<Entry>();
  readonly #flagged = new Set<Entry>();
  #keywordsTold: number;

  /** `wake` is called when there is news; `end` when the folder was lost, and the session with it. */
  constructor(mailbox: Mailbox, examined: boolean, wake: () => void, end: (reason: string) => void) {
    this.mailbox = mailbox;
    this.#examined = examined;
    this.#wake = wake;
    this.#end = end;
    this.#entries = [...mailbox.entries];
    this.#keywordsTold = mailbox.keywords.size;
    this.#claimRecent(this.#entries);
    mailbox.watch(this);
  }

  get readOnly(): boolean {
    return this.#examined || this.mailbox.readOnly;
  }

  get count(): number {
    return this.#entries.length;
  }

  get recentCount(): number {
    return this.#recent.size;
  }

  close(): void {
    this.mailbox.unwatch(this);
  }

  arrived(entries: readonly Entry[]): void {
    this.#arrived.push(...entries);
    this.#wake();
  }

  gone(entries: readonly Entry[]): void {
    const untold = new Set(this.#arrived);
    for (const entry of entries) {
      if (!untold.delete(entry)) this.#gone.add(entry);
    }
    this.#arrived = this.#arrived.filter((entry) => untold.has(entry));
    this.#wake();
  }

  flagged(entries: readonly Entry[], by: Watcher | null): void {
    if (by === this) return;
    for (const entry of entries) this.#flagged.add(entry);
    this.#wake();
  }

  lost(reason: string): void {
    this.#end(reason);
  }

  /** Whether the message is still in the folder, told or not. */
  isHere(entry: Entry): boolean {
    return !this.#gone.has(entry);
  }

  flagsOf(entry: Entry): string {
    const has = (flag: string): boolean => (flag === '\\Deleted' ? entry.deleted : entry.flags.has(flag));
    const recent = this.#recent.has(entry) ? ['\\Recent'] : [];
    const keywords = entry.flags.size === 0 ? [] : [...this.mailbox.keywords].filter(has);
    return `(${[...systemFlags.filter(has), ...recent, ...keywords].join(' ')})`;
  }

  isRecent(entry: Entry): boolean {
    return this.#recent.has(entry);
  }

  all(): Numbered[] {
    return this.#entries.map((entry, index) => ({ number: index + 1, entry }));
  }

  /** The numbers must exist (RFC 9051 6.4.9); UIDs need not. Each message once, in ascending order. */
  pick(set: SequenceSet, byUid: boolean): Numbered[] {
    const last = byUid ? (this.#entries.at(-1)?.uid ?? 0) : this.#entries.length;
    const ranges = set
      .map(([from, to]): [number, number] => {
        const bounds = [from, to].map((bound) => (bound === Number.POSITIVE_INFINITY ? last : bound));
        return [Math.min(...bounds), Math.max(...bounds)];
      })
      .sort((a, b) => a[0] - b[0]);
    const picked: Numbered[] = [];
    let next = 0;
    for (const [from, to] of ranges) {
      if (!byUid && (from < 1 || to > last)) throw bad('Invalid messageset');
      const start = Math.max(next, byUid ? lowerBound(this.#entries, from) : from - 1);
      for (let index = start; index < this.#entries.length; index++) {
        const entry = this.#entries[index];
        if (entry === undefined || (byUid ? entry.uid : index + 1) > to) break;
        picked.push({ number: index + 1, entry });
        next = index + 1;
      }
    }
    return picked;
  }

  /** The flags and keywords of the folder, as FLAGS and PERMANENTFLAGS. */
  keywordLines(newKeywords: boolean): string[] {
    const flags = [...systemFlags, ...this.mailbox.keywords];
    const permanent = this.readOnly ? [] : newKeywords ? [...flags, '\\*'] : flags;
    this.#keywordsTold = this.mailbox.keywords.size;
    return [`* FLAGS (${flags.join(' ')})`, `* OK [PERMANENTFLAGS (${permanent.join(' ')})] Flags permitted`];
  }

  /**
   * The untagged answers that bring the session up to date. Without `expunges` the numbers stay as they are: RFC 3501
   * 7.4.1 forbids EXPUNGE while FETCH, STORE or SEARCH is in progress, and while no command is.
   */
  news(expunges: boolean, newKeywords: boolean): string[] {
    const lines: string[] = [];
    const recentBefore = this.recentCount;
    if (this.mailbox.keywords.size !== this.#keywordsTold) lines.push(...this.keywordLines(newKeywords));
    if (expunges && this.#gone.size > 0) lines.push(...this.#expunge());
    if (this.#arrived.length > 0) {
      this.#claimRecent(this.#arrived);
      this.#entries.push(...this.#arrived);
      for (const entry of this.#arrived) this.#flagged.delete(entry);
      this.#arrived = [];
      lines.push(`* ${this.#entries.length} EXISTS`);
    }
    if (this.recentCount !== recentBefore) lines.push(`* ${this.recentCount} RECENT`);
    if (this.#flagged.size > 0) lines.push(...this.#flagNews());
    return lines;
  }

  #flagNews(): string[] {
    const changed = [...this.#flagged].sort((a, b) => a.uid - b.uid);
    this.#flagged.clear();
    return changed.flatMap((entry) => {
      const index = lowerBound(this.#entries, entry.uid);
      return this.#entries[index] === entry ? [`* ${index + 1} FETCH (FLAGS ${this.flagsOf(entry)})`] : [];
    });
  }

  /** From the last to the first, so that each number is the one that the message has at that point. */
  #expunge(): string[] {
    const numbers = [...this.#gone].map((entry) => lowerBound(this.#entries, entry.uid)).sort((a, b) => b - a);
    if (numbers.length < 16) for (const index of numbers) this.#entries.splice(index, 1);
    else this.#entries = this.#entries.filter((entry) => !this.#gone.has(entry));
    for (const entry of this.#gone) {
      this.#recent.delete(entry);
      this.#flagged.delete(entry);
    }
    this.#gone.clear();
    return numbers.map((index) => `* ${index + 1} EXPUNGE`);
  }

  /** RFC 3501 2.3.2: recent for the first session that is told of it; EXAMINE takes it from nobody. */
  #claimRecent(entries: readonly Entry[]): void {
    const fresh = entries.filter((entry) => entry.uid >= this.mailbox.recentFrom);
    for (const entry of fresh) this.#recent.add(entry);
    if (!this.#examined) this.mailbox.recentFrom = this.mailbox.uidNext;
  }
}
