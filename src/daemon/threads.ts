import { type Outcome, ok } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Place } from '../mail/message.ts';
import { decideFollowing } from '../triage/decide.ts';
import type { Found } from '../triage/job.ts';
import { type People, type Standing, takesPart, type Word, wordsOf } from '../triage/threads.ts';
import type { Lane } from './lane.ts';
import type { Session } from './ports.ts';

/** A reply, and what is said of where its thread stands. */
interface Reply {
  readonly job: Found;
  readonly words: readonly Word[];
  /** The oldest message of its thread that is known. */
  readonly root: Place;
}

/**
 * `threads: follow`: replies go where their threads stand, and nobody is asked, so they need no API and no model. Only a
 * message of a sender who was in the thread does; the journal keeps no addresses, so both headers are read. Answers how many went.
 */
export async function followThreads(lane: Lane, session: Session): Promise<Outcome<number>> {
  const { account, journal } = lane.parts;
  if (account.policy.threads !== 'follow') return ok(0);
  const replies: Reply[] = [];
  const due = journal.ready(account.name, 'found', lane.now(), limits.daemon.page);
  const waiting = new Set(due.map(({ id }) => id));
  for (const id of lane.classified) if (!waiting.has(id)) lane.classified.delete(id);
  for (const job of due) {
    // What was begun may have been submitted already, and is not decided twice.
    if (job.state !== 'found' || job.key !== null || lane.asking.has(job.id) || lane.classified.has(job.id)) continue;
    const thread = journal.ofThread(account.name, job.thread, job.id, limits.daemon.threadMessages);
    const words = wordsOf(thread, account.policy);
    const root = thread.at(-1)?.place;
    if (root !== undefined && words.some(({ route }) => route !== null)) replies.push({ job, words, root });
  }
  if (replies.length === 0) return ok(0);
  const read = await peopleAt(
    session,
    replies.flatMap(({ job, words, root }) => [job.place, root, ...words.map(({ message }) => message.place)]),
  );
  if (!read.ok) return read;
  const people = (place: Place) => read.value.get(JSON.stringify(place));
  const standingOf = ({ job, words, root }: Reply): Standing | null => {
    const last = words.find(({ sure, message }) => sure || takesPart(people(message.place), people(root)));
    if (last === undefined || !takesPart(people(job.place), people(last.message.place))) return null;
    return last.route === null ? null : { ...last, route: last.route };
  };
  const standings = new Map(replies.map((reply) => [reply.job.id, standingOf(reply)]));
  for (const [id, standing] of standings) if (standing === null) lane.classified.add(id);
  const decided = await lane.transitAll(
    replies.map(({ job }) => job),
    ({ id }) => {
      const standing = standings.get(id) ?? null;
      return standing === null ? null : { type: 'decided', plan: decideFollowing(standing, account.policy) };
    },
  );
  return ok(decided.length);
}

/** Who is in the messages at these places, by the place; a message that is not there any more is left out. */
async function peopleAt(session: Session, places: readonly Place[]): Promise<Outcome<ReadonlyMap<string, People>>> {
  const folders = new Map<string, Place[]>();
  for (const place of places) {
    const key = JSON.stringify([place.folder, place.uidValidity]);
    folders.set(key, [...(folders.get(key) ?? []), place]);
  }
  const found = new Map<string, People>();
  for (const [first, ...others] of folders.values()) {
    if (first === undefined) continue;
    const together = [first, ...others];
    const uids = [...new Set(together.map(({ uid }) => uid))];
    const read = await session.people(first.folder, first.uidValidity, uids);
    // Whoever cannot be seen was not there: the classifier is asked instead.
    if (!read.ok && session.closed.aborted) return read;
    if (!read.ok) continue;
    for (const place of together) {
      const people = read.value.get(place.uid);
      if (people !== undefined) found.set(JSON.stringify(place), people);
    }
  }
  return ok(found);
}
