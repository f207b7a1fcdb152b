import { limits } from '../base/limits.ts';
import type { Cursor, Row } from '../mail/message.ts';

/** How far a folder was read, and what of it counts as new. */
export interface FolderCursor extends Cursor {
  /** When the last complete scan ended, milliseconds since the epoch. */
  readonly syncedAt: number;
  /** What was there when the folder was first seen: up to this UID, only mail whose INTERNALDATE is `baselineDate` or later is new; beyond it, everything is. */
  readonly baselineUid: number;
  readonly baselineDate: number;
}

/** What counts as new when a folder is watched for the first time: from now on, everything, or from a date on. */
export type Since = 'now' | 'all' | number;

export function firstCursor(head: Cursor, since: Since, now: number): FolderCursor {
  const { uidValidity, lastUid } = head;
  switch (since) {
    case 'now':
      return { uidValidity, lastUid, syncedAt: now, baselineUid: lastUid, baselineDate: now };
    case 'all':
      return { uidValidity, lastUid: 0, syncedAt: now, baselineUid: lastUid, baselineDate: 0 };
    default:
      return { uidValidity, lastUid: 0, syncedAt: now, baselineUid: lastUid, baselineDate: since };
  }
}

/** New mail is what lies beyond the cursor, read or unread: a person may have read it first. */
export function isNew(row: Row, cursor: FolderCursor): boolean {
  return row.uid > cursor.baselineUid || row.identity.internalDate >= cursor.baselineDate;
}

/**
 * The folder got another UIDVALIDITY, so every UID that we knew is void (RFC 9051 2.3.1.1). A message that no job
 * holds is new only if it came in after the last complete scan, less a margin for the server's clock.
 */
export function cameAfter(row: Row, syncedAt: number): boolean {
  return row.identity.internalDate > syncedAt - limits.daemon.resyncMargin;
}

/** So much "new" mail after a change of UIDVALIDITY is old mail that we fail to recognise: nobody sorts that unasked. */
export function looksLikeOldMail(fresh: number, inFolder: number): boolean {
  return fresh > limits.daemon.resyncMost && fresh > inFolder * limits.daemon.resyncShare;
}
