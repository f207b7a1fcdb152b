import { limits } from '../base/limits.ts';
import { ImapFault, type Line } from './line.ts';

export interface Pushed {
  /** Milliseconds from the end of APPEND to the server's word; null: it said nothing. */
  readonly after: number | null;
  /** The server's clock (the message's INTERNALDATE) ahead of ours, in milliseconds; it counts whole seconds. */
  readonly ahead: number | null;
  /** What could not be taken away again; null: nothing is left. */
  readonly left: string | null;
}

/**
 * Makes a folder, idles in it on one connection, appends a message on the other, and waits for the server's word. Beside
 * apply.ts the only one that changes a mailbox: a folder and a message of its own, both of which it takes away.
 */
export async function provePush(listener: Line, writer: Line, path: string): Promise<Pushed> {
  const { clock } = writer;
  const created = await writer.run(() => writer.client.mailboxCreate(path));
  if (!created.created)
    throw new ImapFault('permanent', 'exists', `the folder ${JSON.stringify(path)} is there already`);
  let uid: number | null = null;
  let left: string | null = null;
  let after: number | null = null;
  let ahead: number | null = null;
  try {
    await listener.open(path, 'read');
    const heard = new AbortController();
    listener.onNews = () => heard.abort();
    const idling = listener.client.idle().catch(() => false);
    await clock.sleep(limits.doctor.settle, heard.signal);
    const message = `Subject: siftd doctor\r\nDate: ${new Date(clock.date()).toUTCString()}\r\n\r\nIt may be deleted.\r\n`;
    const at = clock.date();
    const appended = await writer.run(() => writer.client.append(path, message, ['\\Seen']));
    if (!appended)
      throw new ImapFault('temporary', 'refused', `the server takes no message into ${JSON.stringify(path)}`);
    const since = clock.now();
    await clock.sleep(limits.doctor.push, heard.signal);
    after = heard.signal.aborted ? Math.max(0, clock.now() - since) : null;
    if (listener.alive) await listener.noop();
    await idling;
    await writer.open(path);
    for await (const { uid: found, internalDate } of writer.client.fetch('1:*', { uid: true, internalDate: true })) {
      uid = found;
      if (internalDate instanceof Date) ahead = internalDate.getTime() - Math.floor(at / 1000) * 1000;
    }
  } finally {
    listener.onNews = () => {};
    left = await tidy(writer, path, uid);
  }
  return { after, ahead, left };
}

/** On Gmail a folder's end leaves its messages where all mail is: what was appended goes first, by its UID. */
async function tidy(line: Line, path: string, uid: number | null): Promise<string | null> {
  const { client } = line;
  try {
    if (uid !== null) await line.run(() => client.messageDelete(String(uid), { uid: true }), limits.doctor.tidy);
    await line.run(() => client.mailboxDelete(path), limits.doctor.tidy);
    return null;
  } catch (error) {
    if (line.alive && !(error instanceof Error)) throw error;
    return `the folder ${JSON.stringify(path)} could not be taken away`;
  }
}
