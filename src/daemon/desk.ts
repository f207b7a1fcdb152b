import type { Clock } from '../base/clock.ts';
import type { Fault, Outcome } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Answer, Submission } from '../triage/answer.ts';
import { allowance, answered, type Breaker, closedBreaker, couldNotAsk, probing } from '../triage/breaker.ts';
import type { Classifier } from './ports.ts';

export interface DeskOptions {
  readonly classifier: Classifier;
  /** Unfinished processes at a time. */
  readonly pending: number;
  /** A process that has not ended by then is submitted once more, then fails. Milliseconds. */
  readonly deadline: number;
  /** How long after the submission the first GET goes out. 0 for a service that holds the answer. */
  readonly firstPoll: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
}

/**
 * Where questions to one API are put: all accounts that share it share its breaker and its bounds. While the API
 * is away nobody asks but one probe at a time, and the log says so once.
 */
export class Desk {
  readonly options: DeskOptions;
  /** Jobs whose POST is under way or whose process runs. They count against `pending`. */
  readonly unfinished = new Set<number>();
  #breaker: Breaker = closedBreaker;
  #waiters = new Set<() => void>();

  constructor(options: DeskOptions) {
    this.options = options;
  }

  /** How many submissions may begin now. */
  room(): number {
    const free = Math.max(0, this.options.pending - this.unfinished.size);
    const allowed = allowance(this.#breaker, this.options.clock.now());
    return allowed === 'any' ? free : Math.min(free, allowed);
  }

  /** When asking may begin again; null while it may. */
  closedUntil(): number | null {
    return this.#breaker.state === 'open' ? this.#breaker.until : null;
  }

  /** True while the API answers: a fault now is this message's, not everybody's. */
  get answering(): boolean {
    return this.#breaker.state === 'closed';
  }

  /** Called once, when asking is possible again. */
  onceOpen(wake: () => void): void {
    this.#waiters.add(wake);
  }

  async submit(submission: Submission, signal: AbortSignal): Promise<Outcome<{ readonly processCuid: string }>> {
    this.#breaker = probing(this.#breaker);
    return this.#heard(await this.options.classifier.submit(submission, signal), signal);
  }

  /** null: the API is away and somebody else is probing, or it is too early to. */
  async result(processCuid: string, externalRef: string, signal: AbortSignal): Promise<Outcome<Answer> | null> {
    if (allowance(this.#breaker, this.options.clock.now()) === 0) return null;
    this.#breaker = probing(this.#breaker);
    return this.#heard(await this.options.classifier.result(processCuid, externalRef, signal), signal);
  }

  #heard<T>(outcome: Outcome<T>, signal: AbortSignal): Outcome<T> {
    // A request that we cut off ourselves says nothing about the API.
    if (signal.aborted) return outcome;
    const before = this.#breaker;
    this.#breaker = outcome.ok || outcome.fault.kind === 'permanent' ? answered() : this.#missed(outcome.fault);
    if (before.state !== 'closed' && this.#breaker.state === 'closed') {
      this.options.log.info({ faults: before.faults }, 'the classification API answers again');
      const waiters = [...this.#waiters];
      this.#waiters.clear();
      for (const wake of waiters) wake();
    }
    return outcome;
  }

  #missed(fault: Fault): Breaker {
    const { clock, log, random } = this.options;
    const next = couldNotAsk(this.#breaker, fault, clock.now(), random);
    if (next.state === 'open' && this.#breaker.state === 'closed') {
      const seconds = Math.round((next.until - clock.now()) / 1000);
      const line = `${fault.message}; nothing is submitted for ${seconds} s, then one request tries`;
      if (fault.kind === 'unauthorized') log.error({ code: fault.code }, line);
      else log.warn({ code: fault.code }, line);
    }
    return next;
  }
}
