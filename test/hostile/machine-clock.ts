import { performance } from 'node:perf_hooks';
import { type Clock, sleepBy, systemClock } from '../../src/base/clock.ts';

/** A machine's clock that somebody sets, at many times the pace of ours, and the clock of the process that it runs. */
export class MachineClock implements Clock {
  readonly #times: number;
  readonly #origin = Date.now();
  /** How far the machine's clock was set. */
  #set = 0;
  /** How far it was when the process began. */
  #begun = 0;

  constructor(times = 1) {
    this.#times = times;
  }

  now(): number {
    return this.#passed() + this.#begun;
  }

  date(): number {
    return this.#passed() + this.#set;
  }

  readonly after: Clock['after'] = (ms, run) => systemClock.after(ms / this.#times, run);

  readonly sleep = sleepBy(this.after);

  set(ms: number): void {
    this.#set += ms;
  }

  /** Another process begins. */
  restart(): void {
    this.#begun = this.#set;
  }

  #passed(): number {
    return Math.round(this.#origin + performance.now() * this.#times);
  }
}
