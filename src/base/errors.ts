/**
 * How a call over an edge failed. Every edge answers with one of these; nothing else decides on retries.
 *
 * - `temporary`: "we could not ask", or the other side said "not now". Asked again later, up to a cap.
 * - `permanent`: the other side understood and said no. Asking again would get the same answer.
 * - `unauthorized`: our credentials were refused. Not the message's fault: everything waits, nothing is failed.
 */
export type FaultKind = 'temporary' | 'permanent' | 'unauthorized';

export interface Fault {
  readonly kind: FaultKind;
  /** A short stable word for logs and scripts, e.g. `http-500`, `timeout`, `bad-answer`, `refused`. */
  readonly code: string;
  /** One line for a person. Never holds a secret, a subject, a body or an address. */
  readonly message: string;
  /** The other side named a time to come back, in milliseconds from now. */
  readonly retryAfter?: number;
}

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault };

export function ok<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function failed<T = never>(kind: FaultKind, code: string, message: string, retryAfter?: number): Outcome<T> {
  return { ok: false, fault: retryAfter === undefined ? { kind, code, message } : { kind, code, message, retryAfter } };
}

/**
 * An error that is meant for the person at the terminal: printed as its message, without a stack.
 * `exitCode` follows sysexits where one fits: 1 failed, 2 usage or configuration, 75 try again later.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly exitCode: 1 | 2 | 75;
  constructor(message: string, exitCode: 1 | 2 | 75 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The message of anything that was thrown, in one line. */
export function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.replace(/\s+/g, ' ').trim().slice(0, 300);
}
