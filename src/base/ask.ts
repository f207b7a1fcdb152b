import { onAbort } from './abort.ts';
import type { Clock } from './clock.ts';
import { limits } from './limits.ts';

/**
 * The global fetch, or anything like it, such as the request handler of a service in this process. `cut` aborts when
 * nobody waits for the answer any more; its signal is made when it is first read, so who needs none pays for none.
 */
export type Fetch = (url: string, init: RequestInit, cut: AbortController) => Promise<Response>;

/** The global fetch. */
export const overNetwork: Fetch = (url, init, cut) => fetch(url, { ...init, signal: cut.signal });

export interface AskOptions {
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** Milliseconds, from connect to the last byte of the answer. */
  readonly timeout: number;
  /** Octets of an answer; what is longer is not read to its end. */
  readonly answerBytes: number;
  readonly signal: AbortSignal;
}

/** What came of one HTTP request. What an answer means is for the caller to say. */
export type Asked =
  /** `body` is the answer as JSON; undefined if it is none. */
  | { readonly kind: 'answer'; readonly status: number; readonly headers: Headers; readonly body: unknown }
  | { readonly kind: 'late' | 'too-large' | 'aborted' }
  /** The system's code (`ECONNREFUSED`), never the error's own text; null where there is none. */
  | { readonly kind: 'unreachable'; readonly code: string | null };

/** One HTTP request to somebody else's server, bounded in time and size. Redirects are answers. Never throws. */
export function ask(url: string, init: RequestInit, options: AskOptions): Promise<Asked> {
  const { clock, signal, timeout } = options;
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve({ kind: 'aborted' });
      return;
    }
    const cut = new AbortController();
    const end = (asked: Asked) => {
      callOff();
      stay();
      resolve(asked);
    };
    // Some fetches (the in-process one) do not look at their signal: they are not waited for.
    const leave = (kind: 'late' | 'aborted') => {
      end({ kind });
      cut.abort();
    };
    const callOff = clock.after(timeout, () => leave('late'));
    const stay = onAbort(signal, () => leave('aborted'));
    void exchange(url, init, options, cut).then(end);
  });
}

async function exchange(url: string, init: RequestInit, options: AskOptions, cut: AbortController): Promise<Asked> {
  try {
    const response = await options.fetch(url, { ...init, redirect: 'manual' }, cut);
    const text = await readText(response, options.answerBytes);
    if (text === null) return { kind: 'too-large' };
    return { kind: 'answer', status: response.status, headers: response.headers, body: parse(text) };
  } catch (error) {
    return { kind: 'unreachable', code: systemCode(error) };
  }
}

/**
 * Retry-After (RFC 9110 10.2.3): seconds, or an HTTP date. Milliseconds from now, capped; undefined where it says
 * neither or is not there.
 */
export function retryAfterOf(headers: Headers, now: number): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (text === undefined) return undefined;
  const wait = /^\d+$/.test(text)
    ? Number(text) * 1000
    : /^[A-Z][a-z]+,? /.test(text)
      ? Date.parse(text) - now
      : Number.NaN;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), limits.api.retryAfterMax);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The body as text, or null beyond the limit. */
async function readText(response: Response, most: number): Promise<string | null> {
  if (response.body === null) {
    const whole = await response.text();
    return Buffer.byteLength(whole) > most ? null : whole;
  }
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    size += chunk.byteLength;
    if (size > most) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** fetch wraps the cause, sometimes twice. */
function systemCode(thrown: unknown): string | null {
  let error = thrown;
  for (let depth = 0; depth < 4 && error instanceof Error; depth++) {
    if ('code' in error && typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{2,50}$/.test(error.code))
      return error.code;
    error = error instanceof AggregateError ? error.errors[0] : error.cause;
  }
  return null;
}
