import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/base/errors.ts';
import { limits } from '../../src/base/limits.ts';
import type { Row } from '../../src/mail/message.ts';
import { allowance, answered, type Breaker, closedBreaker, couldNotAsk, probing } from '../../src/triage/breaker.ts';
import { cameAfter, firstCursor, isNew, looksLikeOldMail } from '../../src/triage/cursor.ts';
import { decide, decideAgain, decideFailed, decideFollowing, decideUnasked, modeOf } from '../../src/triage/decide.ts';
import type { Policy, Route } from '../../src/triage/policy.ts';
import { backoff } from '../../src/triage/schedule.ts';
import { decided, filing } from './jobs.ts';

const half = () => 0.5;

describe('decide', () => {
  const nothing = { move: null, labels: [], flag: false, seen: false, keep: false, sends: [] };
  const route = (name: string, extra: Partial<Route>): [string, Route] => [
    name,
    { ...nothing, name, threshold: 0.75, mode: 'act', ...extra },
  ];
  const policy: Policy = {
    mode: 'act',
    threads: 'classify',
    threshold: 0.75,
    routes: new Map([
      route('refund_request', { move: 'Support/Refunds' }),
      route('complaint', { move: 'Support/Complaints', labels: ['urgent'], flag: true, threshold: 0.9 }),
      route('newsletter', { keep: true, mode: 'observe' }),
    ]),
    unsure: { ...nothing, labels: ['needs-review'] },
    failed: { ...nothing, labels: ['siftd-failed'] },
  };

  const said = (classification: string, confidence: number) => ({
    ...({ status: 'completed', classification, confidence, model: 'm' } as const),
    best: [{ label: classification, confidence }],
  });

  it('files a message whose confidence reaches the threshold of its route', () => {
    const { decision, actions } = decide(said('refund_request', 0.75), policy);
    expect(decision).toMatchObject({ way: 'routed', route: 'refund_request', confidence: 0.75 });
    expect(actions).toEqual([
      { seq: 0, action: { kind: 'move', to: 'Support/Refunds' }, progress: { step: 'planned' } },
    ]);
  });

  it('marks before it moves', () => {
    const { actions } = decide(said('complaint', 0.95), policy);
    expect(actions.map(({ action }) => action.kind)).toEqual(['mark', 'move']);
  });

  it('leaves to a person what is below its own threshold, or what no route names', () => {
    for (const answer of [said('complaint', 0.89), said('poetry', 1), said('__proto__', 1), said('constructor', 1)]) {
      const { decision, actions } = decide(answer, policy);
      expect(decision).toMatchObject({ way: 'unsure', route: null, classification: answer.classification });
      expect(actions.map(({ action }) => action)).toEqual([{ kind: 'mark', labels: ['needs-review'], flags: [] }]);
    }
  });

  it('never routes below the threshold, whatever the answer says', () => {
    fc.assert(
      fc.property(fc.string(), fc.double({ min: 0, max: 1, noNaN: true }), (classification, confidence) => {
        const { decision } = decide(said(classification, confidence), policy);
        const threshold = policy.routes.get(classification)?.threshold ?? Number.POSITIVE_INFINITY;
        expect(decision.way).toBe(confidence >= threshold ? 'routed' : 'unsure');
      }),
    );
  });

  it('keeps what was answered when the destination refuses', () => {
    const { decision } = decide(said('refund_request', 0.8), policy);
    expect(decideFailed('no such folder', policy, decision).decision).toEqual({
      way: 'failed',
      route: null,
      classification: 'refund_request',
      confidence: 0.8,
      best: [{ label: 'refund_request', confidence: 0.8 }],
      model: 'm',
      reason: 'no such folder',
      undoes: null,
    });
  });

  describe('again', () => {
    const job = (plan: ReturnType<typeof decide>) => ({ ...decided, ...plan });
    const other: Policy = {
      ...policy,
      routes: new Map([route('refund_request', { move: 'Elsewhere' }), route('complaint', { threshold: 0.99 })]),
      unsure: { ...nothing, labels: ['look'] },
    };
    const wayOf = (plan: ReturnType<typeof decideAgain>) =>
      plan === null ? null : [plan.decision.way, plan.actions.map(({ action }) => action)];
    const look = [{ kind: 'mark', labels: ['look'], flags: [] }];

    it('leaves what means the same', () => {
      for (const answer of [said('refund_request', 0.9), said('complaint', 0.95), said('poetry', 1)]) {
        expect(decideAgain(job(decide(answer, policy)), policy)).toBe(null);
      }
      expect(decideAgain(job(decideFailed('unreadable', policy)), policy)).toBe(null);
      expect(decideAgain(job(decideUnasked('no model', policy)), policy)).toBe(null);
    });

    it('goes by the routes of now', () => {
      const again = (answer: ReturnType<typeof said>) => wayOf(decideAgain(job(decide(answer, policy)), other));
      expect(again(said('refund_request', 0.9))).toEqual(['routed', [{ kind: 'move', to: 'Elsewhere' }]]);
      expect(again(said('complaint', 0.95))).toEqual(['unsure', look]);
      expect(again(said('newsletter', 0.95))).toEqual(['unsure', look]);
      expect(wayOf(decideAgain(job(decideUnasked('no model', policy)), other))).toEqual(['unsure', look]);
    });

    it('knows no route any more that a thread was to follow', () => {
      const [, refund] = route('refund_request', { move: 'Support/Refunds' });
      const followed = decideFollowing({ message: { id: 1 }, route: refund, by: 'siftd' } as never, policy);
      expect(decideAgain(job(followed), policy)).toBe(null);
      const without = { ...policy, routes: new Map() };
      expect(decideAgain(job(followed), without)?.decision).toMatchObject({ way: 'unsure', route: null });
    });

    it('leaves what was begun, and what a person asked for', () => {
      const plan = decide(said('refund_request', 0.9), policy);
      const begun = plan.actions.map((record) => ({ ...record, progress: { step: 'copied' } as never }));
      expect(decideAgain({ ...job(plan), actions: begun }, other)).toBe(null);
      expect(decideAgain({ ...job(plan), former: filing.former }, other)).toBe(null);
    });
  });

  it('observes where the account or the route says so', () => {
    const news = { ...decide(said('newsletter', 0.9), policy), former: null };
    const refund = { ...decide(said('refund_request', 0.9), policy), former: null };
    expect([modeOf(news, policy), modeOf(refund, policy)]).toEqual(['observe', 'act']);
    expect(modeOf(refund, { ...policy, mode: 'observe' })).toBe('observe');
  });
});

