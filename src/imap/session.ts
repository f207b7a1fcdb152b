import { type Clock, systemClock } from '../base/clock.ts';
import { type Fault, failed, type Outcome, ok } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Cursor, Place, Scan } from '../mail/message.ts';
import type { Acted, Ledger, Task } from '../triage/acting.ts';
import type { People } from '../triage/threads.ts';
import { applyTasks } from './acting.ts';
import { type Account, dial } from './connect.ts';
import { type Fetched, fetchContent, fetchSource, type Wanted } from './fetch.ts';
import { Folders } from './folders.ts';
import { attempt, ImapFault, type ImapLimits, Line } from './line.ts';
import { keepable } from './marks.ts';
import { Pace, type Paces } from './pace.ts';
import { type Head, type Ours, Watch } from './watch.ts';

export interface MailboxesOptions {
  readonly clock?: Clock;
  /** Shorter limits for tests. */
  readonly limits?: Partial<ImapLimits>;
}

export interface Preparation {
  readonly watched: readonly string[];
  readonly targets: readonly string[];
  readonly labels: readonly string[];
}

export interface Unkept {
  readonly folder: string;
  readonly labels: readonly string[];
}

export interface Unmade {
  readonly target: string;
  readonly why: string;
}

export interface Prepared {
  readonly unkept: readonly Unkept[];
  readonly unmade: readonly Unmade[];
}

/**
 * Opens sessions on the accounts that `accounts` knows by name. What one connection taught about how many messages a
 * command may take is kept for the next one of that account.
 */
export function createMailboxes(accounts: (name: string) => Account | undefined, options: MailboxesOptions = {}) {
  const bounds: ImapLimits = { ...limits.imap, ...options.limits };
  const clock = options.clock ?? systemClock;
  const paces = new Map<string, Paces>();
  return {
    async connect(name: string, signal: AbortSignal): Promise<Outcome<ImapSession>> {
      const account = accounts(name);
      if (account === undefined)
        return failed('permanent', 'no-account', `there is no account ${JSON.stringify(name)}`);
      const dialled = await dial(account, bounds, clock, signal);
      if (!dialled.ok) return dialled;
      const known = paces.get(name) ?? { read: new Pace(bounds.batch), act: new Pace(bounds.batch) };
      paces.set(name, known);
      return ok(new ImapSession(new Line(dialled.value, { bounds, clock, paces: known })));
    },
  };
}

/** One logged-in connection. Calls come one after the other; see the port for what each promises. */
export class ImapSession {
  readonly abilities: {
    readonly move: boolean;
    readonly uidplus: boolean;
    readonly objectId: boolean;
    readonly gmail: boolean;
    readonly idle: boolean;
  };
  readonly #line: Line;
  readonly #folders: Folders;
  readonly #watch: Watch;

  constructor(line: Line) {
    this.#line = line;
    this.#folders = new Folders(line);
    this.#watch = new Watch(line, this.#folders);
    this.abilities = {
      move: line.offers('MOVE'),
      uidplus: line.offers('UIDPLUS'),
      objectId: line.client.capabilities.has('OBJECTID'),
      gmail: line.gmail,
      idle: line.offers('IDLE'),
    };
  }

  get closed(): AbortSignal {
    return this.#line.closed;
  }

  ended(): Fault {
    return this.#line.ended;
  }

  heardAt(): number {
    return this.#line.heardAt();
  }

  /** Octets on the wire since the last call with `reset`. */
  stats(reset = false): { readonly sent: number; readonly received: number } {
    return this.#line.client.stats(reset);
  }

  prepare({ watched, targets, labels }: Preparation): Promise<Outcome<Prepared>> {
    return attempt(this.#line, async () => {
      this.#folders.forget();
      const unmade: Unmade[] = [];
      for (const target of targets) {
        const made = await attempt(this.#line, () => this.#folders.resolve(target));
        if (made.ok) continue;
        if (!this.#line.alive) throw new ImapFault(made.fault.kind, made.fault.code, made.fault.message);
        unmade.push({ target, why: made.fault.message });
      }
      const unkept: Unkept[] = [];
      for (const folder of watched) {
        const opened = await attempt(this.#line, () => this.#line.open(this.#folders.path(folder)));
        // A folder that cannot be opened is told of when it is watched.
        if (!opened.ok && this.#line.alive) continue;
        if (!opened.ok) throw new ImapFault(opened.fault.kind, opened.fault.code, opened.fault.message);
        const { permanentFlags } = opened.value.mailbox;
        const lost = this.abilities.gmail ? [] : keepable(labels, permanentFlags).unkept;
        if (lost.length > 0) unkept.push({ folder, labels: lost });
      }
      return { unkept, unmade };
    });
  }

  find(target: string): Promise<Outcome<string | null>> {
    return attempt(this.#line, () => this.#folders.find(target));
  }

  head(folder: string): Promise<Outcome<Head>> {
    return attempt(this.#line, () => this.#watch.head(folder));
  }

  survey(folder: string, since: number | null) {
    return attempt(this.#line, () => this.#watch.survey(folder, since));
  }

  scan(folder: string, cursor: Cursor): Promise<Outcome<Scan>> {
    return attempt(this.#line, () => this.#watch.scan(folder, cursor));
  }

  glance(folder: string, cursor: Cursor, ours: Ours): Promise<Outcome<Scan>> {
    return attempt(this.#line, () => this.#watch.glance(folder, cursor, ours));
  }

  look(
    folder: string,
    uidValidity: number,
    uids: readonly number[],
  ): Promise<Outcome<ReadonlyMap<number, readonly string[]>>> {
    return attempt(this.#line, () => this.#watch.look(folder, uidValidity, uids));
  }

  people(folder: string, uidValidity: number, uids: readonly number[]): Promise<Outcome<ReadonlyMap<number, People>>> {
    return attempt(this.#line, () => this.#watch.people(folder, uidValidity, uids));
  }

  async *fetch(
    folder: string,
    uidValidity: number,
    rows: readonly Wanted[],
  ): AsyncGenerator<Outcome<Fetched>, void, undefined> {
    const messages = fetchContent(this.#line, this.#folders, folder, uidValidity, rows);
    for (;;) {
      const next = await attempt(this.#line, () => messages.next());
      if (!next.ok) {
        yield next;
        return;
      }
      if (next.value.done) return;
      yield ok(next.value.value);
    }
  }

  source(place: Place, what: 'header' | 'whole', most: number): Promise<Outcome<Uint8Array | null>> {
    return attempt(this.#line, () => fetchSource(this.#line, this.#folders, place, what, most));
  }

  apply(tasks: readonly Task[], ledger: Ledger): Promise<ReadonlyMap<number, Acted>> {
    return applyTasks({ line: this.#line, folders: this.#folders, ledger }, tasks);
  }

  idle(folder: string, ms: number, signal: AbortSignal): Promise<boolean> {
    return this.#watch.idle(folder, ms, signal);
  }

  close(): Promise<void> {
    return this.#line.leave();
  }
}
