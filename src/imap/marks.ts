import { isKeyword } from '../triage/policy.ts';

/** Keywords and flags, compared as IMAP does: without regard to case (RFC 9051 2.3.2). */

export interface Keepable {
  /** In the spelling under which the server knows them. */
  readonly kept: readonly string[];
  readonly unkept: readonly string[];
}

/**
 * Which keywords and flags a folder keeps for good, by its PERMANENTFLAGS (RFC 9051 7.1): all of them where it gave
 * none, new keywords where it has `\*`. The same name in another case is the same keyword, but imapflow compares
 * letter by letter.
 */
export function keepable(wanted: readonly string[], permanentFlags: ReadonlySet<string> | undefined): Keepable {
  const known = new Map([...(permanentFlags ?? [])].map((flag) => [flag.toLowerCase(), flag]));
  const kept: string[] = [];
  const unkept: string[] = [];
  for (const flag of wanted) {
    const system = flag.startsWith('\\');
    const spelling = known.get(flag.toLowerCase());
    if (!system && !isKeyword(flag)) unkept.push(flag);
    else if (spelling !== undefined) kept.push(spelling);
    else if (permanentFlags === undefined || (known.has('\\*') && !system)) kept.push(flag);
    else unkept.push(flag);
  }
  return { kept, unkept };
}

/** Those of `wanted` that are not present. */
export function absent(wanted: readonly string[], present: Iterable<string>): string[] {
  const there = new Set([...present].map((flag) => flag.toLowerCase()));
  return wanted.filter((flag) => !there.has(flag.toLowerCase()));
}

export function has(present: Iterable<string>, flag: string): boolean {
  return absent([flag], present).length === 0;
}
