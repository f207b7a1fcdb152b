export interface TextOptions {
  /** The most characters (UTF-16 units) of a body. */
  readonly limit: number;
  /** Whether quoted replies are taken out. A body that is nothing but quotation keeps it. */
  readonly quotes: 'keep' | 'strip';
}

/** A subject or a name: one line, at most `limit` characters, well-formed. */
export function oneLine(text: string, limit: number): string {
  return capped(tidy(text.slice(0, 4 * limit)).replaceAll('\n', ' '), limit).trimEnd();
}

/** Invisible characters with which senders pad previews and part words: soft hyphen, joiner, zero width, BOM. */
const invisible = /\u034F|[\u00AD\u200B\u2060\uFEFF]/g;

/** White space is told apart as space, line and paragraph; what cannot be seen or stored is left out. */
export function tidy(text: string): string {
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
