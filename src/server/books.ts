import type { Clock } from '../base/clock.ts';
import type { Books } from '../engine/llm.ts';
import type { Meter } from './meter.ts';
import type { Owner, Processes } from './processes.ts';

/** What one orchestrator's language model takes, day by day (UTC), in the service's own database. */
export class DatabaseBooks implements Books {
  readonly owner: Owner;
  /** Tokens a day; null: counted, not bounded. */
  readonly budget: number | null;
  readonly #processes: Processes;
  readonly #meter: Meter;
  readonly #clock: Clock;

  constructor(owner: Owner, budget: number | null, parts: { processes: Processes; meter: Meter; clock: Clock }) {
    this.owner = owner;
    this.budget = budget;
    this.#processes = parts.processes;
    this.#meter = parts.meter;
    this.#clock = parts.clock;
  }

  get spent(): number {
    return this.#processes.spent(this.owner, this.#today());
  }

  async reserve(tokens: number) {
    const day = this.#today();
    const most = this.budget ?? Number.MAX_SAFE_INTEGER;
    if (!(await this.#processes.spend(this.owner, day, tokens, most))) return null;
    return {
      settle: async (used: number) => {
        if (used === tokens) return;
        // More than was set aside is taken down too: it is spent.
        await this.#processes.spend(this.owner, day, used - tokens, Number.MAX_SAFE_INTEGER);
      },
    };
  }

  asked: Books['asked'] = (outcome, ms, usage) => {
    this.#meter.model(this.owner, outcome, ms);
    if (usage !== null) this.#meter.tokens(this.owner, usage);
  };

  #today(): string {
    return new Date(this.#clock.now()).toISOString().slice(0, 10);
  }
}
