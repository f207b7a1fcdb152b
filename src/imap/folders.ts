import type { ListResponse } from 'imapflow';
import type { FaultKind } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { fromServer, type Namespace, type SpecialUse, specialUseOf, toServer } from '../mail/mailbox.ts';
import type { Place } from '../mail/message.ts';
import type { Fence } from '../triage/acting.ts';
import { faultOf, ImapFault, isOfSession, type Line } from './line.ts';

/** A folder that exists: siftd's name for it, and the server's. */
export interface Folder {
  readonly name: string;
  readonly path: string;
}

type Listed = Pick<ListResponse, 'path' | 'flags' | 'specialUse'>;

/** What a missing special-use folder is called when we make it. The others cannot be made: they are views. */
const namesToCreate: Partial<Record<SpecialUse, string>> = {
  '\\Archive': 'Archive',
  '\\Drafts': 'Drafts',
  '\\Junk': 'Junk',
  '\\Sent': 'Sent',
  '\\Trash': 'Trash',
};

/** What Exchange calls its folders, without special uses and in some fifty languages: those that imapflow does not know. */
const furtherNames: ReadonlyMap<string, SpecialUse> = new Map([
  ['e-mail de lixo', '\\Junk'],
  ['e-mail nedorit', '\\Junk'],
  ['보관', '\\Archive'],
]);

/** The folders of one connection, by siftd's names and by what people call them: `\Junk`. */
export class Folders {
  readonly #line: Line;
  /** By path; null until it was asked. */
  #listed: Map<string, Listed> | null = null;
  /** Special-use folders whose server name has no form in siftd: they are known by their target alone. */
  #unnamed = new Map<string, string>();
  /** By siftd's name: where the server put what we moved there last, and when. */
  #fences = new Map<string, { readonly fence: Fence; readonly at: number }>();

  constructor(line: Line) {
    this.#line = line;
  }

