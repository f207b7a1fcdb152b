import { describe, expect, it } from 'vitest';
import { type Asked, type Delivered, type Filed, type Findings, type Standing, violationsOf } from './invariant.ts';

const date = Date.parse('2026-11-02T10:00:00Z');

function standing(key: string, folder: string, uid: number, more: Partial<Standing> = {}): Standing {
  return { key, folder, uidValidity: 1, uid, flags: [], date, ...more };
}

function delivered(key: string, folder: string, flags: string[], more: Partial<Delivered> = {}): Delivered {
  const endings = [{ folder, flags, states: ['done'] }];
  return { key, messageId: `<${key}>`, folder: 'INBOX', date, classification: key, endings, ...more };
}

function filed(id: number, key: string, folder: string, uid: number, more: Partial<Filed> = {}): Filed {
  const job = { id, messageId: `<${key}>`, state: 'done', folder, uidValidity: 1, uid };
  return { ...job, classification: key, steps: ['done'], ...more };
}

function asking(posts: number, more: Partial<Asked> = {}): Asked {
  return { posts, excused: 0, keys: new Set(['key']), lost: 0, ...more };
}

const sound: Findings = {
  delivered: [delivered('refund', 'Refunds', ['mine']), delivered('news', 'INBOX', ['newsletter'])],
  foreign: [standing('old', 'INBOX', 1, { flags: ['\\Deleted'] })],
  mailbox: [
    standing('old', 'INBOX', 1, { flags: ['\\Deleted'] }),
    standing('refund', 'Refunds', 7, { flags: ['Mine'] }),
    standing('news', 'INBOX', 3, { flags: ['newsletter'] }),
  ],
  journal: [filed(1, 'refund', 'Refunds', 7), filed(2, 'news', 'INBOX', 3)],
  asked: new Map([
    ['<refund>', asking(1)],
    ['<news>', asking(1)],
  ]),
  uidplus: true,
};

/** The mailbox with one message as it should not be. */
function mailboxWith(key: string, more: Partial<Standing>): Partial<Findings> {
  return { mailbox: sound.mailbox.map((one) => (one.key === key ? { ...one, ...more } : one)) };
}

function without(key: string): readonly Standing[] {
  return sound.mailbox.filter((one) => one.key !== key);
}

const kinds = (findings: Findings) => [...new Set(violationsOf(findings).map(({ kind }) => kind))];

