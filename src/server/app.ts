import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { paths } from '../api/wire.ts';
import type { Clock } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import type { Prediction } from '../engine/engine.ts';
import { openApiDocument } from './openapi.ts';
import type { Orchestrator } from './orchestrator.ts';
import { notNow, type Problem, problem, problemResponse } from './problem.ts';
import type { Owner, Processes, ProcessRow } from './processes.ts';
import { readBearer, readKey, readSubmission, readWait, wrongMedia } from './read.ts';
import type { Authenticate } from './tokens.ts';
import type { Waiters } from './waiters.ts';

export interface AppOptions {
  readonly processes: Processes;
  readonly waiters: Waiters;
  readonly authenticate: Authenticate;
  readonly find: (owner: Owner) => Orchestrator | null;
  readonly orchestrators: () => readonly Orchestrator[];
  /** Milliseconds that a result is kept. */
  readonly retention: number;
  readonly stopping: () => boolean;
  readonly clock: Clock;
  readonly log: Logger | null;
}

type Variables = { orchestrator: Orchestrator };
type Handled = Context<{ Variables: Variables }>;

/** The HTTP side of the service: checks, asks the queue or an engine, and says what came of it. */
export function createApp(options: AppOptions): Hono<{ Variables: Variables }> {
  const { processes, waiters, clock } = options;
  const app = new Hono<{ Variables: Variables }>();
  const route = (path: string) => path.replace(/\{(\w+)\}/g, ':$1');
  const document = JSON.stringify(openApiDocument());

  if (options.log !== null) app.use(accessLog(options.log, clock));

  app.get('/healthz', () => json('{"status":"ok"}'));
  app.get('/readyz', () => readiness(options));
  app.get('/openapi.json', () => json(document));

  app.use('/api/companies/:companyCuid/orchestrators/:orchestratorCuid/*', authorised(options));

  const body = bodyLimit({
    maxSize: limits.server.bodyBytes,
    onError: () => refuse(problem(413, 'body-too-large', `A body has at most ${limits.server.bodyBytes} bytes.`)),
  });

  app.post(route(paths.asynchronous), json415, body, async (context) => {
    const orchestrator = context.get('orchestrator');
    const key = readKey(context.req.header('idempotency-key') ?? null);
    if (isProblem(key)) return refuse(key);
    const request = readSubmission(new Uint8Array(await context.req.arrayBuffer()));
    if (isProblem(request)) return refuse(request);
    if (options.stopping()) return refuse(stops);
    if (orchestrator.engine === null) return refuse(noModel);
    const admission = await processes.accept(orchestrator.owner, key, request, clock.now()).catch(() => null);
    if (admission === null)
      return refuse(notNow(503, 'not-stored', 'The service cannot store the request at present.'));
    if (admission.admitted) {
      if (admission.fresh) orchestrator.wake();
      return json(`{"process_cuid":"${admission.cuid}"}`);
    }
    switch (admission.why) {
      case 'full':
        return refuse(notNow(429, 'queue-full', 'The queue is full.'));
      case 'key-reused':
        return refuse(problem(422, 'idempotency-key-reused', 'This Idempotency-Key came with another body before.'));
    }
  });

  app.get(route(paths.process), async (context) => {
    const { owner } = context.get('orchestrator');
    const cuid = context.req.param('processCuid') ?? '';
    const find = () => processes.find(owner, cuid, clock.now() - options.retention);
    if (options.stopping()) return refuse(stops);
    let row = find();
    const wait = readWait(context.req.header('prefer') ?? null);
    if (row?.status === 'started' && wait > 0) {
      await waiters.wait(cuid, wait * 1000, context.req.raw.signal);
      if (options.stopping()) return refuse(stops);
      row = find();
    }
    if (row === null) return refuse(problem(404, 'no-such-process', 'There is no such process, or not any more.'));
    return json(processText(row), wait > 0 ? { 'preference-applied': `wait=${wait}` } : {});
  });

  app.post(route(paths.synchronous), json415, body, async (context) => {
    const orchestrator = context.get('orchestrator');
    const request = readSubmission(new Uint8Array(await context.req.arrayBuffer()));
    if (isProblem(request)) return refuse(request);
    if (options.stopping()) return refuse(stops);
    if (orchestrator.engine === null) return refuse(noModel);
    let prediction: Prediction | null;
    try {
      prediction = await orchestrator.ask(request.mail, orchestrator.engine);
    } catch {
      return refuse(notNow(503, 'engine-failed', 'The engine could not classify this mail.'));
    }
    if (prediction === null) return refuse(notNow(429, 'busy', 'Too many requests at the same time.'));
    return json(resultText(prediction.label, prediction.confidence));
  });

  for (const [path, allowed] of [
    [paths.asynchronous, 'POST'],
    [paths.process, 'GET, HEAD'],
    [paths.synchronous, 'POST'],
  ] as const) {
    app.all(route(path), () => refuse(problem(405, 'method-not-allowed', `Use ${allowed}.`, { allow: allowed })));
  }
  app.notFound(() => refuse(problem(404, 'no-such-path', 'There is nothing at this path; see /openapi.json.')));
  app.onError((error, context) => {
    // A client that went away in the middle of its body is no fault of ours.
    if (context.req.raw.signal.aborted) return refuse(problem(400, 'client-left', 'The request ended early.'));
    options.log?.error({ error: reasonOf(error) }, 'a request failed');
    if (error.name === 'SqliteError') return refuse(notNow(503, 'not-readable', 'The service cannot read its store.'));
    return refuse(problem(500, 'internal', 'The service made a mistake.'));
  });
  return app;
}

