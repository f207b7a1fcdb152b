import { type Clock, sleepBy } from '../../src/base/clock.ts';

/** A clock that stands still until it is told. `sleepers` says who waits, so that a test knows when to advance. */
export class HandClock implements Clock {
  #now: number;
  #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  constructor(now = Date.parse('2026-03-01T12:00:00Z')) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  date(): number {
    return this.#now;
  }

  get sleepers(): number {
    return this.#sleepers.size;
  }

  readonly after: Clock['after'] = (ms, run) => {
    const sleeper = {
      at: this.#now + Math.max(0, ms),
      wake: () => {
        this.#sleepers.delete(sleeper);
        run();
      },
    };
    this.#sleepers.add(sleeper);
    return () => void this.#sleepers.delete(sleeper);
  };

  /** What takes no time is over at once. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return ms <= 0 ? Promise.resolve() : sleepBy(this.after)(ms, signal);
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of [...this.#sleepers]) if (sleeper.at <= this.#now) sleeper.wake();
  }
}
