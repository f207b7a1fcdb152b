import type { SpecialUse } from '../../mail/mailbox.ts';
import { Account, type Copies, type FolderSpec, paired } from './account.ts';
import type { FlagChange } from './flags.ts';
import type { Arrival, Entry, Mail, Mailbox, Watcher } from './mailbox.ts';
import { no } from './refusal.ts';

/** The folders that show a message, with its one set of flags. Where it is no folder's any more, it is gone. */
interface Shown {
  readonly flags: Set<string>;
  readonly places: Map<Mailbox, Entry>;
}

/** System labels, and the special use of the folder that shows each; its name is in the user's language. */
const useOfLabel: ReadonlyMap<string, SpecialUse> = new Map([
  ['\\sent', '\\Sent'],
  ['\\draft', '\\Drafts'],
  ['\\drafts', '\\Drafts'],
  ['\\important', '\\Important'],
  ['\\starred', '\\Flagged'],
  ['\\trash', '\\Trash'],
  ['\\spam', '\\Junk'],
  ['\\junk', '\\Junk'],
]);

const labelOfUse: ReadonlyMap<SpecialUse, string> = new Map([
  ['\\Sent', '\\Sent'],
  ['\\Drafts', '\\Draft'],
  ['\\Important', '\\Important'],
  ['\\Flagged', '\\Starred'],
  ['\\Trash', '\\Trash'],
  ['\\Junk', '\\Spam'],
]);

/**
 * An account as Gmail keeps it (https://developers.google.com/gmail/imap/imap-extensions): a message stands once, in
 * All Mail, and every other folder is a label on it. A copy puts a label on, a move puts one on and takes one off,
 * EXPUNGE takes one off. Only Spam and Trash hold a message alone, and only there is it deleted.
 */
export class GmailAccount extends Account {
  readonly #shown = new WeakMap<Mail, Shown>();
  readonly #hidden = new Set<string>();

  override get standardFolders(): readonly FolderSpec[] {
    return [
      { name: '[Gmail]/All Mail', specialUse: '\\All' },
      { name: '[Gmail]/Drafts', specialUse: '\\Drafts' },
      { name: '[Gmail]/Important', specialUse: '\\Important' },
      { name: '[Gmail]/Sent Mail', specialUse: '\\Sent' },
      { name: '[Gmail]/Spam', specialUse: '\\Junk' },
      { name: '[Gmail]/Starred', specialUse: '\\Flagged' },
      { name: '[Gmail]/Trash', specialUse: '\\Trash' },
    ];
  }

  override get shown(): Iterable<string> {
    return [...this.folders.keys()].filter((name) => !this.#isHidden(name));
  }

  /** A label that is not shown in IMAP is unknown there, and its name is taken. */
  override find(name: string): Mailbox | null {
    return this.#isHidden(name) ? null : super.find(name);
  }

  override make(spec: FolderSpec): Mailbox {
    const lower = spec.name.toLowerCase();
    const taken = [...this.folders.keys()].some((name) => name.toLowerCase() === lower);
    if (taken) throw no(`Duplicate folder name ${spec.name} (Failure)`, 'ALREADYEXISTS');
    const label = super.make(spec);
    if (spec.hidden === true) this.#hidden.add(label.name);
    return label;
  }

  override delete(name: string): void {
    const label = this.#label(name);
    const entries = label.entries;
    super.delete(name);
    for (const entry of entries) this.#shownOf(entry.mail).places.delete(label);
  }

  override rename(from: string, to: string): void {
    if (this.find(from) !== null || from === '[Gmail]') this.#label(from);
    super.rename(from, to);
  }

  override copy(entries: readonly Entry[], to: Mailbox): Copies {
    return paired(entries, this.place(to, entries));
  }

  override move(from: Mailbox, entries: readonly Entry[], to: Mailbox): Copies {
    const copies = this.copy(entries, to);
    if (from !== to) this.expunge(from, entries);
    return copies;
  }

  override expunge(from: Mailbox, entries: readonly Entry[]): void {
    const here = entries.filter((entry) => from.find(entry.uid) === entry);
    if (from.specialUse === '\\All') {
      // Gmail's default archives what is expunged, and in All Mail it is archived already.
      this.setFlags(from, here, 'remove', ['\\Deleted'], null);
      return;
    }
    this.#hide(
      from,
      here.map((entry) => entry.mail),
    );
    if (from.specialUse === '\\Flagged') this.setFlags(from, here, 'remove', ['\\Flagged'], null);
  }

