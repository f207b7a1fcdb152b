import { createClassifier } from '../api/client.ts';
import { overNetwork } from '../base/ask.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Config } from '../config/config.ts';
import { Desk } from '../daemon/desk.ts';
import type { Classifier } from '../daemon/ports.ts';
import type { AccountSetup } from '../daemon/scribe.ts';
import { addressId, apiOf } from './edges.ts';
import type { Embedded } from './embedded.ts';
import type { Metrics } from './metrics.ts';

export interface DesksParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  readonly embedded: Embedded | null;
  readonly metrics: Metrics | null;
}

/** One desk for each orchestrator that is asked: accounts that share it share its breaker and its bounds. */
export class Desks {
  readonly #config: Config;
  readonly #parts: DesksParts;
  readonly #made = new Map<string, Desk>();
  #first: ReturnType<typeof createClassifier> | null = null;

  constructor(config: Config, parts: DesksParts) {
    this.#config = config;
    this.#parts = parts;
  }

  /** For another configuration. Desks at which somebody stands are kept, and their API's bounds with them. */
  under(config: Config, standing: ReadonlySet<Desk>): Desks {
    const next = new Desks(config, this.#parts);
    for (const [key, desk] of this.#made) if (standing.has(desk)) next.#made.set(key, desk);
    if (next.#made.size > 0) next.#first = this.#first;
    return next;
  }

  of(account: AccountSetup): Desk {
    const { embedded, clock } = this.#parts;
    if (embedded !== null) return this.#once(account.name, () => embedded.classifierFor(account));
    const asked = this.#config.accounts.get(account.name);
    const options = asked === undefined ? null : apiOf(this.#config, asked, { fetch: overNetwork, clock });
    if (options === null) throw new Error(`account ${account.name} has nobody to ask`);
    return this.#once(addressId(asked), () => {
      // One API, one bound on concurrency and rate, however many orchestrators of it are asked.
      this.#first ??= createClassifier(options);
      return this.#first.sibling(options);
    });
  }

  #once(key: string, classifier: () => Classifier): Desk {
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const { pending, deadline } = this.#config.classifier;
    const { clock, log, random, metrics } = this.#parts;
    const asked = classifier();
    const desk = new Desk({ classifier: metrics?.classifier(asked) ?? asked, pending, deadline, clock, log, random });
    this.#made.set(key, desk);
    return desk;
  }
}
