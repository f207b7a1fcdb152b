/**
 * The mail's path, top to bottom: watch -> fetch -> parse -> submit -> track -> poll -> decide -> act.
 *
 * Every effect is announced in the journal before it happens, so that this file can be left at any line and entered
 * again from the journal. src/README.md tells the states and the invariants.
 */
import { randomUUID } from 'node:crypto';
import { type Fault, type Outcome, ok } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { externalRef } from '../mail/identity.ts';
import type { Content, Readable } from '../mail/message.ts';
import { requestOf } from '../mail/request.ts';
import { isNew } from '../triage/cursor.ts';
import { decide, decideFailed, decideUnasked, modeOf } from '../triage/decide.ts';
import type { Decided, Found, Job, Submitted } from '../triage/job.ts';
import { backoff, believedAge } from '../triage/schedule.ts';
import type { Event } from '../triage/step.ts';
import { type Filer, fileAll } from './filing.ts';
import { nextSet } from './intake.ts';
import type { Lane } from './lane.ts';
import type { Session } from './ports.ts';
import { firstSight, recognise, remap } from './recognise.ts';

/* ---- watch: what lies beyond the cursor becomes jobs, committed together with the cursor ---- */

export interface Watched {
  readonly found: number;
  /** It was not read to its end: there is enough to do with what was found. */
  readonly more: boolean;
}

/** Reads a folder to its end, or until there are as many new messages as are taken up at a time. */
export async function watch(lane: Lane, session: Session, folder: string): Promise<Outcome<Watched>> {
  const { journal, account } = lane.parts;
  let found = 0;
  let more = true;
  while (more && found < limits.imap.batch && !lane.parts.stopping.aborted) {
    const stored = journal.cursor(account.name, folder);
    const seen = stored === null ? await firstSight(lane, session, folder) : ok(stored);
    if (!seen.ok) return seen;
    const cursor = seen.value;
    const scan = await session.scan(folder, cursor);
    if (!scan.ok) return scan;
    if (scan.value.uidValidity !== cursor.uidValidity) {
      const mapped = await remap(lane, session, folder, cursor);
      if (!mapped.ok) return mapped;
      found += mapped.value;
      continue;
    }
    const fresh = await recognise(lane, session, folder, scan.value);
    if (!fresh.ok) return fresh;
    const jobs = fresh.value.filter(({ row }) => isNew(row, cursor)).map(({ job }) => job);
    more = scan.value.more;
    const next = { ...cursor, lastUid: scan.value.lastUid, syncedAt: more ? cursor.syncedAt : lane.date() };
    if (next.lastUid === cursor.lastUid) {
      journal.synced(account.name, folder, next);
      continue;
    }
    const change = { found: jobs, cursor: { account: account.name, folder, cursor: next } };
    const { found: ids } = await journal.commit(() => change, lane.now(), lane.date());
    for (const id of ids) lane.log.info({ job: id, state: 'found', folder }, 'found');
    found += ids.length;
  }
  return ok({ found, more });
}

/* ---- fetch and parse: as much as may be submitted, never more ---- */

/** Takes up found messages, as many as the API has room for. Answers how many were taken up. */
export async function intake(lane: Lane, session: Session): Promise<Outcome<number>> {
  const { journal, desk } = lane.parts;
  const unready = lane.parts.unready();
  if (unready?.passing) return ok(0);
  if (unready) return ok(await leaveToPeople(lane, unready.why));
  // One message in hand is enough to find out whether the API is back. While it answers, one set is fetched and the
  // one before it is read: fewer than a set are not worth a command of their own.
  const full = lane.asking.size > (desk.answering ? limits.imap.batch : 0);
  const room = full ? 0 : Math.min(desk.room(lane.name), desk.answering ? limits.imap.batch : 1);
  lane.crowded = (room <= 0 || !desk.answering) && journal.nextDue(lane.name, ['found']) !== null;
  if (lane.crowded) desk.whenRoom(lane.name, lane.wake);
  if (room <= 0) return ok(0);
  const due = journal
    .ready(lane.name, 'found', lane.now(), room + lane.asking.size)
    .filter((job): job is Found => job.state === 'found' && !lane.asking.has(job.id));
  const poison = due.filter((job) => job.starts >= limits.parse.deaths);
  await lane.transitAll(poison, () => gaveUp(lane, 'it was taken up again and again and never read to its end'));
  const batch = nextSet(
    lane,
    due.filter((job) => !poison.includes(job)),
    room,
  );
  lane.crowded ||= due.length > poison.length + batch.length;
  // A thread takes longer to start than a message to read: a kill meanwhile is not to count against a message.
  if (batch.some((job) => job.starts > 0)) await lane.parts.parser.ready();
  // The start is counted before it is made: a message that takes the process down with it is known by that.
  const started = (await lane.transitAll(batch, () => ({ type: 'parsing' }))) as Found[];
  if (started.length === 0) return ok(poison.length);
  const read = await fetchAndParse(lane, session, started);
  return read.ok ? ok(poison.length + started.length) : read;
}

