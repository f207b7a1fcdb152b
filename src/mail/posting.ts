import { createHash } from 'node:crypto';

/** What a posting is of: the same four make the same posting, whenever and by whichever process it is made. */
export interface PostingKey {
  readonly account: string;
  /** What names the message: its `externalRef` and the hash of its header, as Message-IDs are doubled; of a digest, its time. */
  readonly ref: string;
  readonly kind: 'forward' | 'reply' | 'webhook' | 'digest';
  /** The recipient, or the URL. */
  readonly target: string;
}

/** 32 hexadecimal digits, the same on every call: a posting that is made again after a crash is known as the same one. */
export function postingId({ account, ref, kind, target }: PostingKey): string {
  return digest([account, ref, kind, target]).toString('hex').slice(0, 32);
}

/** The Message-ID of a letter of ours; `from` is its sender's address. */
export function postingMessageId(id: string, from: string): string {
  const domain = from.slice(from.lastIndexOf('@') + 1).toLowerCase();
  return `<siftd.${id}@${/^[a-z0-9.-]+$/.test(domain) ? domain : 'siftd.invalid'}>`;
}

/** Whether a Message-ID is one that `postingMessageId` makes. Anybody can forge it, and gets no answer then. */
export function isPostingMessageId(messageId: string): boolean {
  return /^<siftd\.[0-9a-f]{32}@[^<>\s]+>$/.test(messageId);
}

/** A field of every letter of ours, with the posting's id: who meets it has met what siftd sent. */
export const loopField = 'X-Siftd-Posting';

/** The stable id of a webhook (Standard Webhooks: `webhook-id`); no full stop may be in it. */
export function postingWebhookId(id: string): string {
  return `msg_${id}`;
}

/** What people can read out and type: no I, L, O or U (Crockford's base 32). */
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * The ticket number of a message: `XXXXX-XXXXX`, 50 bits of the same kind of hash, so no counter is kept and the same message
 * has the same number always. Of a million messages two share one with a chance of 1 in 2,000.
 */
export function ticketOf(account: string, ref: string): string {
  const octets = digest([account, ref, 'ticket']);
  let code = '';
  for (const octet of octets.subarray(0, 10)) code += letters[octet % 32];
  return `${code.slice(0, 5)}-${code.slice(5)}`;
}

function digest(parts: readonly string[]): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}
