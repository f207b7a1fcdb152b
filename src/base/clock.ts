import { performance } from 'node:perf_hooks';
import { onAbort } from './abort.ts';

/** The only source of time. Tests inject their own; nothing else calls Date.now or setTimeout. */
export interface Clock {
  /**
   * Milliseconds since the epoch as it was when the process began, and from then on by a clock that nobody sets. For
   * whatever is waited for: when it is due, how old it is. What an earlier process noted may lie anywhere.
   */
  now(): number;
  /** What the machine's clock says. It may jump by a day: for records, and beside the dates of other machines. */
  date(): number;
  /** Calls `run` once `ms` have passed, unless what it answers is called before. What a thousand deadlines cost is this. */
  after(ms: number, run: () => void): () => void;
  /** Resolves after `ms`, or at once when the signal aborts (it never rejects: look at the signal afterwards). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** `sleep` of a clock that has an `after`. */
export function sleepBy(after: Clock['after']): Clock['sleep'] {
  return (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const end = () => {
        callOff();
        leave?.();
        resolve();
      };
      const callOff = after(ms, end);
      const leave = signal && onAbort(signal, end);
    });
}

const began = Date.now() - performance.now();

const after: Clock['after'] = (ms, run) => {
  const timer = setTimeout(run, Math.max(0, ms));
  return () => clearTimeout(timer);
};

export const systemClock: Clock = {
  now: () => Math.round(began + performance.now()),
  date: () => Date.now(),
  after,
  sleep: sleepBy(after),
};
