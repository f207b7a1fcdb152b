import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { paths } from '../api/wire.ts';
import type { Clock } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import { isFromHere } from '../base/here.ts';
import type { Client } from '../base/http.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import { NoAnswer, type Prediction } from '../engine/engine.ts';
import { textResponse } from './local.ts';
import type { Meter, Readings } from './meter.ts';
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
  readonly meter: Meter;
  /** Opens /metrics. */
  readonly metrics: Readings | null;
  /** Whether a token opens /metrics; null: none does, it is for this machine. */
  readonly watcher: () => ((token: string) => boolean) | null;
  readonly clock: Clock;
  readonly log: Logger | null;
}

/** `client` is missing where the request came over no socket. */
type Env = { Variables: { orchestrator: Orchestrator }; Bindings: { client?: Client } };
type Handled = Context<Env>;

/** The HTTP side of the service: checks, asks the queue or an engine, and says what came of it. */
export function createApp(options: AppOptions): Hono<Env> {
  const { processes, waiters, clock, meter, metrics } = options;
  const app = new Hono<Env>();
  const route = (path: string) => path.replace(/\{(\w+)\}/g, ':$1');
  /** Written when it is first asked for: most services never are. */
  let document: string | null = null;

  if (options.log !== null || metrics !== null) app.use(account(options));

  app.get('/healthz', () => json('{"status":"ok"}'));
  app.get('/readyz', () => readiness(options));
  app.get('/openapi.json', () => {
    document ??= JSON.stringify(openApiDocument());
    return json(document);
  });
  if (metrics !== null) {
    app.get('/metrics', async (context) => {
      const refused = keptFrom(context, options.watcher());
      return refused === null ? await metrics.text() : refuse(refused);
    });
  }

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
    const absent = absence(orchestrator);
    if (absent !== null) return refuse(absent);
    const admission = await processes.accept(orchestrator.owner, key, request, clock.now()).catch(() => null);
    if (admission === null)
      return refuse(notNow(503, 'not-stored', 'The service cannot store the request at present.'));
    if (admission.admitted) {
      if (admission.fresh) {
        meter.accepted(orchestrator.owner);
        orchestrator.wake();
      }
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
    return json(processText(row), {
      ...(wait > 0 ? { 'preference-applied': `wait=${wait}` } : {}),
      ...(row.status === 'completed' ? provenance(row.model ?? '', row.stated === 1, row.predictions ?? '[]') : {}),
    });
  });

  app.post(route(paths.synchronous), json415, body, async (context) => {
    const orchestrator = context.get('orchestrator');
    const request = readSubmission(new Uint8Array(await context.req.arrayBuffer()));
    if (isProblem(request)) return refuse(request);
    if (options.stopping()) return refuse(stops);
    const { engine } = orchestrator;
    const absent = absence(orchestrator);
    if (engine === null || absent !== null) return refuse(absent ?? noModel);
    let prediction: Prediction | null;
    try {
      prediction = await orchestrator.ask(request.mail, engine);
    } catch (error) {
      const fault = error instanceof NoAnswer ? error.fault : null;
      return refuse(notNow(503, 'engine-failed', 'The engine could not classify this mail.', fault?.retryAfter));
    }
    if (prediction === null) return refuse(notNow(429, 'busy', 'Too many requests at the same time.'));
    const { label, confidence, alternatives, by = engine.version, stated = false } = prediction;
    return json(resultText(label, confidence), provenance(by, stated, JSON.stringify(alternatives)));
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

/** Why an orchestrator takes nothing at present; null: it does. What could be accepted and not begun is better sent later. */
function absence({ engine }: Orchestrator): Problem | null {
  if (engine === null) return noModel;
  const fault = engine.away?.() ?? null;
  return fault === null
    ? null
    : notNow(503, 'engine-away', `The engine cannot be asked: ${fault.message}.`, fault.retryAfter);
}

/** The contract's result has no room for who answered, how sure that is and what else it might be: headers say it. */
function provenance(model: string, stated: boolean, predictions: string): Record<string, string> {
  // A header takes no more than ASCII, which JSON can do with.
  const ascii = predictions.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return {
    'siftd-model': model,
    'siftd-confidence': stated ? 'stated' : 'measured',
    'siftd-predictions': ascii,
  };
}

/** Metrics tell how much mail a company gets. */
function keptFrom(context: Handled, watcher: ReturnType<AppOptions['watcher']>): Problem | null {
  if (watcher !== null) {
    const token = readBearer(context.req.header('authorization') ?? null);
    return token !== null && watcher(token)
      ? null
      : problem(401, 'metrics-token', 'Send the token of the metrics: Authorization: Bearer.', {
          'www-authenticate': 'Bearer realm="siftd metrics"',
        });
  }
  return isFromHere(context.req.raw.headers, context.env.client ?? { address: null })
    ? null
    : problem(403, 'metrics-local', 'Metrics are for this machine; service.metrics.token opens them to others.');
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value;
}

function json(text: string, headers: Readonly<Record<string, string>> = {}): Response {
  return textResponse(text, { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers });
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
function authorised(options: AppOptions): MiddlewareHandler<Env> {
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

/** Counts each request, and logs one line: method, path, status, time. No query, no header, no body. */
function account({ log, clock, meter }: AppOptions): MiddlewareHandler<Env> {
  return async (context, next) => {
    const began = clock.now();
    await next();
    const { method, path } = context.req;
    const { status } = context.res;
    const ms = clock.now() - began;
    const held = context.res.headers.has('preference-applied');
    meter.request(`${routeOf(path)}${held ? '-held' : ''}`, methods.has(method) ? method : 'other', status, ms);
    log?.info({ method, path: path.slice(0, 300), status, ms }, 'request');
  };
}

const methods: ReadonlySet<string> = new Set(['GET', 'POST', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** A few words for all paths: what anybody may write into one must not make a new time series. */
function routeOf(path: string): string {
  if (/^\/(healthz|readyz|metrics|openapi\.json)$/.test(path)) return path.slice(1);
  const [, api, , , , , last, process] = path.split('/');
  if (api !== 'api') return 'other';
  if (last === 'classification') return 'classify';
  if (last !== 'classification-async') return 'other';
  return process === undefined ? 'submit' : 'poll';
}
