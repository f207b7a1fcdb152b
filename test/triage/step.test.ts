import { describe, expect, it } from 'vitest';
import type { Decided, Former, Job, State } from '../../src/triage/job.ts';
import { type Event, step } from '../../src/triage/step.ts';
import {
  decided,
  decision,
  done,
  everyJob,
  failed,
  failedDecision,
  failing,
  filing,
  found,
  gone,
  submitted,
  undoing,
} from './jobs.ts';

const now = 9_000;
const elsewhere = { folder: 'Support/Refunds', uidValidity: 3, uid: 1 };
const plan = { decision, actions: decided.actions };
const failedPlan = { decision: failedDecision, actions: [] };

const events: Record<string, Event> = {
  parsing: { type: 'parsing' },
  unread: { type: 'unread', nextAt: 9_500 },
  submitting: { type: 'submitting', key: 'k-1', nextAt: 9_500 },
  acting: { type: 'acting', nextAt: 9_500 },
  unasked: { type: 'unasked', nextAt: 9_500 },
  accepted: { type: 'accepted', processCuid: 'p', nextAt: 9_500 },
  postponed: { type: 'postponed', nextAt: 9_500 },
  resubmit: { type: 'resubmit' },
  decided: { type: 'decided', plan },
  failing: { type: 'decided', plan: failedPlan },
  replanned: { type: 'replanned', plan },
  acted: { type: 'acted', place: elsewhere },
  observed: { type: 'observed' },
  abandoned: { type: 'abandoned', why: 'refused' },
  vanished: { type: 'vanished', why: 'moved' },
  relocated: { type: 'relocated', place: elsewhere },
  filed: { type: 'filed', plan: { decision: { ...decision, way: 'reviewed', route: 'complaint' }, actions: [] } },
  skipped: { type: 'skipped' },
  unsent: { type: 'unsent', why: 'its reply was not sent' },
  undone: { type: 'undone', plan: { decision: { ...decision, way: 'undone', undoes: decision }, actions: [] } },
  corrected: { type: 'corrected', place: elsewhere, truth: 'complaint', by: 'correction' },
  declined: { type: 'declined', why: 'no', moved: false },
};

/** For each job the events that it takes, and the state that each leads to. Every other event comes too late. */
const table: [string, Job, Partial<Record<keyof typeof events, State>>][] = [
  [
    'found',
    found,
    {
      parsing: 'found',
      unread: 'found',
      submitting: 'found',
      unasked: 'found',
      accepted: 'submitted',
      postponed: 'found',
      decided: 'decided',
      failing: 'decided',
      vanished: 'gone',
      relocated: 'found',
    },
  ],
  [
    'submitted',
    submitted,
    {
      postponed: 'submitted',
      resubmit: 'found',
      decided: 'decided',
      failing: 'decided',
      vanished: 'gone',
      relocated: 'submitted',
    },
  ],
  [
    'decided on a route',
    decided,
    {
      acting: 'decided',
      unasked: 'decided',
      postponed: 'decided',
      failing: 'decided',
      replanned: 'decided',
      acted: 'done',
      observed: 'done',
      vanished: 'gone',
      relocated: 'decided',
    },
  ],
  [
    'decided to go the failed way',
    failing,
    {
      acting: 'decided',
      unasked: 'decided',
      postponed: 'decided',
      replanned: 'decided',
      acted: 'failed',
      observed: 'failed',
      abandoned: 'failed',
      vanished: 'gone',
      relocated: 'decided',
    },
  ],
  ['done', done, { unsent: 'done', relocated: 'done', filed: 'decided', undone: 'decided', corrected: 'done' }],
  ['gone', gone, { relocated: 'gone' }],
  [
    'failed',
    failed,
    {
      unsent: 'failed',
      relocated: 'failed',
      filed: 'decided',
      skipped: 'failed',
      undone: 'decided',
      corrected: 'failed',
    },
  ],
  [
    'decided to be filed by a person',
    filing,
    {
      unsent: 'decided',
      acting: 'decided',
      unasked: 'decided',
      postponed: 'decided',
      acted: 'done',
      vanished: 'gone',
      relocated: 'decided',
      declined: 'done',
    },
  ],
  [
    'decided to be undone',
    undoing,
    {
      unsent: 'decided',
      acting: 'decided',
      unasked: 'decided',
      postponed: 'decided',
      acted: 'done',
      vanished: 'gone',
      relocated: 'decided',
      declined: 'done',
    },
  ],
];

