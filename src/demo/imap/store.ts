import { type Clock, systemClock } from '../../base/clock.ts';
import type { SpecialUse } from '../../mail/mailbox.ts';
import { Account, type FolderSpec } from './account.ts';
import { type Capabilities, everything, gmailCapabilities } from './capabilities.ts';
import type { FlagChange } from './flags.ts';
import { GmailAccount } from './gmail.ts';
import type { Entry, Mailbox } from './mailbox.ts';

export interface AccountSpec {
  readonly user: string;
  readonly password: string;
  /** Besides INBOX. Default: the usual ones with their special uses. On Gmail these are labels beside Gmail's own. */
  readonly folders?: readonly FolderSpec[];
  /** On Gmail: its own folders in another language. */
  readonly ownFolders?: readonly FolderSpec[];
  /** Over those of the store. */
  readonly capabilities?: Partial<Capabilities>;
}

export interface FolderInfo {
  readonly name: string;
  readonly specialUse: SpecialUse | null;
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly messages: number;
}

export interface MessageInfo {
  readonly uid: number;
  /** System flags and keywords, `\Deleted` among them. */
  readonly flags: readonly string[];
  /** Milliseconds since the epoch, whole seconds. */
  readonly internalDate: number;
  readonly size: number;
  /** EMAILID, or X-GM-MSGID on Gmail. */
  readonly emailId: string;
  readonly threadId: string;
  /** On Gmail: the other labels of the message; null elsewhere. */
  readonly labels: readonly string[] | null;
  readonly raw: Buffer;
}

export interface AppendOptions {
  readonly flags?: readonly string[];
  readonly internalDate?: Date | number;
}

/**
 * One account as the demo and a test handle it: look, and do what a person or another client would. Connected
 * sessions hear of every change. Folder names have `/` between levels and no prefix, whatever the wire says.
 */
export class AccountHandle {
  readonly account: Account;

  constructor(account: Account) {
    this.account = account;
  }

  get user(): string {
    return this.account.user;
  }

  folders(): FolderInfo[] {
    return [...this.account.folders.values()].map(({ name, specialUse, uidValidity, uidNext, entries }) => ({
      name,
      specialUse,
      uidValidity,
      uidNext,
      messages: entries.length,
    }));
  }

  has(folder: string): boolean {
    return this.account.find(folder) !== null;
  }

  /** In the order of their UIDs. */
  messages(folder: string): MessageInfo[] {
    const mailbox = this.#mailbox(folder);
    return mailbox.entries.map((entry) => ({
      uid: entry.uid,
      flags: flagsOf(entry),
      internalDate: entry.mail.internalDate,
      size: entry.mail.content.raw.length,
      emailId: entry.mail.emailId,
      threadId: entry.mail.threadId,
      labels: this.account.labels(entry, mailbox),
      raw: entry.mail.content.raw,
    }));
  }

  create(folder: string, specialUse?: SpecialUse): void {
    this.make(specialUse === undefined ? { name: folder } : { name: folder, specialUse });
  }

  make(folder: FolderSpec): void {
    this.account.make(folder);
    this.account.subscribed.add(folder.name);
  }

  delete(folder: string): void {
    this.account.delete(folder);
  }

  rename(from: string, to: string): void {
    this.account.rename(from, to);
  }

