import type { Clock } from '../../src/base/clock.ts';

export interface ManualClock extends Clock {
  /** Wakes everybody whose time has come by then. */
  advance(ms: number): void;
  /** How many are asleep. */
  readonly sleepers: number;
}

/** Time that passes when the test says so. */
export function manualClock(): ManualClock {
  let now = 0;
  const waiting = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    now: () => now,
    date: () => now,
    get sleepers() {
      return waiting.size;
    },
    sleep(ms, signal) {
      if (signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const sleeper = {
          at: now + ms,
          wake: () => {
            waiting.delete(sleeper);
            signal?.removeEventListener('abort', sleeper.wake);
            resolve();
          },
        };
        waiting.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake);
      });
    },
    advance(ms) {
      now += ms;
      for (const sleeper of [...waiting]) if (sleeper.at <= now) sleeper.wake();
    },
  };
}
