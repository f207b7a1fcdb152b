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
}

/**
 * Runs every account until the signal aborts. Processes that were submitted before a restart are followed on. At the
 * end, what is in flight is given `limits.daemon.stop` to finish; what does not make it stands in the journal.
 */
export async function supervise({ lanes, clock, log, stopping }: Supervision): Promise<void> {
  const running = Promise.all(
    lanes.map(async (lane) => {
      await resume(lane);
      await runAccount(lane);
      await lane.settled();
    }),
  );
  const stopped = new AbortController();
  const deadline = async () => {
    await new Promise<void>((resolve) => {
      if (stopping.aborted) resolve();
      else stopping.addEventListener('abort', () => resolve(), { once: true });
    });
    await clock.sleep(limits.daemon.stop - 2000, stopped.signal);
    if (!stopped.signal.aborted) log.warn('not everything ended in time; the journal knows where it stands');
  };
  await Promise.race([running, deadline()]);
  stopped.abort();
}

/** Goes on with what an earlier process left, once the disk lets us. */
async function resume(lane: Lane): Promise<void> {
  const { journal, disk, clock, stopping } = lane.parts;
  while (!stopping.aborted) {
    try {
      journal.resume(lane.name, clock.now());
      break;
    } catch (error) {
      if (!disk.refused(error)) throw error;
      lane.parts.settled();
      await clock.sleep(limits.daemon.diskRetry, stopping);
    }
  }
  for (const job of journal.submitted(lane.name)) lane.follow(poll(lane, job));
}
