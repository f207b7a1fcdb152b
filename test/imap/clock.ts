import { type Clock, sleepBy } from '../../src/base/clock.ts';

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
  const after: Clock['after'] = (ms, run) => {
    const sleeper = {
      at: now + ms,
      wake: () => {
        waiting.delete(sleeper);
        run();
      },
    };
    waiting.add(sleeper);
    return () => void waiting.delete(sleeper);
  };
  return {
    now: () => now,
    date: () => now,
    get sleepers() {
      return waiting.size;
    },
    after,
    sleep: sleepBy(after),
    advance(ms) {
      now += ms;
      for (const sleeper of [...waiting]) if (sleeper.at <= now) sleeper.wake();
    },
  };
}
