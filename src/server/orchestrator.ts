import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import type { Engine, Mail, Prediction } from '../engine/engine.ts';
import type { Ending, Owner, Processes, Waiting } from './processes.ts';

export interface OrchestratorOptions {
  readonly owner: Owner;
  readonly engine: Engine | null;
  readonly processes: Processes;
  readonly clock: Clock;
  readonly log: Logger | null;
  /** Called after the commit that ended a process. */
  readonly ended: (cuid: string) => void;
}

/** One orchestrator at work: takes its accepted mail in order, asks its engine, and ends the processes. */
export class Orchestrator {
  readonly owner: Owner;
  readonly #options: OrchestratorOptions;
  readonly #stop = new AbortController();
  readonly #busy = new Set<Promise<void>>();
  #engine: Engine | null;
  #page: Waiting[] = [];
  /** What was taken last. Sequence numbers only grow, so nothing below it is taken twice by this process. */
  #taken = 0;
  #asked = 0;

  constructor(options: OrchestratorOptions) {
    this.owner = options.owner;
    this.#options = options;
    this.#engine = options.engine;
  }

  get engine(): Engine | null {
    return this.#engine;
  }

  /** The next mail goes to this engine; what is under way ends with the one that began it. */
  setEngine(engine: Engine | null): void {
    this.#engine = engine;
    this.wake();
  }

  /** Something may have been accepted. */
  wake(): void {
    while (this.#engine !== null && !this.#stop.signal.aborted && this.#busy.size < limits.server.inFlight) {
      const next = this.#next();
      if (next === null) return;
      const work = this.#work(next, this.#engine);
      this.#busy.add(work);
      void work.then(() => {
        this.#busy.delete(work);
        this.wake();
      });
    }
  }

  /** Answers at once, past the queue; null where too many are asked at the same time. Throws as the engine does. */
  async ask(mail: Mail, engine: Engine): Promise<Prediction | null> {
    if (this.#asked >= limits.server.inFlight) return null;
    this.#asked++;
    try {
      return await classify(engine, mail);
    } finally {
      this.#asked--;
    }
  }

  /** Takes nothing more; resolves when what was begun has ended, or after limits.server.drain. It stays `started`. */
  async stop(): Promise<void> {
    this.#stop.abort();
    const done = new AbortController();
    const late = this.#options.clock.sleep(limits.server.drain, done.signal);
    await Promise.race([Promise.all(this.#busy), late]);
    done.abort();
  }

  #next(): Waiting | null {
    const { processes, log, clock } = this.#options;
    if (this.#page.length === 0) {
      try {
        this.#page = processes.waiting(this.owner, this.#taken, limits.server.inFlight).reverse();
      } catch (error) {
        log?.error({ error: nameOf(error) }, 'the queue could not be read');
        void clock.sleep(limits.server.retryDelay, this.#stop.signal).then(() => this.wake());
      }
    }
    const next = this.#page.pop();
    if (next === undefined) return null;
    this.#taken = next.seq;
    return next;
  }

  /** Never rejects. A process whose end could not be decided or committed before the stop is taken up after the start. */
  async #work(mail: Waiting, engine: Engine): Promise<void> {
    const { clock, processes, ended, log } = this.#options;
    const ending = await this.#decide(mail, engine);
    for (let tries = 0; ending !== null; tries++) {
      try {
        if (await processes.end(mail.seq, ending, clock.now())) ended(mail.cuid);
        return;
      } catch (error) {
        // A full disk, most likely: this mail was classified, so wait for room rather than ask again.
        if (tries === 0) log?.error({ process: mail.cuid, error: nameOf(error) }, 'a result could not be stored');
        if (this.#stop.signal.aborted) return;
        await clock.sleep(limits.server.retryDelay, this.#stop.signal);
      }
    }
  }

  async #decide(mail: Waiting, engine: Engine): Promise<Ending | null> {
    const { clock, log } = this.#options;
    for (let tries = 1; ; tries++) {
      try {
        const { label, confidence } = await classify(engine, mail);
        return { status: 'completed', label, confidence, model: engine.version };
      } catch (error) {
        // The error's own text may quote the mail: only its name is told.
        log?.warn({ process: mail.cuid, tries, error: nameOf(error) }, 'the engine failed');
        if (tries >= limits.server.tries) return { status: 'failed', model: engine.version };
        await clock.sleep(limits.server.retryDelay, this.#stop.signal);
        if (this.#stop.signal.aborted) return null;
      }
    }
  }
}

/** Holds an engine to its word: what it never promised to say, it did not say. */
async function classify(engine: Engine, { subject, body }: Mail): Promise<Prediction> {
  const prediction = await engine.classify({ subject, body });
  const { label, confidence } = prediction;
  if (!engine.labels.includes(label)) throw new RangeError('an engine named a label that it does not have');
  if (!(confidence >= 0 && confidence <= 1)) throw new RangeError('an engine gave a confidence outside 0 to 1');
  return prediction;
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
