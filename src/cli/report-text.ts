import Table from 'cli-table3';
import pc from 'picocolors';
import { type AtThreshold, sentence } from '../triage/advice.ts';
import type { ClassReport, Report } from '../triage/report.ts';
import { printable } from './options.ts';

/** Thresholds that the table of other thresholds shows; `--json` has all. */
const shown = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99];
/** Confusions that are told: the rest are rarer. */
const mistakes = 10;

const plain = { head: [], border: [], compact: true };
const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
const count = (value: number) => value.toLocaleString('en');

/** What `siftd report` says of one set of routes. */
export function reportText(report: Report): string {
  const { target } = report;
  const lines = [classesTable(report)];
  for (const one of report.classes) {
    const text = printable(sentence(one, target));
    lines.push(one.advice.kind === 'ready' ? pc.green(text) : text);
  }
  if (report.together !== null) {
    const { files, estimate } = report.together;
    lines.push(
      `All that are ready together file ${percent(files)} of the mail, ${percent(estimate.right)} right (${range(estimate)}).`,
    );
  }
  lines.push('', 'At other thresholds: how much is filed, and how much of that is wrong', curveTable(report));
  lines.push('', calibrationText(report), calibrationTable(report));
  const wrong = report.confusion.filter(({ truth, answered }) => truth !== answered);
  if (wrong.length > 0) lines.push('', 'Most frequent mistakes, as people saw them:');
  for (const { truth, answered, count } of wrong.toSorted((a, b) => b.count - a.count).slice(0, mistakes)) {
    lines.push(`  ${count} x ${printable(truth ?? 'mail that no route is for')} taken for ${printable(answered)}`);
  }
  return lines.join('\n');
}

function classesTable({ classes }: Report): string {
  const table = new Table({
    head: ['class', 'mode', 'from', 'seen', 'filed', 'left', 'by people', 'reviewed', 'corrected', 'right', '95%'],
    colAligns: ['left', 'left', ...Array<'right'>(9).fill('right')],
    style: plain,
  });
  for (const one of classes) {
    const estimate = one.present?.estimate ?? null;
    table.push([
      printable(one.name),
      one.route?.mode ?? 'no route',
      one.route === null ? '-' : String(one.route.threshold),
      ...[one.seen, one.filed, one.left, one.filings, one.sampled, one.corrected].map(count),
      estimate === null ? atMost(one) : percent(estimate.right),
      estimate === null ? '-' : range(estimate),
    ]);
  }
  return table.toString();
}

/** Corrections of what was filed are no measure of what was right, but a bound. */
function atMost({ filed, corrected, present }: ClassReport): string {
  return filed === 0 || corrected === 0 || present === null ? '-' : `< ${percent(1 - corrected / filed)}`;
}

function curveTable({ classes }: Report): string {
  const table = new Table({
    head: ['class', ...shown.map((threshold) => `from ${threshold}`)],
    colAligns: ['left', ...shown.map(() => 'right' as const)],
    style: plain,
  });
  for (const { name, curve } of classes)
    table.push([printable(name), ...shown.map((threshold) => cell(curve, threshold))]);
  return table.toString();
}

function cell(curve: readonly AtThreshold[], threshold: number): string {
  const at = curve.find((one) => one.threshold === threshold);
  if (at === undefined || at.files === 0) return '-';
  const wrong = at.estimate === null ? '?' : percent(1 - at.estimate.right);
  return `${percent(at.files)}, ${wrong}`;
}

function calibrationText({ calibration: { error } }: Report): string {
  return error === null
    ? 'Calibration: nobody has said of any message what it is.'
    : `Calibration: confidence and truth lie ${percent(error)} apart, on average.`;
}

function calibrationTable({ calibration: { bins } }: Report): string {
  const table = new Table({
    head: ['confidence', 'verdicts', 'mean confidence', 'right'],
    colAligns: ['left', 'right', 'right', 'right'],
    style: plain,
  });
  for (const { from, to, judged, confidence, right } of bins) {
    if (judged === 0 || confidence === null || right === null) continue;
    table.push([`${from.toFixed(1)} to ${to.toFixed(1)}`, count(judged), percent(confidence), percent(right)]);
  }
  return table.length === 0 ? '' : table.toString();
}

function range({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${(100 * low).toFixed(1)}-${(100 * high).toFixed(1)}`;
}

const columns = [
  'accounts,class,mode,threshold,seen,filed,left,observed,filed_by_people,reviewed,corrected',
  'right,right_low,right_high,advice,advised_threshold,advised_files,advised_right,advised_right_low,advised_right_high,missing',
]
  .join(',')
  .split(',');

/** RFC 4180, one line a class. */
export function reportCsv(
  reports: readonly { readonly accounts: readonly string[]; readonly report: Report }[],
): string {
  const rows = reports.flatMap(({ accounts, report }) =>
    report.classes.map((one) => [accounts.join(' '), ...csvRow(one)]),
  );
  return [columns, ...rows].map((row) => row.map(csvField).join(',')).join('\r\n');
}

function csvRow(one: ClassReport): (string | number | null)[] {
  const { advice } = one;
  const estimate = one.present?.estimate ?? null;
  const at = 'at' in advice ? advice.at : null;
  return [
    one.name,
    one.route?.mode ?? null,
    one.route?.threshold ?? null,
    ...[one.seen, one.filed, one.left, one.observed, one.filings, one.sampled, one.corrected],
    ...[estimate?.right ?? null, estimate?.low ?? null, estimate?.high ?? null],
    advice.kind,
    at?.threshold ?? null,
    at?.files ?? null,
    ...[at?.estimate?.right ?? null, at?.estimate?.low ?? null, at?.estimate?.high ?? null],
    'missing' in advice ? advice.missing : null,
  ];
}

function csvField(value: string | number | null): string {
  const text = value === null ? '' : String(value);
  // A spreadsheet takes a field that begins so for a formula, and a class's name is somebody else's text.
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
