import { createHash } from 'node:crypto';
import addressparser from 'nodemailer/lib/addressparser';
import MailComposer, { type MailComposerAttachment } from 'nodemailer/lib/mail-composer';
import { failed, type Outcome, ok } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { headerField, headerFields } from '../mail/identity.ts';
import { isPostingMessageId, loopField, postingMessageId } from '../mail/posting.ts';
import { decodedField } from '../mail/sender.ts';
import { oneLine } from '../mail/text.ts';
import { type Facts, fill, type Template } from '../triage/template.ts';
import type { Outgoing } from './smtp.ts';

/** Who siftd writes as. */
export interface Author {
  readonly name?: string | undefined;
  readonly address: string;
}

/** What every letter of ours has. The same ones make the same letter, octet for octet. */
interface Cover {
  /** `postingId`, of which the Message-ID is made. */
  readonly id: string;
  readonly from: Author;
  readonly to: string;
  /** Milliseconds since the epoch, by Clock.date. */
  readonly date: number;
}

export interface Forwarding extends Cover {
  /** The message as it came, whole. */
  readonly source: Uint8Array;
}

/** A message in another one: nothing of it can be taken for ours. */
export async function forwardAttached(forwarding: Forwarding & { readonly text: string }): Promise<Outcome<Outgoing>> {
  const loop = loopOf(forwarding.source);
  if (loop !== null) return failed('permanent', 'loop', loop);
  const subject = decodedField(forwarding.source, 'subject', limits.message.subject);
  const raw = await compose(forwarding, {
    subject: `Fwd: ${subject}`.trim(),
    text: forwarding.text,
    automatic: 'auto-generated',
    attachments: [
      {
        content: Buffer.from(withoutEnvelope(forwarding.source)),
        contentType: 'message/rfc822',
        contentDisposition: 'attachment',
        filename: 'message.eml',
      },
    ],
  });
  return ok({ from: forwarding.from.address, to: forwarding.to, raw });
}

/**
 * The message itself, sent on (RFC 5322 3.6.6): one more block of Resent fields before everything that stands there, and the rest
 * octet for octet, so signatures hold. Auto-Submitted would be a word about the message, which a person wrote; the field of ours
 * stops a circle.
 */
export function redirect(redirecting: Forwarding): Outcome<Outgoing> {
  const { id, from, to, date, source } = redirecting;
  const loop = loopOf(source);
  if (loop !== null) return failed('permanent', 'loop', loop);
  const block = [
    `${loopField}: ${id}`,
    `Resent-Date: ${new Date(date).toUTCString().replace('GMT', '+0000')}`,
    `Resent-From: <${from.address}>`,
    `Resent-To: <${to}>`,
    `Resent-Message-ID: ${postingMessageId(id, from.address)}`,
    '',
  ].join('\r\n');
  return ok({ from: from.address, to, raw: Buffer.concat([Buffer.from(block), withoutEnvelope(source)]) });
}

export interface Replying extends Cover {
  readonly template: Template;
  /** The header block of the message that is answered. */
  readonly header: Uint8Array;
  readonly ticket: string;
  readonly class: string;
}

/** An answer as RFC 3834 section 3 wants it. `to` is what `answerable` said; the reverse path is the null one (3.3). */
export async function reply(replying: Replying): Promise<Outgoing> {
  const { template, header, ticket } = replying;
  const facts: Facts = {
    subject: decodedField(header, 'subject', limits.reply.subject),
    name: nameOf(header),
    ticket,
    class: replying.class,
  };
  const raw = await compose(replying, {
    subject: fill(template.subject, facts),
    text: fill(template.body, facts),
    automatic: 'auto-replied',
    ...threadOf(header),
  });
  return { from: '', to: replying.to, raw };
}

/** A letter to somebody who looks after siftd. */
export async function notice(cover: Cover & { readonly subject: string; readonly text: string }): Promise<Outgoing> {
  const raw = await compose(cover, { subject: cover.subject, text: cover.text, automatic: 'auto-generated' });
  return { from: '', to: cover.to, raw };
}

