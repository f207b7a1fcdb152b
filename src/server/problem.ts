import { STATUS_CODES } from 'node:http';
import { limits } from '../base/limits.ts';

/** The statuses with which the service says no. */
export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 413 | 415 | 422 | 429 | 500 | 503;

export interface Problem {
  readonly status: ProblemStatus;
  /** A short stable word for programs. */
  readonly code: string;
  /** One sentence for a person: what is wrong and what to do. Holds nothing of the request's content. */
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function problem(
  status: ProblemStatus,
  code: string,
  detail: string,
  headers?: Readonly<Record<string, string>>,
): Problem {
  return headers === undefined ? { status, code, detail } : { status, code, detail, headers };
}

/** 429 and 503: the same request will do in so many milliseconds. */
export function notNow(status: 429 | 503, code: string, detail: string, ms = limits.server.retryAfter): Problem {
  return problem(status, code, detail, { 'retry-after': String(Math.ceil(ms / 1000)) });
}

/** A problem document (RFC 9457); its type is `about:blank`, so its title is the status's own phrase (4.2.1). */
export function problemResponse({ status, code, detail, headers }: Problem): Response {
  const body = { type: 'about:blank', title: STATUS_CODES[status], status, detail, code };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  });
}
