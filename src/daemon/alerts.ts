import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import { postingId } from '../mail/posting.ts';
import { type Concern, digestOf } from '../triage/digest.ts';
import type { Disk } from './disk.ts';
import type { Lane } from './lane.ts';
import type { Journal } from './ports.ts';
import type { Trouble, Vitals } from './vitals.ts';

/** Who is told, and how often. */
export interface Alerting {
  readonly to: readonly string[];
  /** Milliseconds. */
  readonly every: number;
  /** Whose outbox it goes into. */
  readonly account: string;
}

export interface AlertsParts {
  /** As it is now; null: nobody is told. */
  readonly alerting: () => Alerting | null;
  readonly lanes: readonly Lane[];
  readonly vitals: Pick<Vitals, 'health'>;
  readonly journal: Journal;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly log: Logger;
  readonly stopping: AbortSignal;
}

/** Tells people by mail what needs one: in one digest, at most once in `every`, and nothing twice while siftd runs. */
export class Alerts {
  readonly #parts: AlertsParts;
  /** What is wrong, since when, and whether it was told. */
  readonly #concerns = new Map<string, { readonly since: number; readonly told: boolean }>();
  /** Since when there is something that nobody was told. */
  #newsSince: number | null = null;

  constructor(parts: AlertsParts) {
    this.#parts = parts;
  }

  /** Until the daemon stops. What the disk refuses is told later. */
  async run(): Promise<void> {
    const { clock, disk, stopping, log } = this.#parts;
    while (!stopping.aborted) {
      try {
        await this.look();
      } catch (error) {
        if (!disk.refused(error)) log.error({ err: error }, 'people were not told what needs one; it is tried again');
      }
      await clock.sleep(limits.alerts.look, stopping);
    }
  }

  async look(): Promise<void> {
    const { alerting, vitals, journal, clock } = this.#parts;
    const asked = alerting();
    if (asked === null) return;
    const now = clock.now();
    const concerns = this.#concerned(vitals.health().troubles, now);
    const troubles = [...concerns.values()];
    const last = journal.outbox.lastDigest(asked.account);
    const digest = digestOf({ review: journal.outbox.review(last ?? 0), troubles });
    this.#newsSince = digest === null ? null : (this.#newsSince ?? now);
    // What goes wrong together, such as ten logins at once, is told together.
    if (digest === null || this.#newsSince === null || now - this.#newsSince < limits.alerts.gather) return;
    const date = clock.date();
    if (last !== null && date - last < asked.every && date >= last) return;
    await this.#write(asked, digest, date);
    for (const key of concerns.keys()) this.#concerns.set(key, { since: now, told: true });
    this.#newsSince = null;
  }

  /** What passes by itself is nobody's business before it has lasted. */
  #concerned(troubles: readonly Trouble[], now: number): Map<string, Concern> {
    const present = new Set<string>();
    const concerns = new Map<string, Concern>();
    for (const { part, account, why, passing } of troubles) {
      const key = JSON.stringify([part, account]);
      present.add(key);
      const concern = this.#concerns.get(key) ?? { since: now, told: false };
      this.#concerns.set(key, concern);
      if (passing && now - concern.since < limits.alerts.patience) continue;
      concerns.set(key, { account, why, fresh: !concern.told });
    }
    for (const key of this.#concerns.keys()) if (!present.has(key)) this.#concerns.delete(key);
    return concerns;
  }

  async #write({ to, account }: Alerting, digest: NonNullable<ReturnType<typeof digestOf>>, at: number): Promise<void> {
    const { journal, clock, lanes } = this.#parts;
    const lane = lanes.find(({ name }) => name === account);
    if (lane === undefined) return;
    for (const recipient of to) {
      const key = postingId({ account, ref: `${at}`, kind: 'digest', target: recipient });
      const written = await lane.parts.post.digest({ ...digest, to: recipient, key, at });
      const posting = { account, of: null, kind: 'digest', recipient, key, route: null, at, why: null } as const;
      const letter = { ...posting, ...written, state: 'due' } as const;
      await journal.commit(() => ({ posted: [letter] }), clock.now(), at);
    }
    lane.postman.wake();
  }
}
