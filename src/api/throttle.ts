import PQueue from 'p-queue';

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
  /** A held GET occupies a slot while it waits: half of the slots stay free for submissions and plain polls. */
  readonly #holds: number;
  #held = 0;

  constructor(concurrency: number, rate: Rate | null) {
    this.#queue = new PQueue(
      // Strict: in no span of that length more than so many, not even across the edge of two.
      rate === null ? { concurrency } : { concurrency, intervalCap: rate.requests, interval: rate.perMs, strict: true },
    );
    this.#holds = Math.floor(concurrency / 2);
  }

  /** Rejects with the signal's reason when it aborts, in the queue or under way. */
  submission<T>(signal: AbortSignal, request: () => Promise<T>): Promise<T> {
    return this.#queue.add(request, { priority: 0, signal });
  }

  /** `request` is told whether it may ask the server to hold its answer. */
  poll<T>(signal: AbortSignal, request: (hold: boolean) => Promise<T>): Promise<T> {
    return this.#queue.add(
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
}
