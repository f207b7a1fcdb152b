import { isDeepStrictEqual } from 'node:util';
import { type Outcome, ok } from '../base/errors.ts';
import { specialUseOf } from '../mail/mailbox.ts';
import type { Place } from '../mail/message.ts';
import type { Job } from '../triage/job.ts';
import { movedEvent, type RoutesIn } from '../triage/noticing.ts';
import type { Route } from '../triage/policy.ts';
import type { Event } from '../triage/step.ts';
import type { Session } from './ports.ts';
import type { AccountSetup, Scribe } from './scribe.ts';

/** Where people put what they are done with, whatever it is: nothing is said by that. */
const tidyUses = ['\\Trash', '\\Archive', '\\All'] as const;

/** The routes by the folders that they lead to, by siftd's names. */
export type RoutesByFolder = ReadonlyMap<string, readonly Route[]>;

/**
 * Trash, archive and "all mail" are left out, even where a route leads there.
 */
export async function routesByFolder(session: Session, { policy }: AccountSetup): Promise<Outcome<RoutesByFolder>> {
  const folders = new Map<string, Route[]>();
  for (const route of policy.routes.values()) {
    if (route.move === null) continue;
    const found = await session.find(route.move);
    if (!found.ok) return found;
    const folder = found.value ?? (specialUseOf(route.move) === null ? route.move : null);
    if (folder !== null) folders.set(folder, [...(folders.get(folder) ?? []), route]);
  }
  if (folders.size > 0) {
    for (const use of tidyUses) {
      const tidy = await session.find(use);
      if (!tidy.ok) return tidy;
      if (tidy.value !== null) folders.delete(tidy.value);
    }
  }
  return ok(folders);
}

/** A message that a person has put somewhere. */
export interface Moved {
  readonly job: Job;
  readonly place: Place;
}

/** Writes down where messages are now, and what that says of them, unless `instead` knows better of a job. */
export async function keepUp(
  scribe: Scribe,
  moved: readonly Moved[],
  routes: RoutesByFolder,
  instead: (job: Job, event: Event) => Event = (_job, event) => event,
): Promise<void> {
  const places = new Map(moved.map(({ job, place }) => [job.id, place]));
  const routesIn: RoutesIn = (folder) => routes.get(folder) ?? [];
  await listenTo(
    scribe,
    moved.map(({ job }) => job),
    (job) => instead(job, movedEvent(job, places.get(job.id) ?? job.place, routesIn)),
  );
}

/** Takes jobs through what persons did with their messages, with a line for each that has a new verdict. null: nothing. */
export async function listenTo(scribe: Scribe, jobs: readonly Job[], event: (job: Job) => Event | null): Promise<void> {
  const before = new Map(jobs.map(({ id, verdict }) => [id, verdict]));
  for (const { id, place, verdict } of await scribe.transitLatest(jobs, event)) {
    if (verdict === null || isDeepStrictEqual(verdict, before.get(id))) continue;
    const { truth, right, by } = verdict;
    scribe.log.info({ job: id, folder: place.folder, truth, right, by }, 'a person said what it is');
  }
}
