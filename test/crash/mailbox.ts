import { ImapFlow } from 'imapflow';
import type { Standing } from './invariant.ts';

export interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
}

/** A message to be put into a folder. */
export interface Put {
  readonly folder: string;
  readonly raw: string;
  readonly flags: readonly string[];
  readonly date: Date;
}

/** A second client of a mailbox, as a person's mail program is. */
export async function visit<T>(login: Login, work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const { host, port, user } = login;
  const client = new ImapFlow({
    host,
    port,
    auth: { user, pass: 'secret' },
    secure: false,
    doSTARTTLS: false,
    logger: false,
    disableAutoIdle: true,
  });
  client.on('error', () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.logout();
  }
}

/** Gmail's views of what stands elsewhere. */
const views = /^\[Gmail\]\/(All Mail|Starred|Important)$/;

/**
 * Everything in the mailbox. `labels`: names of Gmail labels that mark a message; a folder of that name is not a place
 * but a mark on what stands elsewhere.
 */
export async function survey(client: ImapFlow, labels: readonly string[] = []): Promise<Standing[]> {
  const gmail = client.capabilities.has('X-GM-EXT-1');
  const standings: Standing[] = [];
  const marks = new Map<string, string[]>();
  for (const { path, flags } of await client.list()) {
    if (flags.has('\\Noselect') || (gmail && views.test(path))) continue;
    const opened = await client.mailboxOpen(path, { readOnly: true }).catch(() => null);
    // GNU imap4d lists the directory above a folder like any folder.
    if (opened === null || opened.exists === 0) continue;
    const { exists, uidValidity } = opened;
    const folder = nameOf(client, path);
    // Not `1:*`, which GNU imap4d takes for the first message.
    const rows = await client.fetchAll(`1:${exists}`, { uid: true, flags: true, internalDate: true, headers: true });
    for (const row of rows) {
      const key =
        /^X-Letter: (\S+)/im.exec(row.headers?.toString('latin1') ?? '')?.[1] ?? `unknown-${folder}-${row.uid}`;
      if (gmail && labels.includes(folder)) {
        marks.set(row.emailId ?? '', [...(marks.get(row.emailId ?? '') ?? []), folder]);
        continue;
      }
      standings.push({
        key,
        folder,
        uidValidity: Number(uidValidity),
        uid: row.uid,
        flags: [...(row.flags ?? []), `id:${row.emailId}`].filter((flag) => flag !== '\\Recent'),
        date: new Date(row.internalDate ?? 0).getTime(),
      });
    }
  }
  return standings.map((one) => {
    const id = one.flags.at(-1)?.slice(3) ?? '';
    return { ...one, flags: [...one.flags.slice(0, -1), ...(gmail ? (marks.get(id) ?? []) : [])] };
  });
}

/** Puts messages into their folders, making those that are missing. */
export async function fill(client: ImapFlow, puts: readonly Put[]): Promise<void> {
  const there = new Set((await client.list()).map(({ path }) => path));
  for (const { folder, raw, date } of puts) {
    const path = pathOf(client, folder);
    if (!there.has(path)) await client.mailboxCreate(path);
    there.add(path);
    if (!(await client.append(path, Buffer.from(raw), [], date)))
      throw new Error(`no message could be put into ${folder}`);
  }
  // Not with APPEND: GNU imap4d forgets its flags.
  for (const folder of new Set(puts.filter(({ flags }) => flags.length > 0).map((put) => put.folder))) {
    const inside = puts.filter((put) => put.folder === folder);
    const { exists } = await client.mailboxOpen(pathOf(client, folder));
    for (const [index, { flags }] of inside.entries()) {
      if (flags.length > 0) await client.messageFlagsAdd(`${exists - inside.length + index + 1}`, [...flags]);
    }
    // And keeps what STORE set only when the folder is opened anew.
    await client.mailboxOpen(pathOf(client, folder));
  }
}

/** Nothing is left of an earlier scenario. */
export async function clear(client: ImapFlow): Promise<void> {
  // There every message lives on in All Mail, and every scenario has a user of its own.
  if (client.capabilities.has('X-GM-EXT-1')) return;
  const folders = (await client.list()).reverse();
  await client.mailboxOpen('INBOX');
  for (const { path, specialUse, flags } of folders) {
    if (path === 'INBOX' || flags.has('\\Noselect') || specialUse !== undefined) continue;
    // GNU imap4d keeps the directory above a folder.
    await client.mailboxDelete(path).catch(() => {});
  }
  for (const { path, specialUse, flags } of folders) {
    if (flags.has('\\Noselect') || (path !== 'INBOX' && specialUse === undefined)) continue;
    const { exists } = await client.mailboxOpen(path);
    if (exists > 0) await client.messageDelete(`1:${exists}`);
  }
  await client.mailboxOpen('INBOX');
}

/** The server's name of a folder. */
export function pathOf({ namespace }: ImapFlow, folder: string): string {
  if (folder === 'INBOX') return folder;
  return (namespace?.prefix ?? '') + folder.split('/').join(namespace?.delimiter ?? '/');
}

function nameOf({ namespace }: ImapFlow, path: string): string {
  const prefix = namespace?.prefix ?? '';
  const rest = prefix !== '' && path.startsWith(prefix) ? path.slice(prefix.length) : path;
  return rest.split(namespace?.delimiter ?? '/').join('/');
}
