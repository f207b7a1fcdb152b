import PQueue from 'p-queue';
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';

export interface Rate {
  readonly requests: number;
  readonly perMs: number;
}

/** What a request is told when its turn has come, and what it tells back. */
export interface Turn {
  /** It may ask the server to hold its answer. */
  readonly hold: boolean;
  /** 429: too many. From now on less is asked, down to where the server stops saying so. */
  throttled(): void;
  /** An answer: a little more may be asked again, up to the rate. */
  served(): void;
}

/**
 * Bounds the requests to one API: how many are in flight and how many start in a span of time, POST and GET together.
 * Polls go first: finished work is worth more than new work. The rate is only the most that is asked; a server that
 * allows less says so with 429, and is met as networks do it: half as much at once, and slowly more again.
 *
 * The queue has a rate of its own, which is fixed and goes by the machine's clock: here it waits in `pause` instead.
 */
export class Throttle {
  readonly #queue: PQueue;
  readonly #rate: Rate | null;
  readonly #clock: Clock;
  /** A held GET occupies a slot while it waits: half of the slots stay free for submissions and plain polls. */
  readonly #holds: number;
  #held = 0;
  /** When the last requests started; no more of them than the rate allows in its span. */
  #starts: number[] = [];
  /** Milliseconds between two starts, since the server said 429; 0: only the rate counts. */
  #gap = 0;
  #slowedAt = 0;
  /** Starts the queue again when the next request may leave; aborted when nobody waits any more. */
  #due: AbortController | null = null;

  constructor(concurrency: number, rate: Rate | null, clock: Clock) {
    this.#queue = new PQueue({ concurrency });
    this.#rate = rate;
    this.#clock = clock;
    this.#holds = Math.floor(concurrency / 2);
  }

  /**
   * Rejects with the signal's reason when it aborts, in the queue or under way. `begin` is asked when the turn has come,
   * right before the request leaves; where it says no, `request` is not called, no turn is used up, and null is the answer.
   */
  submission<T>(signal: AbortSignal, begin: () => boolean, request: (turn: Turn) => Promise<T>): Promise<T | null> {
    return this.#enter(0, signal, begin, request);
  }

  poll<T>(signal: AbortSignal, begin: () => boolean, request: (turn: Turn) => Promise<T>): Promise<T | null> {
    return this.#enter(1, signal, begin, request);
  }

  async #enter<T>(
    priority: 0 | 1,
    signal: AbortSignal,
    begin: () => boolean,
    request: (turn: Turn) => Promise<T>,
  ): Promise<T | null> {
    const turn = this.#queue.add(async () => (begin() ? await this.#run(request, priority === 1) : null), {
      priority,
      signal,
    });
    this.#pace();
    try {
      return await turn;
    } finally {
      if (this.#queue.size === 0) this.#due?.abort();
    }
  }

  /** Called, as the queue does, in the same turn of the event loop in which it lets the next one go. */
  async #run<T>(request: (turn: Turn) => Promise<T>, holding: boolean): Promise<T> {
    const startedAt = this.#clock.now();
    if (this.#rate !== null) this.#starts = [...this.#starts, startedAt].slice(-this.#rate.requests);
    this.#pace();
    const hold = holding && this.#held < this.#holds;
    if (hold) this.#held++;
    try {
      return await request({ hold, throttled: () => this.#slow(startedAt), served: () => this.#hasten() });
    } finally {
      if (hold) this.#held--;
    }
  }

  /** Holds the queue until the next request may start, if it may not yet. */
  #pace(): void {
    const wait = this.#wait();
    if (wait <= 0) {
      this.#queue.start();
      return;
    }
    this.#queue.pause();
    if (this.#due !== null || this.#queue.size === 0) return;
    const due = new AbortController();
    this.#due = due;
    void this.#clock.sleep(wait, due.signal).then(() => {
      this.#due = null;
      if (this.#queue.size > 0) this.#pace();
    });
  }

  /** How long until the next request may start. */
  #wait(): number {
    const now = this.#clock.now();
    const last = this.#starts.at(-1);
    if (this.#rate === null || last === undefined) return 0;
    const [first] = this.#starts;
    const full = first !== undefined && this.#starts.length >= this.#rate.requests;
    return Math.max(full ? first + this.#rate.perMs - now : 0, this.#gap === 0 ? 0 : last + this.#gap - now);
  }

  #slow(startedAt: number): void {
    // What was under way when we slowed down is the same news.
    if (this.#rate === null || startedAt < this.#slowedAt) return;
    this.#slowedAt = this.#clock.now() + 1;
    const least = (2 * this.#rate.perMs) / this.#rate.requests;
    this.#gap = Math.max(least, Math.min(2 * this.#gap, Math.max(least, limits.api.gapMax)));
  }

  #hasten(): void {
    if (this.#rate === null || this.#gap === 0) return;
    const most = this.#rate.requests / this.#rate.perMs;
    const rate = 1 / this.#gap + most * limits.api.regain;
    this.#gap = rate >= most ? 0 : 1 / rate;
  }
}
