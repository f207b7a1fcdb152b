import type { Clock } from '../base/clock.ts';

/** Requests that wait for processes to end. A thousand of them cost a thousand entries and no polling. */
export class Waiters {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Set<AbortController>>();
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
  async wait(cuid: string, ms: number, client: AbortSignal): Promise<void> {
    if (this.#released || client.aborted) return;
    const wake = new AbortController();
    const left = () => wake.abort();
    client.addEventListener('abort', left, { once: true });
    const others = this.#waiting.get(cuid) ?? new Set();
    this.#waiting.set(cuid, others.add(wake));
    await this.#clock.sleep(ms, wake.signal);
    client.removeEventListener('abort', left);
    others.delete(wake);
    if (others.size === 0 && this.#waiting.get(cuid) === others) this.#waiting.delete(cuid);
  }

  ended(cuid: string): void {
    for (const wake of this.#waiting.get(cuid) ?? []) wake.abort();
    this.#waiting.delete(cuid);
  }

  /** The service stops: nobody waits any more, now or later. */
  release(): void {
    this.#released = true;
    for (const cuid of [...this.#waiting.keys()]) this.ended(cuid);
  }
}