  /** siftd's names of the folders that hold messages of their own, as far as it has names for them. */
  async real(): Promise<readonly string[]> {
    const entries = [...(await this.#list()).values()].filter((entry) => holdsMessages(entry) && !isView(entry));
    const names = entries.map(({ path }) => fromServer(path, this.#namespace())).filter((name) => name !== null);
    return names.slice(0, limits.imap.foldersSought);
  }

  /** Every folder that can hold messages and that siftd has a name for, with its special use. */
  async all(): Promise<readonly { readonly name: string; readonly use: string | null }[]> {
    const entries = [...(await this.#list()).values()].filter(holdsMessages);
    return entries.flatMap(({ path, specialUse }) => {
      const name = fromServer(path, this.#namespace());
      return name === null ? [] : [{ name, use: specialUse ?? null }];
    });
  }

  /** The server's name. Throws `folder-name` where the server cannot have such a folder. */
  path(name: string): string {
    const unnamed = this.#unnamed.get(name);
    if (unnamed !== undefined) return unnamed;
    const path = toServer(name, this.#namespace());
    if (!path.ok) throw new ImapFault(path.fault.kind, path.fault.code, path.fault.message);
    return path.value;
  }

  /** Whether a folder of siftd's name may show what stands in others. */
  async isView(name: string): Promise<boolean> {
    const entry = (await this.#list()).get(this.path(name));
    return entry !== undefined && isView(entry);
  }

  /** Whether the folder exists and can hold messages. */
  async exists(path: string): Promise<boolean> {
    const entry = (await this.#list()).get(path);
    return entry !== undefined && holdsMessages(entry);
  }

  /** siftd's name of the folder that a target names, where it exists; null where it does not. Makes nothing. */
  async find(target: string): Promise<string | null> {
    const use = specialUseOf(target);
    if (use !== null) return (await this.special(use))?.name ?? null;
    const path = this.path(target);
    // Somebody may have made it since we looked.
    if (!(await this.exists(path))) this.forget();
    return (await this.exists(path)) ? (fromServer(path, this.#namespace()) ?? target) : null;
  }

  /** The folder that a target names, made if it is missing. Idempotent. Throws what the server says against it. */
  async resolve(target: string): Promise<Folder> {
    const use = specialUseOf(target);
    if (use !== null) {
      const found = await this.special(use);
      if (found !== null) return found;
      const name = namesToCreate[use];
      if (name === undefined) {
        throw new ImapFault(
          'permanent',
          'no-folder',
          `the account has no ${use} folder, and such a one cannot be made`,
        );
      }
      const made = await this.resolve(name);
      // From now on imapflow knows it by its name.
      this.forget();
      return made;
    }
    const wanted = this.path(target);
    const path = (await this.exists(wanted)) ? wanted : await this.create(wanted);
    return { name: fromServer(path, this.#namespace()) ?? target, path };
  }

  /** By SPECIAL-USE (RFC 6154), else by the names that mail programs use; null where there is none. */
  async special(use: SpecialUse): Promise<Folder | null> {
    // imapflow ranks the server's own word before well-known names in some fifty languages.
    const entries = [...(await this.#list()).values()].filter(holdsMessages);
    const named = ({ path, specialUse }: Listed) =>
      specialUse === undefined && furtherNames.get(path.toLowerCase()) === use;
    const entry = entries.find((one) => one.specialUse === use) ?? entries.find(named);
    // Gmail's archive is whatever is in no inbox: nobody there has, or wants, a folder of the name.
    if (entry === undefined) return use === '\\Archive' && this.#line.gmail ? this.special('\\All') : null;
    const name = fromServer(entry.path, this.#namespace());
    if (name !== null) return { name, path: entry.path };
    this.#unnamed.set(use, entry.path);
    return { name: use, path: entry.path };
  }

  /**
   * CREATE. Also after a TRYCREATE: somebody deleted the folder since we looked. Answers the server's name of the folder that
   * is there now: on Gmail and Exchange "support" and "Support" are one.
   */
  async create(path: string): Promise<string> {
    const refused = (kind: FaultKind, why: string) =>
      new ImapFault(kind, 'no-folder', `the folder ${JSON.stringify(path)} cannot be made: ${why}`);
    const listed = this.#listed;
    this.forget();
    let created: boolean;
    try {
      ({ created } = await this.#line.run(() => this.#line.client.mailboxCreate(path)));
    } catch (error) {
      const fault = faultOf(this.#line, error);
      if (fault === null || fault.code === 'closed' || isOfSession(fault)) throw error;
      throw refused(fault.kind, fault.message);
    }
    if (created) {
      // Its own word is enough: a first start makes a folder for each route.
      this.#listed = listed?.set(path, { path, flags: new Set(), specialUse: undefined }) ?? null;
      return path;
    }
    const named = await this.#named(path);
    if (named !== null) return named;
    throw refused(
      'permanent',
      'the server says that it exists, and does not show it; on Gmail, switch on "Show in IMAP" for the label',
    );
  }

  /** The folder of that name in any case. */
  async #named(path: string): Promise<string | null> {
    const lower = path.toLowerCase();
    const found = [...(await this.#list()).values()].find((one) => one.path.toLowerCase() === lower);
    return found !== undefined && holdsMessages(found) ? found.path : null;
  }

  /** Ask again next time: somebody may have made, renamed or deleted folders. */
  forget(): void {
    this.#listed = null;
    this.#fences.clear();
  }

  /**
   * Behind this lies whatever is moved to the folder from now on; null where the server must be asked. UIDs only ascend
   * (RFC 9051 2.3.1.1), so what it said of our last move holds, and under a new UIDVALIDITY no fence is believed.
   */
  fence(name: string): Fence | null {
    const { clock, bounds } = this.#line;
    const known = this.#fences.get(name);
    return known !== undefined && clock.now() - known.at < bounds.fence ? known.fence : null;
  }

  /** A message that we moved there got this place. */
  moved({ folder, uidValidity, uid }: Place): void {
    const fence = { folder, uidValidity, uidNext: uid + 1 };
    this.#fences.set(folder, { fence, at: this.#line.clock.now() });
  }

  async #list(): Promise<Map<string, Listed>> {
    if (this.#listed === null) {
      const listed = await this.#line.run(() => this.#line.client.list());
      this.#listed = new Map(listed.map((entry) => [entry.path, entry]));
    }
    return this.#listed;
  }

  #namespace(): Namespace {
    const { namespace } = this.#line.client;
    return { prefix: namespace?.prefix ?? '', delimiter: namespace?.delimiter ?? null };
  }
}

/** RFC 6154 2: these may show what stands in other folders. */
function isView({ specialUse, flags }: Listed): boolean {
  // imapflow knows no use of RFC 8457.
  return specialUse === '\\All' || specialUse === '\\Flagged' || flags.has('\\Important');
}

function holdsMessages({ flags }: Listed): boolean {
  const lower = new Set([...flags].map((flag) => flag.toLowerCase()));
  return !lower.has('\\noselect') && !lower.has('\\nonexistent');
}
