import pc from 'picocolors';
import type { Letter } from '../daemon/letters.ts';
import type { Scored } from '../triage/job.ts';
import { printable } from './options.ts';

/** One message that a person is asked about, as it is shown to them. */
export interface Case {
  readonly job: number;
  readonly account: string;
  readonly folder: string;
  /** Why it waits, or was filed. */
  readonly reason: string;
  /** Of a sample: the class that siftd named, and whether that was right is the question. null: it waits to be filed. */
  readonly named: string | null;
  readonly best: readonly Scored[];
  /** Classes that it can be filed as. */
  readonly routes: readonly string[];
  /** What it says, or why that cannot be shown. */
  readonly letter: Letter | string;
}

/** What is on the page: the message, all of its text from a line on, or all classes to choose from. */
export type View =
  | { readonly shows: 'case' }
  | { readonly shows: 'text'; readonly from: number }
  | { readonly shows: 'routes' };

export type Choice =
  | { readonly choice: 'file'; readonly route: string }
  | { readonly choice: 'skip' }
  /** It is this route's; null: none's. */
  | { readonly choice: 'judge'; readonly route: string | null }
  | { readonly choice: 'next' }
  | { readonly choice: 'quit' }
  | { readonly choice: 'look'; readonly view: View }
  /** A key that means nothing here. */
  | { readonly choice: 'none' };

export interface Size {
  readonly rows: number;
  readonly columns: number;
}

const letters = 'abcdefghijklmnopqrstuvwxyz';

/** What a key means on this page. Keys are as a terminal sends them. */
export function meaning(key: string, view: View, { best, routes, letter, named }: Case, size: Size): Choice {
  if (key === '\u0003' || key === '\u0004') return { choice: 'quit' };
  const back: Choice = { choice: 'look', view: { shows: 'case' } };
  const take = (route: string): Choice => ({ choice: named === null ? 'file' : 'judge', route });
  if (view.shows === 'routes') {
    const route = routes[letters.indexOf(key)];
    if (key.length === 1 && route !== undefined) return take(route);
    return key === '\u001b' ? back : { choice: 'none' };
  }
  if (view.shows === 'text') {
    const page = textRows(size);
    const last = Math.max(0, textOf(letter, size).length - page);
    const to = (from: number): Choice => ({
      choice: 'look',
      view: { shows: 'text', from: Math.min(last, Math.max(0, from)) },
    });
    if (key === ' ' || key === 'j') return to(view.from + page);
    if (key === 'b' || key === 'k') return to(view.from - page);
    if (key === 'o' || key === '\u001b' || key === 'q') return back;
  }
  const label = /^[1-9]$/.test(key) ? best[Number(key) - 1]?.label : undefined;
  if (label !== undefined && routes.includes(label)) return take(label);
  switch (key) {
    case 'f':
      return { choice: 'look', view: { shows: 'routes' } };
    case 'o':
      return { choice: 'look', view: { shows: 'text', from: 0 } };
    case 's':
      return named === null ? { choice: 'skip' } : { choice: 'none' };
    case 'y':
      return named !== null && routes.includes(named) ? take(named) : { choice: 'none' };
    case 'x':
      return named === null ? { choice: 'none' } : { choice: 'judge', route: null };
    case 'n':
      return { choice: 'next' };
    case 'q':
      return { choice: 'quit' };
    default:
      return { choice: 'none' };
  }
}

/** The page, line by line; no line is longer than the terminal. */
export function page(
  one: Case,
  view: View,
  told: { readonly left: string; readonly last: string },
  size: Size,
): string {
  const clip = (text: string) => printable(text).slice(0, size.columns - 1);
  const { letter } = one;
  const head = [
    pc.dim(clip(`${told.left}    job ${one.job} of ${one.account}, in ${one.folder}`)),
    pc.bold(clip(typeof letter === 'string' ? '(not shown)' : letter.subject || '(no subject)')),
    clip(typeof letter === 'string' ? letter : letter.from || '(no sender)'),
    one.named === null ? pc.dim(clip(one.reason)) : clip(`siftd says ${one.named}: ${one.reason}`),
    '',
  ];
  const foot = [told.last === '' ? '' : pc.green(clip(told.last)), clip(keysOf(view, one))];
  return [...head, ...body(one, view, size, clip), '', ...foot].join('\n');
}

function body(one: Case, view: View, size: Size, clip: (text: string) => string): string[] {
  switch (view.shows) {
    case 'routes':
      return one.routes.slice(0, letters.length).map((route, index) => clip(`${letters[index]}  ${route}`));
    case 'text':
      return textOf(one.letter, size).slice(view.from, view.from + textRows(size));
    case 'case': {
      const classes = one.best.map(({ label, confidence }, index) => {
        const known = one.routes.includes(label);
        return clip(`${known ? index + 1 : ' '}  ${confidence.toFixed(2)}  ${label}${known ? '' : ' (no route)'}`);
      });
      const lines = textOf(one.letter, size).slice(0, Math.max(1, textRows(size) - classes.length - 1));
      return [...lines, '', ...(classes.length === 0 ? [pc.dim('the API named no class')] : classes)];
    }
  }
}

function keysOf(view: View, { named }: Case): string {
  const act = named === null ? 'file as that class' : 'it is that class';
  switch (view.shows) {
    case 'routes':
      return `a letter: ${act}   Esc: back`;
    case 'text':
      return `Space: on   b: back up   o: close   ${named === null ? '1-3, f, s' : 'y, 1-3, f, x'}: as before`;
    case 'case':
      return named === null
        ? `1-3: ${act}   f: another class   s: fine as it is   o: open   n: later   q: quit`
        : `y: right   1-3: that class   f: another   x: none   o: open   n: later   q: quit`;
  }
}

/** What is left beside head and foot. */
function textRows({ rows }: Size): number {
  return Math.max(3, rows - 9);
}

/** The text in lines that fit. */
function textOf(letter: Letter | string, { columns }: Size): string[] {
  if (typeof letter === 'string') return [];
  const width = Math.max(20, columns - 1);
  return letter.body.split('\n').flatMap((line) => {
    const clean = printable(line);
    return clean === '' ? [''] : (clean.match(new RegExp(`.{1,${width}}`, 'gu')) ?? ['']);
  });
}
