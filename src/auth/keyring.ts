import type { Clock } from '../base/clock.ts';
import { failed, type Outcome, ok, reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Authority, Tokens } from './authority.ts';

/** What is kept of an account's consent. */
export interface Consent {
  readonly refresh: string;
  /** The last access token, and when it ends, by Clock.date. */
  readonly access: string | null;
  readonly expiresAt: number;
}

/** Where consents are kept. What is written is durable when the call returns. Owned here, implemented by the store. */
export interface ConsentBook {
  /** null: nobody has consented. Throws where what is kept cannot be read. */
  consent(account: string): Consent | null;
  /** Keeps what a refresh gave, unless somebody has consented anew since `from` was read; answers whether it did. */
  renew(account: string, from: Consent, to: Consent, at: number): boolean;
}

/** So that nobody takes a fault of the authorization server for one of the mail server. */
function named(outcome: Outcome<string>): Outcome<string> {
  if (outcome.ok) return outcome;
  return { ok: false, fault: { ...outcome.fault, code: `oauth-${outcome.fault.code}` } };
}

export interface KeyringParts {
  readonly book: ConsentBook;
  readonly clock: Clock;
  /** Who gives an account its tokens, and whether its application logs in by itself. */
  readonly authorities: (
    account: string,
  ) => Promise<{ readonly authority: Authority; readonly byItself: boolean } | null>;
}

/**
 * Access tokens of accounts, each got anew before it ends, one question an account at a time. A refresh token that a
 * provider has rotated is on the disk before the access token that came with it is used: a process that dies between leaves
 * one that works.
 */
export class Keyring {
  readonly #parts: KeyringParts;
  readonly #asking = new Map<string, Promise<Outcome<string>>>();
  /** Of applications that log in by themselves: nothing of theirs is worth a disk. */
  readonly #own = new Map<string, Tokens>();

  constructor(parts: KeyringParts) {
    this.#parts = parts;
  }

  /** `refused`: the server took no login with this one, however long it was said to last. */
  token(account: string, signal: AbortSignal, refused: string | null = null): Promise<Outcome<string>> {
    const going = this.#asking.get(account);
    if (going !== undefined) return going;
    const asking = this.#get(account, signal, refused)
      .then(named)
      .finally(() => this.#asking.delete(account));
    this.#asking.set(account, asking);
    return asking;
  }

  async #get(account: string, signal: AbortSignal, refused: string | null): Promise<Outcome<string>> {
    const { authorities } = this.#parts;
    const known = await authorities(account);
    if (known === null) return failed('permanent', 'no-account', `account ${account} has no authorization server`);
    const { authority, byItself } = known;
    if (byItself) {
      const own = this.#own.get(account);
      if (own !== undefined && own.access !== refused && this.#lasts(own.expiresAt)) return ok(own.access);
      const tokens = await authority.asApplication(signal);
      if (!tokens.ok) return tokens;
      this.#own.set(account, tokens.value);
      return ok(tokens.value.access);
    }
    return this.#renewed(account, authority, signal, refused);
  }

  async #renewed(
    account: string,
    authority: Authority,
    signal: AbortSignal,
    refused: string | null,
  ): Promise<Outcome<string>> {
    const { book } = this.#parts;
    let consent: Consent | null;
    try {
      consent = book.consent(account);
    } catch (error) {
      return failed(
        'unauthorized',
        'consent-unreadable',
        `the consent of ${account} cannot be read: ${reasonOf(error)}`,
      );
    }
    if (consent === null) {
      const say = `nobody has let siftd into this mailbox yet: siftd auth login ${account}`;
      return failed('unauthorized', 'no-consent', say);
    }
    if (consent.access !== null && consent.access !== refused && this.#lasts(consent.expiresAt))
      return ok(consent.access);
    const tokens = await authority.refresh(consent.refresh, signal);
    if (!tokens.ok) {
      const { fault } = tokens;
      if (fault.code !== 'invalid_grant') return tokens;
      return failed(fault.kind, fault.code, `${fault.message}: siftd auth login ${account}`);
    }
    const { access, expiresAt, refresh } = tokens.value;
    const next = { refresh: refresh ?? consent.refresh, access, expiresAt };
    // Whoever logged in meanwhile knows better; what we got is good for this login all the same.
    book.renew(account, consent, next, this.#parts.clock.date());
    return ok(access);
  }

  #lasts(expiresAt: number): boolean {
    return expiresAt - this.#parts.clock.date() > limits.auth.early;
  }
}
