import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';

/** `retryAfter`: seconds in which no token of this address is looked at, right or wrong. */
export type Knock = { readonly open: true } | { readonly open: false; readonly retryAfter: number | null };

/**
 * Whether a token opens the console. Wrong ones are counted by the address that sends them and over all addresses, and one
 * is forgiven every `tryAgain`: whoever guesses does so at that pace, whoever mistypes has not noticed.
 */
export class Gate {
  readonly #hash: Buffer;
  readonly #clock: Clock;
  readonly #all: Wrongs = { count: 0, at: 0 };
  /** In the order of their last wrong token. */
  readonly #each = new Map<string, Wrongs>();

  constructor(token: string, clock: Clock) {
    this.#hash = sha256(token);
    this.#clock = clock;
  }

  knock(token: string, address: string | null): Knock {
    const now = this.#clock.now();
    const from = address ?? 'unknown';
    const own = this.#each.get(from) ?? { count: 0, at: now };
    const wait = Math.max(
      waitOf(own, limits.console.wrongTokens, now),
      waitOf(this.#all, limits.console.wrongTokensOfAll, now),
    );
    if (wait > 0) return { open: false, retryAfter: Math.ceil(wait / 1000) };
    // Hashes are compared: how long it takes says nothing about a token, not even about its length.
    if (timingSafeEqual(this.#hash, sha256(token))) {
      this.#each.delete(from);
      return { open: true };
    }
    add(own, now);
    add(this.#all, now);
    this.#each.delete(from);
    this.#each.set(from, own);
    const [oldest] = this.#each.keys();
    if (this.#each.size > limits.console.addresses && oldest !== undefined) this.#each.delete(oldest);
    return { open: false, retryAfter: null };
  }
}

/** How many wrong tokens are not forgiven yet, as of a time. */
interface Wrongs {
  count: number;
  at: number;
}

function leftOf({ count, at }: Wrongs, now: number): number {
  return Math.max(0, count - (now - at) / limits.console.tryAgain);
}

function waitOf(wrongs: Wrongs, most: number, now: number): number {
  return Math.max(0, leftOf(wrongs, now) - (most - 1)) * limits.console.tryAgain;
}

function add(wrongs: Wrongs, now: number): void {
  wrongs.count = leftOf(wrongs, now) + 1;
  wrongs.at = now;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/** A secret that nobody guesses, fit for a URL and a cookie. */
export function newSecret(): string {
  return randomBytes(24).toString('base64url');
}

export interface Session {
  /** Stands in every form of the session's pages: a page of somebody else cannot know it. */
  readonly csrf: string;
  readonly began: number;
  used: number;
}

/** Who is logged in. It lives in memory alone: a restart logs everybody out, and a cookie that was ended stays ended. */
export class Sessions {
  readonly #clock: Clock;
  /** By the hash of the id, in the order of their beginning. */
  readonly #sessions = new Map<string, Session>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(): { readonly id: string; readonly session: Session } {
    const id = newSecret();
    const now = this.#clock.now();
    const session = { csrf: newSecret(), began: now, used: now };
    this.#sessions.set(keyOf(id), session);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > limits.console.sessions && oldest !== undefined) this.#sessions.delete(oldest);
    return { id, session };
  }

  find(id: string): Session | null {
    const session = this.#sessions.get(keyOf(id));
    if (session === undefined) return null;
    const now = this.#clock.now();
    if (now - session.began > limits.console.sessionLife || now - session.used > limits.console.sessionIdle) {
      this.end(id);
      return null;
    }
    session.used = now;
    return session;
  }

  end(id: string): void {
    this.#sessions.delete(keyOf(id));
  }
}

function keyOf(id: string): string {
  return sha256(id).toString('hex');
}

export function sameSecret(a: string, b: string): boolean {
  return timingSafeEqual(sha256(a), sha256(b));
}
