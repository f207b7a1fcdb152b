import { type Document, isAlias, isCollection, isMap, isScalar, isSeq, LineCounter, parseDocument, visit } from 'yaml';
import { reasonOf } from '../base/errors.ts';
import type { Path, Problem } from './problems.ts';

/** A YAML file as plain data, which still knows on which line each of its keys and values stands. */
export interface Source {
  /** Plain data; `undefined` when the text could not be read at all. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** The line, from 1, of the key or the value at this path, or of the nearest thing above it that is there. */
  line(path: Path, at: 'key' | 'value'): number;
}

type Code = Document.Parsed['errors'][number]['code'];

/**
 * Our own sentences, since those of the parser can quote the text, and the text may hold what should have been a
 * secret: `password: !abc` is a tag, `password: *abc` an alias.
 */
const sentences: Partial<Record<Code, string>> = {
  ALIAS_PROPS: 'an alias (*name) can have no tag and no anchor of its own',
  BAD_ALIAS: 'an alias (*name) or an anchor (&name) that names nothing; text that begins with * or & needs quotes',
  BAD_COLLECTION_TYPE: 'a tag (!name) that does not fit; text that begins with ! needs quotes',
  BAD_DIRECTIVE: 'a line that begins with % is a YAML directive; text that begins with % needs quotes',
  BAD_DQ_ESCAPE: 'an unknown escape in double quotes; write a backslash without quotes or in single quotes: \\Junk',
  BAD_INDENT: 'this line is not indented as the lines beside it, or a bracket or brace before it is not closed',
  BAD_SCALAR_START: 'text that begins with @ or ` needs quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second ": " in one line; text that contains ": " needs quotes',
  BLOCK_IN_FLOW: 'inside { } and [ ] everything is written with { }, [ ] and commas',
  DUPLICATE_KEY: 'this key stands here twice; the second one would silently win',
  MISSING_CHAR: 'a closing quote, bracket, brace or comma, or the ":" after a key, is missing',
  MULTILINE_IMPLICIT_KEY: 'a key and its ":" stand on one line; maybe a ":" is missing',
  MULTIPLE_DOCS: 'a second document begins here ("---"); a configuration is one document',
  TAB_AS_INDENT: 'a tab; YAML is indented with spaces only',
  TAG_RESOLVE_FAILED: 'a tag (!name); siftd uses none, and text that begins with ! needs quotes',
  UNEXPECTED_TOKEN: 'this does not belong here; maybe a quote, bracket or comma too many',
};

/** Never throws. After an error of syntax nothing else is worth checking, so `value` is undefined then. */
export function readYaml(text: string): Source {
  const lines = new LineCounter();
  const lineAt = (offset: number) => Math.max(1, lines.linePos(offset).line);
  const unreadable = (why: string): Source => ({
    value: undefined,
    problems: [{ line: 1, path: [], text: `this is not YAML that can be read: ${why}` }],
    line: () => 1,
  });

  let doc: Document.Parsed;
  try {
    doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error', strict: true });
  } catch (error) {
    return unreadable(error instanceof RangeError ? 'it is nested too deeply' : reasonOf(error));
  }
  const found = [...doc.errors, ...doc.warnings];
  const problems: Problem[] = found.map(({ code, pos }) => {
    // A tab where spaces belong is reported under several codes; seeing it is surer.
    const tab = code !== 'DUPLICATE_KEY' && /^ *\t/.test(text.split('\n', lineAt(pos[0])).at(-1) ?? '');
    const said = sentences[tab ? 'TAB_AS_INDENT' : code] ?? 'this is not YAML';
    return { line: lineAt(pos[0]), path: [], text: said };
  });
  const incomplete = (): Source => ({ value: undefined, problems: distinct(problems), line: () => 1 });
  if (found.some(({ code }) => code !== 'DUPLICATE_KEY')) return incomplete();
  const { fatal, harmless } = unusable(doc, lineAt);
  problems.push(...fatal, ...harmless);
  if (fatal.length > 0) return incomplete();
  try {
    const value: unknown = doc.toJS();
    return { value, problems: distinct(problems), line: (path, at) => lineAt(offsetOf(doc, path, at)) };
  } catch (error) {
    return unreadable(error instanceof RangeError ? 'it is nested too deeply' : 'its aliases grow without bound');
  }
}

/** The parser says the same of one place several times. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [`${problem.line} ${problem.text}`, problem])).values()];
}

/** What YAML can say and plain data cannot; `fatal`, where there is no plain data at all. */
function unusable(doc: Document.Parsed, lineAt: (offset: number) => number): Record<'fatal' | 'harmless', Problem[]> {
  const fatal: Problem[] = [];
  const harmless: Problem[] = [];
  const at = (node: unknown, text: string): Problem => {
    const offset = isScalar(node) || isCollection(node) || isAlias(node) ? node.range?.[0] : undefined;
    return { line: lineAt(offset ?? 0), path: [], text };
  };
  visit(doc, {
    Pair(_key, { key }) {
      if (!isScalar(key) || key.value === null) fatal.push(at(key, 'a key is a plain word'));
      else if (key.value === '__proto__') fatal.push(at(key, 'this cannot be a key'));
    },
    Scalar(_key, node) {
      if (typeof node.value !== 'number') return;
      if (!Number.isFinite(node.value)) harmless.push(at(node, 'this is no finite number'));
      else if (Number.isInteger(node.value) && !Number.isSafeInteger(node.value)) {
        const text = 'this number is too large to be kept exactly; if it is a name or an id, put it in quotes';
        harmless.push(at(node, text));
      }
    },
    Alias(_key, node, above) {
      const target = node.resolve(doc);
      if (target === undefined) fatal.push(at(node, sentences.BAD_ALIAS ?? 'an alias that names nothing'));
      else if (above.includes(target)) fatal.push(at(node, 'this alias (*name) contains itself'));
    },
  });
  return { fatal, harmless };
}

function offsetOf(doc: Document.Parsed, path: Path, at: 'key' | 'value'): number {
  let node: unknown = doc.contents;
  let offset = isMap(node) ? (node.range?.[0] ?? 0) : 0;
  for (const [depth, part] of path.entries()) {
    const last = depth === path.length - 1;
    if (isAlias(node)) node = node.resolve(doc);
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === part);
      if (pair === undefined || !isScalar(pair.key)) return offset;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
      if (last && at === 'value' && isScalar(node) && node.value !== null) offset = node.range?.[0] ?? offset;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      if (isScalar(node) || isCollection(node) || isAlias(node)) offset = node.range?.[0] ?? offset;
    } else return offset;
  }
  return offset;
}
