import { describe, expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { Job } from '../../src/triage/job.ts';
import type { Posted } from '../../src/triage/posted.ts';
import { type Posting, stepPosting, unsent } from '../../src/triage/posting.ts';
import { isSending } from '../../src/triage/sending.ts';
import { decided, done, failed, found, gone, submitted, undoing } from './jobs.ts';

const held: Posting = {
  id: 1,
  account: 'support',
  of: { job: 7, round: 1, seq: 0 },
  kind: 'reply',
  recipient: 'ann@example.com',
  key: 'k',
  route: 'refund_request',
  state: 'held',
  attempts: 0,
  nextAt: 0,
  at: 1000,
  endedAt: null,
  why: null,
};
const due: Posting = { ...held, state: 'due' };
const sending: Posting = { ...held, state: 'sending', attempts: 1 };
const everyState = ['held', 'due', 'sending', 'sent', 'unknown', 'refused', 'withheld'] as const;

const answer = (posted: Posted, posting = sending, date = 2000) =>
  stepPosting(posting, { type: 'posted', posted, pause: 30_000 }, 50, date);

describe('what is held for a message', () => {
  const rows: [string, Job, string | null][] = [
    ['leaves when it is filed', done, 'due'],
    ['leaves when it has failed and is where the failed way puts it', failed, 'due'],
    ['does not leave when it was only looked at', { ...done, observed: true }, 'withheld'],
    ['does not leave when a person was first', gone, 'withheld'],
    ['does not leave when the message went another way', { ...decided, round: 2 }, 'withheld'],
    ['does not leave when another plan came to its end', { ...done, round: 2 }, 'withheld'],
    ['waits while its message is acted on', decided, null],
    ['waits while nothing is decided', found, null],
    ['waits while nothing is answered', submitted, null],
  ];
  it.each(rows)('%s', (_title, job, state) => {
    expect(stepPosting(held, { type: 'ended', job }, 50, 60)?.state ?? null).toBe(state);
  });

  it('is called back by an undo as long as it has not left, and by nothing else', () => {
    const undone = { ...undoing, round: 2 };
    expect(stepPosting(due, { type: 'ended', job: undone }, 50, 60)).toMatchObject({ state: 'withheld', endedAt: 60 });
    for (const job of [done, gone, { ...decided, round: 2 }]) {
      expect(stepPosting(due, { type: 'ended', job }, 50, 60)).toBeNull();
    }
    for (const state of ['sending', 'sent', 'unknown', 'refused', 'withheld'] as const) {
      expect(stepPosting({ ...held, state }, { type: 'ended', job: undone }, 50, 60)).toBeNull();
    }
  });
});

describe('what leaves', () => {
  it('is announced first, and only what is due', () => {
    expect(stepPosting(due, { type: 'sending' }, 50, 60)).toMatchObject({ state: 'sending', attempts: 1 });
    for (const state of everyState.filter((one) => one !== 'due')) {
      expect(stepPosting({ ...held, state }, { type: 'sending' }, 50, 60)).toBeNull();
    }
  });

  it('is never sent again where nobody can say, but for a webhook, whose receiver knows its id', () => {
    const left = stepPosting(sending, { type: 'left' }, 50, 60);
    expect(left).toMatchObject({ state: 'unknown', endedAt: 60 });
    expect(stepPosting({ ...sending, kind: 'webhook' }, { type: 'left' }, 50, 60)).toMatchObject({
      state: 'due',
      nextAt: 50,
    });
    expect(answer({ result: 'unknown', why: 'the connection ended' })).toMatchObject({ state: 'unknown' });
    for (const state of everyState.filter((one) => one !== 'sending')) {
      expect(stepPosting({ ...held, state }, { type: 'left' }, 50, 60)).toBeNull();
      expect(answer({ result: 'accepted', note: '250' }, { ...held, state })).toBeNull();
    }
  });

  it('is tried again, for a day, when it was surely not taken', () => {
    const later = { result: 'later', why: 'greylisted', away: false } as const;
    expect(answer(later)).toMatchObject({ state: 'due', attempts: 1, nextAt: 30_050 });
    expect(answer({ ...later, retryAfter: 60_000 })).toMatchObject({ nextAt: 60_050 });
    expect(answer({ ...later, retryAfter: 1e9 })).toMatchObject({ nextAt: 50 + limits.post.backoffMax });
    expect(answer({ ...later, away: true })).toMatchObject({ state: 'due', attempts: 0 });
    expect(answer(later, sending, sending.at + limits.post.tries)).toMatchObject({ state: 'refused' });
  });

  it('ends when it was taken, and when it was refused', () => {
    expect(answer({ result: 'accepted', note: '250 ok' })).toMatchObject({
      state: 'sent',
      why: '250 ok',
      endedAt: 2000,
    });
    expect(answer({ result: 'refused', why: 'no such user' })).toMatchObject({ state: 'refused', endedAt: 2000 });
  });
});

it('is shown to a person where nobody else will do anything about it', () => {
  const shown = everyState.filter((state) => unsent({ ...held, state, why: 'so' }) !== null);
  expect(shown).toEqual(['unknown', 'refused']);
});

it('is told from what is done to a message', () => {
  expect(isSending({ kind: 'move', to: 'X' })).toBe(false);
  expect(isSending({ kind: 'webhook', url: 'https://x' })).toBe(true);
});
