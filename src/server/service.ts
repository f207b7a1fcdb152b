import type { Fetch } from '../base/ask.ts';
import type { Clock } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import type { Client } from '../base/http.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import type { Engine } from '../engine/engine.ts';
import type { Books } from '../engine/llm.ts';
import { createApp } from './app.ts';
import { DatabaseBooks } from './books.ts';
import { fetchFrom, real } from './local.ts';
import { type Readings, type Standing, unread } from './meter.ts';
import { Orchestrator } from './orchestrator.ts';
import { type Owner, Processes } from './processes.ts';
import { createAuthenticate, createGate } from './tokens.ts';
import { Waiters } from './waiters.ts';

export interface CompanyOptions {
  /** Several, so that they can be rotated; each the token itself or `sha256:` and its hash. Only hashes are kept. */
  readonly tokens: readonly string[];
  /** By id. An engine that is null has no model yet: its submissions are told 503. `kind` is for the metrics. */
  readonly orchestrators: Readonly<Record<string, { readonly engine: Engine | null; readonly kind?: string }>>;
}

export interface ServiceOptions {
  /** The queue's SQLite file; made where missing. One service has it open at a time. */
  readonly path: string;
  /** It has just been read through, see `soundOf`. */
  readonly sound?: boolean;
  readonly companies: Readonly<Record<string, CompanyOptions>>;
  /** Milliseconds that a result, and the Idempotency-Key that led to it, is kept. */
  readonly retention: number;
  readonly clock: Clock;
  /** Access lines at level info, failures above it; null: none. */
  readonly log: Logger | null;
  /** Unfinished processes before 429; default limits.server.queue. */
  readonly queue?: number;
  /** Opens /metrics, as the tokens of companies do theirs; none: it is open to this machine, and to it only. */
  readonly metricsToken?: string | undefined;
  /** Makes what /metrics shows; none: there is no such path, and nothing is counted. */
  readonly metrics?: (standing: Standing) => Readings;
}

/** The classification service, without a socket: `fetch` is its whole HTTP side. */
export interface Service {
  /** As the global fetch. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** For our own client in this process. */
  readonly local: Fetch;
  /** For a listener: the same, and who asks. */
  answer(request: Request, client: Client): Promise<Response>;
  /** Takes up what an earlier run accepted and did not end. */
  start(): void;
  /** Other tokens from now on, by company. Throws a UserError, and changes nothing, where they make no sense. */
  admitBy(tokens: ReadonlyMap<string, readonly string[]>, metricsToken: string | undefined): void;
  /** One more orchestrator of a company, without an engine; nothing where it is there already. */
  admit(company: string, orchestrator: string): void;
  /** Puts an engine in place while running; null takes it away. Throws where no such orchestrator is configured. */
  setEngine(company: string, orchestrator: string, engine: Engine | null): void;
  /** Where that orchestrator's language model writes down its tokens; `budget` is what it may take a day (UTC). */
  books(company: string, orchestrator: string, budget: number | null): Books;
  /** Refuses new requests with 503 and lets the held ones go: call it before the listener is closed. */
  drain(): void;
  /** Drains, lets the engines end what they began (limits.server.drain) and closes the database. */
  stop(): Promise<void>;
}

