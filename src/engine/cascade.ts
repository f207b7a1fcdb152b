import type { Fault } from '../base/errors.ts';
import { type Engine, type Mail, NoAnswer, type Prediction } from './engine.ts';

/**
 * Asks `first`, and only where its confidence is below `bound` or there is none, `second`. Where the second cannot
 * answer (away, out of budget, off the schema), the first one's answer stands, with its low confidence: whoever set a
 * threshold leaves it to a person, and no mail waits or fails because a better opinion was not to be had.
 */
export class CascadeEngine implements Engine {
  readonly labels: readonly string[];
  readonly version: string;
  readonly #first: Engine | null;
  readonly #second: Engine;
  readonly #bound: number;

  /** `first` null: nothing was learned yet, and the second is asked about every mail. */
  constructor(first: Engine | null, second: Engine, bound: number) {
    this.#first = first;
    this.#second = second;
    this.#bound = bound;
    this.labels = [...new Set([...(first?.labels ?? []), ...second.labels])];
    this.version = first === null ? second.version : `${first.version}+${second.version}`;
  }

  /** With a first engine there is always an answer. */
  away(): Fault | null {
    return this.#first === null ? (this.#second.away?.() ?? null) : null;
  }

  async classify(mail: Mail): Promise<Prediction> {
    const quick = this.#first === null ? null : await this.#first.classify(mail);
    if (this.#first === null || quick === null)
      return { ...(await this.#second.classify(mail)), by: this.#second.version };
    const own = { ...quick, by: this.#first.version };
    if (quick.confidence >= this.#bound || this.#second.away?.()) return own;
    try {
      return { ...(await this.#second.classify(mail)), by: this.#second.version };
    } catch (error) {
      if (error instanceof NoAnswer) return own;
      throw error;
    }
  }
}