describe('the invariant', () => {
  it('finds nothing wrong where everything is right', () => {
    expect(violationsOf(sound)).toEqual([]);
  });

  it.each<[string, string, Partial<Findings>]>([
    ['a message that is nowhere', 'lost', { mailbox: without('refund') }],
    ['a message that is there twice', 'duplicated', { mailbox: [...sound.mailbox, standing('refund', 'INBOX', 9)] }],
    ['a message in another folder', 'misfiled', mailboxWith('refund', { folder: 'Complaints' })],
    ['a message that was not moved', 'misfiled', mailboxWith('refund', { folder: 'INBOX' })],
    ['a label that is missing', 'changed', mailboxWith('news', { flags: [] })],
    ['a flag that is gone', 'changed', mailboxWith('refund', { flags: [] })],
    ['a flag that nobody set', 'changed', mailboxWith('refund', { flags: ['mine', '\\Seen'] })],
    ['another INTERNALDATE', 'changed', mailboxWith('refund', { date: date + 1000 })],
    ['a foreign message that was expunged', 'foreign', { mailbox: without('old') }],
    ['a foreign message that was moved', 'foreign', mailboxWith('old', { folder: 'Refunds' })],
    ['a foreign message that was marked', 'foreign', mailboxWith('old', { flags: ['\\Deleted', 'urgent'] })],
    ['a foreign message that was copied', 'foreign', { mailbox: [...sound.mailbox, standing('old', 'Refunds', 9)] }],
    ['a message that nobody sent', 'foreign', { mailbox: [...sound.mailbox, standing('ghost', 'INBOX', 9)] }],
  ])('reports %s as %s', (_what, kind, planted) => {
    expect(kinds({ ...sound, ...planted })).toContain(kind);
  });

  it.each<[string, readonly Filed[]]>([
    ['has no job for a message', [filed(2, 'news', 'INBOX', 3)]],
    ['has two jobs for a message', [...sound.journal, filed(3, 'refund', 'INBOX', 2)]],
    ['has a job for a message that is not new', [...sound.journal, filed(3, 'old', 'INBOX', 1)]],
    ['says another folder', [filed(1, 'refund', 'INBOX', 7), filed(2, 'news', 'INBOX', 3)]],
    ['says another UID', [filed(1, 'refund', 'Refunds', 8), filed(2, 'news', 'INBOX', 3)]],
    ['says the place of another message', [filed(1, 'refund', 'INBOX', 1), filed(2, 'news', 'INBOX', 3)]],
    ['gives two jobs one place', [filed(1, 'refund', 'INBOX', 3), filed(2, 'news', 'INBOX', 3)]],
    [
      'has a job that is still open',
      [filed(1, 'refund', 'Refunds', 7, { state: 'decided' }), filed(2, 'news', 'INBOX', 3)],
    ],
    ['has another state', [filed(1, 'refund', 'Refunds', 7, { state: 'failed' }), filed(2, 'news', 'INBOX', 3)]],
    ['has an action under way', [filed(1, 'refund', 'Refunds', 7, { steps: ['sent'] }), filed(2, 'news', 'INBOX', 3)]],
    ['has another answer', [filed(1, 'refund', 'Refunds', 7, { classification: 'x' }), filed(2, 'news', 'INBOX', 3)]],
  ])('reports a database that %s', (_what, journal) => {
    expect(kinds({ ...sound, journal })).toEqual(['journal']);
  });

  it('allows one submission, one more for each that had to be repeated, and one for a lost process', () => {
    const asked = (posts: number, more: Partial<Asked> = {}) =>
      kinds({ ...sound, asked: new Map([...sound.asked, ['<refund>', asking(posts, more)]]) });
    const two = new Set(['key', 'another']);
    expect(asked(2)).toEqual(['resubmitted']);
    expect(asked(2, { excused: 1 })).toEqual([]);
    expect(asked(3, { excused: 1 })).toEqual(['resubmitted']);
    expect(asked(2, { excused: 1, keys: two })).toEqual(['resubmitted']);
    expect(asked(3, { excused: 1, lost: 1, keys: two })).toEqual([]);
    expect(asked(0)).toEqual(['journal']);
    const old = new Map([...sound.asked, ['<old>', asking(1)]]);
    expect(kinds({ ...sound, asked: old })).toEqual(['foreign']);
  });

  it('counts a source marked \\Deleted beside its copy as gone where there is no UIDPLUS, and nowhere else', () => {
    const marked = standing('refund', 'INBOX', 2, { flags: ['mine', '\\Deleted'] });
    expect(kinds({ ...sound, uidplus: false, mailbox: [...sound.mailbox, marked] })).toEqual([]);
    expect(kinds({ ...sound, mailbox: [...sound.mailbox, marked] })).toEqual(['duplicated']);
    expect(kinds({ ...sound, uidplus: false, mailbox: [...without('refund'), marked] })).toContain('lost');
  });

  it('allows a second one exactly where nobody could know better', () => {
    const twice = sound.delivered.map((one) =>
      one.key === 'refund' ? { ...one, also: [{ folder: 'Mine', flags: ['mine'], states: [] }] } : one,
    );
    const inMine = standing('refund', 'Mine', 4, { flags: ['mine'] });
    const two = [...sound.mailbox, inMine];
    expect(kinds({ ...sound, delivered: twice, mailbox: two })).toEqual([]);
    expect(kinds({ ...sound, delivered: twice })).toEqual([]);
    expect(kinds({ ...sound, mailbox: two })).toEqual(['duplicated']);
    expect(kinds({ ...sound, delivered: twice, mailbox: [...two, { ...inMine, uid: 5 }] })).toEqual(['duplicated']);
    expect(kinds({ ...sound, delivered: twice, mailbox: [...without('refund'), inMine] })).toContain('lost');
  });

  it('wants each of two deliveries of the same bytes', () => {
    const twins = [...sound.delivered, delivered('refund', 'Refunds', [])];
    const journal = [...sound.journal, filed(3, 'refund', 'Refunds', 8)];
    const asked = new Map([...sound.asked, ['<refund>', asking(2, { keys: new Set(['key', 'another']) })]]);
    const both = [...sound.mailbox, standing('refund', 'Refunds', 8)];
    expect(kinds({ ...sound, delivered: twins, journal, asked, mailbox: both })).toEqual([]);
    expect(kinds({ ...sound, delivered: twins, journal, asked })).toContain('lost');
  });

  it('lets what a person did stand', () => {
    const mine = { folder: 'Mine', flags: [], states: ['done', 'gone'] };
    const moved = sound.delivered.map((one) =>
      one.key === 'refund' ? { ...one, endings: [mine], touched: true } : one,
    );
    const inMine = mailboxWith('refund', { folder: 'Mine', flags: [] });
    expect(kinds({ ...sound, ...inMine, delivered: moved, journal: sound.journal.slice(1) })).toEqual([]);
    expect(kinds({ ...sound, delivered: moved })).toEqual(['misfiled']);
    const deleted = sound.delivered.map((one) =>
      one.key === 'refund' ? { ...one, endings: [], nowhere: ['done'], touched: true } : one,
    );
    expect(kinds({ ...sound, delivered: deleted, mailbox: without('refund') })).toEqual([]);
    expect(kinds({ ...sound, delivered: deleted })).toEqual(['misfiled']);
  });
});
