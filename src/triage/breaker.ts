import type { Fault } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { backoff } from './schedule.ts';

/**
 * Whether the API may be asked. Pure: the path keeps the value and replaces it.
 *
 * - `closed`: ask freely. `faults` counts the failures in a row.
 * - `open`: nobody asks before `until`.
 * - `half-open`: one request is under way as a probe; the others wait for its answer.
 */
export type Breaker =
  | { readonly state: 'closed'; readonly faults: number }
  | { readonly state: 'open'; readonly faults: number; readonly until: number; readonly why: string }
  | { readonly state: 'half-open'; readonly faults: number; readonly why: string };

export const closedBreaker: Breaker = { state: 'closed', faults: 0 };

/** How many requests may begin now: none, one as a probe, or as many as the caller likes. */
export function allowance(breaker: Breaker, now: number): 0 | 1 | 'any' {
  switch (breaker.state) {
    case 'closed':
      return 'any';
    case 'open':
      return now >= breaker.until ? 1 : 0;
    case 'half-open':
      return 0;
  }
}

export function probing(breaker: Breaker): Breaker {
  return breaker.state === 'open' ? { state: 'half-open', faults: breaker.faults, why: breaker.why } : breaker;
}

/** The probe was called off by whoever sent it: the next one may go at once, or nobody would ever ask again. */
export function calledOff(breaker: Breaker, now: number): Breaker {
  return breaker.state === 'half-open' ? { ...breaker, state: 'open', until: now } : breaker;
}

/** An answer came, even one that says no to this message: the API is there. */
export function answered(): Breaker {
  return closedBreaker;
}

/** The API could not be asked, or it said "not now" (429, 503) or "not you" (401, 403). */
export function couldNotAsk(breaker: Breaker, fault: Fault, now: number, random: () => number): Breaker {
  const faults = breaker.faults + 1;
  const why = fault.message;
  if (fault.kind === 'unauthorized') return { state: 'open', faults, until: now + limits.api.authRetry, why };
  // One "not now" is that request's; the second in a row, with no answer between, is everybody's.
  if (fault.retryAfter !== undefined && (faults > 1 || breaker.state === 'half-open')) {
    // A server that says "at once" again and again is not taken at its word.
    const least = backoff(faults - 2, limits.api.backoffMin, limits.api.breakerMax, random);
    return { state: 'open', faults, until: now + Math.max(fault.retryAfter, least), why };
  }
  if (breaker.state === 'half-open' || faults >= limits.api.breakerFaults) {
    const tries = Math.max(0, faults - limits.api.breakerFaults);
    return {
      state: 'open',
      faults,
      until: now + backoff(tries, limits.api.backoffMin, limits.api.breakerMax, random),
      why,
    };
  }
  // A request that was under way when the breaker opened does not open it wider.
  return breaker.state === 'open' ? breaker : { state: 'closed', faults };
}
