import { limits } from '../base/limits.ts';
import { textOfHtml } from './html.ts';
import { withoutQuotes } from './quotes.ts';

export interface TextOptions {
  /** The most characters (UTF-16 units) of a body. */
  readonly limit: number;
  /** Whether quoted replies are taken out. A body that is nothing but quotation keeps it. */
  readonly quotes: 'keep' | 'strip';
}

/** What a message holds for reading: its text/plain parts, its text/html parts, the names of all others. */
export interface Texts {
  readonly plain: string;
  readonly html: string;
  readonly attachments: readonly string[];
}

/**
 * The text that a person would read, at most `limit` characters, well-formed, without control characters, and never
 * empty: a message without any text is told by its attachments.
 *
 * text/plain counts, and HTML where there is none; a plain part that is only a stub beside far more HTML is not all.
 */
export function bodyOf({ plain, html, attachments }: Texts, { limit, quotes }: TextOptions): string {
  const strip = quotes === 'strip';
  let body = readable(plain, strip);
  if (html !== '' && body.length <= limits.message.stub) {
    const shown = readable(textOfHtml(html, strip), strip);
    if (shown.length > 10 * body.length) body = body === '' || shown.includes(body) ? shown : `${body}\n\n${shown}`;
  }
  return capped(body === '' ? withoutText(attachments) : body, limit).trimEnd();
}

function readable(text: string, strip: boolean): string {
  // Cut first: the work must not grow with what is thrown away.
  const whole = tidy(text.slice(0, limits.parse.html));
  return (strip ? withoutQuotes(whole) : '') || whole;
}

function withoutText(attachments: readonly string[]): string {
  if (attachments.length === 0) return '(no text)';
  const names = attachments
    .slice(0, limits.message.attachmentNames)
    .map((name) => oneLine(name, limits.message.attachmentName));
  const more = attachments.length - names.length;
  return `(no text) Attachments: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** A subject or a name: one line, at most `limit` characters, well-formed. */
export function oneLine(text: string, limit: number): string {
  return capped(tidy(text.slice(0, 4 * limit)).replaceAll('\n', ' '), limit).trimEnd();
}

/** Invisible characters with which senders pad previews and part words: soft hyphen, joiner, zero width, BOM. */
const invisible = /\u034F|[\u00AD\u200B\u2060\uFEFF]/g;

/** White space is told apart as space, line and paragraph; what cannot be seen or stored is left out. */
function tidy(text: string): string {
  return text
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(/[\t\v\f\p{Zs}]/gu, ' ')
    .replace(/[^\P{Cc}\n]/gu, '')
    .replace(invisible, '')
    .replace(/\p{Cs}/gu, '\uFFFD')
    .replace(/ {2,}/g, ' ')
    .replace(/ ?\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** At most `limit` UTF-16 units, never half of a surrogate pair. */
export function capped(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, Math.max(0, limit));
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}
