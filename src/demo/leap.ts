import { type Clock, sleepBy, systemClock } from '../base/clock.ts';

interface Waiting {
  readonly due: number;
  readonly run: () => void;
  callOff: () => void;
}

/** A clock that runs as all do, and can be set ahead: whatever waits for a time that is past by then goes on at once. */
export class LeapClock implements Clock {
  #ahead: number;
  readonly #waiting = new Set<Waiting>();
  readonly sleep: Clock['sleep'] = sleepBy((ms, run) => this.after(ms, run));

  constructor(ahead: number) {
    this.#ahead = ahead;
  }

  now(): number {
    return systemClock.now() + this.#ahead;
  }

  date(): number {
    return systemClock.date() + this.#ahead;
  }

  after(ms: number, run: () => void): () => void {
    const waiting: Waiting = { due: this.now() + ms, run, callOff: () => {} };
    this.#waiting.add(waiting);
    this.#arm(waiting);
    return () => {
      waiting.callOff();
      this.#waiting.delete(waiting);
    };
  }

  leap(ms: number): void {
    this.#ahead += ms;
    for (const waiting of this.#waiting) {
      waiting.callOff();
      this.#arm(waiting);
    }
  }

  #arm(waiting: Waiting): void {
    waiting.callOff = systemClock.after(waiting.due - this.now(), () => {
      this.#waiting.delete(waiting);
      waiting.run();
    });
  }
}
