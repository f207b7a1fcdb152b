import { ImapFlow } from 'imapflow';
import type { Account } from '../../src/imap/connect.ts';
import type { ImapLimits } from '../../src/imap/line.ts';
import { createMailboxes, type ImapSession } from '../../src/imap/session.ts';
import { identityFromHeader } from '../../src/mail/identity.ts';
import type { Row } from '../../src/mail/message.ts';
import type { Action, ActionRecord, Progress, Task } from '../../src/triage/acting.ts';

/** A server as the mailbox suite needs it. Every user has the password "secret" and an empty INBOX at first. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** Another user at every call. */
  user(): string;
  /** Puts a message into the user's INBOX as new mail. */
  deliver(user: string, raw: string): Promise<void>;
  stop(): Promise<void>;
}

/** What the server can do, as siftd should find it. */
export interface Expected {
  readonly move: boolean;
  readonly uidplus: boolean;
  readonly keywords: boolean;
  readonly objectId: boolean;
  readonly gmail: boolean;
  /** Whether IDLE is offered, and whether it says anything. */
  readonly idle: 'speaks' | 'mute' | 'none';
}

export function accountOf(server: { readonly host: string; readonly port: number }, user: string): Account {
  return { name: 'support', host: server.host, port: server.port, tls: 'none', user, password: 'secret' };
}

export async function open(account: Account, limits: Partial<ImapLimits> = {}): Promise<ImapSession> {
  const connected = await createMailboxes(() => account, { limits }).connect(
    account.name,
    new AbortController().signal,
  );
  if (!connected.ok) throw new Error(connected.fault.message);
  return connected.value;
}

let letters = 0;

/** A message with a Message-ID of its own. */
export function letter(parts: { readonly id?: string | null; readonly subject?: string; readonly body?: string } = {}) {
  const n = ++letters;
  const id = parts.id === undefined ? `<letter-${n}@example.com>` : parts.id;
  return [
    'From: Ada <ada@example.com>',
    'To: support@example.com',
    `Subject: ${parts.subject ?? `letter ${n}`}`,
    'Date: Mon, 6 May 2024 10:00:00 +0000',
    ...(id === null ? [] : [`Message-ID: ${id}`]),
    '',
    parts.body ?? `This is letter ${n}.`,
    '',
  ].join('\r\n');
}

/** A second client: what a person sees and does. */
export class Person {
  readonly client: ImapFlow;

  private constructor(client: ImapFlow) {
    this.client = client;
  }

  static async at(server: { readonly host: string; readonly port: number }, user: string): Promise<Person> {
    const { host, port } = server;
    const auth = { user, pass: 'secret' };
    const client = new ImapFlow({
      host,
      port,
      secure: false,
      doSTARTTLS: false,
      auth,
      logger: false,
      disableAutoIdle: true,
    });
    client.on('error', () => {});
    await client.connect();
    return new Person(client);
  }

  /** `Support/Refunds` as this server calls it. */
  path(folder: string): string {
    if (folder === 'INBOX') return folder;
    const { prefix = '', delimiter = '/' } = this.client.namespace ?? {};
    return prefix + folder.split('/').join(delimiter ?? '');
  }

  async folders(): Promise<string[]> {
    return (await this.client.list()).map(({ path }) => path);
  }

  async create(folder: string): Promise<void> {
    await this.client.mailboxCreate(this.path(folder));
  }

  /** The folder and all that is in it; a new one of the name has another UIDVALIDITY. */
  async remove(folder: string): Promise<void> {
    await this.#elsewhere(folder);
    await this.client.mailboxDelete(this.path(folder));
  }

  async put(folder: string, raw: string, flags: string[] = [], date?: Date): Promise<void> {
    const put = await this.client.append(this.path(folder), Buffer.from(raw), flags, date);
    if (!put) throw new Error(`the server did not take a message into ${folder}`);
  }

  /** What is in a folder now, in the order of arrival. */
  async see(folder: string): Promise<Seen[]> {
    await this.#open(folder);
    const { client } = this;
    if (client.mailbox === false || client.mailbox.exists === 0) return [];
    const query = { uid: true, flags: true, internalDate: true, headers: true, labels: true };
    // Not `1:*`, which GNU imap4d takes for the first message.
    const messages = await client.fetchAll(`1:${client.mailbox.exists}`, query);
    return messages.map(({ uid, flags, internalDate, headers, labels }) => ({
      uid,
      flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort(),
      labels: [...(labels ?? [])],
      date: internalDate instanceof Date ? internalDate.toISOString() : null,
      id: identityFromHeader(headers ?? new Uint8Array()).messageId,
    }));
  }

