import type { Clock } from '../base/clock.ts';

/** Requests that wait for processes to end. A thousand of them cost a thousand entries and no polling. */
export class Waiters {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Set<() => void>>();
  #released = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Answers that are held now. */
  get held(): number {
    let held = 0;
    for (const one of this.#waiting.values()) held += one.size;
    return held;
  }

  /** Resolves when the process ended, `ms` passed, the client left, or the service stops. */
  wait(cuid: string, ms: number, client: AbortSignal): Promise<void> {
    if (this.#released || client.aborted) return Promise.resolve();
    const others = this.#waiting.get(cuid) ?? new Set();
    this.#waiting.set(cuid, others);
    return new Promise((resolve) => {
      const end = () => {
        callOff();
        client.removeEventListener('abort', end);
        others.delete(end);
        if (others.size === 0 && this.#waiting.get(cuid) === others) this.#waiting.delete(cuid);
        resolve();
      };
      const callOff = this.#clock.after(ms, end);
      client.addEventListener('abort', end);
      others.add(end);
    });
  }

  ended(cuid: string): void {
    for (const end of this.#waiting.get(cuid) ?? []) end();
  }

  /** The service stops: nobody waits any more, now or later. */
  release(): void {
    this.#released = true;
    for (const cuid of [...this.#waiting.keys()]) this.ended(cuid);
  }
}
