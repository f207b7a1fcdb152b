import { externalRef } from './identity.ts';
import type { Identity, Row } from './message.ts';

/** What is needed of a row. */
export type Threaded = Pick<Row, 'threadId' | 'references'> & {
  readonly identity: Pick<Identity, 'messageId' | 'headerHash'>;
};

/**
 * The thread of a message: what the server calls it, else the thread of a message that we know and that this one
 * answers, else the root that its header names, else the message itself.
 *
 * `known` gives the thread of a message by its Message-ID, null where we never saw it.
 */
export function threadOf(row: Threaded, known: (messageId: string) => string | null): string {
  if (row.threadId !== null && row.threadId !== '') return row.threadId;
  // The nearest ancestor first: an old root may be shared by threads that a server has parted since.
  for (const id of row.references.toReversed()) {
    const thread = id === row.identity.messageId ? null : known(id);
    if (thread !== null) return thread;
  }
  // References stand before In-Reply-To in the row, so the first id is the root of the one or the parent of the other.
  return row.references[0] ?? externalRef(row.identity);
}
