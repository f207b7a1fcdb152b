import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import { Pace } from './pace.ts';

export interface Rate {
  readonly requests: number;
  readonly perMs: number;
}

/** What a request is told when its turn has come, and what it tells back. */
export interface Turn {
  /** It may ask the server to hold its answer. */
  readonly hold: boolean;
  /** 429: too many. */
  throttled(): void;
  /** An answer. `held`: the server holds the answers of those who ask for it. */
  served(held: boolean): void;
}

interface Waiting {
  readonly signal: AbortSignal;
  readonly since: number;
  go(hold: boolean): void;
  leave(): void;
}

/**
 * Bounds the requests to one API: how many are in flight and how many start in a span of time, POST and GET together.
 * Polls go first: finished work is worth more than new work. The rate is only the most that is asked: `Pace` finds out
 * how much the server takes.
 */
export class Throttle {
  readonly #concurrency: number;
  readonly #rate: Rate | null;
  readonly #clock: Clock;
  readonly #pace: Pace | null;
  readonly #polls = new Line();
  readonly #submissions = new Line();
  /** Of what can wait: behind all of the others. */
  readonly #latePolls = new Line();
  readonly #lateSubmissions = new Line();
  /** Those whose abort is listened to: one listener for each, however many requests wait with it. */
  readonly #signals = new WeakSet<AbortSignal>();
  #running = 0;
  #held = 0;
  /** When the last requests started, as a ring; no more of them than the rate allows in its span. */
  readonly #starts: Float64Array;
  #started = 0;
  /** When the next one may, by the pace. */
  #nextAt = Number.NEGATIVE_INFINITY;
  /** When it is looked again who may leave; called off when nobody waits any more. */
  #due: { readonly at: number; readonly callOff: () => void } | null = null;
  /** Whether the server holds its answers; null as long as it was not asked to. */
  holds: boolean | null = null;

  constructor(concurrency: number, rate: Rate | null, clock: Clock) {
    this.#concurrency = concurrency;
    this.#rate = rate;
    this.#clock = clock;
    this.#pace = rate === null ? null : new Pace(rate.requests / rate.perMs, clock.now());
    this.#starts = new Float64Array(rate?.requests ?? 0);
  }

  /**
   * Rejects with the signal's reason when it aborts in the queue. `begin` is asked when the turn has come, right before
   * the request leaves; where it says no, `request` is not called, no turn is used up, and null is the answer.
   */
  submission<T>(
    signal: AbortSignal,
    begin: () => boolean,
    request: (turn: Turn) => Promise<T>,
    behind = false,
  ): Promise<T | null> {
    return this.#enter(behind ? this.#lateSubmissions : this.#submissions, signal, begin, request);
  }

  poll<T>(
    signal: AbortSignal,
    begin: () => boolean,
    request: (turn: Turn) => Promise<T>,
    behind = false,
  ): Promise<T | null> {
    return this.#enter(behind ? this.#latePolls : this.#polls, signal, begin, request);
  }