/** One UID set, message by message as it arrives. Each that can be read goes on to `submit` by itself. */
async function fetchAndParse(lane: Lane, session: Session, batch: readonly Found[]): Promise<Outcome<void>> {
  const unread = new Map(batch.map((job) => [job.place.uid, job]));
  const rows = batch.map((job) => ({ uid: job.place.uid, size: job.identity.size }));
  const place = batch[0]?.place;
  if (place === undefined) return ok(undefined);
  for (const job of batch) lane.takeUp(job);
  try {
    for await (const fetched of session.fetch(place.folder, place.uidValidity, rows)) {
      if (!fetched.ok) {
        return session.closed.aborted ? fetched : await unfetchable(lane, session, [...unread.values()], fetched.fault);
      }
      const { uid, flags, content } = fetched.value;
      const job = unread.get(uid);
      if (job === undefined) continue;
      unread.delete(uid);
      if (flags.includes('\\Deleted')) {
        lane.letGo(job.id);
        await lane.transit(job, { type: 'vanished', why: 'marked \\Deleted before it was read' });
        continue;
      }
      const parsed = parse(lane, job, content);
      lane.follow(parsed);
      // Begun before and never finished (`starts` counts this time too), and alone at last: should it take the process
      // down, nobody else's start is counted with it. One that hangs holds up the others no longer than a slow one does.
      if (job.starts > 1 && batch.length === 1) await within(lane, parsed, limits.parse.slow);
    }
    await lane.transitAll([...unread.values()], () => ({
      type: 'vanished',
      why: 'moved or deleted before it was read',
    }));
    return ok(undefined);
  } finally {
    // Those that are being parsed go on by themselves: one that hangs holds up nobody.
    for (const job of unread.values()) lane.letGo(job.id);
  }
}

/** Until the work ends, and no longer than that. */
async function within(lane: Lane, work: Promise<void>, ms: number): Promise<void> {
  const ended = new AbortController();
  // Whoever follows the work hears how it failed.
  const over = work.catch(() => {});
  await Promise.race([over, lane.parts.clock.sleep(ms, ended.signal)]);
  ended.abort();
}

async function parse(lane: Lane, job: Found, content: Content): Promise<void> {
  const readable = await lane.parts.parser.parse(content);
  if (readable.ok) {
    lane.follow(submit(lane, job, readable.value));
    return;
  }
  try {
    if (readable.fault.kind === 'permanent') await giveUp(lane, job, readable.fault.message);
    else if (readable.fault.code === 'parse-unavailable') {
      // No thread could be had: that is ours to mend, and no sign of poison.
      lane.trouble(new Error(readable.fault.message));
      await lane.transit(job, { type: 'unasked', nextAt: lane.now() + limits.api.backoffMax });
    } else await lane.transit(job, { type: 'unread', nextAt: lane.now() + limits.api.backoffMin });
  } finally {
    lane.letGo(job.id);
  }
}

/**
 * The server refused the fetch, but talks on. If it can be asked nothing about the message either (throttled, or its
 * store is away), that is nobody's fault. Else they go in smaller sets from now on, as their starts are counted, so that
 * one message that nobody can fetch does not block the rest.
 */
