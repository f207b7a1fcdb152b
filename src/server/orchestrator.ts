import { setMaxListeners } from 'node:events';
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import { type Engine, type Mail, NoAnswer, type Prediction } from '../engine/engine.ts';
import type { Meter } from './meter.ts';
import type { Ending, Owner, Processes, Waiting } from './processes.ts';

export interface OrchestratorOptions {
  readonly owner: Owner;
  readonly engine: Engine | null;
  readonly processes: Processes;
  readonly clock: Clock;
  readonly log: Logger | null;
  readonly meter: Meter;
  /** Called after the commit that ended a process. */
  readonly ended: (cuid: string) => void;
}

/**
 * One orchestrator at work: takes its accepted mail in order, asks its engine, and ends the processes. That a
 * classification begins is committed before it does. What an earlier run was in the middle of when it died comes first
 * and one by one: so only the mail that ends the process uses up its starts, and not its neighbours.
 */
export class Orchestrator {
  readonly owner: Owner;
  readonly #options: OrchestratorOptions;
  readonly #stop = new AbortController();
  /** By the sequence number of the mail. */
  readonly #busy = new Map<number, Promise<void>>();
  #engine: Engine | null;
  #taking: Promise<void> | null = null;
  /** Somebody called `wake` while mail was being taken: there may be more than was seen. */
  #woken = false;
  /** What an earlier run began and did not end; null: not looked at yet. */
  #suspects: Waiting[] | null = null;
  /** Begun, and not decided when the service stopped. */
  readonly #left: number[] = [];
  #asked = 0;

  constructor(options: OrchestratorOptions) {
    this.owner = options.owner;
    this.#options = options;
    this.#engine = options.engine;
    // Every mail that waits for another try listens to it.
    setMaxListeners(0, this.#stop.signal);
  }

  get engine(): Engine | null {
    return this.#engine;
  }

  /** The next mail goes to this engine; what is under way ends with the one that began it. */
  setEngine(engine: Engine | null): void {
    this.#engine = engine;
    this.wake();
  }

  /** Something may have been accepted, or a place may be free. */
  wake(): void {
    this.#woken = true;
    this.#taking ??= this.#take().finally(() => {
      this.#taking = null;
      if (this.#woken) this.wake();
    });
  }

  /** Answers at once, past the queue; null where too many are asked at the same time. Throws as the engine does. */
  async ask(mail: Mail, engine: Engine): Promise<Prediction | null> {
    if (this.#asked >= limits.server.inFlight) return null;
    this.#asked++;
    try {
      return await this.#classify(engine, mail);
    } finally {
      this.#asked--;
    }
  }

  /** Takes nothing more; resolves when what was begun has ended, or after limits.server.drain. It stays `started`. */
  async stop(): Promise<void> {
    this.#stop.abort();
    const done = new AbortController();
    const late = this.#options.clock.sleep(limits.server.drain, done.signal);
    const ended = Promise.resolve(this.#taking).then(() => Promise.all(this.#busy.values()));
    await Promise.race([ended, late]);
    done.abort();
    // What a stop leaves behind did not end the process: it begins anew without a mark.
    await this.#options.processes.release([...this.#busy.keys(), ...this.#left]).catch(() => undefined);
  }

  get #idle(): boolean {
    return this.#engine === null || this.#stop.signal.aborted || this.#busy.size >= limits.server.inFlight;
  }

  /** Never rejects. */
  async #take(): Promise<void> {
    const { processes, log, clock } = this.#options;
    try {
      await this.#takeSuspects();
      while (this.#woken && !this.#idle) {
        this.#woken = false;
        const mails = await processes.begin(this.owner, limits.server.inFlight - this.#busy.size);
        const engine = this.#engine;
        if (engine === null || this.#stop.signal.aborted) {
          await processes.release(mails.map(({ seq }) => seq));
          return;
        }
        let began = clock.now();
        for (const [index, mail] of mails.entries()) {
          void this.#start(mail, engine);
          // An engine that thinks in this thread does so at once: others have their turn in between.
          if (clock.now() - began < limits.server.turn) continue;
          await new Promise((resolve) => setImmediate(resolve));
          if (this.#stop.signal.aborted) {
            await processes.release(mails.slice(index + 1).map(({ seq }) => seq));
            return;
          }
          began = clock.now();
        }
        // As many as were asked for: there may be more of them, once there is room.
        if (mails.length > 0) this.#woken = true;
      }
    } catch (error) {
      log?.error({ error: nameOf(error) }, 'the queue could not be read');
      this.#woken = true;
      await clock.sleep(limits.server.retryDelay, this.#stop.signal);
    }
    // Whoever frees a place, or brings an engine, wakes again.
    if (this.#idle) this.#woken = false;
  }

  async #takeSuspects(): Promise<void> {
    const { processes, log } = this.#options;
    if (this.#idle) return;
    this.#suspects ??= processes.begun(this.owner);
    for (let mail = this.#suspects[0]; mail !== undefined; mail = this.#suspects[0]) {
      if (this.#engine === null || this.#stop.signal.aborted) return;
      if (mail.starts >= limits.server.starts) {
        log?.error(
          { process: mail.cuid, starts: mail.starts },
          'a mail ended this service each time it was classified',
        );
        await this.#end(mail, { status: 'failed', model: this.#engine.version });
      } else {
        await processes.beginAgain(mail.seq);
        await this.#start(mail, this.#engine);
      }
      this.#suspects.shift();
    }
  }

  #start(mail: Waiting, engine: Engine): Promise<void> {
    const work = this.#work(mail, engine).then(() => {
      this.#busy.delete(mail.seq);
      this.wake();
    });
    this.#busy.set(mail.seq, work);
    return work;
  }

  /** Never rejects. A process whose end could not be decided before the stop is taken up after the start. */
  async #work(mail: Waiting, engine: Engine): Promise<void> {
    const ending = await this.#decide(mail, engine);
    if (ending === null) this.#left.push(mail.seq);
    else await this.#end(mail, ending);
  }