  #enter<T>(
    line: Line,
    signal: AbortSignal,
    begin: () => boolean,
    request: (turn: Turn) => Promise<T>,
  ): Promise<T | null> {
    if (signal.aborted) return Promise.reject(signal.reason);
    this.#listen(signal);
    return new Promise((resolve, reject) => {
      line.join({
        signal,
        since: this.#clock.now(),
        go: (hold) => {
          try {
            if (begin()) this.#run(request, hold).then(resolve, reject);
            else resolve(null);
          } catch (error) {
            reject(error);
          }
        },
        leave: () => reject(signal.reason),
      });
      this.#next();
    });
  }

  #listen(signal: AbortSignal): void {
    if (this.#signals.has(signal)) return;
    this.#signals.add(signal);
    const stop = () => {
      for (const line of this.#lines) for (const one of line.leaving(signal)) one.leave();
      this.#next();
    };
    signal.addEventListener('abort', stop, { once: true });
  }

  /** In the order in which they are served. */
  get #lines(): readonly Line[] {
    return [this.#polls, this.#submissions, this.#latePolls, this.#lateSubmissions];
  }

  /** Lets go whoever may go. */
  #next(): void {
    while (this.#running < this.#concurrency) {
      const now = this.#clock.now();
      const next = this.#choose(now);
      if (next === null) break;
      const wait = typeof next === 'number' ? next : this.#wait(now);
      if (wait > 0) {
        this.#lookAgain(now + wait);
        return;
      }
      if (typeof next === 'object') next.line.leave()?.go(next.hold);
    }
    this.#due?.callOff();
    this.#due = null;
  }

  /** Who is next; where all are to have patience, for how long; null: nobody waits. */
  #choose(now: number): { readonly line: Line; readonly hold: boolean } | number | null {
    let patience: number | null = null;
    for (const line of this.#lines) {
      const { first } = line;
      if (first === undefined) continue;
      if (line === this.#submissions || line === this.#lateSubmissions) return { line, hold: false };
      const hold = this.holds !== false && this.#held < this.#mayHold(line);
      // Where answers are held, asking without is asking twice: so a poll waits a little for others to be answered.
      const patient = this.holds === true && !hold ? first.since + limits.api.holdWait - now : 0;
      if (patient <= 0) return { line, hold };
      patience = Math.min(patience ?? patient, patient);
    }
    return patience;
  }

  /**
   * A held GET occupies a slot while it waits: half of the slots stay free for submissions and plain polls, and a quarter
   * while none of either waits, as a GET that leaves late hears late. Of what can wait only a quarter is held.
   */
  #mayHold(line: Line): number {
    if (line === this.#latePolls) return Math.floor(this.#concurrency / 2) / 2;
    const atRest = this.#submissions.first === undefined && this.#lateSubmissions.first === undefined;
    return Math.floor(this.#concurrency * (atRest ? 0.75 : 0.5));
  }

  #lookAgain(at: number): void {
    if (this.#due !== null && this.#due.at <= at) return;
    this.#due?.callOff();
    const callOff = this.#clock.after(at - this.#clock.now(), () => {
      this.#due = null;
      this.#next();
    });
    this.#due = { at, callOff };
  }

  async #run<T>(request: (turn: Turn) => Promise<T>, hold: boolean): Promise<T> {
    this.#start(this.#clock.now());
    this.#running++;
    if (hold) this.#held++;
    const pace = this.#pace;
    const epoch = pace?.sent();
    try {
      return await request({
        hold,
        throttled: () => {
          if (epoch) pace?.refused(epoch, this.#clock.now());
        },
        served: (held) => {
          if (hold) this.holds = held;
          if (epoch) pace?.served(epoch, this.#clock.now());
        },
      });
    } finally {
      this.#running--;
      if (hold) this.#held--;
      this.#next();
    }
  }

  #start(now: number): void {
    if (this.#rate === null) return;
    this.#starts[this.#started++ % this.#rate.requests] = now;
    // A timer is late by a millisecond or more: what was missed so is caught up.
    this.#nextAt = Math.max(this.#nextAt, now - limits.api.paceSlack) + (this.#pace?.gap ?? 0);
  }

  /** How long until the next request may start. */
  #wait(now: number): number {
    if (this.#rate === null) return 0;
    const { requests, perMs } = this.#rate;
    const oldest = this.#started < requests ? Number.NEGATIVE_INFINITY : this.#starts[this.#started % requests];
    return Math.max((oldest ?? 0) + perMs - now, this.#pace?.gap === 0 ? 0 : this.#nextAt - now);
  }
}

/** First come, first served, and constant time however many wait. */
class Line {
  #waiting: Waiting[] = [];
  #gone = 0;

  get first(): Waiting | undefined {
    return this.#waiting[this.#gone];
  }

  join(one: Waiting): void {
    this.#waiting.push(one);
  }

  leave(): Waiting | undefined {
    const first = this.first;
    if (first === undefined) return undefined;
    this.#gone++;
    if (2 * this.#gone >= this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#gone);
      this.#gone = 0;
    }
    return first;
  }

  /** Those that came with the signal leave. */
  leaving(signal: AbortSignal): Waiting[] {
    const all = this.#waiting.slice(this.#gone);
    this.#waiting = all.filter((one) => one.signal !== signal);
    this.#gone = 0;
    return all.filter((one) => one.signal === signal);
  }
}