  async flag(folder: string, uids: readonly number[], flags: string[]): Promise<void> {
    await this.#open(folder);
    await this.client.messageFlagsAdd(uids.join(), flags, { uid: true });
    await this.#open(folder);
  }

  async unflag(folder: string, uids: readonly number[], flags: string[]): Promise<void> {
    await this.#open(folder);
    await this.client.messageFlagsRemove(uids.join(), flags, { uid: true });
    await this.#open(folder);
  }

  async copy(folder: string, uids: readonly number[], to: string): Promise<void> {
    await this.#open(folder);
    await this.client.messageCopy(uids.join(), this.path(to), { uid: true });
  }

  async move(folder: string, uids: readonly number[], to: string): Promise<void> {
    await this.copy(folder, uids, to);
    await this.expunge(folder, uids);
  }

  async expunge(folder: string, uids: readonly number[]): Promise<void> {
    await this.#open(folder);
    await this.client.messageDelete(uids.join(), { uid: true });
    await this.#open(folder);
  }

  async leave(): Promise<void> {
    await this.client.logout();
  }

  /** Nothing is left of an earlier test. */
  async clear(): Promise<void> {
    await this.#open('INBOX');
    if (this.client.mailbox !== false && this.client.mailbox.exists > 0) {
      await this.client.messageDelete(`1:${this.client.mailbox.exists}`);
      await this.#open('INBOX');
    }
    const folders = (await this.client.list()).reverse();
    for (const { path, specialUse } of folders) if (specialUse === undefined) await this.client.mailboxDelete(path);
  }

  /** SELECT, even if it is open: GNU imap4d shows and keeps what is done to an open folder only when it is opened anew. */
  async #open(folder: string): Promise<void> {
    await this.client.mailboxOpen(this.path(folder));
  }

  /** A server may keep a folder that somebody has open. */
  async #elsewhere(folder: string): Promise<void> {
    if (this.client.mailbox !== false && this.client.mailbox.path === this.path(folder)) await this.#open('INBOX');
  }
}

export interface Seen {
  readonly uid: number;
  readonly flags: readonly string[];
  readonly labels: readonly string[];
  readonly date: string | null;
  readonly id: string | null;
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) taken.push(item);
  return taken;
}

/** All rows beyond a cursor, page by page. */
export async function scanAll(session: ImapSession, folder: string, lastUid = 0, uidValidity = 0): Promise<Scanned> {
  const rows: Row[] = [];
  let pages = 0;
  let cursor = { uidValidity, lastUid };
  for (;;) {
    const scan = await session.scan(folder, cursor);
    if (!scan.ok) throw new Error(scan.fault.message);
    pages++;
    rows.push(...scan.value.rows);
    cursor = { uidValidity: scan.value.uidValidity, lastUid: scan.value.lastUid };
    if (!scan.value.more) return { rows, pages, cursor };
  }
}

export interface Scanned {
  readonly rows: readonly Row[];
  readonly pages: number;
  readonly cursor: { readonly uidValidity: number; readonly lastUid: number };
}

export const move = (to: string): Action => ({ kind: 'move', to });
export const mark = (labels: readonly string[], flags: readonly string[] = []): Action => ({
  kind: 'mark',
  labels,
  flags,
});

/** A task for a row of a folder; `progress` for the actions that were begun before. */
export function taskFor(
  row: Row,
  at: { readonly folder: string; readonly uidValidity: number },
  actions: readonly Action[],
  options: { readonly job?: number; readonly progress?: readonly Progress[]; readonly last?: boolean } = {},
): Task {
  const records = actions.map(
    (action, seq): ActionRecord => ({ seq, action, progress: options.progress?.[seq] ?? { step: 'planned' } }),
  );
  return {
    job: options.job ?? row.uid,
    place: { ...at, uid: row.uid },
    identity: row.identity,
    actions: records,
    last: options.last ?? false,
  };
}
