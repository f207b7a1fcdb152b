import { once } from 'node:events';
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Fate, type Judge, Numbering } from './boundary.ts';

/** What siftd asked about one external_ref, seen from outside of both sides. */
export interface Asked {
  /** POSTs that arrived. */
  posts: number;
  /** Of these, those that had to be repeated: no process id was heard, or siftd died before it was durable. */
  excused: number;
  /** Idempotency-Keys: POSTs with the same one are one submission. */
  readonly keys: Set<string>;
  /** Processes that the API lost. */
  lost: number;
}

export interface ApiWire {
  readonly url: string;
  judge: Judge;
  asked(): ReadonlyMap<string, Readonly<Asked>>;
  /** siftd was killed. Of submissions with these keys its database has no process id: what it was told of one died with it. */
  killed(submitting: readonly string[]): void;
  stop(): Promise<void>;
}

export interface ApiWireOptions {
  /** Milliseconds within which results are gathered and come together, so that messages are acted on in sets. */
  readonly gather?: number;
  /** Whether the process that was just accepted is lost: nobody will ever hear of it again. At most one a message. */
  readonly lose?: () => boolean;
}

/** `heard`: a process id went out, and siftd may have stored it. */
type Post = 'open' | 'heard' | 'excused';

interface Submission {
  readonly counts: Asked;
  /** Its classification will fail. */
  readonly fails: boolean;
  accepted: boolean;
  post: Post;
}

/** The word in a subject that makes the classification fail. */
export const failing = '[fail]';

/**
 * Between siftd and the API: numbers every request and every answer, obeys the judge, and counts. A mail whose subject
 * begins with `failing` ends as `failed`, which the vendor behind cannot do for one mail alone.
 */
export async function startApiWire(target: string, options: ApiWireOptions = {}): Promise<ApiWire> {
  const asked = new Map<string, Asked>();
  /** The last one with each key. */
  const latest = new Map<string, Submission>();
  const failed = new Set<string>();
  const gone = new Set<string>();
  let gathering: Promise<void> | null = null;
  const numbers = new Numbering('api');
  const wire: { judge: Judge } = { judge: () => 'pass' };

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(request);
    const what = request.method ?? '';
    const submission = what === 'POST' ? begin(request, body) : null;
    response.once('close', () => {
      if (submission !== null && !(response.writableFinished && submission.accepted)) excuse(submission);
    });
    if (ends(response, wire.judge(numbers.next('before', what)))) return;
    const onward = ask(target + (request.url ?? ''), { method: what, headers: { ...request.headers, host: 'vendor' } });
    response.once('close', () => onward.destroy());
    onward.end(body);
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    const id = what === 'GET' ? (request.url ?? '').split('/').at(-1) : undefined;
    const text = asFailed(id, await bytesOf(answer));
    const accepted = /"process_cuid":"([\w-]+)"/.exec(text.toString())?.[1];
    if (submission !== null && accepted !== undefined) {
      submission.accepted = true;
      if (submission.fails) failed.add(accepted);
      // A repeated POST is answered with the process that it began before.
      if (!gone.has(accepted) && submission.counts.lost === 0 && options.lose?.() === true) {
        submission.counts.lost++;
        gone.add(accepted);
      }
    }
    if (id !== undefined && options.gather !== undefined) await gathered(options.gather);
    if (ends(response, wire.judge(numbers.next('after', what)))) return;
    if (submission?.accepted && submission.post === 'open') submission.post = 'heard';
    const { 'content-length': _length, 'transfer-encoding': _coding, connection: _hop, ...headers } = answer.headers;
    const status = id !== undefined && gone.has(id) ? 404 : (answer.statusCode ?? 502);
    response.writeHead(status, headers).end(text);
  }

  /** False: it goes on. */
  function ends(response: ServerResponse, fate: Fate): boolean {
    if (fate === 'cut' || fate === 'killed') response.destroy();
    return fate !== 'pass';
  }

  function begin(request: IncomingMessage, body: Buffer): Submission {
    const { external_ref: ref, mail } = JSON.parse(body.toString()) as {
      external_ref: string;
      mail: { subject: string };
    };
    const counts = asked.get(ref) ?? { posts: 0, excused: 0, keys: new Set(), lost: 0 };
    asked.set(ref, counts);
    counts.posts++;
    // A string of RFC 8941, in quotes.
    const key = (request.headers['idempotency-key']?.toString() ?? '').replaceAll('"', '');
    counts.keys.add(key);
    const submission: Submission = { counts, fails: mail.subject.startsWith(failing), accepted: false, post: 'open' };
    latest.set(key, submission);
    return submission;
  }

  /** Once for each POST, whatever happened to it. */
  function excuse(submission: Submission): void {
    if (submission.post !== 'excused') submission.counts.excused++;
    submission.post = 'excused';
  }

  /** The vendor cannot fail one mail alone. */
  function asFailed(id: string | undefined, text: Buffer): Buffer {
    if (id === undefined || !failed.has(id)) return text;
    try {
      return Buffer.from(JSON.stringify({ ...JSON.parse(text.toString()), status: 'failed', result: null }));
    } catch {
      return text;
    }
  }

  async function gathered(ms: number): Promise<void> {
    gathering ??= delay(ms).then(() => {
      gathering = null;
    });
    await gathering;
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(wire, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    killed(submitting: readonly string[]) {
      for (const key of submitting) {
        const last = latest.get(key);
        if (last?.post === 'heard') excuse(last);
      }
    },
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  });
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
