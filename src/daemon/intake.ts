import { limits } from '../base/limits.ts';
import type { Found } from '../triage/job.ts';
import type { Lane } from './lane.ts';

/** Which of the messages that are due are fetched next: one UID set of no more than `room`. */
export function nextSet(lane: Lane, due: readonly Found[], room: number): readonly Found[] {
  const fresh = due.filter(({ origin }) => origin === 'watch');
  // Old mail waits until there is no new mail to take up, and never has all of the room.
  const [next, most] = fresh.length > 0 ? [fresh, room] : [due, Math.min(room, roomForOld(lane))];
  return atOnce(together(next).slice(0, most));
}

/** How much of its old mail an account may take up: little at a time, so that new mail finds its session and its turns free. */
function roomForOld(lane: Lane): number {
  const { journal, desk } = lane.parts;
  if (journal.backfill(lane.name)?.state === 'paused') return 0;
  const room = limits.backfill.inHand - lane.oldInHand;
  // Half of it at least, so that it goes in sets that are worth their round trips.
  return room * 2 < limits.backfill.inHand ? 0 : Math.min(desk.roomForOld(), room);
}

/**
 * Messages of one folder that can be fetched together. Of those that were begun before and never finished one may be
 * poison: they go first, in sets that are smaller the more often it happened, and at last each alone. So a kill from
 * outside costs the others little, and poison takes fewer along each time.
 */
function together(due: readonly Found[]): readonly Found[] {
  const starts = Math.max(0, ...due.map((job) => job.starts));
  const first = due.find((job) => job.starts === starts);
  if (first === undefined) return [];
  const { folder, uidValidity } = first.place;
  const alike = due.filter(
    ({ place, starts: begun }) => begun === starts && place.folder === folder && place.uidValidity === uidValidity,
  );
  return alike.slice(0, Math.max(1, Math.floor(limits.imap.batch / 4 ** starts)));
}

/** As many of them as may be held in memory while they wait to be read. */
function atOnce(batch: readonly Found[]): readonly Found[] {
  let octets = 0;
  const end = batch.findIndex(({ identity }) => {
    octets += Math.min(identity.size, limits.imap.wholeMessage);
    return octets > limits.imap.fetchSet;
  });
  return end === -1 ? batch : batch.slice(0, Math.max(1, end));
}
