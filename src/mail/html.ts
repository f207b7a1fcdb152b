import { compile } from 'html-to-text';
import { limits } from '../base/limits.ts';

/**
 * The text of an HTML part, blocks on lines of their own, quotations behind `> `. Links and images keep their words
 * and lose their addresses. Linear in the input, whatever it holds: see `reduced`.
 *
 * `marked`: what mail programs mark as a quotation in their own ways is set behind `> ` too.
 */
export function textOfHtml(html: string, marked: boolean): string {
  return toText(reduced(html.slice(0, limits.parse.html), marked));
}

const toText = compile({
  wordwrap: false,
  selectors: [
    { selector: 'ul', options: { itemPrefix: '- ' } },
    { selector: 'blockquote', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
  ],
});

/** Elements that shape text, and what stands for them in the reduced HTML. All others are only their content. */
const shapes: ReadonlyMap<string, string> = new Map([
  ...['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((name) => [name, 'p'] as const),
  ...['ul', 'ol', 'li', 'pre', 'blockquote'].map((name) => [name, name] as const),
  ...['dir', 'menu'].map((name) => [name, 'ul'] as const),
  ...['div', 'table', 'tr', 'caption', 'center', 'form', 'fieldset', 'address', 'article', 'aside'].map(block),
  ...['section', 'header', 'footer', 'main', 'nav', 'figure', 'figcaption', 'dl', 'dt', 'dd', 'details'].map(block),
]);

function block(name: string): readonly [string, string] {
  return [name, 'div'];
}

/** Elements whose content is not markup and not for reading. */
const hidden = new Set(['script', 'style', 'title', 'textarea', 'xmp', 'iframe', 'noembed', 'noframes']);

/** An end tag that people leave out, because the same start tag ends the element. */
const selfEnding = new Set(['p', 'li', 'tr', 'dt', 'dd']);

const indenting = new Set(['ul', 'ol', 'blockquote']);

/**
 * The same document in a dozen elements without attributes, never nested deeper than limits.parse.depth.
 *
 * An HTML parser takes quadratic time on deep nesting and the conversion recurses and indents once for every level.
 * What reaches them is written here, tag by tag, so their depth is bounded by construction: nothing has to be guessed
 * about how they read hostile markup.
 */
function reduced(html: string, marked: boolean): string {
  const out: string[] = [];
  const stack: { readonly name: string; readonly shape: string }[] = [];
  const open = new Map<string, number>();
  let indents = 0;

  const pop = (): string | undefined => {
    const last = stack.pop();
    if (last === undefined) return undefined;
    open.set(last.name, (open.get(last.name) ?? 1) - 1);
    if (indenting.has(last.shape)) indents -= 1;
    out.push(`</${last.shape}>`);
    return last.name;
  };

  const push = (name: string, wanted: string): void => {
    if (stack.at(-1)?.name === 'p') pop();
    if (selfEnding.has(name) && stack.at(-1)?.name === name) pop();
    if (stack.length >= limits.parse.depth) {
      out.push('<br>');
      return;
    }
    const parent = stack.at(-1)?.shape;
    const stray = wanted === 'li' && parent !== 'ul' && parent !== 'ol';
    const shape = stray || (indenting.has(wanted) && indents >= limits.parse.indents) ? 'div' : wanted;
    if (indenting.has(shape)) indents += 1;
    stack.push({ name, shape });
    open.set(name, (open.get(name) ?? 0) + 1);
    out.push(`<${shape}>`);
  };

  for (const token of tokens(html)) {
    const { kind, value } = token;
    const shape = shapes.get(value);
    if (kind === 'text') out.push(value.replaceAll('<', '&lt;'));
    else if (value === 'br' || value === 'hr') out.push('<br>');
    else if (value === 'td' || value === 'th') out.push(' ');
    else if (kind === 'end') {
      if ((open.get(value) ?? 0) > 0) while (pop() !== value);
    } else if (value === 'img') out.push(` ${(token.attributes.get('alt') ?? '').replaceAll('<', '&lt;')} `);
    else if (shape !== undefined) push(value, marked && isQuotation(token.attributes) ? 'blockquote' : shape);
  }
  return out.join('');
}

/** Gmail, Yahoo and Proton wrap what they quote in an element of their own. */
function isQuotation(attributes: ReadonlyMap<string, string>): boolean {
  return /\b(?:gmail_quote|yahoo_quoted|protonmail_quote)\b/.test(attributes.get('class') ?? '');
}

interface Token {
  readonly kind: 'text' | 'start' | 'end';
  /** Text as it stands, entities included, or the name of an element in lower case. */
  readonly value: string;
  /** `alt` and `class` of a start tag. */
  readonly attributes: ReadonlyMap<string, string>;
}

const none: ReadonlyMap<string, string> = new Map();

/** One pass; every branch moves on, or ends where the rest is an unfinished tag, comment or script. */
function* tokens(html: string): Generator<Token> {
  let at = 0;
  const lastComment = html.lastIndexOf('-->');
  while (at < html.length) {
    const tag = html.indexOf('<', at);
    if (tag !== at) yield { kind: 'text', value: html.slice(at, tag < 0 ? html.length : tag), attributes: none };
    if (tag < 0) return;
    // A comment that is never closed would hide the rest of the mail: then only its own angle brackets count.
    if (html.startsWith('<!--', tag) && tag + 2 <= lastComment) {
      at = after(html, '-->', tag + 2);
    } else if (/[!?]/.test(html.charAt(tag + 1))) {
      at = after(html, '>', tag + 2);
    } else {
      const closing = html.charAt(tag + 1) === '/';
      const name = match(/[a-z][a-z0-9:-]*/iy, html, tag + (closing ? 2 : 1)).toLowerCase();
      if (name === '') {
        yield { kind: 'text', value: '<', attributes: none };
        at = tag + 1;
        continue;
      }
      const [attributes, end] = attributesAt(html, tag + (closing ? 2 : 1) + name.length);
      if (end > html.length) return;
      yield { kind: closing ? 'end' : 'start', value: name, attributes };
      at = !closing && hidden.has(name) ? closingTag(html, name, end) : end;
    }
  }
}

/** Behind the next `mark`, or behind the end of the text. */
function after(html: string, mark: string, from: number): number {
  const found = html.indexOf(mark, from);
  return found < 0 ? html.length + 1 : found + mark.length;
}

function closingTag(html: string, name: string, from: number): number {
  const end = new RegExp(`</${name}`, 'gi');
  end.lastIndex = from;
  return end.exec(html)?.index ?? html.length;
}

function match(sticky: RegExp, html: string, from: number): string {
  sticky.lastIndex = from;
  return sticky.exec(html)?.[0] ?? '';
}

/** The attributes that matter, and where the tag ends: beyond the text where it does not. */
function attributesAt(html: string, from: number): [ReadonlyMap<string, string>, number] {
  let attributes: Map<string, string> | undefined;
  let at = from;
  for (;;) {
    at += match(/[\s/]+/y, html, at).length;
    if (at >= html.length) return [none, html.length + 1];
    if (html.charAt(at) === '>') return [attributes ?? none, at + 1];
    const name = match(/=?[^\s/>=]*/y, html, at);
    at += name.length;
    const equals = match(/\s*=\s*/y, html, at);
    if (equals === '') continue;
    at += equals.length;
    const quote = html.charAt(at);
    const end = quote === '"' || quote === "'" ? after(html, quote, at + 1) : at + match(/[^\s>]*/y, html, at).length;
    if (/^(?:alt|class)$/i.test(name)) {
      attributes ??= new Map();
      attributes.set(
        name.toLowerCase(),
        html
          .slice(at, end)
          .replace(/^["']|["']$/g, '')
          .slice(0, limits.parse.attribute),
      );
    }
    at = end;
  }
}
