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
  /** Two clients may have one mailbox open, and each sees what the other does. Not so on GNU imap4d. */
  readonly shared: boolean;
  /** Whether IDLE is offered, and whether it says anything. */
  readonly idle: 'speaks' | 'mute' | 'none';
}

export function accountOf(server: { readonly host: string; readonly port: number }, user: string): Account {
  return { name: 'support', host: server.host, port: server.port, tls: 'none', user, password: 'secret' };
}

export async function open(account: Account, limits: Partial<ImapLimits> = {}): Promise<ImapSession> {
  return openOn(
    createMailboxes(() => account, { limits }),
    account.name,
  );
}

export async function openOn(mailboxes: ReturnType<typeof createMailboxes>, name: string): Promise<ImapSession> {
  const connected = await mailboxes.connect(name, new AbortController().signal);
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

/**
 * A second client: what a person sees and does. Where a server does not bear two clients in one mailbox, `alone` is
 * called before each visit, and the visit ends with a LOGOUT.
 */
export class Person {
  readonly #server: { readonly host: string; readonly port: number };
  readonly #user: string;
  readonly #alone: (() => Promise<void>) | null;
  #kept: ImapFlow | null = null;

  constructor(
    server: { readonly host: string; readonly port: number },
    user: string,
    alone: (() => Promise<void>) | null = null,
  ) {
    this.#server = server;
    this.#user = user;
    this.#alone = alone;
  }

  async folders(): Promise<string[]> {
    return this.visit(async (client) => (await client.list()).map(({ path }) => path));
  }

  async create(folder: string): Promise<void> {
    await this.visit((client) => client.mailboxCreate(pathAt(client, folder)));
  }

  /** The folder and all that is in it; a new one of the name has another UIDVALIDITY. */
  async remove(folder: string): Promise<void> {
    await this.visit(async (client) => {
      // A server may keep a folder that somebody has open.
      await client.mailboxOpen('INBOX');
      await client.mailboxDelete(pathAt(client, folder));
    });
  }

  async put(folder: string, raw: string, flags: string[] = [], date?: Date): Promise<void> {
    await this.visit(async (client) => {
      const put = await client.append(pathAt(client, folder), Buffer.from(raw), [], date);
      if (!put) throw new Error(`the server did not take a message into ${folder}`);
      if (flags.length === 0) return;
      // Not with APPEND: GNU imap4d forgets its flags.
      const { exists } = await client.mailboxOpen(pathAt(client, folder));
      await client.messageFlagsAdd(`${exists}`, flags);
      await client.mailboxOpen(pathAt(client, folder));
    });
  }

  /** What is in a folder now, in the order of arrival. */
  async see(folder: string): Promise<Seen[]> {
    return this.visit(async (client) => {
      const { exists } = await client.mailboxOpen(pathAt(client, folder));
      if (exists === 0) return [];
      const query = { uid: true, flags: true, internalDate: true, headers: true, labels: true };
      // Not `1:*`, which GNU imap4d takes for the first message.
      const messages = await client.fetchAll(`1:${exists}`, query);
      return messages.map(({ uid, flags, internalDate, headers, labels }) => ({
        uid,
        flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort(),
        labels: [...(labels ?? [])],
        date: internalDate instanceof Date ? internalDate.toISOString() : null,
        id: identityFromHeader(headers ?? new Uint8Array()).messageId,
      }));
    });
  }

  async flag(folder: string, uids: readonly number[], flags: string[]): Promise<void> {
    await this.#in(folder, (client) => client.messageFlagsAdd(uids.join(), flags, { uid: true }));
  }

  async unflag(folder: string, uids: readonly number[], flags: string[]): Promise<void> {
    await this.#in(folder, (client) => client.messageFlagsRemove(uids.join(), flags, { uid: true }));
  }

  async copy(folder: string, uids: readonly number[], to: string): Promise<void> {
    await this.#in(folder, (client) => client.messageCopy(uids.join(), pathAt(client, to), { uid: true }));
  }

  async move(folder: string, uids: readonly number[], to: string): Promise<void> {
    await this.copy(folder, uids, to);
    await this.expunge(folder, uids);
  }

  async expunge(folder: string, uids: readonly number[]): Promise<void> {
    await this.#in(folder, (client) => client.messageDelete(uids.join(), { uid: true }));
  }

  /** Nothing is left of an earlier test. */
  async clear(): Promise<void> {
    await this.visit(async (client) => {
      const { exists } = await client.mailboxOpen('INBOX');
      if (exists > 0) await client.messageDelete(`1:${exists}`);
      await client.mailboxOpen('INBOX');
      const folders = (await client.list()).filter(
        ({ specialUse, flags }) => specialUse === undefined && !flags.has('\\Noselect'),
      );
      for (const { path } of folders.reverse()) await client.mailboxDelete(path);
    });
  }

  async visit<T>(work: (client: ImapFlow) => Promise<T>): Promise<T> {
    if (this.#alone === null) {
      this.#kept ??= await this.#connect();
      return work(this.#kept);
    }
    await this.#alone();
    const client = await this.#connect();
    try {
      return await work(client);
    } finally {
      await client.logout();
    }
  }

  async leave(): Promise<void> {
    await this.#kept?.logout();
    this.#kept = null;
  }

  /** SELECT before and after: GNU imap4d shows and keeps what is done to an open folder only when it is opened anew. */
  async #in(folder: string, work: (client: ImapFlow) => Promise<unknown>): Promise<void> {
    await this.visit(async (client) => {
      await client.mailboxOpen(pathAt(client, folder));
      await work(client);
      await client.mailboxOpen(pathAt(client, folder));
    });
  }

  async #connect(): Promise<ImapFlow> {
    const { host, port } = this.#server;
    const auth = { user: this.#user, pass: 'secret' };
    const plain = { secure: false, doSTARTTLS: false, logger: false, disableAutoIdle: true } as const;
    const client = new ImapFlow({ host, port, auth, ...plain });
    client.on('error', () => {});
    await client.connect();
    return client;
  }
}

/** `Support/Refunds` as this server calls it. */
export function pathAt({ namespace }: ImapFlow, folder: string): string {
  if (folder === 'INBOX') return folder;
  const { prefix = '', delimiter = '/' } = namespace ?? {};
  return prefix + folder.split('/').join(delimiter ?? '');
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
