import type { Place } from '../mail/message.ts';
import type { Done, Failed, Job, Verdict } from './job.ts';
import type { Policy, Route } from './policy.ts';
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

/**
 * What it means that a message bears these labels where it is: the person has put those of a route on it that labels and moves
 * nothing. null: they said nothing new, or several things at once.
 */
export function labelledEvent(job: Job, marks: readonly string[], policy: Policy): Event | null {
  if (job.state !== 'done' && job.state !== 'failed') return null;
  const { decision, place, verdict } = job;
  const bears = ({ move, labels }: Route) => move === null && labels.length > 0 && hasAll(marks, labels);
  const borne = [...policy.routes.values()].filter(bears);
  const own = wordOn(job) === 'correction' ? borne.find(({ name }) => name === decision.route) : undefined;
  const theirs = borne.filter((route) => route !== own && !hasAll(ownMarks(job), route.labels));
  const most = Math.max(...theirs.map(({ labels }) => labels.length));
  const [meant, ...others] = theirs.filter(({ labels }) => labels.length === most);
  if (own !== undefined && meant !== undefined) return null;
  // Our own label alone is news only where they had put another in its place, and have changed their mind.
  const truth = meant?.name ?? (verdict === null ? undefined : own?.name);
  if (truth === undefined || others.length > 0 || truth === verdict?.truth) return null;
  return { type: 'corrected', place, truth, by: wordOn(job) };
}

/**
 * On Gmail a folder is a label: what it means that a message is in a route's folder and where we last saw it, both. null:
 * nothing, as it is where another route leads, or because we put the label there.
 */
export function alsoInEvent(job: Job, folder: string, routesIn: RoutesIn): Event | null {
  if (job.state !== 'done' && job.state !== 'failed') return null;
  if (routesIn(job.place.folder).length > 0 || hasAll(ownMarks(job), [folder])) return null;
  const truth = choiceOf(job, routesIn(folder));
  if (job.verdict !== null && job.verdict.truth === truth) return null;
  return { type: 'corrected', place: job.place, truth, by: wordOn(job) };
}

/** The labels and flags that siftd wanted on it. */
function ownMarks({ actions, observed }: Done | Failed): readonly string[] {
  if (observed) return [];
  return actions.flatMap(({ action }) => (action.kind === 'mark' ? [...action.labels, ...action.flags] : []));
}

/** Without regard to case, as IMAP has it. */
function hasAll(marks: readonly string[], wanted: readonly string[]): boolean {
  const borne = new Set(marks.map((mark) => mark.toLowerCase()));
  return wanted.every((mark) => borne.has(mark.toLowerCase()));
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
