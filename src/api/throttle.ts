import PQueue from 'p-queue';
import type { Clock } from '../base/clock.ts';

export interface Rate {
  readonly requests: number;
  readonly perMs: number;
}

/**
 * Bounds the requests to one API: how many are in flight and how many start in a span of time, POST and GET together.
 * Polls go first: finished work is worth more than new work.
 */
export class Throttle {
  readonly #queue: PQueue;
  readonly #clock: Clock;
  readonly #rate: Rate | null;
  /** When the last requests began, no more of them than may begin in one span. */
  #begun: number[] = [];
  #pause = new AbortController();
  /** A held GET occupies a slot while it waits: half of the slots stay free for submissions and plain polls. */
  readonly #holds: number;
  #held = 0;

  constructor(concurrency: number, rate: Rate | null, clock: Clock) {
    // Not by the queue's own intervalCap: that counts by the machine's clock, and one that is set back stops it.
    this.#queue = new PQueue({ concurrency });
    this.#clock = clock;
    this.#rate = rate;
    this.#holds = Math.floor(concurrency / 2);
    if (rate === null) return;
    this.#queue.on('active', () => this.#count(rate));
    // Nobody waits for the span to end: its timer would keep a process that stops alive.
    this.#queue.on('idle', () => this.#pause.abort());
  }

  /** Rejects with the signal's reason when it aborts, in the queue or under way. */
  submission<T>(signal: AbortSignal, request: () => Promise<T>): Promise<T> {
    return this.#add(request, { priority: 0, signal });
  }

  /** `request` is told whether it may ask the server to hold its answer. */
  poll<T>(signal: AbortSignal, request: (hold: boolean) => Promise<T>): Promise<T> {
    return this.#add(
      async () => {
        const hold = this.#held < this.#holds;
        if (!hold) return await request(false);
        this.#held++;
        try {
          return await request(true);
        } finally {
          this.#held--;
        }
      },
      { priority: 1, signal },
    );
  }

  #add<T>(request: () => Promise<T>, options: { priority: number; signal: AbortSignal }): Promise<T> {
    const added = this.#queue.add(request, options);
    if (this.#rate !== null && this.#pause.signal.aborted) this.#wait(this.#rate);
    return added;
  }

  /** Strict: in no span of that length more than so many, not even across the edge of two. */
  #count(rate: Rate): void {
    this.#begun.push(this.#clock.now());
    if (this.#begun.length > rate.requests) this.#begun.shift();
    if (this.#begun.length === rate.requests) this.#wait(rate);
  }

  /** Nothing begins until the oldest request of a full span is a span ago. */
  #wait(rate: Rate): void {
    const [oldest = 0] = this.#begun;
    const rest = this.#begun.length < rate.requests ? 0 : oldest + rate.perMs - this.#clock.now();
    this.#pause.abort();
    if (rest <= 0) {
      this.#queue.start();
      return;
    }
    this.#queue.pause();
    const pause = new AbortController();
    this.#pause = pause;
    void this.#clock.sleep(rest, pause.signal).then(() => {
      if (!pause.signal.aborted) this.#wait(rate);
    });
  }
}