  /** A delivery, or another client's APPEND; past `refuse` and `setReadOnly`. Returns the UID. */
  append(folder: string, raw: string | Uint8Array, options: AppendOptions = {}): number {
    const octets = typeof raw === 'string' ? Buffer.from(raw) : Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
    const date = options.internalDate ?? null;
    const time = date instanceof Date ? date.getTime() : date;
    return this.account.append(this.#mailbox(folder), octets, options.flags ?? [], time).uid;
  }

  /** Returns the UIDs in the destination, in the order of `uids`; those that are gone are left out. */
  move(from: string, uids: readonly number[], to: string): number[] {
    const source = this.#mailbox(from);
    const copies = this.account.move(source, entriesOf(source, uids), this.#mailbox(to));
    return copies.map((copy) => copy.to.uid);
  }

  copy(from: string, uids: readonly number[], to: string): number[] {
    const copies = this.account.copy(entriesOf(this.#mailbox(from), uids), this.#mailbox(to));
    return copies.map((copy) => copy.to.uid);
  }

  /** Deletes for good; on Gmail it takes the folder's label off, as EXPUNGE does there. */
  remove(folder: string, uids: readonly number[]): void {
    const mailbox = this.#mailbox(folder);
    this.account.expunge(mailbox, entriesOf(mailbox, uids));
  }

  setFlags(folder: string, uids: readonly number[], how: FlagChange, flags: readonly string[]): void {
    const mailbox = this.#mailbox(folder);
    this.account.setFlags(mailbox, entriesOf(mailbox, uids), how, flags, null);
  }

  /**
   * The folder gets a new UIDVALIDITY and its messages new UIDs from 1 on, as when a server was restored or moved.
   * Sessions that selected it are disconnected. `keepUids` leaves the UIDs as they are.
   */
  renewUidValidity(folder: string, options: { readonly keepUids?: boolean } = {}): number {
    this.account.renumber(this.#mailbox(folder), options.keepUids === true);
    return this.#mailbox(folder).uidValidity;
  }

  /**
   * COPY, MOVE and APPEND to this folder are refused with this response code (`NOPERM`, `OVERQUOTA`, `TRYCREATE`), so many
   * times or until `accept`.
   */
  refuse(folder: string, code: string, times = Number.POSITIVE_INFINITY): void {
    this.#mailbox(folder).unwilling = { code, times };
  }

  accept(folder: string): void {
    this.#mailbox(folder).unwilling = null;
  }

  /** SELECT opens it like EXAMINE does, and nothing can be put into it. Sessions feel it from their next command on. */
  setReadOnly(folder: string, readOnly: boolean): void {
    this.#mailbox(folder).readOnly = readOnly;
  }

  /** Calls back after each change of anything in the account; returns how to stop it. */
  listen(listener: () => void): () => void {
    return this.account.listen(listener);
  }

  /** Resolves once `holds` does: asked now and after each change. Rejects when the signal aborts. */
  when(holds: (account: this) => boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = this.account.listen(() => look());
      const abort = (): void => {
        stop();
        reject(signal?.reason);
      };
      const look = (): void => {
        if (!holds(this)) return;
        stop();
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      if (signal?.aborted) return abort();
      signal?.addEventListener('abort', abort, { once: true });
      look();
    });
  }

  #mailbox(folder: string): Mailbox {
    const mailbox = this.account.find(folder);
    if (mailbox === null) throw new Error(`there is no folder ${JSON.stringify(folder)} in the account ${this.user}`);
    return mailbox;
  }
}

/** What the server holds. It outlives connections, and a server that is stopped: give it to the next one. */
export class MailStore {
  readonly #accounts = new Map<string, { password: string; handle: AccountHandle }>();
  readonly #capabilities: Partial<Capabilities>;
  readonly #clock: Clock;

  constructor(capabilities: Partial<Capabilities> = {}, clock: Clock = systemClock) {
    this.#capabilities = capabilities;
    this.#clock = clock;
  }

  addAccount(spec: AccountSpec): AccountHandle {
    const asked = { ...this.#capabilities, ...spec.capabilities };
    const capabilities = { ...everything, ...(asked.gmail === true ? gmailCapabilities : {}), ...asked };
    const account = capabilities.gmail
      ? new GmailAccount(spec.user, capabilities, this.#clock)
      : new Account(spec.user, capabilities, this.#clock);
    const handle = new AccountHandle(account);
    account.subscribed.add('INBOX');
    const own = spec.folders ?? [];
    // Gmail's own folders carry its rules, so they are always there.
    for (const folder of capabilities.gmail
      ? [...(spec.ownFolders ?? account.standardFolders), ...own]
      : (spec.folders ?? account.standardFolders)) {
      handle.make(folder);
    }
    this.#accounts.set(spec.user, { password: spec.password, handle });
    return handle;
  }

  account(user: string): AccountHandle {
    const found = this.#accounts.get(user);
    if (found === undefined) throw new Error(`there is no account ${JSON.stringify(user)}`);
    return found.handle;
  }

  /** From now on; sessions that are logged in stay. */
  setPassword(user: string, password: string): void {
    this.#accounts.set(user, { password, handle: this.account(user) });
  }

  login(user: string, password: string): Account | null {
    const found = this.#accounts.get(user);
    return found !== undefined && found.password === password ? found.handle.account : null;
  }
}

function flagsOf(entry: Entry): string[] {
  return entry.deleted ? [...entry.flags, '\\Deleted'] : [...entry.flags];
}

function entriesOf(mailbox: Mailbox, uids: readonly number[]): Entry[] {
  return uids.map((uid) => mailbox.find(uid)).filter((entry) => entry !== null);
}
