import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ImapLimits } from '../../src/imap/line.ts';
import { createMailboxes, type ImapSession } from '../../src/imap/session.ts';
import type { Row } from '../../src/mail/message.ts';
import type { Acted, Action, Fence, Progress, Task } from '../../src/triage/acting.ts';
import { manualClock } from './clock.ts';
import { type MemoryLedger, memoryLedger } from './ledger.ts';
import {
  accountOf,
  all,
  type Expected,
  letter,
  type MailServer,
  mark,
  move,
  open,
  openOn,
  Person,
  pathAt,
  scanAll,
  taskFor,
} from './support.ts';

/** What every mailbox must do for siftd. Run against each server by a test file of its own. */
export function mailboxSuite(name: string, expected: Expected, start: () => Promise<MailServer>): void {
  describe(name, () => {
    let server: MailServer;
    let user: string;
    let person: Person;
    const sessions: ImapSession[] = [];

    beforeAll(async () => {
      server = await start();
    });
    afterAll(async () => {
      await server.stop();
    });
    beforeEach(async () => {
      user = server.user();
      person = new Person(server, user, expected.shared ? null : away);
      await person.clear();
    });
    afterEach(async () => {
      await away();
      await person.leave();
    });

    async function away(): Promise<void> {
      for (const session of sessions.splice(0)) await session.close();
    }

    async function session(limits: Partial<ImapLimits> = {}): Promise<ImapSession> {
      const opened = await open(accountOf(server, user), limits);
      sessions.push(opened);
      return opened;
    }

    /** The session that is open, or a new one where a person had to be alone meanwhile. */
    async function live(): Promise<ImapSession> {
      return sessions.at(-1) ?? session();
    }

    async function deliver(...raws: readonly string[]): Promise<void> {
      for (const raw of raws) await server.deliver(user, raw);
    }

    async function rowsIn(siftd: ImapSession, folder = 'INBOX') {
      const { rows, cursor } = await scanAll(siftd, folder);
      return { rows, at: { folder, uidValidity: cursor.uidValidity } };
    }

    async function fence(siftd: ImapSession, folder: string): Promise<Fence> {
      const head = await siftd.head(folder);
      if (!head.ok) throw new Error(head.fault.message);
      return { folder, uidValidity: head.value.uidValidity, uidNext: head.value.lastUid + 1 };
    }

    /** On a server without UIDPLUS the original stays behind, marked \Deleted, and counts as gone. */
    async function present(folder: string) {
      return (await person.see(folder)).filter(({ flags }) => expected.uidplus || !flags.includes('\\Deleted'));
    }

    const ids = (seen: readonly { readonly id: string | null }[]) => seen.map(({ id }) => id).sort();
    const idOf = ({ identity }: Row) => identity.messageId;

    test('says what the server can do', async () => {
      const { abilities } = await session();
      const { move: canMove, uidplus, objectId, gmail, idle } = expected;
      expect(abilities).toEqual({ move: canMove, uidplus, objectId, gmail, idle: idle !== 'none' });
    });

    describe('watching', () => {
      test('a folder is read page by page, each message once, whatever its flags', async () => {
        const raws = Array.from({ length: 23 }, () => letter());
        await deliver(...raws);
        const before = await person.see('INBOX');
        await person.flag('INBOX', [before[1]?.uid ?? 0], ['\\Seen']);
        const siftd = await session({ batch: 5 });
        const { rows, pages } = await scanAll(siftd, 'INBOX');
        expect(rows.map(({ uid }) => uid)).toEqual(before.map(({ uid }) => uid));
        expect(pages).toBeGreaterThan(3);
        expect(rows.map(idOf)).toEqual(before.map(({ id }) => id));
        expect(rows[1]?.flags).toContain('\\Seen');
        const after = await person.see('INBOX');
        expect(after.filter(({ flags }) => flags.includes('\\Seen'))).toHaveLength(1);
      });

      test('a row carries what a message is recognised by', async () => {
        const raw = letter({ id: '<Mixed.Case+1@example.com>' }).replace(
          'From:',
          'References: <one@x> <two@x>\r\nIn-Reply-To: <three@x>\r\nFrom:',
        );
        await person.put('INBOX', raw, ['\\Flagged'], new Date('2024-02-29T23:59:58Z'));
        const { rows } = await rowsIn(await session());
        expect(rows).toHaveLength(1);
        expect(rows[0]?.flags).toContain('\\Flagged');
        expect(rows[0]?.references).toEqual(['<one@x>', '<two@x>', '<three@x>']);
        expect(rows[0]?.identity).toMatchObject({
          messageId: '<Mixed.Case+1@example.com>',
          internalDate: Date.parse('2024-02-29T23:59:58Z'),
          headerHash: expect.stringMatching(/^[0-9a-f]{64}$/),
        });
        expect(rows[0]?.identity.size).toBeGreaterThanOrEqual(raw.length);
        expect(rows[0]?.identity.emailId !== null).toBe(expected.objectId || expected.gmail);
      });

      test('the message that the cursor names is never given again, though it is the last one', async () => {
        await deliver(letter(), letter());
        const siftd = await session();
        const { cursor } = await scanAll(siftd, 'INBOX');
        for (const lastUid of [cursor.lastUid, cursor.lastUid + 7]) {
          const again = await siftd.scan('INBOX', { ...cursor, lastUid });
          expect(again).toEqual({
            ok: true,
            value: { uidValidity: cursor.uidValidity, lastUid, rows: [], more: false },
          });
        }
      });

      test('what came while nobody watched is found beyond the cursor, read or unread', async () => {
        await deliver(letter());
        const { cursor } = await scanAll(await session(), 'INBOX');
        await away();
        await deliver(letter({ id: '<read@x>' }), letter({ id: '<unread@x>' }));
        const seen = await person.see('INBOX');
        await person.flag('INBOX', [seen[1]?.uid ?? 0], ['\\Seen']);
        const { rows } = await scanAll(await session(), 'INBOX', cursor.lastUid, cursor.uidValidity);
        expect(rows.map(idOf)).toEqual(['<read@x>', '<unread@x>']);
      });

      test('holes between UIDs are crossed', async () => {
        await deliver(...Array.from({ length: 30 }, () => letter()));
        const seen = await person.see('INBOX');
        await person.expunge(
          'INBOX',
          seen.slice(1, -1).map(({ uid }) => uid),
        );
        const { rows } = await scanAll(await session({ batch: 2 }), 'INBOX');
        expect(rows.map(({ uid }) => uid)).toEqual([seen[0]?.uid, seen.at(-1)?.uid]);
      });

      test('an empty folder has nothing to read, and a head', async () => {
        await person.create('Empty');
        const siftd = await session();
        const head = await siftd.head('Empty');
        const scan = await siftd.scan('Empty', { uidValidity: 0, lastUid: 0 });
        expect(head).toMatchObject({ ok: true, value: { lastUid: 0 } });
        expect(scan).toMatchObject({ ok: true, value: { rows: [], lastUid: 0, more: false } });
      });

      test('the head is the highest UID without reading anything', async () => {
        await deliver(letter(), letter(), letter());
        const siftd = await session();
        const head = await siftd.head('INBOX');
        const { cursor } = await scanAll(siftd, 'INBOX');
        expect(head).toEqual({ ok: true, value: { ...cursor, modSeq: head.ok ? head.value.modSeq : null } });
      });

      test('a folder that does not exist is a fault of its own', async () => {
        const siftd = await session();
        for (const outcome of [
          await siftd.head('Nowhere'),
          await siftd.scan('Nowhere', { uidValidity: 1, lastUid: 0 }),
          await siftd.look('Nowhere', 1, [1]),
        ]) {
          expect(outcome).toMatchObject({ ok: false, fault: { code: 'no-folder', kind: 'permanent' } });
        }
        expect(siftd.closed.aborted).toBe(false);
      });

      test('looking answers with those that are there', async () => {
        await deliver(letter(), letter(), letter());
        const siftd = await session();
        const { rows, at } = await rowsIn(siftd);
        const uids = rows.map(({ uid }) => uid);
        await person.expunge('INBOX', [uids[1] ?? 0]);
        const looked = await (await live()).look('INBOX', at.uidValidity, [...uids, (uids.at(-1) ?? 0) + 50]);
        expect(looked.ok && [...looked.value.keys()]).toEqual([uids[0], uids[2]]);
      });

      test('under a new UIDVALIDITY a folder is read from the start, and old UIDs are stale', async () => {
        await person.create('Team');
        await person.put('Team', letter());
        const siftd = await session();
        const { cursor } = await scanAll(siftd, 'Team');
        await siftd.scan('INBOX', { uidValidity: 0, lastUid: 0 });
        await person.remove('Team');
        await person.create('Team');
        await person.put('Team', letter({ id: '<new@x>' }));
        const fresh = await session();
        const scan = await fresh.scan('Team', { uidValidity: cursor.uidValidity + 1e6, lastUid: 1_000 });
        expect(scan.ok && scan.value.rows.map(idOf)).toEqual(['<new@x>']);
        const wrong = cursor.uidValidity + 1e6;
        expect(await fresh.look('Team', wrong, [1])).toMatchObject({ ok: false, fault: { code: 'stale' } });
        const fetched = await all(fresh.fetch('Team', wrong, [{ uid: 1, size: 10 }]));
        expect(fetched).toMatchObject([{ ok: false, fault: { code: 'stale' } }]);
      });

      test('new mail ends the wait, or is found after it', async () => {
        await deliver(letter());
        const siftd = await session({ pollInterval: 1_000 });
        const { cursor } = await scanAll(siftd, 'INBOX');
        const waits = siftd.idle('INBOX', expected.idle === 'speaks' ? 60_000 : 300, new AbortController().signal);
        await deliver(letter({ id: '<during@x>' }));
        expect(await waits).toBe(true);
        let found: Row[] = [];
        // A server that polls its store tells a moment after the delivery; a mute one never.
        while (found.length === 0) {
          found = [...(await scanAll(siftd, 'INBOX', cursor.lastUid, cursor.uidValidity)).rows];
          if (found.length === 0) await siftd.idle('INBOX', 300, new AbortController().signal);
        }
        // A delivery beside an open session makes GNU imap4d count its UIDs anew, and all is read again.
        expect(expected.shared ? found.map(idOf) : [found.at(-1)?.identity.messageId]).toEqual(['<during@x>']);
      });

      test('the wait ends when it is called off, and the session goes on', async () => {
        const siftd = await session();
        const off = new AbortController();
        const waits = siftd.idle('INBOX', 60_000, off.signal);
        off.abort();
        expect(await waits).toBe(true);
        expect((await siftd.head('INBOX')).ok).toBe(true);
      });

      test('mail that came while another folder was open ends the next wait at once', async () => {
        await person.create('Other');
        const account = accountOf(server, user);
        // Time stands still: only news can end the wait.
        const siftd = await openOn(
          createMailboxes(() => account, { clock: manualClock() }),
          account.name,
        );
        sessions.push(siftd);
        await scanAll(siftd, 'INBOX');
        await scanAll(siftd, 'Other');
        await deliver(letter());
        expect(await siftd.idle('INBOX', 60_000, new AbortController().signal)).toBe(true);
      });
    });

    describe('fetching', () => {
      test('small messages come whole, those that are gone are left out, and nothing is marked as read', async () => {
        const raws = [letter(), letter(), letter()];
        await deliver(...raws);
        const siftd = await session({ moment: 0 });
        const { rows, at } = await rowsIn(siftd);
        await person.expunge('INBOX', [rows[1]?.uid ?? 0]);
        const wanted = rows.map(({ uid, identity }) => ({ uid, size: identity.size }));
        const fetched = await all((await live()).fetch('INBOX', at.uidValidity, wanted));
        const texts = fetched.map((one) =>
          one.ok && one.value.content.kind === 'whole' ? Buffer.from(one.value.content.source).toString('latin1') : '',
        );
        expect(texts).toHaveLength(2);
        expect(texts[0]).toContain(raws[0]?.split('\r\n\r\n')[1] ?? 'missing');
        expect(texts[1]).toContain(raws[2]?.split('\r\n\r\n')[1] ?? 'missing');
        for (const { flags } of await person.see('INBOX')) expect(flags).not.toContain('\\Seen');
      });

      test('the session may be used between two messages', async () => {
        await deliver(letter(), letter());
        const siftd = await session();
        const { rows, at } = await rowsIn(siftd);
        let count = 0;
        for await (const one of siftd.fetch(
          'INBOX',
          at.uidValidity,
          rows.map(({ uid }) => ({ uid, size: 1 })),
        )) {
          expect(one.ok).toBe(true);
          expect((await siftd.head('INBOX')).ok).toBe(true);
          count++;
        }
        expect(count).toBe(2);
      });

      test('of a large message only the header and its own text cross the network', async () => {
        await person.put('INBOX', largeMessage(400_000));
        const siftd = await session();
        const { rows, at } = await rowsIn(siftd);
        siftd.stats(true);
        const wanted = rows.map(({ uid, identity }) => ({ uid, size: identity.size }));
        const [one] = await all(siftd.fetch('INBOX', at.uidValidity, wanted));
        expect(siftd.stats().received).toBeLessThan(64 * 1024);
        const content = one?.ok ? one.value.content : null;
        expect(content?.kind).toBe('parts');
        if (content?.kind !== 'parts') return;
        const text = content.texts.map(({ mime, body }) => Buffer.concat([mime, body]).toString('latin1')).join('\n');
        expect(Buffer.from(content.header).toString('latin1')).toContain('Subject: with attachments');
        expect(text).toContain('the mail itself');
        expect(text).toMatch(/Content-Type: text\/plain/i);
        expect(text).not.toContain('<p>');
        expect(text).not.toContain('notes in a file');
        expect(text).not.toContain('text of the forwarded message');
        expect(content.attachments).toEqual(['Übersicht.pdf', 'notes.txt', 'a forwarded message']);
      });

      test('a large message that is one single text is cut', async () => {
        await person.put('INBOX', letter({ body: `beginning ${'lorem ipsum '.repeat(40_000)}` }));
        const siftd = await session({ textPart: 10_000 });
        const { rows, at } = await rowsIn(siftd);
        const wanted = rows.map(({ uid, identity }) => ({ uid, size: identity.size }));
        const [one] = await all(siftd.fetch('INBOX', at.uidValidity, wanted));
        const content = one?.ok && one.value.content.kind === 'parts' ? one.value.content : null;
        expect(content?.texts.map(({ body }) => body.length)).toEqual([10_000]);
        expect(Buffer.from(content?.texts[0]?.body ?? []).toString()).toMatch(/^beginning lorem/);
        expect(content?.texts[0]?.mime).toEqual(content?.header);
      });
    });

    describe('preparing', () => {
      test('missing targets are made, those that exist are kept, and labels that are lost are named', async () => {
        await person.create('There');
        const siftd = await session();
        for (let twice = 0; twice < 2; twice++) {
          const prepared = await siftd.prepare({
            watched: ['INBOX'],
            targets: ['There', 'Support/Refunds', '\\Junk'],
            labels: ['siftd/Invoice', 'not a keyword'],
          });
          const lost = expected.gmail ? [] : expected.keywords ? ['not a keyword'] : ['siftd/Invoice', 'not a keyword'];
          expect(prepared).toEqual({
            ok: true,
            value: { unkept: lost.length === 0 ? [] : [{ folder: 'INBOX', labels: lost }], unmade: [] },
          });
        }
        const folders = await person.folders();
        for (const name of ['There', 'Support/Refunds']) {
          expect(folders).toContain(await person.visit(async (client) => pathAt(client, name)));
        }
        expect(folders.filter((path) => /junk|spam/i.test(path))).toHaveLength(1);
      });

      test('a watched folder that does not exist stops nothing here: scanning it says so', async () => {
        const siftd = await session();
        const prepared = await siftd.prepare({ watched: ['Nowhere', 'INBOX'], targets: [], labels: ['not a keyword'] });
        expect(prepared.ok && prepared.value.unkept.map(({ folder }) => folder)).toEqual(
          expected.gmail ? [] : ['INBOX'],
        );
        expect(await siftd.scan('Nowhere', { uidValidity: 1, lastUid: 0 })).toMatchObject({
          ok: false,
          fault: { code: 'no-folder' },
        });
      });
    });

    describe('acting', () => {
      let ledger: MemoryLedger;

      beforeEach(() => {
        ledger = memoryLedger();
      });

      const act = async (tasks: readonly Task[]): Promise<Acted[]> => {
        const answers = await (await live()).apply(tasks, ledger);
        return tasks.map(({ job }) => answers.get(job) ?? { result: 'interrupted', why: 'no answer' });
      };

      test('labels, flags and the move are done, and the message is as it was otherwise', async () => {
        await person.put(
          'INBOX',
          letter({ id: '<a@x>' }),
          ['\\Answered', '\\Flagged'],
          new Date('2024-03-01T10:00:00Z'),
        );
        const { rows, at } = await rowsIn(await live());
        const [task] = rows.map((row) =>
          taskFor(row, at, [mark(['urgent'], ['\\Flagged', '\\Seen']), move('Support/Refunds')]),
        );
        const [acted] = await act([task as Task]);
        const job = task?.job ?? 0;
        expect(acted).toMatchObject({ result: 'done', place: { folder: 'Support/Refunds' } });
        const [message] = await present('Support/Refunds');
        expect(message?.id).toBe('<a@x>');
        expect(message?.date).toBe('2024-03-01T10:00:00.000Z');
        expect(acted?.result === 'done' && acted.place.uid).toBe(message?.uid);
        const flags = ['\\Answered', '\\Flagged', '\\Seen'];
        if (expected.gmail) expect(message?.labels).toContain('urgent');
        else expect(message?.flags).toEqual(expected.keywords ? [...flags, 'urgent'].sort() : flags);
        expect(await present('INBOX')).toEqual([]);
        const labelKept = expected.keywords || expected.gmail;
        expect(ledger.of(job, 0)).toEqual({
          step: 'done',
          newly: labelKept ? ['urgent', '\\Seen'] : ['\\Seen'],
          from: null,
          to: null,
          note: labelKept ? null : 'the server did not keep urgent',
        });
        expect(ledger.steps(job, 0)).toEqual(['sent', 'done']);
        expect(ledger.steps(job, 1)).toEqual(expected.move ? ['sent', 'done'] : ['sent', 'copied', 'removing', 'done']);
        expect(ledger.of(job, 1)).toMatchObject({
          step: 'done',
          from: task?.place,
          to: acted?.result === 'done' ? acted.place : null,
        });
      });

      test('a set is acted on message by message, and nobody else is touched', async () => {
        await deliver(...Array.from({ length: 14 }, () => letter()));
        await person.create('Bin');
        const { rows, at } = await rowsIn(await live());
        const tasks = rows.slice(0, 12).map((row) => taskFor(row, at, [move('Sorted')]));
        const uids = rows.map(({ uid }) => uid);
        await person.move('INBOX', [uids[2] ?? 0, uids[3] ?? 0], 'Bin');
        await person.flag('INBOX', [uids[5] ?? 0, uids[12] ?? 0], ['\\Deleted']);
        const acted = await act(tasks);
        const gone = [2, 3, 5];
        expect(acted.map(({ result }) => result)).toEqual(
          uids.slice(0, 12).map((_, i) => (gone.includes(i) ? 'gone' : 'done')),
        );
        const expectedIds = rows
          .slice(0, 12)
          .filter((_, i) => !gone.includes(i))
          .map(idOf);
        expect(ids(await person.see('Sorted'))).toEqual(expectedIds.sort());
        const left = await person.see('INBOX');
        const touched = left.filter(({ id }) => !expectedIds.includes(id));
        expect(touched.map(({ uid }) => uid)).toEqual([uids[5], uids[12], uids[13]]);
        expect(touched.map(({ flags }) => flags.includes('\\Deleted'))).toEqual([true, true, false]);
      });

      test('a set goes to several folders, announced at once, and one that cannot be had keeps nobody else', async () => {
        await deliver(...Array.from({ length: 9 }, () => letter()));
        const { rows, at } = await rowsIn(await live());
        const folders = ['Sorted', 'Bad//Name', 'Other'];
        const tasks = rows.map((row, i) => taskFor(row, at, [move(folders[i % 3] ?? '')]));
        const acted = await act(tasks);
        expect(acted.map(({ result }) => result)).toEqual(rows.map((_, i) => (i % 3 === 1 ? 'refused' : 'done')));
        const idsOf = (rest: number) => rows.filter((_, i) => i % 3 === rest).map(idOf);
        expect(ids(await present('Sorted'))).toEqual(idsOf(0).sort());
        expect(ids(await present('INBOX'))).toEqual(idsOf(1).sort());
        expect(ids(await present('Other'))).toEqual(idsOf(2).sort());
        const sent = new Set(ledger.entries.filter(({ progress }) => progress.step === 'sent').map(({ job }) => job));
        expect(sent).toEqual(new Set(tasks.filter((_, i) => i % 3 !== 1).map(({ job }) => job)));
        // Whatever comes after it, all of them were announced before the first was seen to be done.
        const before = ledger.entries.slice(
          0,
          ledger.entries.findIndex(({ progress }) => progress.step === 'done'),
        );
        expect(before.filter(({ progress }) => progress.step === 'sent')).toHaveLength(6);
      });

      test('two deliveries of the same bytes are two messages', async () => {
        const twin = letter();
        const date = new Date('2024-05-05T05:05:05Z');
        // Not delivered: Cyrus drops a delivery that it has seen before.
        for (let n = 0; n < 2; n++) await person.put('INBOX', twin, [], date);
        const { rows, at } = await rowsIn(await live());
        const acted = await act(rows.map((row) => taskFor(row, at, [move('Sorted')])));
        expect(acted.map(({ result }) => result)).toEqual(['done', 'done']);
        const places = acted.map((one) => (one.result === 'done' ? one.place.uid : 0)).sort();
        expect(places).toEqual((await present('Sorted')).map(({ uid }) => uid));
        expect(await present('INBOX')).toEqual([]);
      });

      test('a message without a Message-ID is moved and found again', async () => {
        await deliver(letter({ id: null }));
        const { rows, at } = await rowsIn(await live());
        const [acted] = await act(rows.map((row) => taskFor(row, at, [move('Sorted')])));
        const [message] = await present('Sorted');
        expect(acted).toMatchObject({ result: 'done', place: { folder: 'Sorted', uid: message?.uid } });
      });

      test('a message that is where it should be stays there', async () => {
        await deliver(letter());
        const { rows, at } = await rowsIn(await live());
        const [task] = rows.map((row) => taskFor(row, at, [move('INBOX')]));
        expect(await act([task as Task])).toEqual([{ result: 'done', place: task?.place }]);
        expect(ledger.steps(task?.job ?? 0, 0)).toEqual(['done']);
        expect((await person.see('INBOX')).map(({ uid }) => uid)).toEqual([task?.place.uid]);
      });

      test('a special use names its folder, whatever that is called', async () => {
        await deliver(letter());
        const { rows, at } = await rowsIn(await live());
        const [acted] = await act(rows.map((row) => taskFor(row, at, [move('\\Junk')])));
        expect(acted?.result).toBe('done');
        const junk = (await person.folders()).find((path) => /junk|spam/i.test(path));
        expect(await person.visit((client) => client.mailboxOpen(junk ?? ''))).toMatchObject({ exists: 1 });
      });

      test('to folders of any name, or of none that the server can have: then the message stays where it is', async () => {
        const plain = ['Rückerstattungen', 'Поддержка/Возврат', '返金'];
        const names = [...plain, 'two words', 'Tom & Jerry', 'say "hi"', "it's (so)"];
        for (const _ of names) await deliver(letter());
        const { rows, at } = await rowsIn(await live());
        const acted = await act(rows.map((row, index) => taskFor(row, at, [move(names[index] ?? '')])));
        const left = await person.see('INBOX');
        for (const [index, name] of names.entries()) {
          const answer = acted[index];
          if (answer?.result !== 'done') {
            // GNU imap4d has no blanks in names, nor Cyrus quotes.
            expect(plain).not.toContain(name);
            expect(answer?.result).toBe('refused');
            expect(ids(left)).toContain(idOf(rows[index] as Row));
            continue;
          }
          expect(answer.place.folder).toBe(name);
          expect(ids(await person.see(name))).toEqual([idOf(rows[index] as Row)]);
          expect(await (await live()).find(name)).toEqual({ ok: true, value: name });
        }
      });

      test('a destination that was deleted after it was prepared is made again', async () => {
        await (await live()).prepare({ watched: ['INBOX'], targets: ['Sorted'], labels: [] });
        await person.remove('Sorted');
        await deliver(letter());
        const { rows, at } = await rowsIn(await live());
        const [acted] = await act(rows.map((row) => taskFor(row, at, [move('Sorted')])));
        expect(acted?.result).toBe('done');
        expect(ids(await person.see('Sorted'))).toEqual(rows.map(idOf));
      });

      test('a destination that cannot be had is refused for good, and the marks come off again', async () => {
        await person.put('INBOX', letter(), ['\\Answered']);
        const { rows, at } = await rowsIn(await live());
        const [task] = rows.map((row) =>
          taskFor(row, at, [mark(['urgent'], ['\\Flagged', '\\Answered']), move('Bad//Name')]),
        );
        const [acted] = await act([task as Task]);
        expect(acted).toMatchObject({ result: 'refused', final: true });
        const [message] = await person.see('INBOX');
        expect(message?.flags).toEqual(['\\Answered']);
        expect(message?.labels).not.toContain('urgent');
        expect(ledger.of(task?.job ?? 0, 0).step).toBe('undone');
        expect(ledger.of(task?.job ?? 0, 1).step).toBe('undone');
      });

      test('under a new UIDVALIDITY nothing is done', async () => {
        await deliver(letter());
        const { rows, at } = await rowsIn(await live());
        const stale = { ...at, uidValidity: at.uidValidity + 1 };
        expect(await act(rows.map((row) => taskFor(row, stale, [move('Sorted')])))).toEqual([{ result: 'stale' }]);
        expect(ledger.entries).toEqual([]);
        expect(await person.see('INBOX')).toHaveLength(1);
      });

      test('a folder that a person deleted takes its messages with it', async () => {
        await person.create('Team');
        await person.put('Team', letter());
        const { rows, at } = await rowsIn(await live(), 'Team');
        await (await live()).scan('INBOX', { uidValidity: 0, lastUid: 0 });
        await person.remove('Team');
        expect(await act(rows.map((row) => taskFor(row, at, [move('Sorted')])))).toMatchObject([{ result: 'gone' }]);
      });

      test('nothing is sent that the journal did not take', async () => {
        await deliver(letter());
        const { rows, at } = await rowsIn(await live());
        const full = memoryLedger(() => {
          throw new Error('no space left on device');
        });
        const [task] = rows.map((row) => taskFor(row, at, [mark([], ['\\Flagged']), move('Sorted')]));
        const answers = await (await live()).apply([task as Task], full);
        expect([...answers.values()]).toEqual([{ result: 'interrupted', why: 'no space left on device' }]);
        const [message] = await person.see('INBOX');
        expect(message?.flags).toEqual([]);
      });

      test('marks alone are marks alone', async () => {
        await deliver(letter());
        const { rows, at } = await rowsIn(await live());
        const [task] = rows.map((row) => taskFor(row, at, [mark(['needs-review', 'a b'], ['\\Flagged'])]));
        expect(await act([task as Task])).toEqual([{ result: 'done', place: task?.place }]);
        const [message] = await person.see('INBOX');
        expect(message?.flags).toContain('\\Flagged');
        expect(message?.flags.includes('needs-review')).toBe(expected.keywords && !expected.gmail);
      });

      test('when a person was first after the marks were set, they come off where the message is', async () => {
        await person.create('Sorted');
        // GNU imap4d gives an emptied folder a new UIDVALIDITY.
        await person.put('INBOX', letter());
        await person.put('INBOX', letter());
        const { rows, at } = await rowsIn(await live());
        const row = rows[1] as Row;
        await person.move('INBOX', [row.uid], 'Sorted');
        const [moved] = await person.see('Sorted');
        await person.flag('Sorted', [moved?.uid ?? 0], ['\\Answered', '\\Flagged']);
        const progress: Progress[] = [{ step: 'done', newly: ['\\Flagged'], from: null, to: null, note: null }];
        const actions = [mark([], ['\\Flagged']), move('Sorted')];
        expect(await act([taskFor(row, at, actions, { progress })])).toMatchObject([{ result: 'gone' }]);
        const [message] = await present('Sorted');
        expect(message?.flags).toEqual(['\\Answered']);
        expect(ledger.of(row.uid, 0).step).toBe('undone');
      });

      test('marks that were set on a message that nobody finds are named', async () => {
        await deliver(letter(), letter());
        const { rows, at } = await rowsIn(await live());
        const row = rows[1] as Row;
        await person.expunge('INBOX', [row.uid]);
        const progress: Progress[] = [{ step: 'sent', fence: null, newly: ['\\Flagged'] }];
        const [acted] = await act([taskFor(row, at, [mark([], ['\\Flagged']), move('Sorted')], { progress })]);
        // What Gmail expunges it archives, and there it is found.
        const named = expected.gmail ? /we acted$/ : /\\Flagged may still be on it/;
        expect(acted).toMatchObject({ result: 'gone', why: expect.stringMatching(named) });
      });

      /** One row of the table of DESIGN.md: what the journal says, what a person and a crash left, and what follows. */
      interface Case {
        readonly title: string;
        /** `copy`: our copy is in the destination. */
        readonly copy: boolean;
        readonly source: 'there' | 'marked' | 'gone';
        readonly progress: (fence: Fence, copyUid: number) => Progress;
        readonly result: Acted['result'];
        /** How many of the message are where afterwards. */
        readonly inbox: number;
        readonly sorted: number;
      }
      const planned = (): Progress => ({ step: 'planned' });
      const by = expected.move ? 'move' : 'copy';
      const sent = (behind: Fence): Progress => ({ step: 'sent', fence: behind, newly: [], by });
      const copied = (behind: Fence, uid: number): Progress => ({
        step: 'copied',
        fence: behind,
        copy: { ...behind, uid },
      });
      const removing = (behind: Fence, uid: number): Progress => ({
        step: 'removing',
        fence: behind,
        copy: { ...behind, uid },
      });
      const table: readonly Case[] = [
        {
          title: 'planned, there: act',
          copy: false,
          source: 'there',
          progress: planned,
          result: 'done',
          inbox: 0,
          sorted: 1,
        },
        {
          title: 'planned, gone: a person moved it',
          copy: false,
          source: 'gone',
          progress: planned,
          result: 'gone',
          inbox: 0,
          sorted: 0,
        },
        {
          title: 'planned, marked: a person deleted it',
          copy: false,
          source: 'marked',
          progress: planned,
          result: 'gone',
          inbox: 1,
          sorted: 0,
        },
        {
          title: 'sent, copy found, there: go on',
          copy: true,
          source: 'there',
          progress: sent,
          result: 'done',
          inbox: 0,
          sorted: 1,
        },
        {
          title: 'sent, copy found, gone: done',
          copy: true,
          source: 'gone',
          progress: sent,
          result: 'done',
          inbox: 0,
          sorted: 1,
        },
        {
          title: 'sent, copy found, marked: the deletion stands, and so does a copy that may be a person’s own',
          copy: true,
          source: 'marked',
          progress: sent,
          result: 'gone',
          inbox: 1,
          sorted: 1,
        },
        {
          title: 'sent, none found, there: act again',
          copy: false,
          source: 'there',
          progress: sent,
          result: 'done',
          inbox: 0,
          sorted: 1,
        },
        {
          title: 'sent, none found, gone: a person moved it',
          copy: false,
          source: 'gone',
          progress: sent,
          result: 'gone',
          inbox: 0,
          sorted: 0,
        },
        {
          title: 'sent, none found, marked: a person deleted it',
          copy: false,
          source: 'marked',
          progress: sent,
          result: 'gone',
          inbox: 1,
          sorted: 0,
        },
        {
          title: 'copied, there: go on',
          copy: true,
          source: 'there',
          progress: copied,
          result: 'done',
          inbox: 0,
          sorted: 1,
        },
        {
          title: 'copied, gone: our copy is taken back',
          copy: true,
          source: 'gone',
          progress: copied,
          result: 'gone',
          inbox: 0,
          sorted: 0,
        },
        {
          title: 'copied, marked: our copy is taken back',
          copy: true,
          source: 'marked',
          progress: copied,
          result: 'gone',
          inbox: 1,
          sorted: 0,
        },
        {
          title: 'copied, the copy taken away: the original stays',
          copy: false,
          source: 'there',
          progress: copied,
          result: 'gone',
          inbox: 1,
          sorted: 0,
        },
        {
          title: 'removing, there: go on',
          copy: true,
          source: 'there',
          progress: removing,
          result: 'done',
          inbox: 0,
          sorted: 1,
        },
        {
          title: 'removing, marked: go on',
          copy: true,
          source: 'marked',
          progress: removing,
          result: 'done',
          inbox: 0,
          sorted: 1,
        },
        {
          title: 'removing, gone: done',
          copy: true,
          source: 'gone',
          progress: removing,
          result: 'done',
          inbox: 0,
          sorted: 1,
        },
        {
          title: 'removing, the copy taken away: the original stays',
          copy: false,
          source: 'marked',
          progress: removing,
          result: 'gone',
          inbox: 1,
          sorted: 0,
        },
      ];

      for (const one of table) {
        test(`from the journal: ${one.title}`, async () => {
          const id = '<subject@x>';
          const raw = letter({ id });
          const date = new Date('2024-05-05T05:05:05Z');
          await person.create('Sorted');
          await person.put('Sorted', raw, [], date);
          await person.put('INBOX', letter({ id: '<foreign@x>' }), ['\\Deleted']);
          await person.put('INBOX', raw, [], date);
          const { rows, at } = await rowsIn(await live());
          const row = rows[1] as Row;
          const behind = await fence(await live(), 'Sorted');
          if (one.copy) await person.copy('INBOX', [row.uid], 'Sorted');
          const ours = (await person.see('Sorted')).at(-1)?.uid ?? 0;
          if (one.source === 'marked') await person.flag('INBOX', [row.uid], ['\\Deleted']);
          if (one.source === 'gone') {
            // A bare EXPUNGE of the person's would take the foreign message along.
            await person.unflag('INBOX', [rows[0]?.uid ?? 0], ['\\Deleted']);
            await person.expunge('INBOX', [row.uid]);
            await person.flag('INBOX', [rows[0]?.uid ?? 0], ['\\Deleted']);
          }
          const progress = one.progress(behind, one.copy ? ours : ours + 1);
          const [acted] = await act([taskFor(row, at, [move('Sorted')], { progress: [progress] })]);
          expect(acted?.result).toBe(one.result);
          const foreignRest = (await person.see('INBOX')).filter((seen) => seen.id === '<foreign@x>');
          expect(foreignRest.map(({ flags }) => flags)).toEqual([['\\Deleted']]);
          const inbox = (await person.see('INBOX')).filter((seen) => seen.id === id);
          const left =
            one.result === 'done'
              ? inbox.filter(({ flags }) => expected.uidplus || !flags.includes('\\Deleted'))
              : inbox;
          expect(left).toHaveLength(one.inbox);
          // The one that lay before the fence is another's, whatever it looks like.
          const sorted = await present('Sorted');
          expect(sorted[0]?.uid).toBeLessThan(behind.uidNext);
          expect(sorted.length - 1).toBe(one.sorted);
          if (acted?.result === 'done') expect(acted.place.uid).toBe(sorted.at(-1)?.uid);
          const end = ledger.of(row.uid, 0);
          expect(end.step).toBe(one.result === 'done' ? 'done' : 'undone');
          if (one.title === 'removing, the copy taken away: the original stays') expect(inbox[0]?.flags).toEqual([]);
        });
      }

      if (!expected.move) {
        test('from the journal: sent by COPY, and a person moved the original: our copy goes', async () => {
          for (const folder of ['Sorted', 'Theirs']) await person.create(folder);
          // GNU imap4d gives an emptied folder a new UIDVALIDITY.
          await person.put('INBOX', letter());
          await person.put('INBOX', letter());
          const { rows, at } = await rowsIn(await live());
          const row = rows[1] as Row;
          const behind = await fence(await live(), 'Sorted');
          await person.copy('INBOX', [row.uid], 'Sorted');
          await person.move('INBOX', [row.uid], 'Theirs');
          const [acted] = await act([taskFor(row, at, [move('Sorted')], { progress: [sent(behind)] })]);
          expect(acted?.result).toBe('gone');
          expect(await present('Sorted')).toEqual([]);
          expect(await present('Theirs')).toHaveLength(1);
        });
      }

      test('a match that another job holds is not our copy', async () => {
        const raw = letter();
        const date = new Date('2024-05-05T05:05:05Z');
        await person.create('Sorted');
        await person.put('INBOX', raw, [], date);
        const { rows, at } = await rowsIn(await live());
        const row = rows[0] as Row;
        const behind = await fence(await live(), 'Sorted');
        await person.put('Sorted', raw, [], date);
        const [other] = await person.see('Sorted');
        ledger.claim({ folder: 'Sorted', uidValidity: behind.uidValidity, uid: other?.uid ?? 0 }, 4711);
        const [acted] = await act([taskFor(row, at, [move('Sorted')], { progress: [sent(behind)] })]);
        expect(acted?.result).toBe('done');
        expect(await present('Sorted')).toHaveLength(2);
        expect(acted?.result === 'done' && acted.place.uid).not.toBe(other?.uid);
      });

      test('a destination with a new UIDVALIDITY is looked through from its first message', async () => {
        const raw = letter();
        const date = new Date('2024-05-05T05:05:05Z');
        await person.create('Sorted');
        for (let n = 0; n < 3; n++) await person.put('Sorted', letter());
        // GNU imap4d gives an emptied folder a new UIDVALIDITY.
        await person.put('INBOX', letter());
        await person.put('INBOX', raw, [], date);
        const { rows, at } = await rowsIn(await live());
        const row = rows[1] as Row;
        const behind = await fence(await live(), 'Sorted');
        const other = { ...behind, uidValidity: behind.uidValidity - 1, uidNext: 1_000_000 };
        await person.copy('INBOX', [row.uid], 'Sorted');
        await person.expunge('INBOX', [row.uid]);
        const [acted] = await act([taskFor(row, at, [move('Sorted')], { progress: [sent(other)] })]);
        const copy = (await person.see('Sorted')).at(-1)?.uid;
        expect(acted).toEqual({
          result: 'done',
          place: { folder: 'Sorted', uidValidity: behind.uidValidity, uid: copy },
        });
      });

      test('marks that were announced before a crash are set, and all of them are ours', async () => {
        await deliver(letter());
        const { rows, at } = await rowsIn(await live());
        const row = rows[0] as Row;
        await person.flag('INBOX', [row.uid], ['\\Seen']);
        const progress: Progress[] = [{ step: 'sent', fence: null, newly: ['\\Flagged', '\\Seen'] }];
        const actions: Action[] = [mark([], ['\\Flagged', '\\Seen'])];
        await act([taskFor(row, at, actions, { progress })]);
        expect(ledger.of(row.uid, 0)).toMatchObject({ step: 'done', newly: ['\\Flagged', '\\Seen'] });
        const [message] = await person.see('INBOX');
        expect(message?.flags).toEqual(['\\Flagged', '\\Seen']);
      });
    });
  });
}

