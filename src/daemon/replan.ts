import { decideAgain } from '../triage/decide.ts';
import type { Lane } from './lane.ts';

/**
 * Before an account begins: what was decided and not begun goes by the routes of now, which may be others than when it was
 * decided. What was begun is brought to its end as it was planned.
 */
export async function planAnew(lane: Lane): Promise<void> {
  const { journal, account } = lane.parts;
  const decided = journal.ready(account.name, 'decided', Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const changed = await lane.transitAll(decided, (job) => {
    const plan = job.state === 'decided' ? decideAgain(job, account.policy) : null;
    return plan === null ? null : { type: 'replanned', plan };
  });
  if (changed.length > 0) lane.log.info({ jobs: changed.length }, 'decided by other routes, and decided again');
}
