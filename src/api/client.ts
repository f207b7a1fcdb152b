import { setMaxListeners } from 'node:events';
import { ask, type Fetch, retryAfterOf } from '../base/ask.ts';
import type { Clock } from '../base/clock.ts';
import { failed, type Outcome, ok, UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { wireOf } from '../mail/request.ts';
import type { Answer, Submission } from '../triage/answer.ts';
import { refusal } from './faults.ts';
import { type Rate, Throttle, type Turn } from './throttle.ts';
import { fillPath, type Provenance, paths, readAccepted, readProcess, type Words } from './wire.ts';

/** Whom we ask and how we say who we are. Token and header values are secrets: they reach a request and nothing else. */
interface Address {
  readonly company: string;
  readonly orchestrator: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string | undefined;
  /** More headers, for vendors with another scheme; one of them may be Authorization. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface ClassifierOptions extends Address {
  readonly fetch: Fetch;
  /** With or without a path, e.g. `https://classifier.example/v2`. */
  readonly baseUrl: string;
  /** HTTP requests in flight. */
  readonly concurrency: number;
  /** Requests started in a span of time, POST and GET together. */
  readonly rate?: Rate | undefined;
  /** Whether the server is known to hold the answer of a GET; else the first answers tell. */
  readonly holds?: boolean;
  readonly words: Words;
  readonly clock: Clock;
}

/**
 * The asynchronous classification API. Nothing here throws after construction: every failure is a Fault. `begin` is asked
 * right before a request leaves, which may be long after the call; where it says no, nothing is sent and the fault is
 * `held-back`. `behind`: it leaves after all that are not.
 */
export interface ApiClassifier {
  /** Whether the server holds the answer of a GET until its process ends; null as long as none was asked. */
  readonly holds: boolean | null;
  submit(submission: Submission, signal: AbortSignal, begin?: () => boolean): Promise<Outcome<Accepted>>;
  result(
    processCuid: string,
    externalRef: string,
    signal: AbortSignal,
    begin?: () => boolean,
    behind?: boolean,
  ): Promise<Outcome<Answer>>;
  /** Another company or orchestrator of the same API; both keep the same bounds on concurrency and rate together. */
  sibling(address: Address): ApiClassifier;
}

/** Throws a UserError where an option can never make a request: an URL or a header that HTTP does not know. */
export function createClassifier(options: ClassifierOptions): ApiClassifier {
  const throttle = new Throttle(options.concurrency, options.rate ?? null, options.clock);
  throttle.holds = options.holds ?? null;
  return bind(options, throttle);
}

interface Accepted {
  readonly processCuid: string;
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

function bind(options: ClassifierOptions, throttle: Throttle): ApiClassifier {
  const base = baseOf(options.baseUrl);
  const headers = headersOf(options);
  const ids = { companyCuid: options.company, orchestratorCuid: options.orchestrator };
  const submitUrl = base + fillPath(paths.asynchronous, ids);

  async function submit(submission: Submission, signal: AbortSignal, begin = always): Promise<Outcome<Accepted>> {
    const init: RequestInit = {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        // A structured string, as the draft wants it (draft-ietf-httpapi-idempotency-key-header 2.1).
        'idempotency-key': `"${submission.key}"`,
      },
      body: JSON.stringify(wireOf(submission)),
    };
    const reply = await guarded(signal, () =>
      throttle.submission(signal, begin, (turn) => exchange(submitUrl, init, signal, turn), submission.behind),
    );
    if (!reply.ok) return reply;
    if (!succeeded(reply.value)) return refused('POST', reply.value);
    return reply.value.body === undefined ? noJson(reply.value) : readAccepted(reply.value.body);
  }

  async function result(
    processCuid: string,
    externalRef: string,
    signal: AbortSignal,
    begin = always,
    behind = false,
  ): Promise<Outcome<Answer>> {
    const url = base + fillPath(paths.process, { ...ids, processCuid });
    const ask = (turn: Turn) => {
      const asking = turn.hold ? { ...headers, prefer: `wait=${limits.api.preferWait}` } : headers;
      return exchange(url, { method: 'GET', headers: asking }, signal, turn);
    };
    const reply = await guarded(signal, () => throttle.poll(signal, begin, ask, behind));
    if (!reply.ok) return reply;
    const { status, body } = reply.value;
    if (succeeded(reply.value))
      return body === undefined
        ? noJson(reply.value)
        : readProcess(body, externalRef, options.words, provenanceOf(reply.value.headers));
    if ((status === 404 || status === 410) && !isPage(reply.value)) return ok({ status: 'lost' });
    return refused('GET', reply.value);
  }

  function refused(method: 'POST' | 'GET', reply: Reply): Outcome<never> {
    const { status, body } = reply;
    return refusal({ method, status, retryAfter: retryAfterOf(reply.headers, options.clock.date()), body });
  }

  async function exchange(url: string, init: RequestInit, signal: AbortSignal, turn: Turn): Promise<Outcome<Reply>> {
    const { requestTimeout: timeout, answerBytes } = limits.api;
    const asked = await ask(url, init, { fetch: options.fetch, clock: options.clock, timeout, answerBytes, signal });
    switch (asked.kind) {
      case 'answer':
        if (asked.status === 429) turn.throttled();
        else if (asked.status < 300) turn.served(asked.headers.has('preference-applied'));
        return ok(asked);
      case 'late':
        return failed('temporary', 'timeout', 'the classifier did not answer in time');
      case 'too-large':
        return failed('temporary', 'bad-answer', `the classifier's answer is larger than ${answerBytes} bytes`);
      case 'aborted':
        return aborted();
      case 'unreachable': {
        const { code } = asked;
        return failed('temporary', 'network', `cannot reach the classifier${code === null ? '' : ` (${code})`}`);
      }
    }
  }

  return {
    submit,
    result,
    get holds() {
      return throttle.holds;
    },
    sibling: (address) => bind({ ...options, token: undefined, headers: undefined, ...address }, throttle),
  };
}

function baseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.search !== '' || parsed.hash !== '') {
    throw new UserError('classifier.url is no http or https address', 2);
  }
  // fetch refuses credentials in an URL, and would name them in its error.
  if (parsed.username !== '' || parsed.password !== '') {
    throw new UserError('classifier.url holds a user or password: put them into classifier.headers', 2);
  }
  return parsed.href.replace(/\/+$/, '');
}