const stops = notNow(503, 'stopping', 'The service stops; it will be back.');
const noModel = notNow(503, 'no-model', 'No model is trained for this orchestrator yet; run siftd train.');
const unknown = problem(404, 'no-such-orchestrator', 'This token reaches no such company and orchestrator.');

const refuse = problemResponse;

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value;
}

function json(text: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(text, {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  });
}

/** Written by hand so that the external values stay the text they were. */
function processText(row: ProcessRow): string {
  const result = row.status === 'completed' ? resultText(row.classification ?? '', row.confidence ?? 0) : 'null';
  const ref = row.externalRef === null ? '' : `,"external_ref":${row.externalRef}`;
  const metadata = row.externalMetadata === null ? '' : `,"external_metadata":${row.externalMetadata}`;
  return `{"status":"${row.status}","result":${result}${ref}${metadata}}`;
}

function resultText(classification: string, confidence: number): string {
  return JSON.stringify({ classification, confidence });
}

const json415: MiddlewareHandler = async (context, next) => {
  const wrong = wrongMedia(context.req.header('content-type') ?? null, context.req.header('content-encoding') ?? null);
  return wrong === null ? await next() : refuse(wrong);
};

/** A token reaches its own company: everything else is not there, rather than forbidden, so that nothing can be probed. */
function authorised(options: AppOptions): MiddlewareHandler<{ Variables: Variables }> {
  return async (context: Handled, next) => {
    const token = readBearer(context.req.header('authorization') ?? null);
    if (token === null) {
      return refuse(
        problem(401, 'no-token', 'Send a token: Authorization: Bearer.', {
          'www-authenticate': 'Bearer realm="siftd"',
        }),
      );
    }
    const company = options.authenticate(token);
    if (company === null) {
      return refuse(
        problem(401, 'unknown-token', 'This token is not known.', {
          'www-authenticate': 'Bearer realm="siftd", error="invalid_token"',
        }),
      );
    }
    const asked = context.req.param('companyCuid') ?? '';
    const id = context.req.param('orchestratorCuid') ?? '';
    const orchestrator = asked === company ? options.find({ company, orchestrator: id }) : null;
    if (orchestrator === null) return refuse(unknown);
    context.set('orchestrator', orchestrator);
    return await next();
  };
}

/** Ready: it can store, has room, and does not stop. Says how many orchestrators still wait for a model, not which. */
function readiness(options: AppOptions): Response {
  if (options.stopping()) return refuse(stops);
  const { processes, waiters } = options;
  if (!processes.writable) return refuse(notNow(503, 'not-stored', 'The last write to the disk failed.'));
  if (processes.full) return refuse(notNow(503, 'queue-full', 'The queue is full.'));
  const all = options.orchestrators();
  const withoutModel = all.filter(({ engine }) => engine === null).length;
  const counts = { orchestrators: all.length, withoutModel, waiting: processes.open, held: waiters.held };
  return json(JSON.stringify({ status: 'ready', ...counts }));
}

/** One line a request: method, path, status, time. No query, no header, no body. */
function accessLog(log: Logger, clock: Clock): MiddlewareHandler {
  return async (context, next) => {
    const began = clock.now();
    await next();
    const { method, path } = context.req;
    log.info({ method, path: path.slice(0, 300), status: context.res.status, ms: clock.now() - began }, 'request');
  };
}
