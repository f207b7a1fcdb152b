import { type Fault, type Outcome, ok, reasonOf, UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { backoff } from '../triage/schedule.ts';
import { Backfilling } from './backfill.ts';
import type { Lane } from './lane.ts';
import { Noticing } from './noticing.ts';
import { act, intake, watch } from './path.ts';
import type { Session } from './ports.ts';
import { followThreads } from './threads.ts';

/**
 * The life of an account: connect, attend to it until the connection ends, wait, connect again, until the daemon
 * stops. One session at a time, and every call on it one after the other, so no replaced session can act.
 */
export async function runAccount(lane: Lane): Promise<void> {
  const { mailboxes, clock, disk, stopping, random } = lane.parts;
  let faults = 0;
  let said = '';
  stopping.addEventListener('abort', lane.wake, { once: true });
  while (!stopping.aborted) {
    lane.turnedAt = lane.now();
    if (!disk.isWritable()) {
      lane.parts.settled();
      await clock.sleep(limits.daemon.diskRetry, stopping);
      continue;
    }
    lane.say('connecting', null);
    const connected = await mailboxes.connect(lane.name, stopping);
    let fault: Fault | null = null;
    if (connected.ok) {
      const session = connected.value;
      lane.session = session;
      try {
        const before = reached(lane);
        // Only a complete sync proves that the account works: a server that logs in and drops us is no success.
        const ended = await attend(lane, session, () => {
          if (said !== '') lane.log.info('watching again');
          faults = 0;
          said = '';
          lane.synced = true;
          lane.parts.settled();
        }).catch((error: unknown) => ofOurs(lane, error));
        if (!ended.ok) fault = ended.fault;
        // It died, and yet we got further than before: one broken message after the other is no reason to wait longer.
        if (reached(lane) !== before) faults = 0;
      } finally {
        lane.session = null;
        await session.close();
      }
    } else fault = connected.fault;
    if (stopping.aborted || fault === null) break;
    // The same trouble is said once, not at every try.
    if (fault.message !== said && fault.code !== 'disk') {
      lane.log[fault.kind === 'unauthorized' ? 'error' : 'warn']({ code: fault.code }, fault.message);
      said = fault.message;
    }
    lane.parts.settled();
    lane.say(fault.kind === 'unauthorized' ? 'refused' : 'disconnected', fault.message);
    const wait =
      fault.kind === 'unauthorized'
        ? limits.imap.authRetry
        : Math.max(
            backoff(faults, limits.imap.backoffMin, limits.imap.backoffMax, random),
            Math.min(fault.retryAfter ?? 0, limits.imap.authRetry),
          );
    faults++;
    await clock.sleep(wait, stopping);
  }
  lane.say('stopped', null);
}

/** How far the folders were read. */
function reached(lane: Lane): string {
  const { account, journal } = lane.parts;
  return account.folders.map((folder) => journal.cursor(account.name, folder)?.lastUid).join();
}

/** Turns of the path on one session, until it ends or the daemon stops. */
async function attend(lane: Lane, session: Session, synced: () => void): Promise<Outcome<void>> {
  const { account, clock, disk, stopping } = lane.parts;
  const prepared = await prepare(lane, session);
  if (!prepared.ok) return prepared;
  const [first, ...others] = account.folders;
  if (first === undefined) throw new Error(`account ${account.name} watches no folder`);
  const noticing = new Noticing(lane, session);
  const backfilling = new Backfilling(lane, session);
  let othersAt = 0;
  let announced = false;
  const unread = new Map<string, string>();
  while (!stopping.aborted) {
    lane.awake();
    if (stopping.aborted) break;
    const turned = lane.turnedAt;
    // Acting comes first: a move that was cut off is looked after before its destination is scanned.
    const acted = await act(lane, session);
    if (!acted.ok) return acted;
    if (!disk.hasRoom()) {
      // Nor are folders read: what is found takes room, and a cursor that stands still loses nothing.
      lane.say('disk full', disk.trouble);
      announced = false;
      lane.parts.settled();
      await clock.sleep(Math.min(pause(lane, othersAt, turned), limits.daemon.diskRetry), lane.nextWake());
      if (!(await session.idle(first, 0, lane.nextWake()))) return { ok: false, fault: session.ended() };
      continue;
    }
    const due = lane.now() >= othersAt ? account.folders : [first];
    const folders = lane.parts.watches ? due : [];
    let more = false;
    for (const folder of folders) {
      const seen = await watch(lane, session, folder);
      if (seen.ok) {
        unread.delete(folder);
        more ||= seen.value.more;
      } else if (session.closed.aborted || seen.fault.retryAfter !== undefined) return seen;
      else {
        // One folder that is gone or closed to us does not keep the others from being watched.
        unread.set(folder, seen.fault.message);
        if (lane.isNews(`watch ${folder}`, seen.fault.message)) {
          lane.log.warn({ folder, code: seen.fault.code }, `${folder} is not watched: ${seen.fault.message}`);
        }
      }
    }
    if (!more && (due.length > 1 || others.length === 0)) othersAt = lane.now() + lane.parts.pollInterval;
    if (!announced && unread.size < account.folders.length) {
      announced = true;
      synced();
    }
    const [why] = unread.values();
    lane.unread = why === undefined ? null : { since: lane.unread?.since ?? lane.now(), why };
    // What is asked of a server that opens no folder at all is asked again with each look.
    if (announced) lane.say('watching', ailing(unread, lane.parts.desk.away));
    else lane.say('disconnected', why ?? null);
    const noticed = lane.parts.watches ? await noticing.turn() : ok(undefined);
    if (!noticed.ok) return noticed;
    const filled = await backfilling.turn();
    if (!filled.ok) return filled;
    const followed = await followThreads(lane, session);
    if (!followed.ok) return followed;
    const taken = await intake(lane, session);
    if (!taken.ok) return taken;
    if (more || acted.value + filled.value + followed.value + taken.value > 0) continue;
    const wait = pause(lane, othersAt, turned);
    if (wait <= 0) continue;
    if (lane.parts.desk.expects(lane.name)) {
      await clock.sleep(Math.min(wait, limits.daemon.expected), lane.nextWake());
      if (lane.nextWake().aborted) continue;
    }
    const alive = await session.idle(first, wait, lane.nextWake());
    if (!alive) return { ok: false, fault: session.ended() };
  }
  return ok(undefined);
}

function ailing(unread: ReadonlyMap<string, string>, away: string | null): string | null {
  const folders = unread.size === 0 ? null : `not ${[...unread.keys()].join(', ')}`;
  return [folders, away].filter((part) => part !== null).join('; ') || null;
}

/**
 * How long nothing has to be done unless the server or a poll says so. What fell due in this turn, which `turned` at that time, was
 * not looked at yet; what was due before stands until the next poll. Clock jumps cost one interval at most.
 */
function pause(lane: Lane, othersAt: number, turned: number): number {
  const now = lane.now();
  const reopens = lane.parts.desk.closedUntil();
  // While the API is away its found messages are due all the time; what counts is when asking begins again.
  const states = reopens === null || reopens <= now ? (['found', 'decided'] as const) : (['decided'] as const);
  const due = lane.parts.journal.nextDue(lane.name, states);
  const next = [othersAt, due, reopens].filter((at) => at !== null && at > turned) as number[];
  return Math.min(lane.parts.pollInterval, ...next.map((at) => at - now));
}

async function prepare(lane: Lane, session: Session): Promise<Outcome<void>> {
  const { account } = lane.parts;
  const { policy } = account;
  const ways = [...policy.routes.values(), policy.unsure, policy.failed];
  const prepared = await session.prepare({
    watched: account.folders,
    // Nothing is created while nothing will be touched.
    targets: policy.mode === 'observe' ? [] : [...new Set(ways.map((way) => way.move).filter((to) => to !== null))],
    labels: [...new Set(ways.flatMap((way) => way.labels))],
  });
  if (!prepared.ok) return prepared;
  for (const { target, why } of prepared.value.unmade) {
    if (lane.isNews(`target ${target}`, why)) {
      lane.log.warn({ folder: target }, `${why}; what is to go there will go the failed way`);
    }
  }
  for (const { folder, labels } of prepared.value.unkept) {
    if (!lane.isNews(`labels ${folder}`, labels.join())) continue;
    const routes = [...policy.routes.values()].filter((route) => route.labels.some((label) => labels.includes(label)));
    lane.log.warn(
      { folder, labels, routes: routes.map((route) => route.name) },
      `the server keeps no new keywords in ${folder}: ${labels.join(', ')} will not be set; moves are still made`,
    );
  }
  return ok(undefined);
}

/** A full disk, or a fault of ours: the session is given up and the account goes on from the journal, never dies. */
function ofOurs(lane: Lane, error: unknown): Outcome<never> {
  if (error instanceof UserError) throw error;
  const { disk } = lane.parts;
  if (disk.refused(error)) {
    return { ok: false, fault: { kind: 'temporary', code: 'disk', message: disk.trouble ?? reasonOf(error) } };
  }
  return { ok: false, fault: { kind: 'temporary', code: 'internal', message: reasonOf(error) } };
}