/** A text in two forms, a PDF with a name beyond ASCII, a text file, and a forwarded message. */
function largeMessage(octets: number): string {
  const filler = `${'QUJD'.repeat(19)}\r\n`;
  return [
    'From: Ada <ada@example.com>',
    'Subject: with attachments',
    'Message-ID: <large@x>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=outer',
    '',
    '--outer',
    'Content-Type: multipart/alternative; boundary=inner',
    '',
    '--inner',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'the mail itself',
    '--inner',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<p>the mail itself</p>',
    '--inner--',
    '--outer',
    'Content-Type: application/pdf',
    'Content-Transfer-Encoding: base64',
    "Content-Disposition: attachment; filename*=utf-8''%C3%9Cbersicht.pdf",
    '',
    `${filler.repeat(Math.ceil(octets / filler.length))}--outer`,
    'Content-Type: text/plain; name=notes.txt',
    'Content-Disposition: attachment; filename=notes.txt',
    '',
    'notes in a file',
    '--outer',
    'Content-Type: message/rfc822',
    '',
    'From: Bob <bob@example.com>',
    'Subject: a forwarded message',
    'Message-ID: <forwarded@x>',
    'Content-Type: text/plain',
    '',
    'text of the forwarded message',
    '--outer--',
    '',
  ].join('\r\n');
}
