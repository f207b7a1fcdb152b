import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import { runAccount } from './account.ts';
import type { Lane } from './lane.ts';
import { poll } from './path.ts';
import { planAnew } from './replan.ts';

export interface Supervision {
  readonly clock: Clock;
  readonly log: Logger;
  readonly stopping: AbortSignal;
  /** Stops all: one account met what only a person can mend. */
  readonly giveUp: () => void;
}

/** An account that is to run, and what ends it alone: its lane's `stopping` aborts then. */
export interface Hand {
  readonly lane: Lane;
  readonly end: () => void;
}

/** The accounts that run. They come and go while the daemon runs, each by itself. */
export class Crew {
  readonly #parts: Supervision;
  readonly #lanes: Lane[] = [];
  readonly #hands = new Map<string, Hand & { readonly ended: Promise<void> }>();
  #fault: { readonly error: unknown } | null = null;

  constructor(parts: Supervision) {
    this.#parts = parts;
  }

  /** As they are now: the same list for whoever holds it. */
  get lanes(): readonly Lane[] {
    return this.#lanes;
  }

  /** `anew`: what was put off is tried at once. */
  begin(hands: readonly Hand[], anew = false): void {
    for (const [index, hand] of hands.entries()) {
      this.#lanes.push(hand.lane);
      this.#hands.set(hand.lane.name, { ...hand, ended: this.#run(hand.lane, index, anew) });
    }
  }

  /**
   * Ends accounts in good order. Once this resolves nothing of theirs is under way and no connection of theirs is left: who
   * takes their place is the only one who writes. What hangs loses its connection after `limits.daemon.stop`.
   */
  async end(names: readonly string[]): Promise<void> {
    const { clock } = this.#parts;
    const ended = new AbortController();
    const leaving = names.flatMap((name) => this.#hands.get(name) ?? []);
    for (const { end } of leaving) end();
    const cutting = clock.sleep(limits.daemon.stop, ended.signal).then(async () => {
      if (!ended.signal.aborted) await cut(leaving.map(({ lane }) => lane));
    });
    await Promise.all(leaving.map((hand) => hand.ended));
    ended.abort();
    await cutting;
    for (const { lane } of leaving) {
      lane.parts.desk.leave(lane.name);
      this.#hands.delete(lane.name);
      this.#lanes.splice(this.#lanes.indexOf(lane), 1);
    }
  }

  /**
   * Until the signal aborts. Then what is in flight is given `limits.daemon.stop` to finish; what does not make it stands in
   * the journal. Throws what made an account give up.
   */
  async run(): Promise<void> {
    const { stopping, clock, log } = this.#parts;
    await new Promise<void>((resolve) => {
      if (stopping.aborted) resolve();
      else stopping.addEventListener('abort', () => resolve(), { once: true });
    });
    const stopped = new AbortController();
    const deadline = async () => {
      await clock.sleep(limits.daemon.stop - 2000, stopped.signal);
      if (stopped.signal.aborted) return;
      log.warn('not everything ended in time; the journal knows where it stands');
      // A command that hangs has minutes, and would keep the process alive as long.
      await cut(this.#lanes);
      // What comes of that is written down, before the journal is closed.
      await clock.sleep(500, stopped.signal);
    };
    const ended = Promise.all([...this.#hands.values()].map((hand) => hand.ended));
    await Promise.race([ended, deadline()]);
    stopped.abort();
    if (this.#fault !== null) throw this.#fault.error;
  }

  async #run(lane: Lane, index: number, anew: boolean): Promise<void> {
    const { clock, giveUp } = this.#parts;
    try {
      // Each begins with commits and a connection: a thousand in one turn of the event loop would hold up everything.
      if (index > 0) await clock.sleep(index * limits.daemon.startGap, lane.parts.stopping);
      await live(lane, anew);
    } catch (error) {
      this.#fault ??= { error };
      giveUp();
    } finally {
      await lane.settled();
    }
  }
}

/** LOGOUT, where it is taken at once, and the end of each connection: whatever is under way on it fails. */
async function cut(lanes: readonly Lane[]): Promise<void> {
  await Promise.all(lanes.map(({ session }) => session?.close()));
}

/**
 * An account's life, from what an earlier process left, or an earlier configuration. Processes that were submitted before are
 * followed on. What the disk refuses is taken up again later.
 */
async function live(lane: Lane, anew: boolean): Promise<void> {
  const { journal, disk, clock, stopping } = lane.parts;
  let resumed = false;
  while (!stopping.aborted) {
    try {
      if (!resumed) {
        journal.resume(lane.name, clock.now(), ...(anew ? [0] : []));
        await planAnew(lane);
        for (const job of journal.submitted(lane.name)) lane.follow(poll(lane, job));
        lane.postman.begin();
        resumed = true;
      }
      return await runAccount(lane);
    } catch (error) {
      if (!disk.refused(error)) throw error;
      lane.parts.settled();
      await clock.sleep(limits.daemon.diskRetry, stopping);
    }
  }
}
