import { limits } from '../../base/limits.ts';
import { bad, no } from './refusal.ts';
import { isAtom } from './syntax.ts';

/** RFC 3501 2.3.2; `\Recent` is the server's own. */
export const systemFlags = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft'] as const;

export type FlagChange = 'add' | 'remove' | 'replace';

/**
 * Flags of one account in the spelling in which each was first used: keywords compare in any case, and are shown as
 * they were first written, as Dovecot does.
 */
export class FlagNames {
  readonly #spelling = new Map<string, string>(systemFlags.map((flag) => [flag.toLowerCase(), flag]));
  readonly #keywords: boolean;
  readonly #brackets: boolean;

  /** `brackets`: as on Gmail, which keeps and shows names with a `]`, though no atom may have one. */
  constructor(keywords: boolean, brackets = false) {
    this.#keywords = keywords;
    this.#brackets = brackets;
  }

  /** Those that may be set. Without keywords an unknown one is dropped (RFC 3501 7.1, PERMANENTFLAGS). */
  permitted(flags: readonly string[]): string[] {
    const names = flags.map((flag) => this.#named(flag));
    return [...new Set(names)].filter((flag) => this.#keywords || flag.startsWith('\\'));
  }

  #named(flag: string): string {
    const known = this.#spelling.get(flag.toLowerCase());
    if (known !== undefined) return known;
    if (flag.startsWith('\\')) throw bad(`Invalid system flag ${flag}`);
    if (flag.length > limits.demo.keyword) throw no('Keyword is too long', 'CANNOT');
    if (!isAtom(this.#brackets ? flag.replaceAll(']', '') : flag))
      throw no('Invalid characters in a keyword', 'CANNOT');
    this.#spelling.set(flag.toLowerCase(), flag);
    return flag;
  }
}
