import { reasonOf, UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Job, Origin } from '../triage/job.ts';
import type { Desk } from './desk.ts';
import type { SendingParts } from './outgoing.ts';
import type { Abilities, Mailboxes, Parser, Session } from './ports.ts';
import { Postman } from './postman.ts';
import { Scribe } from './scribe.ts';

/**
 * Why nothing can be asked yet: there is no model. While one is being made, messages wait (`passing`); where there
 * is too little to make one of, they are left to people.
 */
export interface Unready {
  readonly passing: boolean;
  readonly why: string;
}

export interface LaneParts extends SendingParts {
  readonly mailboxes: Mailboxes;
  readonly parser: Parser;
  readonly desk: Desk;
  readonly unready: () => Unready | null;
  /** Called when a state of the connection is known: it was read to its end, or it could not be. */
  readonly settled: () => void;
  readonly random: () => number;
  /** Whether new mail is looked for, and what people do; false: only what is in the journal, and old mail. */
  readonly watches: boolean;
  /** Milliseconds between two looks at every folder, whether its server speaks or not. */
  readonly pollInterval: number;
}

/** One account's way through the daemon: its parts and what is under way in it. */
export class Lane extends Scribe<LaneParts> {
  readonly postman = new Postman(this);
  /** Jobs that a fetch, a parse or a POST holds in this process; nobody else takes them up. */
  readonly asking = new Map<number, Origin>();
  /** The connection; null while there is none. */
  session: Pick<Session, 'abilities' | 'heardAt' | 'close'> | null = null;
  /** What was said of the account last. */
  standing: { readonly state: string; readonly detail: string | null } = { state: 'starting', detail: null };
  /** Its folders were read to their end, since it began. */
  synced = false;
  /** Since when one of its folders, or all of them, could not be read, by Clock.now, and why; null: all can be. */
  unread: { readonly since: number; readonly why: string } | null = null;
  /** When its loop last came round, by Clock.now. */
  turnedAt = Number.NEGATIVE_INFINITY;
  /** Replies that do not follow their thread, for all that is known of it. */
  readonly classified = new Set<number>();
  /** There are found messages that were not taken up, for want of room. */
  crowded = false;
  #told: string | null = null;
  #tasks = new Set<Promise<void>>();
  #wake = new AbortController();
  readonly #said = new Map<string, string>();
  #fatal: unknown = null;

  /** What its server can do; null while there is no connection. */
  get abilities(): Abilities | null {
    return this.session?.abilities ?? null;
  }

  /** From here on the job is asked about, and counts against what the API is given at a time. */
  takeUp({ id, origin }: Job): void {
    this.asking.set(id, origin);
    this.parts.desk.take(id, this.name, origin);
  }

  /** Nothing of it is held in this process any more; there may be something to act on, and room for others. */
  letGo(job: number): void {
    this.parts.desk.release(job);
    this.#leave(job, true);
  }

  /** Its process runs: it still counts, but nothing of its content is held. Only who has more to take up leaves IDLE for that. */
  handOver(job: number): void {
    this.#leave(job, this.crowded || this.asking.get(job) === 'backfill');
  }

  #leave(job: number, matters: boolean): void {
    this.asking.delete(job);
    if (!matters || this.oldInHand * 2 > limits.backfill.inHand) return;
    if (this.asking.size <= limits.imap.batch) this.wake();
  }

  /** How much old mail a fetch, a parse or a POST holds. */
  get oldInHand(): number {
    return [...this.asking.values()].filter((origin) => origin === 'backfill').length;
  }

  /** What `siftd status` says of the account; kept only when it is news. */
  say(state: string, detail: string | null): void {
    this.standing = { state, detail };
    const told = JSON.stringify([state, detail]);
    if (told === this.#told) return;
    this.#told = told;
    // A note is not worth the account's life, nor that anybody waits for the disk.
    const noted = this.parts.journal.note(this.name, { state, at: this.date(), detail });
    this.follow(
      noted.catch((error: unknown) => {
        if (this.#told === told) this.#told = null;
        throw error;
      }),
    );
  }

  /** Long work beside the account's loop; it never rejects, and `settled` waits for it. */
  follow(work: Promise<void>): void {
    const task = work.catch((error: unknown) => this.trouble(error)).finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  /** Whether this was not the last thing said on the topic: the same trouble is said once, not at every try. */
  isNews(topic: string, message: string): boolean {
    if (this.#said.get(topic) === message) return false;
    this.#said.set(topic, message);
    return true;
  }

  /** Something that no room answers for: a full disk, a fault of ours. Said once until it changes. */
  trouble(error: unknown): void {
    try {
      if (error instanceof UserError) throw error;
      if (this.parts.disk.refused(error)) return;
    } catch (fatal) {
      this.#fatal = fatal;
      this.wake();
      return;
    }
    const reason = reasonOf(error);
    if (!this.isNews('trouble', reason)) return;
    this.log.error({ err: error }, `${reason}; what it held up stays in the journal and is tried again`);
  }

  async settled(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  /** There is something for the account's loop to do: it leaves IDLE. */
  readonly wake = (): void => this.#wake.abort();

  /** Aborts at the next `wake`, or at once if there was one since the last call. */
  nextWake(): AbortSignal {
    return this.#wake.signal;
  }

  /** From here on only later wakes count. Throws what ended work beside the loop for good. */
  awake(): void {
    this.turnedAt = this.now();
    if (this.#fatal !== null) throw this.#fatal;
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }
}
