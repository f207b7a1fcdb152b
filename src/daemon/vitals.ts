import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import { span } from '../base/span.ts';
import type { Desk } from './desk.ts';
import type { Disk } from './disk.ts';
import type { Lane } from './lane.ts';
import type { Journal } from './ports.ts';

/** What keeps mail from being sorted, in words for a person. */
export interface Trouble {
  readonly part: 'mailbox' | 'journal' | 'classifier' | 'outbox';
  /** null: it is everybody's. */
  readonly account: string | null;
  readonly why: string;
  /** It may mend by itself. */
  readonly passing: boolean;
}

export interface Health {
  /** Every account has been read to its end since the daemon began. */
  readonly ready: boolean;
  /** Each server was heard from within its own interval, the journal takes writes, the API answers, and what is sent leaves. */
  readonly healthy: boolean;
  readonly troubles: readonly Trouble[];
}

export interface VitalsParts {
  readonly lanes: readonly Lane[];
  readonly journal: Pick<Journal, 'unlocked' | 'waiting'>;
  readonly disk: Pick<Disk, 'trouble'>;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
}

/**
 * Whether the daemon does what it is there for. Nothing here is what a part says of itself: a server that sent octets was
 * heard from, a journal whose lock was had can be written, a loop that came round is not stuck.
 */
export class Vitals {
  readonly #parts: VitalsParts;
  /** When each account's server was last heard from. */
  readonly #heard = new WeakMap<Lane, number>();
  /** What a person should know beside, for `systemctl status`; null: nothing. */
  aside: string | null = null;
  /** Since when the journal's lock was not to be had. */
  #lockedSince: number | null = null;

  constructor(parts: VitalsParts) {
    this.#parts = parts;
  }

  /** Takes the pulse until the daemon stops, and calls `beat` after each. */
  async watch(beat: () => void): Promise<void> {
    const { clock, stopping } = this.#parts;
    while (!stopping.aborted) {
      this.look();
      beat();
      await clock.sleep(limits.vitals.every, stopping);
    }
  }

  look(): void {
    const { lanes, journal, clock } = this.#parts;
    const now = clock.now();
    for (const lane of lanes) {
      const before = this.#heardAt(lane);
      if (lane.session !== null) this.#heard.set(lane, Math.max(before, lane.session.heardAt()));
    }
    this.#lockedSince = journal.unlocked() ? null : (this.#lockedSince ?? now);
  }

  /** Milliseconds since the account's server was heard from, or since the account began. */
  silence(lane: Lane): number {
    return this.#parts.clock.now() - this.#heardAt(lane);
  }

  /** Who is new here has been silent for no time. */
  #heardAt(lane: Lane): number {
    const at = this.#heard.get(lane) ?? this.#parts.clock.now();
    this.#heard.set(lane, at);
    return at;
  }

  health(): Health {
    const { lanes, disk } = this.#parts;
    const troubles: Trouble[] = lanes.flatMap((lane) => {
      const why = this.#mailboxTrouble(lane);
      // A login that was refused is not tried again for minutes, and nobody but a person can mend it.
      const passing = lane.standing.state !== 'refused';
      return why === null ? [] : [{ part: 'mailbox', account: lane.name, why, passing }];
    });
    const locked = this.#lockedFor();
    if (disk.trouble !== null) troubles.push({ part: 'journal', account: null, why: disk.trouble, passing: false });
    else if (locked > limits.vitals.locked) {
      const why = `another program has held the journal locked for ${Math.round(locked / 1000)} s`;
      troubles.push({ part: 'journal', account: null, why, passing: true });
    }
    for (const [desk, account] of this.#desks()) {
      const { away, awaySince } = desk;
      if (away === null || awaySince === null) continue;
      if (this.#parts.clock.now() - awaySince > limits.vitals.away) {
        troubles.push({ part: 'classifier', account, why: away, passing: true });
      }
    }
    for (const { name, postman } of lanes) {
      const { trouble } = postman;
      if (trouble === null || this.#parts.clock.now() - trouble.since <= limits.vitals.away) continue;
      troubles.push({ part: 'outbox', account: name, why: trouble.why, passing: true });
    }
    return { ready: lanes.every(({ synced }) => synced), healthy: troubles.length === 0, troubles };
  }

  /**
   * What a restart may mend, and so what systemd's watchdog is fed by: the event loop, for who else would ask; each account's
   * loop; the journal. A server that is away is no reason to restart.
   */
  alive(): boolean {
    const { lanes, clock } = this.#parts;
    const turning = lanes.every(
      (lane) => Math.min(clock.now() - lane.turnedAt, this.silence(lane)) < limits.vitals.stuck,
    );
    return turning && this.#lockedFor() < limits.vitals.away;
  }

  /** One line for `systemctl status`. */
  sentence(): string {
    const { lanes, journal, clock } = this.#parts;
    const watched = lanes.filter(({ standing }) => standing.state === 'watching').length;
    const accounts = `${lanes.length} account${lanes.length === 1 ? '' : 's'}`;
    const { count, oldest } = journal.waiting();
    const age = oldest === null ? '' : `, oldest ${span(Math.max(0, clock.date() - oldest))}`;
    const [trouble] = this.health().troubles;
    const ill =
      trouble === undefined ? '' : `; ${trouble.account === null ? '' : `${trouble.account}: `}${trouble.why}`;
    return `watching ${watched === lanes.length ? accounts : `${watched} of ${accounts}`}, ${count} waiting${age}${ill}${this.aside === null ? '' : `; ${this.aside}`}`;
  }

  #lockedFor(): number {
    return this.#lockedSince === null ? 0 : this.#parts.clock.now() - this.#lockedSince;
  }

  /** Each API once; with the account's name where it is one account's alone. */
  #desks(): ReadonlyMap<Desk, string | null> {
    const desks = new Map<Desk, string | null>();
    for (const { parts, name } of this.#parts.lanes) desks.set(parts.desk, desks.has(parts.desk) ? null : name);
    return desks;
  }

  #mailboxTrouble(lane: Lane): string | null {
    const { standing, parts } = lane;
    if (standing.state === 'refused') return standing.detail ?? 'the server refuses the login';
    const silence = this.silence(lane);
    const within = parts.pollInterval + limits.imap.probeTimeout + 2 * limits.vitals.every;
    if (silence <= within) {
      const { unread } = lane;
      const isLong = unread !== null && parts.clock.now() - unread.since > limits.vitals.away;
      return isLong ? `not all of its folders can be read: ${unread.why}` : null;
    }
    const why = standing.detail === null ? '' : `: ${standing.detail}`;
    return `its server was not heard from for ${span(silence)}${why}`;
  }
}
