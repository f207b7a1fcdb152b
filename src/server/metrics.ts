import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Usage } from '../engine/llm.ts';
import type { Readings, Standing } from './meter.ts';
import type { Owner } from './processes.ts';

/** From a hash looked up to a minute of thinking. */
const buckets = [0.001, 0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300];
const whose = ['company', 'orchestrator'] as const;

/** A registry of its own: several services in one process, as in tests, do not count each other's. */
export class Metrics implements Readings {
  readonly #registry = new Registry();
  readonly #requests;
  readonly #requestTime;
  readonly #accepted;
  readonly #ended;
  readonly #processTime;
  readonly #classified;
  readonly #classifyTime;
  readonly #modelRequests;
  readonly #modelTime;
  readonly #tokens;

  /** `wholeProcess`: memory, CPU, garbage collection and the event loop too, of a service that has its process to itself. */
  constructor(standing: Standing, wholeProcess = false) {
    const registers = [this.#registry];
    if (wholeProcess) collectDefaultMetrics({ register: this.#registry });
    const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
      new Counter({ name: `siftd_${name}`, help, labelNames: [...labelNames], registers });
    const time = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
      new Histogram({ name: `siftd_${name}`, help, labelNames: [...labelNames], buckets, registers });
    const gauge = <L extends string>(
      name: string,
      help: string,
      labelNames: readonly L[],
      look: (set: (labels: Partial<Record<L, string>>, value: number) => void) => void,
    ) =>
      new Gauge({
        name: `siftd_${name}`,
        help,
        labelNames: [...labelNames],
        registers,
        collect() {
          this.reset();
          look((labels, value) => this.set(labels as Partial<Record<L, string>>, value));
        },
      });
    this.#requests = counter('http_requests_total', 'HTTP requests answered.', ['route', 'method', 'status']);
    this.#requestTime = time('http_request_seconds', 'Time to an answer; held GETs are route "poll-held".', ['route']);
    this.#accepted = counter('processes_accepted_total', 'Processes accepted, on the disk.', whose);
    this.#ended = counter('processes_ended_total', 'Processes ended: completed or failed.', [...whose, 'status']);
    this.#processTime = time('process_seconds', 'From the acceptance of a process to its end.', whose);
    this.#classified = counter('classifications_total', 'What an engine was asked, by what came of it.', [
      ...whose,
      'outcome',
    ]);
    this.#classifyTime = time('classification_seconds', 'Time that an engine took.', whose);
    this.#modelRequests = counter('llm_requests_total', 'Requests to a language model, by what came of them.', [
      ...whose,
      'outcome',
    ]);
    this.#modelTime = time('llm_request_seconds', 'Time that a language model took.', whose);
    this.#tokens = counter('llm_tokens_total', 'Tokens that a language model says it took: prompt or completion.', [
      ...whose,
      'kind',
    ]);
    gauge('queue_depth', 'Processes accepted and not ended.', [], (set) => set({}, standing.processes.open));
    gauge('queue_limit', 'Processes at which submissions are told 429.', [], (set) => set({}, standing.limit));
    gauge('held_requests', 'GETs that are held until their process ends.', [], (set) => set({}, standing.held()));
    gauge('store_writable', '0: the last write to the disk failed.', [], (set) =>
      set({}, standing.processes.writable ? 1 : 0),
    );
    gauge(
      'engine_info',
      'The engine at work and the version of its model; 0: it has none yet.',
      [...whose, 'engine', 'version'],
      (set) => {
        for (const { owner, engine, version } of standing.engines()) {
          set({ ...owner, engine, version: version ?? '' }, version === null ? 0 : 1);
        }
      },
    );
    gauge('llm_spent_tokens', 'Tokens of today (UTC), those set aside included.', whose, (set) => {
      for (const { owner, spent } of standing.budgets()) set(owner, spent);
    });
    gauge('llm_budget_tokens', "A day's budget of tokens.", whose, (set) => {
      for (const { owner, budget } of standing.budgets()) if (budget !== null) set(owner, budget);
    });
  }

  async text(): Promise<Response> {
    const headers = { 'content-type': this.#registry.contentType, 'cache-control': 'no-store' };
    return new Response(await this.#registry.metrics(), { headers });
  }

  request(route: string, method: string, status: number, ms: number): void {
    this.#requests.inc({ route, method, status });
    this.#requestTime.observe({ route }, ms / 1000);
  }

  accepted(owner: Owner): void {
    this.#accepted.inc(ownerOf(owner));
  }

  ended(owner: Owner, status: 'completed' | 'failed', ms: number): void {
    this.#ended.inc({ ...ownerOf(owner), status });
    this.#processTime.observe(ownerOf(owner), Math.max(0, ms) / 1000);
  }

  classified(owner: Owner, outcome: string, ms: number): void {
    this.#classified.inc({ ...ownerOf(owner), outcome });
    this.#classifyTime.observe(ownerOf(owner), Math.max(0, ms) / 1000);
  }

  model(owner: Owner, outcome: string, ms: number): void {
    this.#modelRequests.inc({ ...ownerOf(owner), outcome });
    this.#modelTime.observe(ownerOf(owner), Math.max(0, ms) / 1000);
  }

  tokens(owner: Owner, { prompt, completion }: Usage): void {
    this.#tokens.inc({ ...ownerOf(owner), kind: 'prompt' }, prompt);
    this.#tokens.inc({ ...ownerOf(owner), kind: 'completion' }, completion);
  }
}

/** An owner may be a larger object; prom-client refuses labels that it does not know. */
function ownerOf({ company, orchestrator }: Owner): Owner {
  return { company, orchestrator };
}
