import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { seededRandom } from './random.ts';
import { evil, json, type Malice, type Reply } from './replies.ts';

/**
 * A second implementation of the classification API, for tests only: it shares no line with src/, so that client and
 * service cannot be wrong in the same way. It is slow and unreliable on demand, repeatably for a seed, and it counts.
 */
export interface VendorOptions {
  readonly company?: string;
  readonly orchestrator?: string;
  readonly token?: string;
  readonly seed?: number;
  /** Latency of a process: lognormal, in milliseconds. Default: none. */
  readonly latency?: { readonly median: number; readonly sigma: number };
  /** Divides every latency and every hold; above 1, Retry-After says 0 seconds rather than 1. */
  readonly speed?: number;
  /** Probability, for each request, of each way to fail. */
  readonly faults?: Partial<Record<Fault, number>>;
  readonly classify?: (mail: VendorMail) => VendorResult;
  /** Which of the two forms of a result, and confidence as a number or a word. */
  readonly form?: 'flat' | 'flat-words' | 'predictions' | 'predictions-words';
  /** Whether Idempotency-Key and `Prefer: wait` are honoured. Default: both are. */
  readonly idempotency?: boolean;
  readonly holds?: boolean;
}

export interface VendorMail {
  readonly subject: string;
  readonly body: string;
}

interface VendorResult {
  readonly classification: string;
  readonly confidence: number;
}

/** Dropped before: nothing was processed. Dropped after: it was, and the answer is lost. */
type Fault = 'error500' | 'throttled429' | 'droppedBefore' | 'droppedAfter';

interface Counts {
  /** POSTs that arrived, also those that were refused or dropped. */
  submissions: number;
  /** Processes that were started. */
  processes: number;
  gets: number;
}

export interface Vendor {
  readonly url: string;
  readonly company: string;
  readonly orchestrator: string;
  readonly token: string;
  /** Every request of that kind misbehaves so, until told otherwise; `only` those for this external_ref. */
  misbehave(on: 'submit' | 'poll', malice: Malice | null, only?: string): void;
  /** The next requests of that kind misbehave so, one after the other; null: that one is answered as it should be. */
  script(on: 'submit' | 'poll', acts: readonly (Malice | null)[]): void;
  /** From now on only requests with this token are let in. */
  admit(token: string): void;
  /** Requests that are not answered yet. */
  open(): number;
  /** Changes the random faults, for an API that recovers. */
  setFaults(faults: Partial<Record<Fault, number>>): void;
  /** By external_ref. */
  counts(): ReadonlyMap<string, Readonly<Counts>>;
  /** How many requests got which answer: a status, `drop`, `hang`, `reset` or `raw`. */
  answers(): ReadonlyMap<string, number>;
  /** The most GETs that were held, and requests that were open, at one time. */
  peak(): { readonly held: number; readonly open: number };
  close(): Promise<void>;
}

interface Process {
  readonly readyAt: number;
  readonly result: VendorResult;
  /** The external values as they came. */
  readonly external: Readonly<Record<string, unknown>>;
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly raw: Buffer;
  readonly body: Readonly<Record<string, unknown>> | null;
}

