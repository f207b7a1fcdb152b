import { setMaxListeners } from 'node:events';
import type { Clock } from '../base/clock.ts';
import { failed, type Outcome, ok, UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { wireOf } from '../mail/request.ts';
import type { Answer, Submission } from '../triage/answer.ts';
import { refusal, unreachable } from './faults.ts';
import { type Rate, Throttle } from './throttle.ts';
import { fillPath, paths, readAccepted, readProcess, type Words } from './wire.ts';

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
  /** The global fetch, or the request handler of the service in this process. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** With or without a path, e.g. `https://classifier.example/v2`. */
  readonly baseUrl: string;
  /** HTTP requests in flight. */
  readonly concurrency: number;
  /** Requests started in a span of time, POST and GET together. */
  readonly rate?: Rate | undefined;
  readonly words: Words;
  readonly clock: Clock;
}

/** The asynchronous classification API. Nothing here throws after construction: every failure is a Fault. */
export interface ApiClassifier {
  submit(submission: Submission, signal: AbortSignal): Promise<Outcome<{ readonly processCuid: string }>>;
  result(processCuid: string, externalRef: string, signal: AbortSignal): Promise<Outcome<Answer>>;
  /** Whether the server holds a GET until the process ends (RFC 7240 `wait`); null until it was seen. */
  holds(): boolean | null;
  /** Another company or orchestrator of the same API; both keep the same bounds on concurrency and rate together. */
  sibling(address: Address): ApiClassifier;
}

/** Throws a UserError where an option can never make a request: an URL or a header that HTTP does not know. */
export function createClassifier(options: ClassifierOptions): ApiClassifier {
  return bind(options, new Throttle(options.concurrency, options.rate ?? null));
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
  let holds: boolean | null = null;

  async function submit(submission: Submission, signal: AbortSignal): Promise<Outcome<{ processCuid: string }>> {
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
    const reply = await guarded(signal, () => throttle.submission(signal, () => exchange(submitUrl, init, signal)));
    if (!reply.ok) return reply;
    return succeeded(reply.value) ? readAccepted(reply.value.body) : refused('POST', reply.value);
  }

  async function result(processCuid: string, externalRef: string, signal: AbortSignal): Promise<Outcome<Answer>> {
    const url = base + fillPath(paths.process, { ...ids, processCuid });
    const poll = (hold: boolean) => {
      const asking = hold ? { ...headers, prefer: `wait=${limits.api.preferWait}` } : headers;
      return exchange(url, { method: 'GET', headers: asking }, signal).then((reply) => {
        if (hold && reply.ok && succeeded(reply.value))
          holds = /\bwait\b/.test(reply.value.headers.get('preference-applied') ?? '');
        return reply;
      });
    };
    const reply = await guarded(signal, () => throttle.poll(signal, poll));
    if (!reply.ok) return reply;
    if (succeeded(reply.value)) return readProcess(reply.value.body, externalRef, options.words);
    if (reply.value.status === 404 && !isPage(reply.value)) return ok({ status: 'lost' });
    return refused('GET', reply.value);
  }

  function refused(method: 'POST' | 'GET', reply: Reply): Outcome<never> {
    const { status, body } = reply;
    return refusal({ method, status, retryAfter: reply.headers.get('retry-after'), body }, options.clock.now());
  }

  /** One request, from connect to the last byte of the answer, within the time limit. */
  async function exchange(url: string, init: RequestInit, signal: AbortSignal): Promise<Outcome<Reply>> {
    const ended = new AbortController();
    const stop = () => ended.abort();
    signal.addEventListener('abort', stop, { once: true });
    const answered = new AbortController();
    let late = false;
    void options.clock.sleep(limits.api.requestTimeout, answered.signal).then(() => {
      late = !answered.signal.aborted;
      if (late) ended.abort();
    });
    try {
      if (signal.aborted) return aborted();
      const request = options.fetch(url, { ...init, redirect: 'manual', signal: ended.signal });
      const response = await unlessAborted(request, ended.signal);
      const text = await unlessAborted(readText(response), ended.signal);
      return text === null ? tooLarge() : ok({ status: response.status, headers: response.headers, body: parse(text) });
    } catch (error) {
      if (late) return failed('temporary', 'timeout', 'the classifier did not answer in time');
      return signal.aborted ? aborted() : unreachable(error);
    } finally {
      answered.abort();
      signal.removeEventListener('abort', stop);
    }
  }

  return {
    submit,
    result,
    holds: () => holds,
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

/** The queue rejects when the signal aborts; everything else that is thrown there is a bug and goes through. */
async function guarded<T>(signal: AbortSignal, run: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  // One signal for a thousand requests is how a daemon stops, not a leak.
  setMaxListeners(0, signal);
  try {
    return await run();
  } catch (error) {
    if (signal.aborted) return aborted();
    throw error;
  }
}

function aborted(): Outcome<never> {
  return failed('temporary', 'aborted', 'stopped before the classifier answered');
}

function tooLarge(): Outcome<never> {
  return failed('temporary', 'bad-answer', `the classifier's answer is larger than ${limits.api.answerBytes} bytes`);
}

function succeeded(reply: Reply): boolean {
  return reply.status >= 200 && reply.status < 300;
}

/** A 404 as a web page comes from a proxy before the API: it says nothing about a process. */
function isPage(reply: Reply): boolean {
  return /^text\/html\b/i.test(reply.headers.get('content-type') ?? '');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The body as text, or null beyond the limit. */
async function readText(response: Response): Promise<string | null> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body as ReadableStream<Uint8Array>) {
    size += chunk.byteLength;
    if (size > limits.api.answerBytes) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Some fetches (the in-process one) do not look at their signal. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