describe('step', () => {
  for (const [name, job, takes] of table) {
    for (const [event, happening] of Object.entries(events)) {
      const state = takes[event];
      it(`${name}: ${event} ${state === undefined ? 'comes too late' : `leads to ${state}`}`, () => {
        const next = step(job, happening, now);
        expect(next?.state).toBe(state);
        if (next !== null) expect(next.rev).toBe(job.rev + 1);
      });
    }
  }

  it('never changes what it was given', () => {
    const before = structuredClone(everyJob);
    for (const job of everyJob) for (const event of Object.values(events)) step(job, event, now);
    expect(everyJob).toEqual(before);
  });

  it('plans anew only what nobody has begun', () => {
    const [action] = decided.actions;
    if (action === undefined) throw new Error('there is an action');
    const begun = {
      ...decided,
      actions: [{ ...action, progress: { step: 'done', newly: [], from: null, to: null, note: null } as const }],
    };
    expect(step(begun, { type: 'replanned', plan }, now)).toBe(null);
    expect(step(decided, { type: 'replanned', plan }, now)).toMatchObject({ round: 2, attempts: 0, nextAt: now });
  });

  it('keeps the key of a submission that was begun until an answer came', () => {
    const begun = step(found, { type: 'submitting', key: 'k-1', nextAt: 9_500 }, now);
    expect(begun).toMatchObject({ key: 'k-1', attempts: 2, nextAt: 9_500, starts: 0 });
    expect(step(begun as Job, { type: 'postponed', nextAt: 12_000 }, now)).toMatchObject({ key: 'k-1', attempts: 2 });
  });

  it('submits once more under a new key, and never a third time', () => {
    const again = step(submitted, { type: 'resubmit' }, now);
    expect(again).toMatchObject({ state: 'found', key: null, submission: 2, attempts: 0 });
    const second = step(again as Job, { type: 'accepted', processCuid: 'p2', nextAt: 9_500 }, now);
    expect(second).toMatchObject({ state: 'submitted', submission: 2, submittedAt: now });
    expect(step(second as Job, { type: 'resubmit' }, now)).toBeNull();
  });

  it('gives back the try that an absent API or server used up', () => {
    const unasked = { type: 'unasked', nextAt: 9_500 } as const;
    expect(step({ ...found, starts: 0 }, unasked, now)).toMatchObject({ attempts: 0, nextAt: 9_500 });
    expect(step(found, unasked, now)).toMatchObject({ starts: 0, attempts: 1, nextAt: 9_500 });
    expect(step(decided, unasked, now)).toMatchObject({ attempts: 0 });
  });

  it('marks what went the unsure way for review', () => {
    const unsure = { ...decided, decision: { ...decision, way: 'unsure', route: null } as const };
    expect(step(unsure, { type: 'acted', place: elsewhere }, now)).toMatchObject({ review: true, place: elsewhere });
    expect(step(decided, { type: 'acted', place: elsewhere }, now)).toMatchObject({ review: false });
  });

  describe('a person', () => {
    const act = (job: Job, ...events: Event[]) => events.reduce<Job>((at, event) => step(at, event, now) as Job, job);
    const acted: Event = { type: 'acted', place: elsewhere };
    const unsure: Job = { ...done, decision: { ...decision, way: 'unsure', route: null }, review: true };

    it('files what waits for them, which says what it was', () => {
      const after = act(unsure, events['filed'] as Event, acted);
      expect(after).toMatchObject({ state: 'done', review: false, round: 2, decision: { way: 'reviewed' } });
      expect(after.verdict).toEqual({ truth: 'complaint', right: false, by: 'review', at: now });
    });

    it('takes back what they filed: it waits again, and nothing was said', () => {
      const filed = act(unsure, events['filed'] as Event, acted) as typeof done;
      const plan = { decision: { ...filed.decision, way: 'undone', undoes: filed.decision }, actions: [] } as const;
      const back = act(filed, { type: 'undone', plan }, acted);
      expect(back).toMatchObject({ state: 'done', review: true, verdict: null, round: 3 });
      const again = act(back, { type: 'undone', plan: { decision: filed.decision, actions: [] } }, acted);
      expect(again).toMatchObject({ state: 'done', review: false, verdict: { truth: 'complaint' }, round: 4 });
    });

    it('finds everything as it was where their act could not be made', () => {
      const corrected = act(unsure, { type: 'corrected', place: elsewhere, truth: 'spam', by: 'correction' });
      expect(corrected).toMatchObject({ review: false, place: elsewhere, verdict: { right: false } });
      for (const job of [unsure, failed, corrected]) {
        const { rev, attempts, nextAt, since, ...was } = act(
          job,
          events['filed'] as Event,
          events['declined'] as Event,
        );
        expect(job).toMatchObject(was);
      }
      const moved = act(unsure, events['filed'] as Event, { type: 'declined', why: 'moved', moved: true });
      expect(moved).toMatchObject({ state: 'done', decision: { way: 'unsure' }, review: false });
    });

    it('is right to say so', () => {
      const said = act(done, { type: 'corrected', place: done.place, truth: 'refund_request', by: 'review' });
      expect(said.verdict).toMatchObject({ right: true, by: 'review' });
    });
  });
});

describe('what was not sent about a message', () => {
  const unsent = { type: 'unsent', why: 'its reply was not sent: 550' } as const;
  it('makes it wait for a person, where it is', () => {
    for (const job of [done, failed]) expect(step(job, unsent, 1)).toEqual({ ...job, rev: job.rev + 1, review: true });
  });
  it('makes it wait again for one whose act cannot be made', () => {
    const acting = step({ ...filing, former: { ...filing.former, review: false } as Former }, unsent, 1) as Decided;
    expect(step(acting, { type: 'declined', why: 'no', moved: false }, 2)).toMatchObject({
      state: 'done',
      review: true,
    });
  });
  it('means nothing to what siftd is still at, or a person was first with', () => {
    for (const job of [found, submitted, decided, gone]) expect(step(job, unsent, 1)).toBeNull();
  });
});
