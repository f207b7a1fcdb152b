import type { Clock } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import type { Engine } from '../engine/engine.ts';
import { createApp } from './app.ts';
import { Orchestrator } from './orchestrator.ts';
import { type Owner, Processes } from './processes.ts';
import { createAuthenticate } from './tokens.ts';
import { Waiters } from './waiters.ts';

export interface CompanyOptions {
  /** Several, so that they can be rotated; each the token itself or `sha256:` and its hash. Only hashes are kept. */
  readonly tokens: readonly string[];
  /** By id. An engine that is null has no model yet: its submissions are told 503. */
  readonly orchestrators: Readonly<Record<string, { readonly engine: Engine | null }>>;
}

export interface ServiceOptions {
  /** The queue's SQLite file; made where missing. One service has it open at a time. */
  readonly path: string;
  readonly companies: Readonly<Record<string, CompanyOptions>>;
  /** Milliseconds that a result, and the Idempotency-Key that led to it, is kept. */
  readonly retention: number;
  readonly clock: Clock;
  /** Access lines at level info, failures above it; null: none. */
  readonly log: Logger | null;
  /** Unfinished processes before 429; default limits.server.queue. */
  readonly queue?: number;
}

/** The classification service, without a socket: `fetch` is its whole HTTP side. */
export interface Service {
  /** As the global fetch, for our own client in this process. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Takes up what an earlier run accepted and did not end. */
  start(): void;
  /** Puts an engine in place while running; null takes it away. Throws where no such orchestrator is configured. */
  setEngine(company: string, orchestrator: string, engine: Engine | null): void;
  /** Refuses new requests with 503 and lets the held ones go: call it before the listener is closed. */
  drain(): void;
  /** Drains, lets the engines end what they began (limits.server.drain) and closes the database. */
  stop(): Promise<void>;
}

/** Throws a UserError where the database cannot be used or the tokens make no sense. */
export function createService(options: ServiceOptions): Service {
  const { clock, log } = options;
  const authenticate = createAuthenticate(
    new Map(Object.entries(options.companies).map(([company, { tokens }]) => [company, tokens])),
  );
  const processes = new Processes(options.path, options.queue ?? limits.server.queue);
  const waiters = new Waiters(clock);
  const all = new Map<string, Orchestrator>();
  for (const [company, { orchestrators }] of Object.entries(options.companies)) {
    for (const [orchestrator, { engine }] of Object.entries(orchestrators)) {
      const owner = { company, orchestrator };
      const ended = (cuid: string) => waiters.ended(cuid);
      all.set(nameOf(owner), new Orchestrator({ owner, engine, processes, clock, log, ended }));
    }
  }

  const stopping = new AbortController();
  const app = createApp({
    processes,
    waiters,
    authenticate,
    find: (owner) => all.get(nameOf(owner)) ?? null,
    orchestrators: () => [...all.values()],
    retention: options.retention,
    stopping: () => stopping.signal.aborted,
    clock,
    log,
  });

  let started = false;
  let housekeeping: Promise<void> = Promise.resolve();
  let stopped: Promise<void> | null = null;

  /** What is too old goes, and what was deleted goes for good. Never rejects. */
  async function keepHouse(): Promise<void> {
    const owners = [...all.values()].map((one) => one.owner);
    while (!stopping.signal.aborted) {
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
    fetch: async (input, init) => await app.fetch(input instanceof Request ? input : new Request(input, init)),
    start() {
      if (started || stopping.signal.aborted) return;
      started = true;
      for (const one of all.values()) one.wake();
      housekeeping = keepHouse();
    },
    setEngine(company, orchestrator, engine) {
      const found = all.get(nameOf({ company, orchestrator }));
      if (found === undefined) throw new Error(`no orchestrator ${orchestrator} of company ${company} is configured`);
      found.setEngine(engine);
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