export async function startVendor(options: VendorOptions = {}): Promise<Vendor> {
  const company = options.company ?? 'c4ompanycuid';
  const orchestrator = options.orchestrator ?? 'o8rchestrator';
  let token = options.token ?? 'vendor-token';
  const speed = options.speed ?? 1;
  const random = seededRandom(options.seed ?? 1);
  const classify = options.classify ?? (() => ({ classification: 'refund_request', confidence: 0.92 }));
  const root = `/api/companies/${company}/orchestrators/${orchestrator}`;

  const processes = new Map<string, Process>();
  const keys = new Map<string, { readonly digest: string; readonly cuid: string }>();
  const counted = new Map<string, Counts>();
  const answers = new Map<string, number>();
  const malices = new Map<'submit' | 'poll', { readonly malice: Malice; readonly only: string | undefined }>();
  const scripts = new Map<'submit' | 'poll', (Malice | null)[]>();
  const held = new Set<() => void>();
  const peak = { held: 0, open: 0 };
  let faults = options.faults ?? {};
  let open = 0;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    peak.open = Math.max(peak.open, ++open);
    response.once('close', () => open--);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    send(response, await reply({ request, response, raw, body: objectOf(raw) }));
  }

  async function reply(asked: Asked): Promise<Reply> {
    const { request, body } = asked;
    const path = (request.url ?? '').split('?')[0] ?? '';
    if (request.headers.authorization !== `Bearer ${token}`) return json(401, {});
    if (request.method === 'POST' && path === `${root}/classification-async`) return submit(asked);
    if (request.method === 'POST' && path === `${root}/classification`) {
      const mail = mailOf(body);
      return mail === null ? json(400, {}) : json(200, shaped(classify(mail)));
    }
    const cuid = path.startsWith(`${root}/classification-async/`) ? path.slice(root.length + 22) : null;
    return request.method === 'GET' && cuid !== null ? await poll(asked, cuid) : json(404, {});
  }

  function submit({ request, raw, body }: Asked): Reply {
    const ref = body?.['external_ref'];
    const counts = countsOf(typeof ref === 'string' ? ref : '');
    counts.submissions++;
    const malice = maliceFor('submit', ref);
    if (malice !== null) return evil(malice, {});
    const fault = drawFault();
    if (fault !== null && fault !== 'droppedAfter') return failing(fault);

    if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) return json(415, {});
    const mail = mailOf(body);
    if (mail === null || body === null) return json(400, {});
    const key = options.idempotency === false ? undefined : request.headers['idempotency-key']?.toString();
    const digest = createHash('sha256').update(raw).digest('hex');
    const known = key === undefined ? undefined : keys.get(key);
    if (known !== undefined && known.digest !== digest) return json(422, {});
    const cuid = known?.cuid ?? newCuid();
    if (known === undefined) {
      counts.processes++;
      if (key !== undefined) keys.set(key, { digest, cuid });
      const { median, sigma } = options.latency ?? { median: 0, sigma: 0 };
      const readyAt = Date.now() + random.lognormal(median, sigma) / speed;
      processes.set(cuid, { readyAt, result: classify(mail), external: externalOf(body) });
    }
    return fault === null ? json(200, { process_cuid: cuid }) : failing(fault);
  }

  async function poll({ request, response }: Asked, cuid: string): Promise<Reply> {
    const process = processes.get(cuid);
    const ref = process?.external['external_ref'];
    if (typeof ref === 'string') countsOf(ref).gets++;
    const malice = maliceFor('poll', ref);
    if (malice !== null) return evil(malice, process?.external ?? {});
    const fault = drawFault();
    if (fault !== null) return failing(fault);
    if (process === undefined) return json(404, {});

    const preferred = /^wait=(\d+)$/.exec(request.headers['prefer']?.toString() ?? '')?.[1];
    const wait = options.holds === false ? 0 : Number(preferred ?? 0);
    const until = Math.min(process.readyAt, Date.now() + (wait * 1000) / speed);
    // A timer may fire a millisecond early.
    for (let rest = until - Date.now(); wait > 0 && rest > 0 && !response.closed; rest = until - Date.now())
      await hold(rest, response);
    const ended = Date.now() >= process.readyAt;
    const result = ended ? shaped(process.result) : null;
    const headers: Record<string, string> = wait > 0 ? { 'preference-applied': `wait=${wait}` } : {};
    return json(200, { status: ended ? 'completed' : 'started', result, ...process.external }, headers);
  }

  function maliceFor(on: 'submit' | 'poll', ref: unknown): Malice | null {
    const scripted = scripts.get(on)?.shift();
    if (scripted !== undefined) return scripted;
    const standing = malices.get(on);
    return standing === undefined || (standing.only !== undefined && standing.only !== ref) ? null : standing.malice;
  }

  async function hold(ms: number, response: ServerResponse): Promise<void> {
    await new Promise<void>((resolve) => {
      const go = () => {
        clearTimeout(timer);
        held.delete(go);
        resolve();
      };
      const timer = setTimeout(go, Math.ceil(ms));
      held.add(go);
      peak.held = Math.max(peak.held, held.size);
      response.once('close', go);
    });
  }

  /** One draw a request, so that a seed gives the same draws whatever the rates are. */
  function drawFault(): Fault | null {
    let draw = random.next();
    for (const fault of ['error500', 'throttled429', 'droppedBefore', 'droppedAfter'] as const) {
      draw -= faults[fault] ?? 0;
      if (draw < 0) return fault;
    }
    return null;
  }

  function failing(fault: Fault): Reply {
    switch (fault) {
      case 'error500':
        return json(500, { error: 'internal' });
      case 'throttled429':
        return json(429, {}, { 'retry-after': speed > 1 ? '0' : '1' });
      case 'droppedBefore':
      case 'droppedAfter':
        return { kind: 'drop' };
    }
  }

  function shaped(result: VendorResult): Record<string, unknown> {
    const form = options.form ?? 'flat';
    const inWords = form.endsWith('-words');
    const word = result.confidence >= 0.8 ? 'high' : result.confidence >= 0.5 ? 'medium' : 'low';
    const confidence = inWords ? word : result.confidence;
    if (form.startsWith('flat')) return { classification: result.classification, confidence };
    const other = { label: 'something_else', confidence: inWords ? 'low' : 0.01, priority: 2 };
    return {
      main_prediction: result.classification,
      predictions: [other, { label: result.classification, confidence, priority: 1 }],
    };
  }

  function send(response: ServerResponse, reply: Reply): void {
    const what = reply.kind === 'answer' ? String(reply.status) : reply.kind;
    answers.set(what, (answers.get(what) ?? 0) + 1);
    switch (reply.kind) {
      case 'answer':
        if (!response.destroyed) response.writeHead(reply.status, reply.headers).end(reply.text);
        return;
      case 'drop':
        response.destroy();
        return;
      case 'reset':
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
        response.write(reply.text, () => response.destroy());
        return;
      case 'raw':
        void pour(response, reply);
        return;
      case 'hang':
    }
  }

  async function pour(response: ServerResponse, { bytes, end }: Extract<Reply, { kind: 'raw' }>): Promise<void> {
    const { socket } = response;
    if (socket === null) return;
    for (const chunk of bytes) {
      if (socket.destroyed) return;
      if (!socket.write(chunk)) {
        await new Promise<void>((resolve) => {
          const go = () => {
            socket.off('drain', go);
            socket.off('close', go);
            resolve();
          };
          socket.on('drain', go);
          socket.on('close', go);
        });
      }
    }
    if (end === 'close') socket.end();
  }

  function countsOf(ref: string): Counts {
    const counts = counted.get(ref) ?? { submissions: 0, processes: 0, gets: 0 };
    counted.set(ref, counts);
    return counts;
  }

  function newCuid(): string {
    let cuid: string;
    do {
      cuid = 'p';
      while (cuid.length < 12) cuid += Math.floor(random.next() * 36).toString(36);
    } while (processes.has(cuid));
    return cuid;
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    company,
    orchestrator,
    token,
    misbehave(on, malice, only) {
      if (malice === null) malices.delete(on);
      else malices.set(on, { malice, only });
    },
    script(on, acts) {
      scripts.set(on, [...acts]);
    },
    admit(next) {
      token = next;
    },
    open: () => open,
    setFaults(next) {
      faults = next;
    },
    counts: () => counted,
    answers: () => answers,
    peak: () => peak,
    async close() {
      for (const go of held) go();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function externalOf(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = ['external_ref', 'external_metadata'].filter((name) => name in body);
  return Object.fromEntries(names.map((name) => [name, body[name]]));
}

function objectOf(raw: Buffer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(raw.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function mailOf(body: Readonly<Record<string, unknown>> | null): VendorMail | null {
  const mail = body?.['mail'];
  if (typeof mail !== 'object' || mail === null || !('subject' in mail) || !('body' in mail)) return null;
  const { subject, body: text } = mail;
  return typeof subject === 'string' && typeof text === 'string' ? { subject, body: text } : null;
}
