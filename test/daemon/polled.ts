import type { Clock } from '../../src/base/clock.ts';
import { ok } from '../../src/base/errors.ts';
import { poll } from '../../src/daemon/path.ts';
import type { Store } from '../../src/store/store.ts';
import { submitted } from '../triage/jobs.ts';
import type { Random } from '../vendor/random.ts';
import { laneOf } from './lane.ts';

/** GETs a message, and mean seconds from the end of a process to its discovery. */
export interface Cost {
  readonly gets: number;
  readonly delay: number;
}

export interface Vendor {
  /** Seconds that each process takes, in the order of their submission. */
  readonly latencies: readonly number[];
  /** Messages a second, at random times. */
  readonly arrivals?: number;
  readonly random: Random;
}

/** Time that passes as soon as there is nothing else to do. */
class VirtualClock implements Clock {
  #now = 1_700_000_000_000;
  /** A heap by time. */
  readonly #sleepers: { readonly at: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    let wanted = true;
    this.#push({ at: this.#now + Math.max(0, ms), wake: () => wanted && run() });
    return () => {
      wanted = false;
    };
  }

  /** Nobody stops before everything has ended. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Until nobody sleeps any more. */
  async run(): Promise<void> {
    for (let next = this.#pop(); next !== undefined; next = this.#pop()) {
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #push(sleeper: { readonly at: number; readonly wake: () => void }): void {
    const heap = this.#sleepers;
    let at = heap.push(sleeper) - 1;
    for (let parent = (at - 1) >> 1; at > 0; at = parent, parent = (at - 1) >> 1) {
      const above = heap[parent];
      if (above === undefined || above.at <= sleeper.at) break;
      heap[at] = above;
      heap[parent] = sleeper;
    }
  }

  #pop(): { readonly at: number; readonly wake: () => void } | undefined {
    const heap = this.#sleepers;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || last === top) return top;
    let at = 0;
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
      if (left === undefined) break;
      const child = right !== undefined && right.at < left.at ? right : left;
      if (child.at >= last.at) break;
      heap[at] = child;
      at = child === right ? 2 * at + 2 : 2 * at + 1;
    }
    heap[at] = last;
    return top;
  }
}

/** What the path itself, with a desk that learns as it goes, asks of a vendor, and how soon it knows, on a virtual clock. */
export async function polled({ latencies, arrivals = 1, random }: Vendor): Promise<Cost> {
  const clock = new VirtualClock();
  const endsAt = new Map<string, number>();
  const found = { gets: 0, delay: 0 };
  const lane = laneOf({
    store: { save: async () => true } as unknown as Store,
    clock,
    deadline: 3_600_000,
    random: () => random.next(),
    classifier: {
      // Whether it does shows at the first GET.
      get holds() {
        return found.gets > 0 ? false : null;
      },
      submit: () => Promise.reject(new Error('nothing is to be submitted')),
      result: async (cuid, _ref, _signal, begin) => {
        begin();
        found.gets++;
        const over = clock.now() - (endsAt.get(cuid) ?? 0);
        if (over < 0) return ok({ status: 'started' });
        found.delay += over / 1000;
        return ok({ status: 'completed', classification: 'any', confidence: 1, best: [], model: null });
      },
    },
  });
  const follow = async () => {
    for (const [id, latency] of latencies.entries()) {
      await clock.sleep((-1000 * Math.log(1 - random.next())) / arrivals);
      const [processCuid, submittedAt] = [`p${id}`, clock.now()];
      endsAt.set(processCuid, submittedAt + 1000 * latency);
      const nextAt = submittedAt + lane.parts.desk.firstPoll();
      void poll(lane, { ...submitted, id, processCuid, submittedAt, nextAt });
    }
  };
  await Promise.all([follow(), clock.run()]);
  return { gets: found.gets / latencies.length, delay: found.delay / latencies.length };
}
