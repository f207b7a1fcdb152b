import { hash as digest, timingSafeEqual } from 'node:crypto';
import { UserError } from '../base/errors.ts';

/** Which company a token speaks for; null for a token that nobody gave out. */
export type Authenticate = (token: string) => string | null;

/**
 * Keeps SHA-256 hashes only. A configured token may itself be a hash, `sha256:` and 64 hex digits, so that the secret
 * stands nowhere on this machine. Throws a UserError where a company's token is empty, no hash, or another company's.
 */
export function createAuthenticate(companies: ReadonlyMap<string, readonly string[]>): Authenticate {
  const known: { readonly company: string; readonly hash: Buffer }[] = [];
  for (const [company, tokens] of companies) {
    for (const token of tokens) {
      const hash = hashOf(token, `company ${company}`);
      if (known.some((other) => other.company !== company && other.hash.equals(hash))) {
        throw new UserError(`company ${company} has a token of another company: a token speaks for one company`, 2);
      }
      known.push({ company, hash });
    }
  }
  return (token) => {
    const given = sha256(token);
    let company: string | null = null;
    // No early exit, and hashes are compared: how long it takes says nothing about a token.
    for (const one of known) if (timingSafeEqual(one.hash, given)) company = one.company;
    return company;
  };
}

/** Whether a token opens what has one token only; null where it has none. */
export function createGate(token: string | undefined): ((given: string) => boolean) | null {
  if (token === undefined) return null;
  const hash = hashOf(token, 'the owner of the metrics');
  return (given) => timingSafeEqual(hash, sha256(given));
}

function hashOf(token: string, whose: string): Buffer {
  if (token.length === 0) throw new UserError(`${whose} has an empty token`, 2);
  if (!token.startsWith('sha256:')) return sha256(token);
  const hex = token.slice('sha256:'.length);
  if (!/^[0-9a-f]{64}$/i.test(hex)) {
    throw new UserError(`${whose} has a token hash that is not sha256: and 64 hex digits`, 2);
  }
  return Buffer.from(hex, 'hex');
}

function sha256(text: string): Buffer {
  return digest('sha256', text, 'buffer');
}
