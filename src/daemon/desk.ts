import type { Clock } from '../base/clock.ts';
import { type Fault, failed, type Outcome, reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import type { Answer, Submission } from '../triage/answer.ts';
import {
  allowance,
  answered,
  type Breaker,
  calledOff,
  closedBreaker,
  couldNotAsk,
  probing,
} from '../triage/breaker.ts';
import type { Origin } from '../triage/job.ts';
import { Latency } from '../triage/schedule.ts';
import type { Classifier } from './ports.ts';

export interface DeskOptions {
  readonly classifier: Classifier;
  /** Unfinished processes at a time. */
  readonly pending: number;
  /** A process that has not ended by then is submitted once more, then fails. Milliseconds. */
  readonly deadline: number;
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
  /** Jobs that were taken up to be asked about, and those whose process runs, with their account. */
  readonly #unfinished = new Map<number, string>();
  readonly #shares = new Map<string, number>();
  /** Of them, those of old mail. */
  readonly #old = new Set<number>();
  #breaker: Breaker = closedBreaker;
  readonly #waiters = new Map<string, () => void>();
  /** What the last probe was. */
  #probe: 'submission' | 'poll' = 'submission';
  readonly #latency = new Latency();
  /** Since when nobody may ask freely; null while everybody may. */
  #awaySince: number | null = null;
  /** When the API last came back. */
  #backAt = Number.NEGATIVE_INFINITY;

  constructor(options: DeskOptions) {
    this.options = options;
  }

  /**
   * How many messages an account may take up now. While another one waits for a place, nobody gets more than an equal
   * share: a full mailbox does not keep the others from being sorted.
   */
  room(account: string): number {
    const { pending, clock } = this.options;
    const others = [...this.#waiters.keys()].filter((name) => name !== account);
    const share = Math.ceil(pending / new Set([...this.#shares.keys(), ...others, account]).size);
    const own = this.#shares.get(account) ?? 0;
    const free = Math.min(pending - this.#unfinished.size, others.length === 0 ? pending : share - own);
    const allowed = allowance(this.#breaker, clock.now());
    return Math.max(0, allowed === 'any' ? free : Math.min(free, allowed));
  }

  /** How many messages of old mail may be taken up beside: the rest of `pending` is kept free for new mail. */
  roomForOld(): number {
    return Math.max(0, Math.max(1, Math.floor(this.options.pending * limits.backfill.share)) - this.#old.size);
  }

  /** It counts against `pending` from here on, until it is released. */
  take(job: number, account: string, origin: Origin = 'watch'): void {
    if (this.#unfinished.has(job)) return;
    if (origin === 'backfill') this.#old.add(job);
    this.#unfinished.set(job, account);
    this.#shares.set(account, (this.#shares.get(account) ?? 0) + 1);
  }

  /** Its place is free again; who waited longest hears of it. */
  release(job: number): void {
    const account = this.#unfinished.get(job);
    if (account === undefined) return;
    this.#unfinished.delete(job);
    this.#old.delete(job);
    const left = (this.#shares.get(account) ?? 0) - 1;
    if (left > 0) this.#shares.set(account, left);
    else this.#shares.delete(account);
    for (const [name, wake] of this.#waiters) {
      if (name === account) continue;
      this.#waiters.delete(name);
      wake();
      break;
    }
  }

  /** Nothing of the account is under way any more: it has ended. */
  leave(account: string): void {
    this.#waiters.delete(account);
    for (const [job, of] of [...this.#unfinished]) if (of === account) this.release(job);
  }

  /** What was mended meanwhile is not to wait: while the API is away, one request may try at once. */
  askAgain(): void {
    if (this.#breaker.state === 'open') this.#breaker = { ...this.#breaker, until: this.options.clock.now() };
  }

  /** When asking may begin again; null while it may. */
  closedUntil(): number | null {
    return this.#breaker.state === 'open' ? this.#breaker.until : null;
  }

  /** True while the API answers: a fault now is this message's, not everybody's. */
  get answering(): boolean {
    return this.#breaker.state === 'closed';
  }

  get awaySince(): number | null {
    return this.#awaySince;
  }

  /** Why nobody asks, for a person; null while everybody may. */
  get away(): string | null {
    return this.#breaker.state === 'closed' ? null : this.#breaker.why;
  }

  /** For an account that has something to submit: `wake` is called once, when there may be room for it. */
  whenRoom(account: string, wake: () => void): void {
    this.#waiters.set(account, wake);
  }

  /** null: nothing was sent. The API is away, and it is too early to ask or somebody else is probing. */
  submit(submission: Submission, signal: AbortSignal): Promise<Outcome<{ readonly processCuid: string }> | null> {
    return this.#ask('submission', signal, (begin) => this.options.classifier.submit(submission, signal, begin));
  }

  /** null: as above. */
  result(
    processCuid: string,
    externalRef: string,
    signal: AbortSignal,
    behind = false,
  ): Promise<Outcome<Answer> | null> {
    return this.#ask('poll', signal, (begin) =>
      this.options.classifier.result(processCuid, externalRef, signal, begin, behind),
    );
  }

  /** An answer about a message of the account comes as soon as there is one: its process runs, and the API holds our GET. */
  expects(account: string): boolean {
    return this.options.classifier.holds === true && this.#shares.has(account);
  }

  /** How long after a submission the first GET goes out: at once where it is held. */
  firstPoll(): number {
    const { holds } = this.options.classifier;
    // Until it is known, asking tells: a server that holds nothing is asked once too often by the first few.
    return holds === false ? this.#learned(0) : 0;
  }

  /** How long until the next GET of a process that is `age` old. */
  nextPoll(age: number): number {
    // What was asked to find out whether answers are held is asked for again when nobody knows better.
    return age < limits.api.pollMin ? limits.api.pollMin - age : this.#learned(age);
  }

  #learned(age: number): number {
    return this.#latency.next(age, limits.api.pollPrice, this.options.random);
  }

  /**
   * What an answer about a process tells of all: it began at `began`, and was last known to run at the age of `from`. One
   * that lived through an outage tells nothing.
   */
  learn(answer: Answer, began: number, from: number, age: number): void {
    if (began < this.#backAt) return;
    if (answer.status === 'started') this.#latency.ran(from, age);
    else if (answer.status !== 'lost') this.#latency.ended(from, age);
  }

  async #ask<T>(
    kind: 'submission' | 'poll',
    signal: AbortSignal,
    question: (begin: () => boolean) => Promise<Outcome<T>>,
  ): Promise<Outcome<T> | null> {
    let begun: 'no' | 'freely' | 'as probe' = 'no';
    const begin = (): boolean => {
      const allowed = allowance(this.#breaker, this.options.clock.now());
      if (allowed === 0 || (allowed === 1 && kind === 'poll' && this.#submissionsFirst())) return false;
      begun = allowed === 'any' ? 'freely' : 'as probe';
      if (begun === 'as probe') this.#probe = kind;
      this.#breaker = probing(this.#breaker);
      return true;
    };
    const heard = (outcome: Outcome<T>): Outcome<T> | null => {
      // A request that we cut off ourselves says nothing about the API; others may ask on, where one account ended alone.
      if (signal.aborted) {
        if (begun === 'as probe') this.#breaker = calledOff(this.#breaker, this.options.clock.now());
        return outcome;
      }
      return begun === 'no' ? null : this.#heard(outcome, begun === 'as probe');
    };
    try {
      return heard(await question(begin));
    } catch (error) {
      // A fault of ours. Without a word about the probe nobody would ever ask again.
      heard(failed('temporary', 'internal', reasonOf(error)));
      throw error;
    }
  }

  /**
   * A process that nobody can be asked about is due at every probe, and would keep all new mail waiting: after it, one
   * submission has the first go.
   */
  #submissionsFirst(): boolean {
    const since = this.options.clock.now() - (this.closedUntil() ?? 0);
    return this.#probe === 'poll' && this.#waiters.size > 0 && since < limits.api.headStart;
  }

  #heard<T>(outcome: Outcome<T>, probe: boolean): Outcome<T> {
    const before = this.#breaker;
    if (outcome.ok || outcome.fault.kind === 'permanent') this.#breaker = answered();
    // While a probe is under way it alone says whether the API is back.
    else if (probe || before.state !== 'half-open') this.#breaker = this.#missed(outcome.fault);
    if (before.state !== 'closed' && this.#breaker.state === 'closed') {
      this.options.log.info({ faults: before.faults }, 'the classification API answers again');
      this.#awaySince = null;
      this.#backAt = this.options.clock.now();
      const waiters = [...this.#waiters.values()];
      this.#waiters.clear();
      for (const wake of waiters) wake();
    }
    return outcome;
  }

  #missed(fault: Fault): Breaker {
    const { clock, log, random } = this.options;
    const next = couldNotAsk(this.#breaker, fault, clock.now(), random);
    if (next.state === 'open' && this.#breaker.state === 'closed') {
      this.#awaySince = clock.now();
      const seconds = Math.round((next.until - clock.now()) / 1000);
      const line = `${fault.message}; nothing is submitted for ${seconds} s, then one request tries`;
      if (fault.kind === 'unauthorized') log.error({ code: fault.code }, line);
      else log.warn({ code: fault.code }, line);
    }
    return next;
  }
}
