import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

/** The only source of time. Tests inject their own; nothing else calls Date.now or setTimeout. */
export interface Clock {
  /**
   * Milliseconds since the epoch as it was when the process began, and from then on by a clock that nobody sets. For
   * whatever is waited for: when it is due, how old it is. What an earlier process noted may lie anywhere.
   */
  now(): number;
  /** What the machine's clock says. It may jump by a day: for records, and beside the dates of other machines. */
  date(): number;
  /** Resolves after `ms`, or at once when the signal aborts (it never rejects: look at the signal afterwards). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

const began = Date.now() - performance.now();

export const systemClock: Clock = {
  now: () => Math.round(began + performance.now()),
  date: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await delay(Math.max(0, ms), undefined, signal ? { signal } : {});
    } catch {
      // aborted: the caller looks at its signal
    }
  },
};
