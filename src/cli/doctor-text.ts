import pc from 'picocolors';
import type { Check, CheckState, Group, Tally } from '../doctor/check.ts';
import { printable } from './options.ts';

const words: Readonly<Record<CheckState, string>> = {
  ok: 'ok',
  warning: 'warning',
  failed: 'FAILED',
  skipped: 'not tried',
};
const paint: Readonly<Record<CheckState, (text: string) => string>> = {
  ok: pc.green,
  warning: pc.yellow,
  failed: pc.red,
  skipped: pc.dim,
};

const stateWidth = 11;
const titleWidth = 16;
/** Where lines of a terminal's own width are hard to read, and where columns leave too little room for words. */
const widest = 120;
const narrow = 64;

/** What was found, one check a line; where something is wrong, why it matters and what to do. */
export function groupText({ name, checks }: Group, columns = 100): string {
  const width = Math.min(columns, widest);
  return `\n${pc.bold(printable(name))}\n${together(checks)
    .map((check) => checkText(check, width))
    .join('')}`;
}

/** What was not tried for one reason is told in one line. */
function together(checks: readonly Check[]): Check[] {
  const told: Check[] = [];
  for (const check of checks) {
    const last = told.at(-1);
    if (last === undefined || check.state !== 'skipped' || last.state !== 'skipped' || last.detail !== check.detail) {
      told.push(check);
    } else told[told.length - 1] = { ...last, title: `${last.title}, ${check.title}` };
  }
  return told;
}

function checkText(check: Check, width: number): string {
  const { state, title, subject, detail, why, remedy } = check;
  const what = subject === null ? detail : `${subject}: ${detail}`;
  const wide = width >= narrow;
  const indent = wide ? 2 + stateWidth + titleWidth : 4;
  const room = width - indent;
  const more = remedy === null ? [] : [...wrapped(`why: ${why}`, room), ...wrapped(`do:  ${remedy}`, room, 5)];
  const lines = [...wrapped(what, room), ...more];
  // A title that is longer than its column has lines for itself.
  const beside = wide && title.length < titleWidth;
  const [head = '', ...rest] = beside
    ? [title.padEnd(titleWidth) + (lines.shift() ?? '')]
    : wrapped(title, width - 2 - stateWidth);
  const all = [
    `  ${paint[state](words[state].padEnd(stateWidth))}${head}`,
    ...rest.map((line) => ' '.repeat(2 + stateWidth) + line),
    ...lines.map((line) => ' '.repeat(indent) + line),
  ];
  return all.map((line) => `${line.trimEnd()}\n`).join('');
}

/** Words in lines of a width; a word that is longer stays whole. */
function wrapped(text: string, width: number, hang = 0): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of printable(paragraph).split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = ' '.repeat(hang) + word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines;
}

export function tallyText({ failed, warning, ok, skipped }: Tally): string {
  const parts = [
    failed > 0 ? [`${failed} failed`] : [],
    warning > 0 ? [`${warning} ${warning === 1 ? 'warning' : 'warnings'}`] : [],
    [`${ok} ok`],
    skipped > 0 ? [`${skipped} not tried`] : [],
  ].flat();
  const text = parts.join(', ');
  return `\n${failed > 0 ? pc.red(text) : warning > 0 ? pc.yellow(text) : pc.green(text)}\n`;
}