interface Content {
  readonly subject: string;
  readonly text: string;
  readonly automatic: 'auto-generated' | 'auto-replied';
  readonly inReplyTo?: string;
  readonly references?: readonly string[];
  readonly attachments?: readonly MailComposerAttachment[];
}

async function compose(cover: Cover, content: Content): Promise<Buffer> {
  const { id, from, to, date } = cover;
  // Who writes a message that will be attached cannot know what it hashes to, so it holds no boundary of ours.
  const hash = createHash('sha256').update(id);
  for (const attachment of content.attachments ?? []) hash.update(attachment.content as Buffer);
  const composer = new MailComposer({
    from: { name: oneLine(from.name ?? '', limits.message.sender), address: from.address },
    to: { name: '', address: to },
    subject: oneLine(content.subject, limits.message.subject),
    date: new Date(date),
    messageId: postingMessageId(id, from.address),
    text: content.text,
    headers: {
      'Auto-Submitted': content.automatic,
      // Exchange looks at this one.
      'X-Auto-Response-Suppress': 'All',
      [loopField]: id,
    },
    ...(content.inReplyTo === undefined ? {} : { inReplyTo: content.inReplyTo }),
    ...(content.references === undefined ? {} : { references: [...content.references] }),
    attachments: [...(content.attachments ?? [])],
    baseBoundary: hash.digest('hex').slice(0, 32),
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** Why a message must not go on; null where it may. */
function loopOf(source: Uint8Array): string | null {
  const fields = headerFields(source);
  if (fields === null) return 'its header is too long to be read to its end';
  const ours = loopField.toLowerCase();
  if (fields.some(({ name, value }) => name === ours || (name === 'message-id' && isPostingMessageId(value)))) {
    return 'siftd has sent it before: it would go in a circle';
  }
  return fields.filter(({ name }) => name === 'received').length > limits.forward.hops
    ? `it went through more than ${limits.forward.hops} servers: it goes in a circle`
    : null;
}

/**
 * The message without what belongs to its last delivery: Return-Path, which RFC 5321 4.4 wants out of what is sent, and the line
 * by which mbox files part messages, which is no header.
 */
function withoutEnvelope(source: Uint8Array): Buffer {
  const whole = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  const kept: Buffer[] = [];
  let left = false;
  let at = 0;
  while (at < whole.length) {
    const end = whole.indexOf('\n', at) + 1 || whole.length;
    const line = whole.toString('latin1', at, Math.min(end, at + 40));
    if (/^\r?\n/.test(line)) break;
    if (!/^[ \t]/.test(line)) left = /^return-path[ \t]*:/i.test(line) || (at === 0 && /^>?From /.test(line));
    if (!left) kept.push(whole.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...kept, whole.subarray(at)]);
}

/** RFC 5322 3.6.4. Without a Message-ID there is nothing to refer to. */
function threadOf(header: Uint8Array): { readonly inReplyTo?: string; readonly references?: readonly string[] } {
  const idsOf = (name: string) =>
    [...(headerField(header, name) ?? '').matchAll(/<[^<>\s]+>/g)]
      .map(([id]) => id)
      .filter((id) => /^[\x21-\x7e]+$/.test(id) && id.length <= limits.reply.reference);
  const [parent] = idsOf('message-id');
  if (parent === undefined) return {};
  const references = idsOf('references');
  const answered = idsOf('in-reply-to');
  const before = references.length === 0 && answered.length === 1 ? answered : references;
  const most = limits.reply.references - 1;
  const kept = before.length <= most ? before : [...before.slice(0, 1), ...before.slice(1 - most)];
  return { inReplyTo: parent, references: [...kept, parent] };
}

/**
 * The display name of the sender, where it is one that can be repeated: letters and what stands between them in names. The sender
 * may be forged, and whoever gets the answer shall not read an advertisement in it.
 */
function nameOf(header: Uint8Array): string {
  const [sender] = addressparser(decodedField(header, 'from', limits.message.sender), { flatten: true });
  const name = oneLine(sender?.name ?? '', limits.reply.name + 1);
  return name.length <= limits.reply.name && /^[\p{L}\p{M}\p{N} .,'’-]+$/u.test(name) && !/\.\p{L}{2}/u.test(name)
    ? name
    : '';
}
