import { limits } from '../base/limits.ts';
import { textOfHtml } from './html.ts';
import { withoutQuotes } from './quotes.ts';
import { capped, oneLine, type TextOptions, tidy } from './text.ts';

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
