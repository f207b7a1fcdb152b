import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import { runAccount } from './account.ts';
import type { Lane } from './lane.ts';
import { poll } from './path.ts';

export interface Supervision {
  readonly lanes: readonly Lane[];
  readonly clock: Clock;
  readonly log: Logger;
  readonly stopping: AbortSignal;
  /** Stops all: one account met what only a person can mend. */
  readonly giveUp: () => void;
}

/**
 * Runs every account until the signal aborts. Processes that were submitted before a restart are followed on. At the
 * end, what is in flight is given `limits.daemon.stop` to finish; what does not make it stands in the journal.
 */
export async function supervise({ lanes, clock, log, stopping, giveUp }: Supervision): Promise<void> {
  const running = Promise.allSettled(
    lanes.map(async (lane, index) => {
      try {
        // Each begins with commits and a connection: a thousand in one turn of the event loop would hold up everything.
        if (index > 0) await clock.sleep(index * limits.daemon.startGap, stopping);
        await live(lane);
      } catch (error) {
        giveUp();
        throw error;
      } finally {
        await lane.settled();
      }
    }),
  ).then((ends) => {
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  });
  const stopped = new AbortController();
  const deadline = async () => {
    await new Promise<void>((resolve) => {
      if (stopping.aborted) resolve();
      else stopping.addEventListener('abort', () => resolve(), { once: true });
    });
    await clock.sleep(limits.daemon.stop - 2000, stopped.signal);
    if (!stopped.signal.aborted) log.warn('not everything ended in time; the journal knows where it stands');
  };
  try {
    await Promise.race([running, deadline()]);
  } finally {
    stopped.abort();
  }
}

/** An account's life, from what an earlier process left. What the disk refuses it is taken up again later. */
async function live(lane: Lane): Promise<void> {
  const { journal, disk, clock, stopping } = lane.parts;
  let resumed = false;
  while (!stopping.aborted) {
    try {
      if (!resumed) {
        journal.resume(lane.name, clock.now());
        for (const job of journal.submitted(lane.name)) lane.follow(poll(lane, job));
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
