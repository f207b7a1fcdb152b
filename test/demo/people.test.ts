import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { type MonthMessage, messageIdIn, monthMail } from '../../src/demo/inbox/month.ts';
import { flagsOf, folderOf, type SampleClass } from '../../src/demo/inbox/routes.ts';
import { LeapClock } from '../../src/demo/leap.ts';
import { deedsOf, drawn, isSaid, type Lying, People } from '../../src/demo/people.ts';

/** Every lot is this number of a thousand. */
const lot = (ofThousand: number) => ({ below: () => ofThousand });
const diligent = lot(500);
const careless = lot(999);

function lying(class_: SampleClass | null, folder: string, marked = false): Lying {
  const message: MonthMessage = { id: '<a>', class: class_, folder: folderOf(class_), raw: Buffer.from('') };
  return { folder, uid: 1, message, marked };
}

describe('what people do', () => {
  test.each([
    ['mail in the inbox is filed', lying('refund_request', 'INBOX'), ['refund_request']],
    ['what is where it belongs stays', lying('refund_request', 'Support/Refunds'), []],
    ['what was filed wrong is put right', lying('complaint', 'Support/Refunds'), ['complaint']],
    ['what only a label is for is labelled', lying('newsletter', 'INBOX'), ['newsletter']],
    ['and stays where it has the label', lying('newsletter', 'INBOX', true), []],
    ['what no route is for comes back', lying(null, 'Junk'), [null]],
    ['and of what lies in the inbox they say so', lying(null, 'INBOX'), [null]],
  ])('%s', (_, message, classes) => {
    const deeds = deedsOf([message], diligent);
    expect(deeds.map((deed) => deed.class)).toEqual(classes);
    expect(deeds.some(isSaid)).toBe(message.message.class === null && message.folder === 'INBOX');
    expect(deedsOf([message], careless)).toEqual([]);
  });

  test('some mistakes are not met, and now and then they file wrongly themselves', () => {
    expect(deedsOf([lying('complaint', 'Support/Refunds')], lot(900))).toEqual([]);
    expect(deedsOf([lying('complaint', 'INBOX')], lot(900))).toHaveLength(1);
    const [wrong] = deedsOf([lying('complaint', 'INBOX')], lot(0));
    expect(wrong?.class).toBe('refund_request');
  });

  test('one in twenty of what was filed is looked at', () => {
    expect([49, 50].map((lots) => drawn([1, 2], lot(lots)).length)).toEqual([2, 0]);
  });
});

describe('their mail program', () => {
  const login = { user: 'team', password: 'secret' };
  let server: ImapServer;
  let people: People;

  beforeEach(async () => {
    server = await startImapServer({ accounts: [login] });
    people = await People.arrive(server, login);
  });

  afterEach(async () => {
    await people.leave();
    await server.close();
  });

  test('moves and labels', async () => {
    const team = server.store.account('team');
    for (const folder of ['Support/Refunds', 'Support/Complaints']) team.create(folder);
    const put = (class_: SampleClass | null, folder: string): Lying => {
      const uid = team.append(folder, `Subject: ${class_}\n\n${class_}`);
      return { ...lying(class_, folder), uid };
    };
    const sorted = async (mailbox: readonly Lying[]) => people.do(deedsOf(mailbox, diligent));
    await sorted([put('complaint', 'Support/Refunds'), put('refund_request', 'INBOX')]);
    // The folder is open, and this came meanwhile.
    await sorted([put('newsletter', 'INBOX'), put('complaint', 'INBOX'), put(null, 'Support/Refunds')]);
    const found = team
      .folders()
      .flatMap(({ name }) =>
        team.messages(name).map(({ raw, flags }) => [name, raw.toString().split('\n').at(-1), [...flags].sort()]),
      );
    expect(found.sort()).toEqual([
      ['INBOX', 'newsletter', [...flagsOf('newsletter')].sort()],
      ['INBOX', 'null', []],
      ['Support/Complaints', 'complaint', []],
      ['Support/Complaints', 'complaint', []],
      ['Support/Refunds', 'refund_request', []],
    ]);
  });
});

test('mail without end is the same for the same seed, and each has its own Message-ID', async () => {
  const first = async (seed: number) => {
    const mail = monthMail(seed);
    const found: MonthMessage[] = [];
    while (found.length < 5) found.push((await mail.next()).value);
    return found;
  };
  const [one, again, other] = [await first(1), await first(1), await first(2)];
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
  expect(new Set(one.map(({ id }) => id)).size).toBe(5);
  for (const { id, raw } of one) expect(messageIdIn(raw)).toBe(id);
});

test('a clock that is set ahead wakes who waits for a time that is past by then', async () => {
  const clock = new LeapClock(-1_000_000);
  const [date, now] = [clock.date(), clock.now()];
  const slept = clock.sleep(60_000);
  let late = false;
  const off = clock.after(120_000, () => {
    late = true;
  });
  clock.leap(60_000);
  await slept;
  expect(clock.date() - date).toBeGreaterThanOrEqual(60_000);
  expect(clock.now() - now).toBeGreaterThanOrEqual(60_000);
  expect(late).toBe(false);
  off();
});
