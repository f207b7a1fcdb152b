import { limits } from '../../base/limits.ts';

/** A header field as it stands in the message, one octet a character: `name` in small letters, `raw` with its line ends. */
export interface Field {
  readonly name: string;
  readonly raw: string;
}

/** One MIME part as offsets into the message, so that a FETCH of any section is a slice (RFC 3501 6.4.5). */
export interface Part {
  readonly fields: readonly Field[];
  readonly headerStart: number;
  /** The first octet of the body. */
  readonly bodyStart: number;
  readonly end: number;
  /** In small letters. */
  readonly type: string;
  readonly subtype: string;
  readonly params: readonly (readonly [string, string])[];
  /** Of a multipart, never empty there. */
  readonly children: readonly Part[];
  /** The message in a message/rfc822. */
  readonly message: Part | null;
}

/** Where the header block ends, its blank line included. */
export function headerEnd(raw: Buffer, start = 0, end = raw.length): number {
  for (let line = start; line < end; ) {
    const lineEnd = raw.indexOf(0x0a, line);
    const next = lineEnd < 0 ? end : Math.min(lineEnd + 1, end);
    if (raw[line] === 0x0a || (raw[line] === 0x0d && raw[line + 1] === 0x0a)) return next;
    line = next;
  }
  return end;
}

export function fieldsOf(header: Buffer): Field[] {
  const lines = header.toString('latin1').split(/(?<=\n)/);
  const raws: string[] = [];
  for (const line of lines) {
    const last = raws.length - 1;
    if (/^[ \t]/.test(line) && last >= 0) raws[last] += line;
    else if (line.trim() !== '') raws.push(line);
  }
  return raws.map((raw) => ({
    name: raw
      .slice(0, Math.max(0, raw.indexOf(':')))
      .trimEnd()
      .toLowerCase(),
    raw,
  }));
}

/** The first field of a name, unfolded (RFC 5322 2.2.3); null where there is none. */
export function fieldValue(fields: readonly Field[], name: string): string | null {
  const field = fields.find((candidate) => candidate.name === name);
  return field === undefined ? null : unfolded(field);
}

export function unfolded(field: Field): string {
  return field.raw
    .slice(field.raw.indexOf(':') + 1)
    .replace(/\r?\n/g, '')
    .trim();
}

/** `text/plain; charset=x` (RFC 2045 5.1) or `attachment; filename="x"`: parameters as written, RFC 2231 pieces too. */
export function parametersOf(value: string): { head: string; params: [string, string][] } {
  const tokens = value.match(/"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)|[;=]|[^\s;="()]+|["()]/gs) ?? [];
  const words = tokens.filter((token) => token.length < 2 || !token.startsWith('('));
  const head: string[] = [];
  const params: [string, string][] = [];
  let name: string | null = null;
  for (const [at, word] of words.entries()) {
    if (word === ';') name = '';
    else if (name === null) head.push(word);
    else if (word === '=') continue;
    else if (words[at - 1] === '=') params.push([name, word.replace(/^"(.*)"$/s, '$1').replace(/\\(.)/gs, '$1')]);
    else name = word.toLowerCase();
  }
  return { head: head.join('').toLowerCase(), params: params.filter(([key]) => key !== '') };
}

/** The structure of a whole message. Never throws; what nests too deeply or has too many parts stays one part. */
export function parseMessage(raw: Buffer): Part {
  return parsePart(raw, 0, raw.length, 'text/plain', { parts: limits.demo.mimeParts, depth: 0 });
}

interface Budget {
  parts: number;
  depth: number;
}

function parsePart(raw: Buffer, start: number, end: number, fallback: string, budget: Budget): Part {
  const bodyStart = headerEnd(raw, start, end);
  const fields = fieldsOf(raw.subarray(start, bodyStart));
  const contentType = parametersOf(fieldValue(fields, 'content-type') ?? fallback);
  const [type = '', subtype = ''] = /^[^/]+\/[^/]+$/.test(contentType.head)
    ? contentType.head.split('/')
    : ['text', 'plain'];
  const part = { fields, headerStart: start, bodyStart, end, type, subtype, params: contentType.params };
  const boundary = part.params.find(([name]) => name === 'boundary')?.[1];
  const deep = budget.depth >= limits.demo.mimeDepth;
  budget.parts -= 1;
  budget.depth += 1;
  try {
    if (type === 'multipart' && !deep) {
      const inside = subtype === 'digest' ? 'message/rfc822' : 'text/plain';
      const ranges = boundary === undefined ? [] : rangesWithin(raw, bodyStart, end, boundary, budget.parts);
      const children = ranges.map(([from, to]) => parsePart(raw, from, to, inside, budget));
      // The grammar has no multipart without a part (RFC 3501 9, body-type-mpart).
      const empty: Budget = { parts: 0, depth: 0 };
      return {
        ...part,
        children: children.length > 0 ? children : [parsePart(raw, end, end, 'text/plain', empty)],
        message: null,
      };
    }
    if (type === 'message' && subtype === 'rfc822' && !deep) {
      return { ...part, children: [], message: parsePart(raw, bodyStart, end, 'text/plain', budget) };
    }
    const leaf = type === 'multipart' || (type === 'message' && subtype === 'rfc822');
    return { ...part, ...(leaf ? { type: 'text', subtype: 'plain' } : {}), children: [], message: null };
  } finally {
    budget.depth -= 1;
  }
}

/** The parts between the delimiter lines of RFC 2046 5.1.1; the line end before a delimiter belongs to it. */
function rangesWithin(raw: Buffer, start: number, end: number, boundary: string, most: number): [number, number][] {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  const ranges: [number, number][] = [];
  let from: number | null = null;
  for (let at = raw.indexOf(delimiter, start); at >= 0 && at < end; at = raw.indexOf(delimiter, at + 1)) {
    if (at !== start && raw[at - 1] !== 0x0a) continue;
    let after = at + delimiter.length;
    const closing = raw[after] === 0x2d && raw[after + 1] === 0x2d;
    if (closing) after += 2;
    const lineEnd = raw.indexOf(0x0a, after);
    const next = lineEnd < 0 || lineEnd >= end ? end : lineEnd + 1;
    // Another boundary may begin with this one.
    if (raw.toString('latin1', after, next).trim() !== '') continue;
    if (from !== null) ranges.push([from, Math.max(from, raw[at - 2] === 0x0d ? at - 2 : at - 1)]);
    from = closing ? null : next;
    if (closing || ranges.length >= most) break;
  }
  if (from !== null && ranges.length < most) ranges.push([from, end]);
  return ranges;
}
