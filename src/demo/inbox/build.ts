import { createHash } from 'node:crypto';
import MailComposer, { type MailComposerAlternative } from 'nodemailer/lib/mail-composer';
import { attachment } from './attachments.ts';
import type { Letter } from './letter.ts';

const shop = { name: 'Lindgren & Hale', address: 'support@lindgren-hale.example' };

/** Finds the letter that another one answers. */
export type Lookup = (id: string) => Letter | undefined;

/**
 * The RFC 5322 bytes of a letter. Nothing in them is drawn by lot: Message-ID and boundaries come from the letter's
 * id, the date is given, so the same letter is the same mail on every run.
 */
export async function buildMail(letter: Letter, date: Date, lookup: Lookup): Promise<Buffer> {
  const references = referencesOf(letter, lookup);
  const last = references.at(-1);
  const composer = new MailComposer({
    from: parseMailbox(letter.from),
    to: shop,
    subject: letter.subject,
    date,
    headers: { ...letter.headers, ...listHeaders(letter) },
    // A program that sends base64 bodies writes its encoded words that way too (RFC 2047 4).
    textEncoding: letter.encoding === 'base64' ? 'B' : 'Q',
    encoding: letter.encoding,
    ...(last === undefined ? {} : { inReplyTo: last, references: [...references] }),
    alternatives: partsOf(letter),
    attachments: (letter.files ?? []).map(attachment),
    baseBoundary: digest(`boundary ${letter.id}`),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const message = composer.compile();
  // An empty value keeps the field out; without any value, nodemailer would make an id up.
  message.setHeader('Message-ID', messageIdOf(letter) ?? { value: '' });
  return message.build();
}

/** The Message-ID with its angle brackets, or null for a letter that has none. */
export function messageIdOf(letter: Letter): string | null {
  if (letter.withoutMessageId) {
    return null;
  }
  const { address } = parseMailbox(letter.from);
  return `<${digest(letter.id)}${address.slice(address.lastIndexOf('@'))}>`;
}

/** The thread so far, oldest first (RFC 5322 3.6.4); its last id is the one that is answered. */
function referencesOf(letter: Letter, lookup: Lookup): readonly string[] {
  const references: string[] = [];
  if (letter.answers !== undefined) {
    const earlier = lookup(letter.answers);
    if (earlier === undefined) {
      throw new Error(`${letter.id} answers ${letter.answers}, which is not in the inbox`);
    }
    const id = messageIdOf(earlier);
    references.push(...referencesOf(earlier, lookup), ...(id === null ? [] : [id]));
  }
  if (letter.answersOurs !== undefined) {
    references.push(`<${letter.answersOurs}@lindgren-hale.example>`);
  }
  return references;
}

/** The text parts, plainest first (RFC 2046 5.1.4). None at all for a letter without text. */
function partsOf({ body, kind, charset }: Letter): MailComposerAlternative[] {
  if (body === '') {
    return [];
  }
  // MailComposer's own `text` and `html` are always UTF-8; an alternative keeps the charset that it says.
  const part = (type: string, text: string): MailComposerAlternative => {
    const canonical = text.replaceAll('\n', '\r\n');
    return charset === undefined
      ? { contentType: `${type}; charset=utf-8`, content: canonical }
      : { contentType: `${type}; charset=${charset}`, content: Buffer.from(canonical, 'latin1') };
  };
  const shape: NonNullable<Letter['kind']> = kind ?? 'plain';
  switch (shape) {
    case 'plain':
      return [part('text/plain', body)];
    case 'html':
      return [part('text/html', htmlOf(body))];
    case 'alternative':
      return [part('text/plain', body), part('text/html', htmlOf(body))];
  }
}

/** What a mail program makes of typed text: paragraphs, line breaks, and quotes set off from the rest. */
function htmlOf(body: string): string {
  if (body.startsWith('<')) {
    return body;
  }
  const paragraphs = body.split(/\n{2,}/).map((paragraph) => {
    const lines = escapeHtml(paragraph).split('\n');
    return lines.every((line) => line.startsWith('&gt;'))
      ? `<blockquote type="cite">${lines.map((line) => line.replace(/^&gt; ?/, '')).join('<br>\n')}</blockquote>`
      : `<p>${lines.join('<br>\n')}</p>`;
  });
  return `<html><body>\n${paragraphs.join('\n')}\n</body></html>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function listHeaders({ list }: Letter): Readonly<Record<string, string>> {
  return list === undefined
    ? {}
    : { 'List-Id': `<${list}>`, 'List-Unsubscribe': `<https://${list}/unsubscribe>`, Precedence: 'list' };
}

function parseMailbox(from: string): { name: string; address: string } {
  const [, name, address] = /^(.+) <(.+)>$/.exec(from) ?? [];
  return name === undefined || address === undefined ? { name: '', address: from } : { name, address };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 20);
}
