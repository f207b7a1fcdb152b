import { once } from 'node:events';
import { request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Fate, type Judge, Numbering } from './boundary.ts';

/** What siftd asked about one external_ref, seen from outside of both sides. */
export interface Asked {
  /** POSTs that arrived. */
  posts: number;
  /** Of these, those for which siftd lived on and heard no process id. */
  refused: number;
}

export interface ApiWire {
  readonly url: string;
  judge: Judge;
  /** Counts the kills: what a killed siftd did not hear is not the API's fault. */
  life: number;
  asked(): ReadonlyMap<string, Readonly<Asked>>;
  stop(): Promise<void>;
}

export interface ApiWireOptions {
  /** Milliseconds within which results are gathered and come together, so that messages are acted on in sets. */
  readonly gather?: number;
}

/** The word in a subject that makes the classification fail. */
export const failing = '[fail]';

/**
 * Between siftd and the API: numbers every request and every answer, obeys the judge, and counts. A mail whose subject
 * begins with `failing` ends as `failed`, which the vendor behind cannot do for one mail alone.
 */
export async function startApiWire(target: string, options: ApiWireOptions = {}): Promise<ApiWire> {
  const asked = new Map<string, Asked>();
  const failed = new Set<string>();
  let gathering: Promise<void> | null = null;
  const numbers = new Numbering('api');
  const wire: { judge: Judge; life: number } = { judge: () => 'pass', life: 0 };

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(request);
    const what = request.method ?? '';
    const post = what === 'POST' ? countsOf(body) : null;
    if (post !== null) {
      const { life } = wire;
      post.counts.posts++;
      response.once('close', () => {
        if (!response.writableFinished && wire.life === life) post.counts.refused++;
      });
    }
    if (ends(response, wire.judge(numbers.next('before', what)))) return;
    const onward = ask(target + (request.url ?? ''), { method: what, headers: { ...request.headers, host: 'vendor' } });
    response.once('close', () => onward.destroy());
    onward.end(body);
    const [answer] = (await once(onward, 'response')) as [IncomingMessage];
    const id = what === 'GET' ? (request.url ?? '').split('/').at(-1) : undefined;
    const text = asFailed(id, await bytesOf(answer));
    const accepted = /"process_cuid":"([\w-]+)"/.exec(text.toString())?.[1];
    if (post !== null) {
      if (accepted === undefined) post.counts.refused++;
      else if (post.fails) failed.add(accepted);
    }
    if (id !== undefined && options.gather !== undefined) await gathered(options.gather);
    if (ends(response, wire.judge(numbers.next('after', what)))) return;
    const { 'content-length': _length, 'transfer-encoding': _coding, connection: _hop, ...headers } = answer.headers;
    response.writeHead(answer.statusCode ?? 502, headers).end(text);
  }

  /** False: it goes on. */
  function ends(response: ServerResponse, fate: Fate): boolean {
    if (fate === 'killed') wire.life++;
    if (fate === 'cut' || fate === 'killed') response.destroy();
    return fate !== 'pass';
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

  function countsOf(body: Buffer): { readonly counts: Asked; readonly fails: boolean } {
    const { external_ref: ref, mail } = JSON.parse(body.toString()) as {
      external_ref: string;
      mail: { subject: string };
    };
    const counts = asked.get(ref) ?? { posts: 0, refused: 0 };
    asked.set(ref, counts);
    return { counts, fails: mail.subject.startsWith(failing) };
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(wire, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
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