  async #end(mail: Waiting, ending: Ending): Promise<void> {
    const { clock, processes, ended, log, meter } = this.#options;
    for (let tries = 0; ; tries++) {
      try {
        const now = clock.now();
        if (await processes.end(mail.seq, ending, now)) {
          meter.ended(this.owner, ending.status, now - mail.acceptedAt);
          ended(mail.cuid);
        }
        return;
      } catch (error) {
        // A full disk, most likely: this mail was classified, so wait for room rather than ask again.
        if (tries === 0) log?.error({ process: mail.cuid, error: nameOf(error) }, 'a result could not be stored');
        if (this.#stop.signal.aborted) return;
        await clock.sleep(limits.server.retryDelay, this.#stop.signal);
      }
    }
  }

  /** null: the service stops before anybody answered. */
  async #decide(mail: Waiting, engine: Engine): Promise<Ending | null> {
    const { clock, log } = this.#options;
    const failed: Ending = { status: 'failed', model: engine.version };
    for (let tries = 1, asks = 0; ; ) {
      let wait: number = limits.server.retryDelay;
      try {
        const prediction = await this.#classify(engine, mail);
        const { label, confidence, alternatives: predictions, stated = false, by = engine.version } = prediction;
        if (stated) log?.info({ process: mail.cuid, model: by }, "the confidence is the model's own word");
        return { status: 'completed', label, confidence, predictions, stated, model: by };
      } catch (error) {
        if (error instanceof NoAnswer) {
          const { kind, code, retryAfter } = error.fault;
          if (error.asked) asks++;
          log?.[error.asked ? 'warn' : 'debug']({ process: mail.cuid, asks, code }, error.fault.message);
          if (kind === 'permanent' || asks >= limits.server.asks) return failed;
          const own = Math.min(limits.server.retryDelay * 2 ** asks, limits.server.asksWait);
          wait = Math.max(limits.server.retryDelay, retryAfter ?? own);
        } else {
          // The error's own text may quote the mail: only its name is told.
          log?.warn({ process: mail.cuid, tries, error: nameOf(error) }, 'the engine failed');
          if (tries++ >= limits.server.tries) return failed;
        }
      }
      await clock.sleep(wait, this.#stop.signal);
      if (this.#stop.signal.aborted) return null;
    }
  }

  /** Holds an engine to its word: what it never promised to say, it did not say. */
  async #classify(engine: Engine, { subject, body }: Mail): Promise<Prediction> {
    const { clock, meter } = this.#options;
    const began = clock.now();
    try {
      const prediction = await engine.classify({ subject, body });
      const { label, confidence } = prediction;
      if (!engine.labels.includes(label)) throw new RangeError('an engine named a label that it does not have');
      if (!(confidence >= 0 && confidence <= 1)) throw new RangeError('an engine gave a confidence outside 0 to 1');
      meter.classified(this.owner, 'answered', clock.now() - began);
      return prediction;
    } catch (error) {
      meter.classified(this.owner, error instanceof NoAnswer ? error.fault.code : 'broken', clock.now() - began);
      throw error;
    }
  }
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
