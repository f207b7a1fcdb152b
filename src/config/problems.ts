import type { z } from 'zod';
import { UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { masked } from './values.ts';

export type Path = readonly (string | number)[];

export interface Problem {
  /** From 1. */
  readonly line: number;
  readonly path: Path;
  /** What was found; what is allowed. Never holds a secret. */
  readonly text: string;
}

/** A problem before its line is known. */
export type Found = Omit<Problem, 'line'> & { readonly at: 'key' | 'value' };

/** All that is wrong with a configuration, one line each: `file:line: key.path: what was found; what is allowed`. */
export class ConfigError extends UserError {
  readonly file: string;
  readonly problems: readonly Problem[];
  constructor(file: string, problems: readonly Problem[]) {
    const inOrder = [...problems].sort((a, b) => a.line - b.line);
    const lines = inOrder.slice(0, limits.config.errors).map((problem) => problemText(file, problem));
    const more = inOrder.length - lines.length;
    super([...lines, ...(more > 0 ? [`${file}: ${more} more`] : [])].join('\n'), 2);
    this.file = file;
    this.problems = inOrder;
  }
}

export function problemText(file: string, { line, path, text }: Problem): string {
  return path.length === 0 ? `${file}:${line}: ${text}` : `${file}:${line}: ${pathText(path)}: ${text}`;
}

/** `accounts.support.folders[0]`; a part that could be misread is in quotes. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const shown = /^[A-Za-z0-9_-]+$/.test(part) ? part : quoted(part);
    return text === '' ? shown : `${text}.${shown}`;
  }, '');
}

/** Text of the file as it may stand in a message: short, and without anything that a terminal would obey. */
export function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return `"${short.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, '?')}"`;
}

/** One or more problems for each issue of the schema, at the key where a name is wrong, else at the value. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  raw: unknown,
  line: (path: Path, at: 'key' | 'value') => number,
): Problem[] {
  const problems = issues.flatMap((issue): Problem[] => {
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => {
        const at = [...path, key];
        // `{password: abc,def}` has a key "def": what has no value may be a piece of a secret, and is not shown.
        return valueAt(raw, at) === null
          ? { line: line(at, 'key'), path, text: `found a key without a value; allowed: ${issue.message}` }
          : { line: line(at, 'key'), path: at, text: unknownKey(key, issue.message) };
      });
    }
    if (issue.code === 'invalid_key') {
      const allowed = issue.issues[0]?.message ?? issue.message;
      return [{ line: line(path, 'key'), path, text: `found this name; allowed: ${allowed}` }];
    }
    return [{ line: line(path, 'value'), path, text: mismatch(valueAt(raw, path), issue.message) }];
  });
  // One value can fail several checks that allow the same.
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const text = problemText('', problem);
    return !seen.has(text) && seen.add(text);
  });
}

function unknownKey(key: string, allowed: string): string {
  const near = nearest(key, allowed.split(', '));
  return near === null
    ? `unknown key; allowed: ${allowed}`
    : `unknown key, did you mean "${near}"?; allowed: ${allowed}`;
}

function mismatch(found: unknown, allowed: string): string {
  if (found === undefined) return `missing; needed: ${allowed}`;
  return `found ${masked.has(allowed) ? kind(found) : shown(found)}; allowed: ${allowed}`;
}

function kind(found: unknown): string {
  if (found === null) return 'nothing';
  if (Array.isArray(found)) return 'a list';
  switch (typeof found) {
    case 'object':
      return 'a map';
    case 'string':
      return 'a text';
    case 'number':
      return 'a number';
    default:
      return 'something else';
  }
}

function shown(found: unknown): string {
  if (typeof found === 'string') return quoted(found);
  return typeof found === 'number' || typeof found === 'boolean' ? String(found) : kind(found);
}

function valueAt(raw: unknown, path: Path): unknown {
  let value = raw;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  return value;
}

/** The candidate that a typing error turns into this word, if one is near enough to be meant. */
function nearest(word: string, candidates: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const steps = distance(word.slice(0, 40).toLowerCase(), candidate.toLowerCase());
    if (steps < least) {
      least = steps;
      best = candidate;
    }
  }
  return best;
}

/** Edits between two words; two neighbours that changed places are one edit (optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let steps = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        steps = Math.min(steps, (before[column - 2] ?? 0) + 1);
      }
      current.push(steps);
    }
    before = above;
    above = current;
  }
  return above[b.length] ?? 0;
}
