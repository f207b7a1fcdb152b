import type { Fetch } from '../base/ask.ts';

const encoder = new TextEncoder();

/**
 * A request that crosses no network: what the handlers read of one. A real Request makes streams and signals that nobody
 * here needs, and that cost more than the answer. Its body is our own client's, bounded before it came here.
 */
class LocalRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  /** No stream: it is read whole, by `arrayBuffer`. */
  readonly body = null;
  readonly #text: string;
  readonly #cut: AbortController;

  constructor(url: string, { method = 'GET', headers, body }: RequestInit, cut: AbortController) {
    this.url = url;
    this.method = method;
    this.headers = new Headers(headers);
    this.#text = typeof body === 'string' ? body : '';
    this.#cut = cut;
  }

  /** Made when it is first read. */
  get signal(): AbortSignal {
    return this.#cut.signal;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return encoder.encode(this.#text).buffer;
  }
}

/** An answer before it crosses a network, if it ever does: a real Response makes a stream of its text. */
class TextResponse {
  readonly status = 200;
  readonly headers: Headers;
  /** No stream: it is read whole, by `text`. */
  readonly body = null;
  readonly #text: string;

  constructor(text: string, headers: Readonly<Record<string, string>>) {
    this.headers = new Headers(headers);
    this.#text = text;
  }

  async text(): Promise<string> {
    return this.#text;
  }

  real(): Response {
    return new Response(this.#text, { status: this.status, headers: this.headers });
  }
}

/** What a handler answers with status 200; it is `real` before it leaves this process. */
export function textResponse(text: string, headers: Readonly<Record<string, string>>): Response {
  return new TextResponse(text, headers) as unknown as Response;
}

export function real(response: Response): Response {
  return response instanceof TextResponse ? response.real() : response;
}

/** A `fetch` over a request handler, without a network between. */
export function fetchFrom(handle: (request: Request) => Response | Promise<Response>): Fetch {
  return async (url, init, cut) => await handle(new LocalRequest(url, init, cut) as unknown as Request);
}