function headersOf(address: Address): Record<string, string> {
  const wanted: Record<string, string> = { accept: 'application/json', 'user-agent': 'siftd', ...address.headers };
  if (address.token !== undefined) wanted['authorization'] = `Bearer ${address.token}`;
  const headers = new Headers();
  for (const [name, value] of Object.entries(wanted)) {
    try {
      headers.set(name, value);
    } catch {
      // The error's own text would show the value.
      throw new UserError(
        `the classifier's header ${name.slice(0, 60)} or its secret holds characters that HTTP does not allow`,
        2,
      );
    }
  }
  return Object.fromEntries(headers);
}

const always = () => true;

/** The queue rejects when the signal aborts; everything else that is thrown there is a bug and goes through. */
async function guarded<T>(signal: AbortSignal, run: () => Promise<Outcome<T> | null>): Promise<Outcome<T>> {
  // One signal for a thousand requests is how a daemon stops, not a leak.
  setMaxListeners(0, signal);
  try {
    return (await run()) ?? failed('temporary', 'held-back', 'the classifier is not asked now');
  } catch (error) {
    if (signal.aborted) return aborted();
    throw error;
  }
}

function aborted(): Outcome<never> {
  return failed('temporary', 'aborted', 'stopped before the classifier answered');
}

/** Our own service says which model answered, and what else the mail might be. */
function provenanceOf(headers: Headers): Provenance {
  const model = headers.get('siftd-model')?.slice(0, limits.api.model) || null;
  const predictions = headers.get('siftd-predictions');
  try {
    return predictions === null ? { model } : { model, predictions: JSON.parse(predictions) };
  } catch {
    return { model };
  }
}

/** Broken JSON is the API's own fault. A page with status 200 is somebody else's: nothing was said about the message. */
function noJson(reply: Reply): Outcome<never> {
  const code = /\bjson\b/i.test(reply.headers.get('content-type') ?? '') ? 'bad-answer' : 'no-answer';
  return failed('temporary', code, "the classifier's answer is no JSON");
}

function succeeded(reply: Reply): boolean {
  return reply.status >= 200 && reply.status < 300;
}

/** A 404 as a web page comes from a proxy before the API: it says nothing about a process. */
function isPage(reply: Reply): boolean {
  return /^text\/html\b/i.test(reply.headers.get('content-type') ?? '');
}
