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

/** A `fetch` over a request handler, without a network between. */
export function fetchFrom(handle: (request: Request) => Response | Promise<Response>): Fetch {
  return async (url, init, cut) => await handle(new LocalRequest(url, init, cut) as unknown as Request);
}