async function unfetchable(lane: Lane, session: Session, jobs: readonly Found[], fault: Fault): Promise<Outcome<void>> {
  const [first] = jobs;
  if (first === undefined) return ok(undefined);
  const { folder, uidValidity, uid } = first.place;
  const throttled = fault.code === 'throttled';
  const seen = throttled ? { ok: false as const, fault } : await session.look(folder, uidValidity, [uid]);
  if (seen.ok && fault.code === 'unavailable' && jobs.length === 1) {
    // The server's trouble of the moment: however often it is met, it says nothing against the message.
    if (lane.isNews(`unavailable ${first.id}`, fault.message)) {
      lane.log.warn(
        { job: first.id, folder, code: fault.code },
        `${fault.message} to a message; it is asked for again`,
      );
    }
    await lane.transitAll(jobs, () => ({ type: 'unasked', nextAt: lane.now() + limits.imap.pollInterval }));
    return ok(undefined);
  }
  if (seen.ok) {
    const alone = jobs.length === 1;
    const event: Event = alone
      ? { type: 'unread', nextAt: lane.now() + limits.api.backoffMin }
      : { type: 'postponed', nextAt: lane.now() };
    await lane.transitAll(jobs, () => event);
    return ok(undefined);
  }
  // What became of a folder is the business of its next watch; one that is gone may come back, and is not asked for often.
  const wait = seen.fault.code === 'no-folder' ? limits.api.backoffMax : limits.api.backoffMin;
  await lane.transitAll(jobs, () => ({ type: 'unasked', nextAt: lane.now() + wait }));
  return seen.fault.code === 'stale' || seen.fault.code === 'no-folder' ? ok(undefined) : seen;
}

/** There is no model to ask yet: nothing is guessed, nothing is touched, and a person sees it in the review queue. */
async function leaveToPeople(lane: Lane, unready: string): Promise<number> {
  const { journal, account } = lane.parts;
  // Old mail waits: nobody wants a mailbox of it in front of them.
  const due = journal
    .ready(account.name, 'found', lane.now(), limits.daemon.page)
    .filter(({ origin }) => origin === 'watch');
  const decided = await lane.transitAll(due, () => ({ type: 'decided', plan: decideUnasked(unready, account.policy) }));
  await lane.transitAll(decided, () => ({ type: 'observed' }));
  return due.length;
}

function gaveUp(lane: Lane, why: string): Event {
  return { type: 'decided', plan: decideFailed(why, lane.parts.account.policy) };
}

function giveUp(lane: Lane, job: Job, why: string): Promise<Job | null> {
  return lane.transit(job, gaveUp(lane, why));
}

/* ---- submit and track: the key is durable before the POST, the process_cuid before anything else happens ---- */

async function submit(lane: Lane, job: Found, readable: Readable): Promise<void> {
  const { account, desk, stopping, random } = lane.parts;
  let tracked: Job | null = null;
  try {
    const key = job.key ?? randomUUID();
    const again = lane.now() + backoff(job.attempts, limits.api.backoffMin, limits.api.backoffMax, random);
    const announced = await lane.transit(job, { type: 'submitting', key, nextAt: again });
    if (announced === null || announced.state !== 'found') return;
    const request = requestOf({
      identity: job.identity,
      thread: job.thread,
      folder: job.place.folder,
      account: account.name,
      readable,
      metadata: account.metadata,
    });
    const outcome = await desk.submit({ ...request, key, behind: job.origin === 'backfill' }, stopping);
    if (outcome === null) {
      // The API was given up while this waited for its turn: nothing was sent.
      await lane.transit(announced, { type: 'unasked', nextAt: Math.max(again, desk.closedUntil() ?? 0) });
      return;
    }
    if (outcome.ok) {
      tracked = await lane.transit(announced, {
        type: 'accepted',
        processCuid: outcome.value.processCuid,
        nextAt: lane.now() + desk.firstPoll(),
      });
      if (tracked?.state === 'submitted') lane.follow(poll(lane, tracked));
      return;
    }
    if (stopping.aborted) return;
    const { fault } = outcome;
    const nextAt = Math.max(again, lane.now() + (fault.retryAfter ?? 0), desk.closedUntil() ?? 0);
    lane.log.debug({ job: job.id, code: fault.code }, `not accepted: ${fault.message}`);
    if (fault.kind === 'permanent') await giveUp(lane, announced, `the API refused it: ${fault.message}`);
    else if (!desk.answering || fault.code === 'http-429') {
      // The API is away, or too much is asked: that is not this message's fault and does not use up its tries.
      await lane.transit(announced, { type: 'unasked', nextAt });
    } else if (announced.attempts >= limits.api.attempts) {
      await giveUp(lane, announced, `no answer in ${announced.attempts} tries: ${fault.message}`);
    } else if (nextAt > again) await lane.transit(announced, { type: 'postponed', nextAt });
  } finally {
    if (tracked?.state === 'submitted') lane.handOver(job.id);
    else lane.letGo(job.id);
  }
}

/* ---- poll: until the process ends, or never did ---- */

