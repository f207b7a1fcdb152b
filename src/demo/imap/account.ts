import type { Clock } from '../../base/clock.ts';
import { identityFromHeader } from '../../mail/identity.ts';
import type { SpecialUse } from '../../mail/mailbox.ts';
import type { Capabilities } from './capabilities.ts';
import { Content } from './content.ts';
import { type FlagChange, FlagNames } from './flags.ts';
import { type Arrival, type Entry, type Mail, Mailbox, type Watcher } from './mailbox.ts';
import { Names } from './names.ts';
import { no } from './refusal.ts';

export interface FolderSpec {
  readonly name: string;
  readonly specialUse?: SpecialUse;
  /** On Gmail: the label's "Show in IMAP" is off. */
  readonly hidden?: true;
}

/** What a copy made of each message: where it stood, and where it stands now. */
export type Copies = readonly { readonly from: Entry; readonly to: Entry }[];

/**
 * One user's folders and messages on a server as RFC 3501 has it: a copy is a message of its own. It outlives the
 * connections. What a client may do here, it does through these methods.
 */
export class Account {
  readonly user: string;
  readonly capabilities: Capabilities;
  readonly names: Names;
  readonly flagNames: FlagNames;
  readonly folders = new Map<string, Mailbox>();
  readonly subscribed = new Set<string>();
  /** Whoever is logged in. */
  readonly sessions = new Set<object>();
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  readonly #threads = new Map<string, string>();
  #uidValidity: number;
  #serial = 0;

  constructor(user: string, capabilities: Capabilities, clock: Clock) {
    this.user = user;
    this.capabilities = capabilities;
    this.names = new Names(capabilities);
    this.flagNames = new FlagNames(capabilities.keywords, capabilities.gmail);
    this.#clock = clock;
    // A folder that is deleted and made again must have a higher one (RFC 3501 2.3.1.1).
    this.#uidValidity = Math.floor(clock.now() / 1000);
    this.make({ name: 'INBOX' });
  }

  /** Folders that every account of this kind begins with, besides INBOX. */
  get standardFolders(): readonly FolderSpec[] {
    return [
      { name: 'Archive', specialUse: '\\Archive' },
      { name: 'Drafts', specialUse: '\\Drafts' },
      { name: 'Junk', specialUse: '\\Junk' },
      { name: 'Sent', specialUse: '\\Sent' },
      { name: 'Trash', specialUse: '\\Trash' },
    ];
  }

  /** Calls back after each change of anything; returns how to stop it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  find(name: string): Mailbox | null {
    return this.folders.get(name) ?? null;
  }

  /** The names of the folders that LIST tells. */
  get shown(): Iterable<string> {
    return this.folders.keys();
  }

  make({ name, specialUse }: FolderSpec): Mailbox {
    const checked = this.names.checked(name);
    if (this.folders.has(checked)) throw no('Mailbox already exists', 'ALREADYEXISTS');
    this.#serial += 1;
    const mailbox = new Mailbox(checked, specialUse ?? null, `F${this.#serial}`, this.#nextUidValidity(), () =>
      this.#tell(),
    );
    this.folders.set(checked, mailbox);
    this.#tell();
    return mailbox;
  }

  delete(name: string): void {
    const mailbox = this.folders.get(name);
    if (name === 'INBOX') throw no('INBOX cannot be deleted', 'CANNOT');
    if (mailbox === undefined) throw no('Mailbox does not exist', 'NONEXISTENT');
    this.folders.delete(name);
    mailbox.lose('Selected mailbox was deleted');
    this.#tell();
  }

  /** Takes the folders below along (RFC 3501 6.3.5); INBOX only gives its messages away. */
  rename(from: string, to: string): void {
    const target = this.names.checked(to);
    const below = [...this.folders.keys()].filter((name) => name === from || name.startsWith(`${from}/`));
    if (below.length === 0) throw no('Mailbox does not exist', 'NONEXISTENT');
    if (this.folders.has(target)) throw no('Mailbox already exists', 'ALREADYEXISTS');
    if (`${target}/`.startsWith(`${from}/`) && from !== 'INBOX')
      throw no('Mailbox cannot be moved below itself', 'CANNOT');
    const inbox = from === 'INBOX' ? this.find('INBOX') : null;
    if (inbox !== null) {
      this.move(inbox, inbox.entries, this.make({ name: target }));
      return;
    }
    for (const name of below) {
      const mailbox = this.folders.get(name);
      if (mailbox === undefined) continue;
      this.folders.delete(name);
      mailbox.name = this.names.checked(target + name.slice(from.length));
      this.folders.set(mailbox.name, mailbox);
    }
    this.#tell();
  }

