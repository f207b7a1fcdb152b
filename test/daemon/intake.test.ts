import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { failed, ok } from '../../src/base/errors.ts';
import { intake, watch } from '../../src/daemon/path.ts';
import type { Fetched, Session } from '../../src/daemon/ports.ts';
import type { Readable, Row, Scan } from '../../src/mail/message.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { HandClock } from '../api/clock.ts';
import { laneOf } from './lane.ts';

/* Between the mailbox and the journal: what was seen is known, or it is seen again. */

let folder: string;
let store: Store;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-intake-'));
  store = openStore(join(folder, 'siftd.db'));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const row = (uid: number, hash = `h${uid}`): Row => ({
  uid,
  flags: [],
  identity: { emailId: null, messageId: '<one@x>', headerHash: hash, internalDate: 5, size: 9 },
  references: [],
  threadId: null,
});

/** A folder with these rows; `look` answers as a connection does that is cut in the middle. */
function sessionOf(rows: readonly Row[], cut: () => boolean): Session {
  return {
    closed: new AbortController().signal,
    head: () => Promise.resolve(ok({ uidValidity: 1, lastUid: 0 })),
    scan: (_folder: string, { lastUid }: { lastUid: number }) => {
      const beyond = rows.filter(({ uid }) => uid > lastUid);
      return Promise.resolve(
        ok<Scan>({ uidValidity: 1, lastUid: beyond.at(-1)?.uid ?? lastUid, rows: beyond, more: false }),
      );
    },
    look: (_folder: string, _validity: number, uids: readonly number[]) =>
      Promise.resolve(
        cut() ? failed('temporary', 'closed', 'the connection ended') : ok(new Map(uids.map((uid) => [uid, []]))),
      ),
    async *fetch(_folder: string, _validity: number, wanted: readonly { uid: number }[]) {
      for (const { uid } of wanted) {
        yield ok<Fetched>({ uid, flags: [], content: { kind: 'whole', source: new Uint8Array() } });
      }
    },
  } as unknown as Session;
}

it('a connection that ends while new messages are told from known ones loses none: the cursor stands where it was', async () => {
  const lane = laneOf({ store, clock: new HandClock() });
  // The second looks like the first, so that its place has to be asked for.
  const rows = [row(1, 'same')];
  let cut = false;
  const session = sessionOf(rows, () => cut);
  expect(await watch(lane, session, 'INBOX')).toEqual(ok({ found: 1, more: false }));
  rows.push(row(2, 'same'));
  cut = true;
  expect(await watch(lane, session, 'INBOX')).toMatchObject({ ok: false });
  expect(store.cursor('support', 'INBOX')?.lastUid).toBe(1);
  cut = false;
  expect(await watch(lane, session, 'INBOX')).toEqual(ok({ found: 1, more: false }));
  expect(store.count('support', 'found')).toBe(2);
});

it('no more messages are in hand than the API takes at a time, and each of them once', async () => {
  const readings: (() => void)[] = [];
  const readable: Readable = { subject: 's', body: 'b' };
  const posts: string[] = [];
  const lane = laneOf({
    store,
    clock: new HandClock(),
    pending: 3,
    parser: { parse: () => new Promise((resolve) => readings.push(() => resolve(ok(readable)))) },
    classifier: {
      holds: true,
      submit: (submission) => {
        posts.push(submission.key);
        return new Promise(() => {});
      },
      result: () => new Promise(() => {}),
    },
  });
  const session = sessionOf(
    Array.from({ length: 10 }, (_, at) => row(at + 1)),
    () => false,
  );
  await watch(lane, session, 'INBOX');
  for (let turn = 0; turn < 4; turn++) await intake(lane, session);
  expect(readings).toHaveLength(3);
  for (const read of readings.splice(0)) read();
  while (posts.length < 3) await new Promise((resolve) => setImmediate(resolve));
  for (let turn = 0; turn < 4; turn++) await intake(lane, session);
  expect(readings).toHaveLength(0);
  expect(new Set(posts).size).toBe(3);
});
