import { failed, type Outcome, ok } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Acted, Task } from '../triage/acting.ts';
import { decideFailed } from '../triage/decide.ts';
import type { Decided, Job } from '../triage/job.ts';
import { backoff } from '../triage/schedule.ts';
import { isSending } from '../triage/sending.ts';
import type { Event } from '../triage/step.ts';
import { type SendingParts, writeOut } from './outgoing.ts';
import type { Session } from './ports.ts';
import { follow } from './recognise.ts';
import type { Scribe } from './scribe.ts';

export interface FilingParts extends SendingParts {
  readonly random: () => number;
}

/**
 * Whoever acts on the decided jobs of an account: a lane of the daemon, whose postman sends what is written down, or a command
 * while no daemon runs, which leaves that to the next one.
 */
export type Filer = Scribe<FilingParts> & { readonly postman?: { readonly wake: () => void } };

/** Announces them, has them acted on, and writes down what came of each. A fault: the connection ended under it. */
export async function fileAll(lane: Filer, session: Session, jobs: readonly Decided[]): Promise<Outcome<void>> {
  const { journal, random } = lane.parts;
  const announced = await lane.transitAll(jobs, (job) => ({
    type: 'acting',
    nextAt: lane.now() + backoff(job.attempts, limits.act.backoffMin, limits.act.backoffMax, random),
  }));
  const stuck = await writeOut(lane, session, announced as Decided[]);
  const tasks = announced.flatMap((job): Task[] => {
    if (stuck.has(job.id)) return [];
    const actions = (job as Decided).actions.filter(({ action }) => !isSending(action));
    const { id, place, identity, attempts } = job;
    return [{ job: id, place, identity, actions, last: attempts >= limits.act.attempts }];
  });
  const results = new Map([...(await session.apply(tasks, journal.ledger(lane.name))), ...stuck]);
  const stale = announced.filter((job) => isPersons(job) && results.get(job.id)?.result === 'stale');
  const mapped = stale.length === 0 ? ok(undefined) : await findAgain(lane, session, stale);
  if (!mapped.ok) return mapped;
  const cuts: Extract<Acted, { result: 'interrupted' }>[] = [];
  const others = announced.filter((job) => !stale.includes(job));
  await lane.transitAll(others, (job) => {
    const acted: Acted = results.get(job.id) ?? { result: 'interrupted', why: 'acting gave no result for it' };
    switch (acted.result) {
      case 'done':
        if (job.state === 'decided' && keptNothing(job, () => journal.job(job.id))) {
          const why = 'the server keeps none of its labels';
          return isPersons(job) ? { type: 'declined', why, moved: false } : refused(lane, job, why);
        }
        return { type: 'acted', place: acted.place };
      case 'gone':
        // Of a person's act nothing is left to do, and what it was to change is as it was.
        if (isPersons(job)) return { type: 'declined', why: acted.why, moved: true };
        return { type: 'vanished', why: acted.why };
      case 'refused':
        if (!acted.final) return { type: 'postponed', nextAt: job.nextAt, why: acted.why };
        if (isPersons(job)) return { type: 'declined', why: acted.why, moved: false };
        return refused(lane, job as Decided, acted.why);
      case 'interrupted':
        cuts.push(acted);
        return { type: 'unasked', nextAt: lane.now() };
      case 'stale':
        // The next watch of its folder maps it to its new UID; until then there is nothing to act on.
        return { type: 'unasked', nextAt: lane.now() + limits.act.backoffMin };
    }
  });
  if (announced.some((job) => (job as Decided).actions.some(({ action }) => isSending(action)))) lane.postman?.wake();
  const cut = cuts.at(-1);
  return cut === undefined ? ok(undefined) : failed('temporary', 'closed', cut.why, cut.retryAfter);
}

/** What a person asks of lies anywhere, and nobody watches a route's folder for a new UIDVALIDITY. */
async function findAgain(lane: Filer, session: Session, jobs: readonly Job[]): Promise<Outcome<void>> {
  const place = jobs[0]?.place;
  if (place === undefined) return ok(undefined);
  const mapped = await follow(lane, session, place.folder, place.uidValidity);
  if (!mapped.ok) return mapped;
  const { relocated } = mapped.value;
  await lane.transitLatest(jobs, (job) =>
    relocated.has(job.id)
      ? { type: 'unasked', nextAt: lane.now() }
      : { type: 'declined', why: 'it is not in its folder any more after a new UIDVALIDITY', moved: true },
  );
  return ok(undefined);
}

function isPersons(job: Job): boolean {
  return job.state === 'decided' && job.former !== null;
}

/** A route that is nothing but labels, of which the server kept none: the message looks as if nobody had sorted it. */
function keptNothing(job: Decided, look: () => Job | null): boolean {
  const labelled = job.actions.length > 0 && job.actions.every(({ action }) => action.kind === 'mark');
  const files = job.decision.way === 'routed' || job.decision.way === 'reviewed';
  const after = files && labelled ? look() : null;
  if (after?.state !== 'decided') return false;
  return after.actions.every(({ action, progress }) => {
    if (action.kind !== 'mark' || action.flags.length > 0 || progress.step !== 'done') return false;
    return action.labels.every((label) => progress.note?.includes(label) === true);
  });
}

/** The destination said no for good. The failed way is planned like any other, and never entered twice. */
function refused(lane: Filer, job: Decided, why: string): Event {
  if (job.decision.way === 'failed') return { type: 'abandoned', why: `${job.decision.reason}; and ${why}` };
  return { type: 'decided', plan: decideFailed(why, lane.parts.account.policy, job.decision) };
}