/** Throws a UserError where the database cannot be used or the tokens make no sense. */
export function createService(options: ServiceOptions): Service {
  const { clock, log } = options;
  let authenticate = createAuthenticate(
    new Map(Object.entries(options.companies).map(([company, { tokens }]) => [company, tokens])),
  );
  let watcher = createGate(options.metricsToken);
  const limit = options.queue ?? limits.server.queue;
  const processes = new Processes(options.path, limit, options.sound);
  const waiters = new Waiters(clock);
  const all = new Map<string, Orchestrator>();
  const kinds = new Map<string, string>();
  const budgets = new Map<string, DatabaseBooks>();
  const metrics = options.metrics?.({
    processes,
    limit,
    held: () => waiters.held,
    engines: () =>
      [...all].map(([name, { owner, engine }]) => ({
        owner,
        engine: kinds.get(name) ?? 'linear',
        version: engine?.version ?? null,
      })),
    budgets: () => [...budgets.values()],
  });
  const meter = metrics ?? unread;
  const admit = (owner: Owner, engine: Engine | null, kind: string): void => {
    const name = nameOf(owner);
    if (all.has(name)) return;
    const ended = (cuid: string) => waiters.ended(cuid);
    all.set(name, new Orchestrator({ owner, engine, processes, clock, log, meter, ended }));
    kinds.set(name, kind);
  };
  for (const [company, { orchestrators }] of Object.entries(options.companies)) {
    for (const [orchestrator, { engine, kind = 'linear' }] of Object.entries(orchestrators)) {
      admit({ company, orchestrator }, engine, kind);
    }
  }

  const stopping = new AbortController();
  const app = createApp({
    processes,
    waiters,
    authenticate: (token) => authenticate(token),
    find: (owner) => all.get(nameOf(owner)) ?? null,
    orchestrators: () => [...all.values()],
    retention: options.retention,
    stopping: () => stopping.signal.aborted,
    meter,
    metrics: metrics ?? null,
    watcher: () => watcher,
    clock,
    log,
  });

  let started = false;
  let housekeeping: Promise<void> = Promise.resolve();
  let stopped: Promise<void> | null = null;

  /** What is too old goes, and what was deleted goes for good. Never rejects. */
  async function keepHouse(): Promise<void> {
    while (!stopping.signal.aborted) {
      const owners = [...all.values()].map((one) => one.owner);
      try {
        const before = clock.now() - options.retention;
        let swept: number;
        do swept = await processes.sweep(before, owners, limits.server.sweepRows);
        while (swept === limits.server.sweepRows);
        processes.forgetLog();
      } catch (error) {
        log?.error({ error: reasonOf(error) }, 'old results could not be deleted');
      }
      await clock.sleep(limits.server.sweep, stopping.signal);
    }
  }

  function configured(owner: Owner): Orchestrator {
    const found = all.get(nameOf(owner));
    if (found === undefined) {
      throw new Error(`no orchestrator ${owner.orchestrator} of company ${owner.company} is configured`);
    }
    return found;
  }

  function drain(): void {
    stopping.abort();
    waiters.release();
  }

  async function close(): Promise<void> {
    drain();
    await Promise.all([...all.values()].map((one) => one.stop()));
    await housekeeping;
    processes.close();
  }

  return {
    fetch: async (input, init) =>
      real(await app.fetch(input instanceof Request ? input : new Request(input, init), {})),
    local: fetchFrom((request) => app.fetch(request, {})),
    start() {
      if (started || stopping.signal.aborted) return;
      started = true;
      for (const one of all.values()) one.wake();
      housekeeping = keepHouse();
    },
    answer: async (request, client) => real(await app.fetch(request, { client })),
    admitBy(tokens, metricsToken) {
      const admitted = createAuthenticate(tokens);
      watcher = createGate(metricsToken);
      authenticate = admitted;
    },
    admit(company, orchestrator) {
      admit({ company, orchestrator }, null, 'linear');
      if (started) all.get(nameOf({ company, orchestrator }))?.wake();
    },
    setEngine: (company, orchestrator, engine) => configured({ company, orchestrator }).setEngine(engine),
    books(company, orchestrator, budget) {
      const { owner } = configured({ company, orchestrator });
      const books = new DatabaseBooks(owner, budget, { processes, meter, clock });
      budgets.set(nameOf(owner), books);
      return books;
    },
    drain,
    stop() {
      stopped ??= close();
      return stopped;
    },
  };
}

function nameOf(owner: Owner): string {
  return JSON.stringify([owner.company, owner.orchestrator]);
}
