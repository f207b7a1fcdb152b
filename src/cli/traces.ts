import { createHash } from 'node:crypto';
import {
  type Attributes,
  type context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  type IdGenerator,
  RandomIdGenerator,
  type SpanExporter,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Clock } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import { type Meter, stages } from '../daemon/meter.ts';
import type { Job } from '../triage/job.ts';
import { version } from './version.ts';

/**
 * One trace a message, to the collector that OpenTelemetry's variables name (OTLP over HTTP). A span for each stage, made
 * when the stage ends; that of the whole at the message's end. The ids are a hash of the job's, so that a message whose
 * life spans two processes has one trace, and nothing has to be remembered. No subject, no address: what the log says.
 */
export class Traces implements Meter {
  readonly #ids = new GivenIds();
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #clock: Clock;

  /** `log` hears once of each trouble with the collector; mail never waits for it. */
  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    const named = resourceFromAttributes({ 'service.name': 'siftd', 'service.version': version() });
    this.#provider = new TracerProvider({
      // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come before what we call ourselves.
      resource: named.merge(detectResources({ detectors: [envDetector] })),
      idGenerator: this.#ids,
      spanProcessors: [new BatchSpanProcessor({ exporter: telling(new OTLPTraceExporter(), log) })],
    });
    this.#tracer = this.#provider.getTracer('siftd', version());
  }

  moved(before: Job, after: Job): void {
    const stage = stages[before.state];
    if (before.state === after.state || stage === null) return;
    const { account, id, foundAt } = after;
    const hash = createHash('sha256')
      .update(JSON.stringify([account, id, foundAt]))
      .digest('hex');
    const root = { traceId: hash.slice(0, 32), spanId: hash.slice(32, 48), traceFlags: TraceFlags.SAMPLED };
    const common = { 'siftd.job': id, 'siftd.account': account, ...told(after) };
    const inside = trace.setSpanContext(ROOT_CONTEXT, root);
    this.#span(stage, inside, { from: before.since, to: after.since, attributes: common, failed: false });
    // What a person does to it later is one more stage of the trace, whose whole has been told.
    const isEnd = stages[after.state] === null && !(before.state === 'decided' && before.former !== null);
    if (!isEnd) return;
    const attributes = { ...common, 'siftd.origin': after.origin, 'siftd.end': after.state };
    this.#ids.given = root;
    this.#span('message', ROOT_CONTEXT, {
      from: foundAt,
      to: after.since,
      attributes,
      failed: after.state === 'failed',
    });
    this.#ids.given = null;
  }

  /** What is not sent yet is, for as long as a stop may take. */
  async close(): Promise<void> {
    const late = new AbortController();
    const sent = this.#provider.shutdown().catch(() => {});
    await Promise.race([sent, this.#clock.sleep(limits.http.grace, late.signal)]);
    late.abort();
  }

  #span(
    name: string,
    within: ReturnType<typeof context.active>,
    span: { readonly from: number; readonly to: number; readonly attributes: Attributes; readonly failed: boolean },
  ): void {
    const { from, to, attributes, failed } = span;
    // Dates, as a number may be taken for one of performance.now().
    const startTime = new Date(Math.min(from, to));
    const made = this.#tracer.startSpan(name, { kind: SpanKind.INTERNAL, startTime, attributes }, within);
    if (failed) made.setStatus({ code: SpanStatusCode.ERROR });
    made.end(new Date(to));
  }
}

/** Whatever keeps spans from the collector is said once until it changes; they are dropped, as mail comes first. */
function telling(exporter: SpanExporter, log: Logger): SpanExporter {
  let said = '';
  return {
    export: (spans, ended) =>
      exporter.export(spans, (result) => {
        const trouble = result.error === undefined ? '' : reasonOf(result.error);
        if (trouble !== '' && trouble !== said) log.warn(`traces are not taken: ${trouble}`);
        said = trouble;
        ended(result);
      }),
    shutdown: () => exporter.shutdown(),
  };
}

/** Random, but for a span that was named as a parent before it was made. */
class GivenIds implements IdGenerator {
  given: { readonly traceId: string; readonly spanId: string } | null = null;
  readonly #random = new RandomIdGenerator();

  generateTraceId(): string {
    return this.given?.traceId ?? this.#random.generateTraceId();
  }

  generateSpanId(): string {
    return this.given?.spanId ?? this.#random.generateSpanId();
  }
}

function told(job: Job): Attributes {
  const { folder } = job.place;
  if (job.state === 'submitted') return { 'siftd.folder': folder, 'siftd.process': job.processCuid };
  const decision = 'decision' in job ? job.decision : null;
  if (decision === null) return { 'siftd.folder': folder };
  const { way, classification, confidence } = decision;
  return {
    'siftd.folder': folder,
    'siftd.way': way,
    ...(classification === null ? {} : { 'siftd.class': classification }),
    ...(confidence === null ? {} : { 'siftd.confidence': confidence }),
  };
}
