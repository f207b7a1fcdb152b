import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { ActionRecord } from '../triage/acting.ts';
import { planFiling, planUndo } from '../triage/decide.ts';
import type { Done, Failed, Job } from '../triage/job.ts';
import type { Policy } from '../triage/policy.ts';
import type { PersonRequest } from '../triage/requests.ts';
import type { Event } from '../triage/step.ts';
import { takeBackfill } from './backfill.ts';
import type { Disk } from './disk.ts';
import type { Journal } from './ports.ts';
import type { Scribe } from './scribe.ts';

/** Turns what persons ask about messages of this account into events of its jobs. Answers how many requests there were. */
export async function takeRequests(scribe: Scribe): Promise<number> {
  const asked = scribe.parts.journal.requests().filter(({ request }) => request.account === scribe.name);
  for (const { id, request } of asked) {
    if (request.kind === 'backfill') await takeBackfill(scribe, id, request);
    else await take(scribe, id, request);
  }
  return asked.length;
}

async function take(scribe: Scribe, id: number, request: PersonRequest): Promise<void> {
  const { journal, account } = scribe.parts;
  let said = { taken: 0, refused: 0 };
  await scribe.answer(() => {
    const wanted = new Map<number, Event>();
    const jobs: Job[] = [];
    const refused: { job: number; why: string }[] = [];
    for (const number of new Set(request.kind === 'undo' ? request.jobs : [request.job])) {
      const job = journal.job(number);
      const plans = () => (job === null ? [] : journal.plans(job));
      const event =
        job === null || job.account !== account.name ? noSuch : eventOf(request, job, account.policy, plans);
      if (job === null || typeof event === 'string') refused.push({ job: number, why: `${event}` });
      else {
        wanted.set(number, event);
        jobs.push(job);
      }
    }
    said = { taken: jobs.length, refused: refused.length };
    const answered = { request: id, result: { taken: [...wanted.keys()], refused } };
    return { jobs, event: (job) => wanted.get(job.id) as Event, answered };
  });
  scribe.log.info({ request: id, kind: request.kind, ...said }, 'a person asked');
}

const noSuch = 'there is no such message in this account';

/** What a request means for a job, or why it means nothing. */
function eventOf(
  request: PersonRequest,
  job: Job,
  policy: Policy,
  plans: () => readonly (readonly ActionRecord[])[],
): Event | string {
  if (job.state === 'gone') return `nothing was done to it: ${job.why}`;
  if (job.state !== 'done' && job.state !== 'failed') return 'siftd is still at it';
  switch (request.kind) {
    case 'undo': {
      const plan = planUndo(job, plans(), request.all);
      return plan === null ? 'nothing was changed that could be taken back' : { type: 'undone', plan };
    }
    case 'skip':
      return job.review ? { type: 'skipped' } : 'it does not wait for a person';
    case 'judge':
      if (request.route !== null && !policy.routes.has(request.route)) return `there is no route ${request.route}`;
      if (job.observed) return { type: 'corrected', place: job.place, truth: request.route, by: 'observation' };
      if (job.decision.way !== 'routed') return 'siftd has not filed it';
      return {
        type: 'corrected',
        place: job.place,
        truth: request.route,
        by: request.picked ? 'correction' : 'sample',
      };
    case 'file': {
      const route = policy.routes.get(request.route);
      if (route === undefined) return `there is no route ${request.route}`;
      if (isFiledAs(job, route.name)) {
        return { type: 'corrected', place: job.place, truth: route.name, by: 'review' };
      }
      return { type: 'filed', plan: planFiling(job, route) };
    }
  }
}

/** Filed so already: nothing is to be done but to say so. Its own plan stays the one that an undo takes back. */
function isFiledAs({ state, decision, observed }: Done | Failed, route: string): boolean {
  const filed = decision.way === 'routed' || decision.way === 'reviewed';
  return state === 'done' && filed && !observed && decision.route === route;
}

export interface Listening {
  readonly lanes: readonly (Scribe & { readonly wake: () => void })[];
  readonly journal: Journal;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly stopping: AbortSignal;
}

/** Takes what persons ask within `limits.daemon.eventPoll`, until the daemon stops. */
export async function listen({ lanes, journal, disk, clock, stopping }: Listening): Promise<void> {
  let waiting = true;
  let last: unknown = null;
  while (!stopping.aborted) {
    try {
      // One that has just begun may have been asked something before.
      if (journal.changedBeside() || waiting || lanes.at(-1) !== last) {
        last = lanes.at(-1);
        waiting = true;
        for (const lane of lanes) if ((await takeRequests(lane)) > 0) lane.wake();
        waiting = false;
      }
    } catch (error) {
      if (!disk.refused(error)) throw error;
    }
    await clock.sleep(limits.daemon.eventPoll, stopping);
  }
}