  /** A new message. The folder was found willing before. */
  append(folder: Mailbox, raw: Buffer, flags: readonly string[], internalDate: number | null): Entry {
    const permitted = this.flagNames.permitted(flags);
    const mail = this.mailOf(raw, internalDate ?? this.#clock.now());
    const deleted = permitted.includes('\\Deleted');
    const [entry] = this.place(folder, [
      { mail, flags: new Set(permitted.filter((flag) => flag !== '\\Deleted')), deleted },
    ]);
    if (entry === undefined) throw new Error('a message that was placed has a place');
    return entry;
  }

  /** Flags go along, `\Deleted` too, as on Dovecot, Cyrus and Courier (RFC 3501 6.4.7). */
  copy(entries: readonly Entry[], to: Mailbox): Copies {
    const arrivals = entries.map(({ mail, flags, deleted }) => ({ mail, flags: new Set(flags), deleted }));
    return paired(entries, this.place(to, arrivals));
  }

  /** RFC 6851: copied, then gone from here, with nothing in between that another session could see. */
  move(from: Mailbox, entries: readonly Entry[], to: Mailbox): Copies {
    const copies = this.copy(entries, to);
    from.remove(entries);
    return copies;
  }

  /** For good. */
  expunge(from: Mailbox, entries: readonly Entry[]): void {
    from.remove(entries);
  }

  /** Returns those whose flags are others now. */
  setFlags(
    folder: Mailbox,
    entries: readonly Entry[],
    how: FlagChange,
    flags: readonly string[],
    by: Watcher | null,
  ): Entry[] {
    const permitted = this.flagNames.permitted(flags);
    const changed = entries.filter((entry) => changeFlags(entry, how, permitted));
    if (changed.length > 0) this.announce(folder, changed, by);
    return changed;
  }

  /** Gmail's labels of a message as seen from a folder; null where there are none such. */
  labels(_entry: Entry, _seenFrom: Mailbox): string[] | null {
    return null;
  }

  setLabels(_folder: Mailbox, _entries: readonly Entry[], _how: FlagChange, _labels: readonly string[]): void {
    throw no('There are no labels here', 'CANNOT');
  }

  renumber(folder: Mailbox, keepUids: boolean): void {
    folder.renumber(this.#nextUidValidity(), keepUids);
  }

  protected place(folder: Mailbox, arrivals: readonly Arrival[]): Entry[] {
    return folder.add(arrivals);
  }

  protected announce(folder: Mailbox, entries: readonly Entry[], by: Watcher | null): void {
    folder.flagged(entries, by);
  }

  /** The ids of the n-th message: any that stay the same would do (RFC 8474 4.2). */
  protected idOf(serial: number): string {
    return `M${String(serial).padStart(8, '0')}`;
  }

  protected threadIdOf(serial: number): string {
    return `T${String(serial).padStart(8, '0')}`;
  }

  /** A reply joins the thread of the nearest message it names; the ids it names belong to the thread from then on. */
  protected mailOf(raw: Buffer, internalDate: number): Mail {
    const content = new Content(raw);
    const { messageId, references } = identityFromHeader(content.header);
    const ids = [...references, ...(messageId === null ? [] : [messageId])];
    this.#serial += 1;
    const known = ids.toReversed().map((id) => this.#threads.get(id));
    const threadId = known.find((thread) => thread !== undefined) ?? this.threadIdOf(this.#serial);
    for (const id of ids) if (!this.#threads.has(id)) this.#threads.set(id, threadId);
    // INTERNALDATE has whole seconds.
    return {
      content,
      internalDate: Math.floor(internalDate / 1000) * 1000,
      emailId: this.idOf(this.#serial),
      threadId,
    };
  }

  #nextUidValidity(): number {
    this.#uidValidity += 1;
    return this.#uidValidity;
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

export function paired(from: readonly Entry[], to: readonly Entry[]): Copies {
  return from.flatMap((entry, at) => {
    const copy = to[at];
    return copy === undefined ? [] : [{ from: entry, to: copy }];
  });
}

function changeFlags(entry: Entry, how: FlagChange, flags: readonly string[]): boolean {
  const before = { flags: new Set(entry.flags), deleted: entry.deleted };
  if (how === 'replace') {
    entry.flags.clear();
    entry.deleted = false;
  }
  for (const flag of flags) {
    if (flag === '\\Deleted') entry.deleted = how !== 'remove';
    else if (how === 'remove') entry.flags.delete(flag);
    else entry.flags.add(flag);
  }
  const same = before.flags.size === entry.flags.size && [...entry.flags].every((flag) => before.flags.has(flag));
  return !same || before.deleted !== entry.deleted;
}
