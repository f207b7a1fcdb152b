import type { Place } from '../mail/message.ts';
import type { Done, Failed, Job, Verdict } from './job.ts';
import type { Route } from './policy.ts';
import type { Event } from './step.ts';

/** Which routes lead to a folder; none: no route's. */
export type RoutesIn = (folder: string) => readonly Route[];

/**
 * What it means that a person has moved a message. Into a route's folder: they say what it is. Out of one into a watched
 * folder: it is not what it was filed as, and they do not say what else. Anything else is tidying up.
 */
export function movedEvent(job: Job, place: Place, routesIn: RoutesIn): Event {
  const relocated: Event = { type: 'relocated', place };
  if (job.state !== 'done' && job.state !== 'failed') return relocated;
  const to = routesIn(place.folder);
  if (to.length === 0) {
    const leaves = routesIn(job.place.folder).length > 0;
    return leaves ? { type: 'corrected', place, truth: null, by: wordOn(job) } : relocated;
  }
  const truth = choiceOf(job, to);
  // Taken out and put back: nothing was said that is not known.
  const isBack = place.folder === job.place.folder && (job.verdict === null || job.verdict.truth === truth);
  return isBack ? relocated : { type: 'corrected', place, truth, by: wordOn(job) };
}

/** Of several routes that share a folder nobody knows which was meant, but that the one which was named may be. */
function choiceOf({ decision }: Done | Failed, routes: readonly Route[]): string | null {
  if (routes.length === 1) return routes[0]?.name ?? null;
  return routes.find(({ name }) => name === decision.classification)?.name ?? null;
}

/** Whether they changed what siftd had done, or did what it had left to them. */
function wordOn({ state, decision, observed }: Done | Failed): Verdict['by'] {
  const filed = state === 'done' && !observed && (decision.way === 'routed' || decision.way === 'reviewed');
  return filed ? 'correction' : 'observation';
}
