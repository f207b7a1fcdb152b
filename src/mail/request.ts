import { limits } from '../base/limits.ts';
import { externalRef } from './identity.ts';
import type { Identity, Readable } from './message.ts';
import { capped } from './text.ts';

export interface Facts {
  readonly identity: Pick<Identity, 'messageId' | 'headerHash'>;
  readonly thread: string;
  /** In siftd's form, as the message was found there. */
  readonly folder: string;
  readonly account: string;
  readonly readable: Readable;
  /** The configured `classifier.metadata`. */
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface Request {
  readonly subject: string;
  readonly body: string;
  readonly externalRef: string;
  readonly externalMetadata: Readonly<Record<string, unknown>>;
}

/** What the classifier is asked about a message: the daemon sends exactly this, `siftd preview` prints exactly this. */
export function requestOf({ identity, thread, folder, account, readable, metadata }: Facts): Request {
  return {
    subject: readable.subject,
    body: readable.body,
    externalRef: externalRef(identity),
    // Our three keys are the contract: a configured key of the same name does not hide them.
    externalMetadata: { ...metadata, thread_id: capped(thread, limits.message.threadId), folder, account },
  };
}

/** The request as the API reads it: the JSON body of the POST. */
export function wireOf({ subject, body, externalRef, externalMetadata }: Request): Record<string, unknown> {
  return { mail: { subject, body }, external_ref: externalRef, external_metadata: externalMetadata };
}
