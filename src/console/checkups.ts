import type { Clock } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import type { Logger } from '../base/log.ts';
import type { Group } from '../doctor/check.ts';
import type { Settings } from './parts.ts';

/** One look at everything that siftd needs. */
export interface Checkup {
  readonly began: number;
  /** null: it goes on. */
  readonly ended: number | null;
  /** Those that are done, in their order, and how many there will be; null: not known yet. */
  readonly groups: readonly Group[];
  readonly of: number | null;
  /** Why it could not be made to its end. */
  readonly trouble: string | null;
}

/** The last look; one at a time, so that a mailbox is never asked for more than one connection by them. */
export class Checkups {
  readonly #parts: { readonly settings: Settings; readonly clock: Clock; readonly log: Logger };
  #last: Checkup | null = null;

  constructor(parts: { readonly settings: Settings; readonly clock: Clock; readonly log: Logger }) {
    this.#parts = parts;
  }

  get last(): Checkup | null {
    return this.#last;
  }

  /** Begins one, unless one goes on. */
  begin(): void {
    if (this.#last !== null && this.#last.ended === null) return;
    this.#last = { began: this.#parts.clock.date(), ended: null, groups: [], of: null, trouble: null };
    void this.#look(this.#last);
  }

  async #look(begun: Checkup): Promise<void> {
    const { settings, clock, log } = this.#parts;
    let now = begun;
    try {
      const coming = await settings.examine();
      this.#last = now = { ...now, of: coming.length };
      for (const group of coming) this.#last = now = { ...now, groups: [...now.groups, await group] };
      this.#last = { ...now, ended: clock.date() };
    } catch (error) {
      log.error({ error: reasonOf(error) }, 'console: the checks could not be made');
      this.#last = { ...now, ended: clock.date(), trouble: 'siftd made a mistake; its log says which.' };
    }
  }
}