  /** All other labels: Gmail leaves out the one of the folder that is looked at. */
  override labels(entry: Entry, seenFrom: Mailbox): string[] {
    return [...this.#shownOf(entry.mail).places.keys()]
      .filter((folder) => folder !== seenFrom && folder.specialUse !== '\\All')
      .map(({ name, specialUse }) => {
        if (name === 'INBOX') return '\\Inbox';
        return (specialUse === null ? undefined : labelOfUse.get(specialUse)) ?? name;
      });
  }

  override setLabels(folder: Mailbox, entries: readonly Entry[], how: FlagChange, labels: readonly string[]): void {
    const names = labels.map((label) => {
      const name = label.startsWith('\\') ? this.#folderOf(label.toLowerCase()) : this.names.checked(label);
      if (name === null || this.folders.get(name)?.specialUse === '\\All') throw no('Invalid label', 'CANNOT');
      return name;
    });
    if (how === 'remove') {
      for (const name of names) {
        const label = this.folders.get(name);
        if (label !== undefined) this.expunge(label, this.#entriesIn(label, entries));
      }
      return;
    }
    const wanted = names.map((name) => this.folders.get(name) ?? this.make({ name }));
    if (how === 'replace') {
      const others = [...this.folders.values()].filter(
        (label) => label !== folder && label.specialUse !== '\\All' && !wanted.includes(label),
      );
      for (const label of others) this.expunge(label, this.#entriesIn(label, entries));
    }
    for (const label of wanted) this.place(label, entries);
  }

  /** X-GM-MSGID is an unsigned 64-bit number in decimal. */
  protected override idOf(serial: number): string {
    return String(1_700_000_000_000_000_000n + BigInt(serial));
  }

  protected override threadIdOf(serial: number): string {
    return this.idOf(serial);
  }

  protected override place(folder: Mailbox, arrivals: readonly Arrival[]): Entry[] {
    for (const { mail, flags } of arrivals) {
      if (!this.#shown.has(mail)) this.#shown.set(mail, { flags, places: new Map() });
    }
    const mails = arrivals.map(({ mail }) => mail);
    const alone = folder.specialUse === '\\Trash' || folder.specialUse === '\\Junk';
    for (const other of this.folders.values()) {
      const leaves = alone ? other !== folder : other.specialUse === '\\Trash' || other.specialUse === '\\Junk';
      if (leaves) this.#hide(other, mails);
    }
    if (!alone) this.#show(this.#special('\\All'), mails);
    this.#show(folder, mails);
    const entries = this.#entriesIn(folder, arrivals);
    if (folder.specialUse === '\\Flagged') this.setFlags(folder, entries, 'add', ['\\Flagged'], null);
    else this.#star(mails);
    return entries;
  }

  protected override announce(_folder: Mailbox, entries: readonly Entry[], by: Watcher | null): void {
    const told = new Map<Mailbox, Entry[]>();
    for (const { mail } of entries) {
      for (const [place, entry] of this.#shownOf(mail).places) told.set(place, [...(told.get(place) ?? []), entry]);
    }
    for (const [place, changed] of told) place.flagged(changed, by);
    this.#star(entries.map((entry) => entry.mail));
  }

  /** \Flagged and the folder Starred are one thing. Spam and Trash show in no other folder. */
  #star(mails: readonly Mail[]): void {
    const starred = this.#special('\\Flagged');
    const all = this.#special('\\All');
    const flagged = mails.filter((mail) => this.#shownOf(mail).flags.has('\\Flagged'));
    this.#show(
      starred,
      flagged.filter((mail) => this.#shownOf(mail).places.has(all)),
    );
    this.#hide(
      starred,
      mails.filter((mail) => !this.#shownOf(mail).flags.has('\\Flagged')),
    );
  }

  #show(folder: Mailbox, mails: readonly Mail[]): void {
    const missing = [...new Set(mails)].map((mail) => ({ mail, shown: this.#shownOf(mail) }));
    const arrivals = missing.filter(({ shown }) => !shown.places.has(folder));
    const entries = folder.add(arrivals.map(({ mail, shown }) => ({ mail, flags: shown.flags })));
    for (const entry of entries) this.#shownOf(entry.mail).places.set(folder, entry);
  }

  #hide(folder: Mailbox, mails: readonly Mail[]): void {
    const places = mails.map((mail) => this.#shownOf(mail).places);
    const entries = places.map((place) => place.get(folder)).filter((entry) => entry !== undefined);
    for (const place of places) place.delete(folder);
    folder.remove(entries);
  }

  #entriesIn(folder: Mailbox, of: readonly { readonly mail: Mail }[]): Entry[] {
    return of.map(({ mail }) => this.#shownOf(mail).places.get(folder)).filter((entry) => entry !== undefined);
  }

  #shownOf(mail: Mail): Shown {
    const shown = this.#shown.get(mail);
    if (shown === undefined) throw new Error('every message of an account is shown somewhere in it');
    return shown;
  }

  /** Asked while the account is made, too. */
  #isHidden(name: string): boolean {
    return #hidden in this && this.#hidden.has(name);
  }

  #folderOf(systemLabel: string): string | null {
    if (systemLabel === '\\inbox') return 'INBOX';
    const use = useOfLabel.get(systemLabel);
    return use === undefined ? null : this.#special(use).name;
  }

  #special(use: SpecialUse): Mailbox {
    const folder = [...this.folders.values()].find((candidate) => candidate.specialUse === use);
    if (folder === undefined) throw new Error(`a Gmail account has its ${use}`);
    return folder;
  }

  /** The folder of a user's own label; the others can be neither deleted nor renamed. */
  #label(name: string): Mailbox {
    const folder = this.find(name);
    if (folder === null) throw no('Mailbox does not exist', 'NONEXISTENT');
    if (name === 'INBOX' || folder.specialUse !== null) throw no('This label belongs to the system', 'CANNOT');
    return folder;
  }
}
