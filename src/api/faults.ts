import { failed, type Outcome } from '../base/errors.ts';
import { keyReused, problemSchema } from './wire.ts';

/** What an HTTP status other than a success means for the message. Pure. */
export interface Refusal {
  readonly method: 'POST' | 'GET';
  readonly status: number;
  /** Milliseconds from now, as its Retry-After header names them. */
  readonly retryAfter: number | undefined;
  /** The answer as JSON, if it was any. Nothing of it but a known code reaches a fault's message. */
  readonly body: unknown;
}

/**
 * - 400, 413, 422 to a submission: this message is refused for good.
 * - 401, 402, 403, 407, and a redirect (sign-in pages do that): we are refused, not the message.
 * - 404, 405 to a submission: company, orchestrator or URL are wrong. As above, no message is to blame.
 * - All else, also a status that we do not know: not now. 429, 503 and whoever else sends Retry-After name the time.
 */
export function refusal(answer: Refusal): Outcome<never> {
  const { method, status } = answer;
  const code = `http-${status}`;
  const said = `the classifier answered ${status} to ${method === 'POST' ? 'a submission' : 'a poll'}`;
  if (status === 401 || status === 402 || status === 403 || status === 407) {
    return failed('unauthorized', code, `${said}: it refuses our token; see classifier.token`);
  }
  if (status >= 300 && status < 400) {
    return failed('unauthorized', code, `${said}: redirects are not followed; see classifier.url and classifier.token`);
  }
  if (method === 'POST') {
    if (status === 404 || status === 405) {
      return failed('unauthorized', code, `${said}: see classifier.url, classifier.company, classifier.orchestrator`);
    }
    if (status === 422 && problemSchema.safeParse(answer.body).data?.code === keyReused) {
      return failed('permanent', 'key-reused', `${said}: it knows another request under the same key`);
    }
    if (status === 400 || status === 413 || status === 422) return failed('permanent', code, said);
  }
  return failed('temporary', code, said, answer.retryAfter);
}