/** Follows one process to its end. Also how a restart goes on where it was. */
export async function poll(lane: Lane, job: Submitted): Promise<void> {
  const { desk, clock, stopping } = lane.parts;
  desk.take(job.id, lane.name, job.origin);
  const began = clock.now() - believedAge(clock.date() - job.submittedAt, desk.options.deadline);
  /** The age at which it was last heard to run. */
  let ran = 0;
  let current: Job | null = job;
  while (current?.state === 'submitted') {
    const tracked: Submitted = current;
    await clock.sleep(tracked.nextAt - clock.now(), stopping);
    if (stopping.aborted) return;
    try {
      const outcome = await desk.result(
        tracked.processCuid,
        externalRef(tracked.identity),
        stopping,
        tracked.origin === 'backfill',
      );
      if (stopping.aborted) return;
      const age = clock.now() - began;
      if (outcome?.ok) {
        desk.learn(outcome.value, began, ran, age);
        if (outcome.value.status === 'started') ran = age;
      }
      current = await settle(lane, tracked, outcome, age);
    } catch (error) {
      // A full disk, say. The process is followed on: nobody else would.
      lane.trouble(error);
      current = { ...tracked, nextAt: clock.now() + limits.api.pollMax };
    }
  }
  desk.release(job.id);
  if (current !== null) lane.wake();
}

/* ---- decide: what an answer means for the job ---- */

async function settle(
  lane: Lane,
  job: Submitted,
  outcome: Awaited<ReturnType<Lane['parts']['desk']['result']>>,
  age: number,
): Promise<Job | null> {
  const { desk, account, random } = lane.parts;
  const now = lane.now();
  const overdue = age > desk.options.deadline;
  const later = (ms: number) => lane.transit(job, { type: 'postponed', nextAt: now + ms });
  if (outcome === null) return { ...job, nextAt: Math.max(now + limits.api.pollMin, desk.closedUntil() ?? 0) };
  if (!outcome.ok) {
    const { code, message, retryAfter = 0 } = outcome.fault;
    lane.log.debug({ job: job.id, code }, `no answer to go by: ${message}`);
    // Only the API itself says something wrong; while it is away nothing is known of its processes.
    const spoke = code === 'bad-answer' || code === 'foreign-answer';
    if (overdue && (spoke || desk.answering)) return onceMore(lane, job, `its process never ended: ${message}`);
    // While the API is away the others have their go at being the next probe.
    const reopens = Math.max(0, (desk.closedUntil() ?? now) - now);
    return later(
      Math.max(retryAfter, reopens + backoff(job.attempts, limits.api.backoffMin, limits.api.pollMax, random)),
    );
  }
  const answer = outcome.value;
  switch (answer.status) {
    case 'started':
      if (overdue) return onceMore(lane, job, 'its process never ended');
      return later(desk.nextPoll(age));
    case 'completed':
      return lane.transit(job, { type: 'decided', plan: decide(answer, account.policy) });
    case 'failed':
      return giveUp(lane, job, 'the classification failed');
    case 'lost':
      if (age < limits.api.unknownYet) return later(limits.api.backoffMin);
      return onceMore(lane, job, 'the API does not know its process');
  }
}

/** One resubmission for a process that the API lost or never ended; after that it is the failed way. */
function onceMore(lane: Lane, job: Submitted, why: string): Promise<Job | null> {
  if (job.submission === 2) return giveUp(lane, job, `${why}, twice`);
  return lane.transit(job, { type: 'resubmit' });
}

/* ---- act: in sets, from wherever the journal stands ---- */

/** Acts on what is decided and due. Answers how many messages it dealt with. */
export async function act(lane: Filer, session: Session): Promise<Outcome<number>> {
  const { journal, account } = lane.parts;
  const due = journal
    .ready(account.name, 'decided', lane.now(), limits.daemon.page)
    .filter((job): job is Decided => job.state === 'decided');
  const observed = due.filter((job) => modeOf(job, account.policy) === 'observe' && untouched(job));
  await lane.transitAll(observed, () => ({ type: 'observed' }));
  const untold = new Set(observed);
  const filed = await fileAll(
    lane,
    session,
    due.filter((job) => !untold.has(job)),
  );
  return filed.ok ? ok(due.length) : filed;
}

/** What was begun is brought to its end in any mode: half a move helps nobody. */
function untouched(job: Decided): boolean {
  return job.actions.every(({ progress }) => progress.step === 'planned');
}
