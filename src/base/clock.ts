import { setTimeout as delay } from 'node:timers/promises';

/** The only source of time. Tests inject their own; nothing else calls Date.now or setTimeout. */
export interface Clock {
  /** Milliseconds since the epoch. It may jump: compare stored times with tolerance, never assume order. */
  now(): number;
  /** Resolves after `ms`, or at once when the signal aborts (it never rejects: look at the signal afterwards). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await delay(Math.max(0, ms), undefined, signal ? { signal } : {});
    } catch {
      // aborted: the caller looks at its signal
    }
  },
};
