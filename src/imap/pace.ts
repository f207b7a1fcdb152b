/**
 * How many messages one command of an account takes. A command that timed out, or that the connection died under, is
 * tried again in smaller sets; what succeeds grows them again. It outlives the connection: the set that killed the
 * last one is not sent again as it was, and one bad message soon stands alone.
 */
export class Pace {
  readonly #most: number;
  #size: number;
  #alone: { readonly key: string; times: number } | null = null;

  constructor(most: number) {
    this.#most = most;
    this.#size = most;
  }

  get size(): number {
    return this.#size;
  }

  /** Call after a command for `count` messages was not answered. */
  shrink(count: number): void {
    this.#size = Math.max(1, Math.min(this.#size, Math.floor(count / 4)));
  }

  grow(): void {
    this.#size = Math.min(this.#most, this.#size * 2);
  }

  /** How often this one message was asked for in a row, this time included, without an answer. */
  alone(key: string): number {
    if (this.#alone?.key === key) this.#alone.times++;
    else this.#alone = { key, times: 1 };
    return this.#alone.times;
  }

  /** The message that was asked for alone was answered for. */
  answered(): void {
    this.#alone = null;
    this.grow();
  }
}

/** Reading and acting fail for different reasons, and the success of one must not hide the failure of the other. */
export interface Paces {
  readonly read: Pace;
  readonly act: Pace;
}
