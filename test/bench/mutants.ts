import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { checkout } from '../servers/guard.ts';
import { type Edit, isOutdated, type Mutation, mutations } from './mutations.ts';

/** What the tests said: the names of those that were red, or how the run came to no end. */
interface Verdict {
  readonly red: readonly string[];
  readonly seconds: number;
}

/** A run that takes longer waits for something that a mutation took away. */
const patience = 10 * 60_000;
/** Red tests that are waited for, and shown. */
const enough = 3;
/** Not part of a checkout, or made again in the copy. */
const left = new Set(['.git', 'node_modules', 'dist', 'bench', 'coverage']);

/**
 * Takes one guard after the other out of a copy of the checkout and runs the tests that should see it. Exit code 1 when
 * one survives, when its text is not in the source any more, or when the tests are red without any of it.
 */
export async function mutants(args: string[]): Promise<object> {
  const { values } = parseArgs({ args, options: { only: { type: 'string', default: '' } } });
  const chosen = mutations.filter((one) => JSON.stringify(one).toLowerCase().includes(values.only.toLowerCase()));
  if (chosen.length === 0) throw new Error('no mutation has these words');
  const outdated = chosen.flatMap(({ guard, edits }) =>
    edits.filter((one) => isOutdated(checkout, one)).map(({ file }) => `${guard}: ${file}`),
  );
  if (outdated.length > 0) throw new Error(`not in the source any more, or more than once:\n${outdated.join('\n')}`);

  const copy = mkdtempSync(join(tmpdir(), 'siftd-mutants-'));
  const leave = () => rmSync(copy, { recursive: true, force: true });
  process.once('exit', leave);
  try {
    cpSync(checkout, copy, {
      recursive: true,
      filter: (source) => !left.has(relative(checkout, source)),
    });
    symlinkSync(join(checkout, 'node_modules'), join(copy, 'node_modules'));
    const files = [...new Set(chosen.flatMap(({ tests }) => tests))].sort();
    console.log(`${chosen.length} mutations; first the source as it is, with ${files.length} test files`);
    const sound = await judge(copy, files, 4 * patience);
    if (sound.red.length > 0) throw new Error(`red without any mutation:\n${sound.red.join('\n')}`);
    const rows: { readonly mutation: Mutation; readonly verdict: Verdict }[] = [];
    for (const mutation of chosen) {
      const verdict = await mutated(copy, mutation.edits, () => judge(copy, mutation.tests));
      rows.push({ mutation, verdict });
      const [first = 'SURVIVED'] = verdict.red;
      console.log(`${mutation.guard}: ${mutation.instead}: ${first} (${verdict.seconds.toFixed(0)} s)`);
    }
    const table = new Table({
      head: ['guard', 'instead', 'turned red'],
      colWidths: [40, 34, 74],
      wordWrap: true,
      style: { head: [], border: [] },
    });
    for (const { mutation, verdict } of rows) {
      table.push([mutation.guard, mutation.instead, verdict.red.slice(0, enough).join('\n') || 'nothing: it SURVIVED']);
    }
    console.log(table.toString());
    const survived = rows.filter(({ verdict }) => verdict.red.length === 0).length;
    console.log(`${rows.length} mutations, ${survived} survived`);
    if (survived > 0) process.exitCode = 1;
    return {
      survived,
      rows: rows.map(({ mutation: { guard, instead }, verdict }) => ({
        guard,
        instead,
        red: verdict.red.slice(0, enough),
      })),
    };
  } finally {
    process.off('exit', leave);
    leave();
  }
}

async function mutated<T>(copy: string, edits: readonly Edit[], work: () => Promise<T>): Promise<T> {
  const before = new Map<string, string>();
  for (const { file, find, put } of edits) {
    const path = join(copy, file);
    const text = readFileSync(path, 'utf8');
    if (!before.has(path)) before.set(path, text);
    writeFileSync(
      path,
      text.replace(find, () => put),
    );
  }
  try {
    return await work();
  } finally {
    for (const [path, text] of before) writeFileSync(path, text);
  }
}

/** Runs test files of the copy, until some are red. */
async function judge(copy: string, files: readonly string[], most = patience): Promise<Verdict> {
  const began = performance.now();
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const vitest = join(checkout, 'node_modules', 'vitest', 'vitest.mjs');
  const options = ['--bail', String(enough), '--reporter', 'json', '--outputFile', report];
  const run = spawn(process.execPath, [vitest, 'run', '-c', 'test/vitest.config.ts', ...options, ...files], {
    cwd: copy,
    stdio: 'ignore',
    // So that what it started can be ended with it.
    detached: true,
  });
  const end = () => {
    if (run.pid !== undefined && run.exitCode === null && run.signalCode === null) process.kill(-run.pid, 'SIGKILL');
  };
  process.once('exit', end);
  const over = new AbortController();
  const late = delay(most, 'late' as const, { signal: over.signal }).catch(() => 'over' as const);
  const first = await Promise.race([once(run, 'close').then(([code]) => code as number | null), late]);
  over.abort();
  if (first === 'late') {
    end();
    await once(run, 'close');
  }
  process.off('exit', end);
  const seconds = (performance.now() - began) / 1000;
  if (first === 'late') return { red: ['the run did not end'], seconds };
  const red = readReport(report);
  return { red: red.length === 0 && first !== 0 ? [`the run ended with ${first}`] : red, seconds };
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

function readReport(file: string): string[] {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return [];
  }
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const where = name.replace(/^.*\/test\//, '').replace(/\.test\.ts$/, '');
    const red = assertionResults.filter((one) => one.status === 'failed').map((one) => `${where}: ${one.fullName}`);
    return red.length === 0 && status === 'failed' && message !== '' ? [`${where}: ${message.slice(0, 100)}`] : red;
  });
}