describe('breaker', () => {
  const temporary: Fault = { kind: 'temporary', code: 'http-500', message: 'it answers 500' };

  it('opens after many failures in a row, lets one probe through, and closes with the first answer', () => {
    let breaker: Breaker = closedBreaker;
    for (let i = 0; i < limits.api.breakerFaults; i++) {
      expect(allowance(breaker, 0)).toBe('any');
      breaker = couldNotAsk(breaker, temporary, 0, half);
    }
    expect(breaker.state).toBe('open');
    const until = breaker.state === 'open' ? breaker.until : 0;
    expect(allowance(breaker, until - 1)).toBe(0);
    expect(allowance(breaker, until)).toBe(1);
    breaker = probing(breaker);
    expect(allowance(breaker, until)).toBe(0);
    const failedProbe = couldNotAsk(breaker, temporary, until, half);
    expect(failedProbe.state).toBe('open');
    expect(allowance(answered(), until)).toBe('any');
  });

  it('opens at once for a refused token, and for a second "not now" in a row', () => {
    const refused = couldNotAsk(closedBreaker, { ...temporary, kind: 'unauthorized' }, 1_000, half);
    expect(refused).toMatchObject({ state: 'open', until: 1_000 + limits.api.authRetry });
    const busy = { ...temporary, retryAfter: 7_000 };
    const once = couldNotAsk(closedBreaker, busy, 1_000, half);
    expect(once.state).toBe('closed');
    expect(couldNotAsk(once, busy, 1_000, half)).toMatchObject({ state: 'open', until: 8_000 });
  });

  it('is not opened wider by requests that were under way when it opened', () => {
    const open: Breaker = { state: 'open', faults: 10, until: 5_000, why: 'x' };
    expect(couldNotAsk({ state: 'closed', faults: 9 }, temporary, 0, half).state).toBe('open');
    const later = couldNotAsk(open, temporary, 1_000, half);
    expect(later).toMatchObject({ state: 'open' });
  });
});

describe('schedule', () => {
  it('backs off within its bounds, whatever the number of tries', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.double({ min: 0, max: 1, noNaN: true }), (tries, draw) => {
        const wait = backoff(tries, 1_000, 60_000, () => draw);
        expect(wait).toBeGreaterThanOrEqual(500);
        expect(wait).toBeLessThanOrEqual(60_000);
      }),
    );
  });
});

describe('what counts as new', () => {
  const row = (uid: number, internalDate: number): Row => ({
    uid,
    flags: ['\\Seen'],
    identity: { emailId: null, messageId: null, headerHash: '', internalDate, size: 1 },
    threadId: null,
    references: [],
  });
  const head = { uidValidity: 1, lastUid: 100 };

  it('is, from now on, what lies beyond the last UID, read or unread, however old it is', () => {
    const cursor = firstCursor(head, 'now', 50_000);
    expect(cursor.lastUid).toBe(100);
    expect(isNew(row(101, 1), cursor)).toBe(true);
    expect(isNew(row(100, 1), cursor)).toBe(false);
  });

  it('is everything, where everything is asked for', () => {
    const cursor = firstCursor(head, 'all', 50_000);
    expect(cursor.lastUid).toBe(0);
    expect(isNew(row(1, 0), cursor)).toBe(true);
  });

  it('is, from a date on, what came in since, and all that comes later', () => {
    const cursor = firstCursor(head, 40_000, 50_000);
    expect(cursor.lastUid).toBe(0);
    expect([isNew(row(99, 39_999), cursor), isNew(row(99, 40_000), cursor), isNew(row(101, 1), cursor)]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('is, after a new UIDVALIDITY, what came in after the last sync less ten minutes', () => {
    const synced = 10_000_000;
    expect(cameAfter(row(1, synced - limits.daemon.resyncMargin), synced)).toBe(false);
    expect(cameAfter(row(1, synced - limits.daemon.resyncMargin + 1), synced)).toBe(true);
  });

  it('is nothing, where most of a large folder would be', () => {
    expect([looksLikeOldMail(100, 100), looksLikeOldMail(101, 500), looksLikeOldMail(101, 510)]).toEqual([
      false,
      true,
      false,
    ]);
  });
});
