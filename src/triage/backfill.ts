import type { Cursor } from '../mail/message.ts';

/** Which old mail is to be sorted. */
export interface BackfillWish {
  readonly folder: string;
  /** Only what came in then or later, by INTERNALDATE; null: all of it. */
  readonly since: number | null;
  /** So many messages at most, the oldest first; null: all of it. */
  readonly most: number | null;
}

/** Old mail of a folder that is being sorted: the account's only one until it has ended. */
export interface Backfill extends BackfillWish {
  /** That of the request that began it. */
  readonly id: number;
  readonly account: string;
  /** `finishing`: nothing more is taken, and what was is on its way. */
  readonly state: 'reading' | 'paused' | 'finishing' | 'ended';
  /** How far the folder was read; null: it was not opened yet. */
  readonly cursor: Cursor | null;
  /** What lies beyond this UID came later, and is none of its business. */
  readonly lastOld: number;
  /** Messages that are to be looked at, as the server counted them at the beginning. */
  readonly messages: number;
  /** Of them: looked at, and taken, that is made jobs of. The others are known already, deleted, or too old. */
  readonly passed: number;
  readonly taken: number;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** What it waits for, or why it ended before its end. */
  readonly why: string | null;
}

export function newBackfill(id: number, account: string, wish: BackfillWish, date: number): Backfill {
  const { folder, since, most } = wish;
  return {
    ...{ id, account, folder, since, most },
    ...{ state: 'reading', cursor: null, lastOld: 0, messages: 0, passed: 0, taken: 0 },
    ...{ startedAt: date, endedAt: null, why: null },
  };
}

export function isSameWish(one: BackfillWish, other: BackfillWish): boolean {
  return one.folder === other.folder && one.since === other.since && one.most === other.most;
}

/** How much of it is done, 0 to 1. `open`: of the taken ones, those that have not ended. */
export function shareDone({ state, messages, most, passed, taken }: Backfill, open: number): number {
  if (state === 'ended') return 1;
  if (passed === 0) return 0;
  const looked = Math.max(passed / Math.max(messages, passed), most === null ? 0 : taken / most);
  const read = state === 'finishing' ? 1 : Math.min(1, looked);
  return read * (1 - Math.min(1, open / passed));
}
