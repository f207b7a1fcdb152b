import { lookup as lookUp } from 'node:dns';
import { type IncomingMessage, request as overHttp } from 'node:http';
import { request as overHttps, type RequestOptions } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { retryAfterOf } from '../base/ask.ts';
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import { unreachedBy } from '../base/reach.ts';
import type { Posted } from '../triage/posted.ts';
import { signingFault } from '../triage/sending.ts';
import { isPrivate } from './private.ts';
import { later, refused } from './replies.ts';

/** Somebody's endpoint. */
export interface Hook {
  readonly url: string;
  /** As Standard Webhooks writes it: base64, mostly after `whsec_`. */
  readonly secret: () => string;
  /** Whether it may be on this machine or in a private network, and be asked without TLS. */
  readonly allowPrivate: boolean;
}

/** What is told. */
export interface Event {
  /** The same at every try: receivers know by it what they have already. */
  readonly id: string;
  /** JSON, as it is signed and sent. */
  readonly body: string;
}

/** How a name is looked up, and what is trusted beside the usual authorities: a test has its own. */
export interface Network {
  readonly lookup?: LookupFunction;
  readonly ca?: string;
}

/**
 * One signed POST to a helpdesk (Standard Webhooks). It may arrive twice, with the same id; so whatever is no answer is
 * `later`, and nothing is ever `unknown`.
 */
export class Webhooks {
  readonly #clock: Clock;
  readonly #timeout: number;
  readonly #network: Network;

  constructor(clock: Clock, timeout: number = limits.webhook.timeout, network: Network = {}) {
    this.#clock = clock;
    this.#timeout = timeout;
    this.#network = network;
  }

  /** Never throws. */
  post(hook: Hook, event: Event, signal: AbortSignal): Promise<Posted> {
    const fault = hookFault(hook.url, hook.allowPrivate) ?? prefixed(signingFault(hook.secret()));
    if (fault !== null) return Promise.resolve(later(`the webhook cannot be posted: ${fault}`, true));
    const url = new URL(hook.url);
    const name = `the webhook at ${url.host}`;
    return new Promise((resolve) => {
      const request = (url.protocol === 'https:' ? overHttps : overHttp)(url, this.#options(hook, event));
      const leave = (why: string) => {
        resolve(later(why, true));
        request.destroy();
      };
      const stop = () => leave(`siftd stopped before ${name} answered`);
      const callOff = this.#clock.after(this.#timeout, () => leave(`${name} did not answer in time`));
      signal.addEventListener('abort', stop);
      request.on('close', () => {
        callOff();
        signal.removeEventListener('abort', stop);
        resolve(later(`${name} ended the connection without an answer`, true));
      });
      request.on('error', (error) => resolve(later(`${name} ${troubleOf(error)}`, true)));
      request.on('response', (response) => {
        resolve(answered(name, response, this.#clock));
        drain(response);
      });
      if (signal.aborted) stop();
      else request.end(event.body);
    });
  }

  #options(hook: Hook, { id, body }: Event): RequestOptions {
    // Of the attempt, not of the event: receivers refuse what was signed more than five minutes ago.
    const at = new Date(this.#clock.date());
    const lookup = this.#network.lookup ?? lookUp;
    return {
      method: 'POST',
      // No connection is kept: one for a hook that may be private must not serve another.
      agent: false,
      lookup: hook.allowPrivate ? lookup : publicOnly(lookup),
      ...(this.#network.ca === undefined ? {} : { ca: this.#network.ca }),
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'siftd',
        'webhook-id': id,
        'webhook-timestamp': Math.floor(at.getTime() / 1000),
        'webhook-signature': new Webhook(hook.secret()).sign(id, at, body),
      },
    };
  }
}

/** What is wrong with a webhook's URL, in words that go on from its key; null: nothing that can be seen without asking. */
export function hookFault(text: string, allowPrivate: boolean): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return 'its url is no https address';
  if (url.username !== '' || url.password !== '') return 'its url holds a user or password';
  if (allowPrivate) return null;
  if (url.protocol !== 'https:') return 'its url is not https, which only allow_private: true permits';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) !== 0 && isPrivate(host)
    ? 'its url is a private address, which only allow_private: true permits'
    : null;
}

function prefixed(fault: string | null): string | null {
  return fault === null ? null : `its secret ${fault}`;
}

/**
 * The addresses of a name without the private ones. The connection is made to what is answered here, so a name that is looked up
 * again with another answer (DNS rebinding) gains nothing.
 */
function publicOnly(lookup: LookupFunction): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '', 0);
      const all = typeof found === 'string' ? [{ address: found, family: isIP(found) }] : found;
      const open = all.filter(({ address }) => !isPrivate(address));
      const [first] = open;
      if (first === undefined) return callback(Object.assign(new Error('private'), { code: 'EPRIVATE' }), '', 0);
      return options.all === true ? callback(null, open) : callback(null, first.address, first.family);
    });
  };
}

function troubleOf(error: NodeJS.ErrnoException & { readonly errors?: readonly NodeJS.ErrnoException[] }): string {
  const code = error.code ?? error.errors?.[0]?.code ?? '';
  if (code === 'EPRIVATE') return 'has a private address, which only allow_private: true permits';
  switch (unreachedBy(code)) {
    case 'dns':
      return 'is at a host that is not known';
    case 'refused':
      return 'takes no connections';
    case 'unreachable':
      return `cannot be reached (${code})`;
    case 'certificate':
      return `has a certificate that is not trusted (${code})`;
    case 'tls':
      return 'does not speak TLS there';
    case null:
      return `broke off${/^[A-Z_]+$/.test(code) ? ` (${code})` : ''}`;
  }
}

/**
 * Standard Webhooks, "Delivery success and failure": 2xx is a success, 410 says never again, all else is tried again. A redirect
 * is not followed and will not change by itself, so a person should see it at once. `away` tells trouble of the endpoint from
 * what may lie in this one event.
 */
function answered(name: string, response: IncomingMessage, clock: Clock): Posted {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return { result: 'accepted', note: `HTTP ${status}` };
  if (status === 410) return refused(`${name} wants no more of them (410)`);
  if (status >= 300 && status < 400)
    return refused(`${name} redirects (${status}), which is not followed: set its url anew`);
  const said = response.headers['retry-after'];
  const wait = retryAfterOf(new Headers(said === undefined ? {} : { 'retry-after': said }), clock.date());
  const away = [401, 403, 404, 405, 407, 429, 502, 503, 504].includes(status);
  return later(`${name} answered ${status}`, away, wait);
}

/** The answer's body is nobody's: a small one is let through, so that the connection ends in order. */
function drain(response: IncomingMessage): void {
  let size = 0;
  response.on('error', () => {});
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > limits.webhook.answerBytes) response.destroy();
  });
}
