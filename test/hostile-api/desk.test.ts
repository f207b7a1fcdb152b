import { beforeEach, describe, expect, it } from 'vitest';
import { failed, type Outcome, ok } from '../../src/base/errors.ts';
import { limits } from '../../src/base/limits.ts';
import { createLog } from '../../src/base/log.ts';
import { Desk } from '../../src/daemon/desk.ts';
import type { Classifier } from '../../src/daemon/ports.ts';
import type { Answer } from '../../src/triage/answer.ts';
import { HandClock } from '../api/clock.ts';
import { submissionOf } from '../api/contract.ts';

/* Who may ask when: one probe of an API that is down, a share for each account of one that is up. */

const never = new AbortController().signal;
const down = failed('temporary', 'http-500', 'the classifier answered 500 to a submission');
let clock: HandClock;
/** Requests that have left, and how each is answered. */
let left: ((outcome: Outcome<never> | Outcome<{ processCuid: string }> | Outcome<Answer>) => void)[];
/** What waits for its turn: a queue that is as long as the test likes. */
let turns: (() => void)[];
let desk: Desk;

beforeEach(() => {
  clock = new HandClock();
  left = [];
  turns = [];
  const ask = <T>(begin: () => boolean) =>
    new Promise<Outcome<T>>((resolve) => {
      turns.push(() => {
        if (begin()) left.push((outcome) => resolve(outcome as Outcome<T>));
        else resolve(failed('temporary', 'held-back', 'not now'));
      });
    });
  const classifier: Classifier = {
    holds: null,
    submit: (_submission, _signal, begin) => ask(begin),
    result: (_cuid, _ref, _signal, begin) => ask(begin),
  };
  const log = createLog({ to: { write: () => {} } });
  desk = new Desk({ classifier, pending: 100, deadline: 1000, clock, log, random: () => 0.5 });
});

const submit = () => desk.submit(submissionOf('<x@y>'), never);
const poll = () => desk.result('a23', '<x@y>', never);
const quiet = () => new Promise((resolve) => setImmediate(resolve));
const takeTurns = async () => {
  for (const turn of turns.splice(0)) turn();
  await quiet();
};
const answerAll = async (outcome: Parameters<(typeof left)[number]>[0]) => {
  for (const answer of left.splice(0)) answer(outcome);
  await quiet();
};

async function bringDown(): Promise<void> {
  const asked = Array.from({ length: limits.api.breakerFaults }, submit);
  await takeTurns();
  await answerAll(down);
  await Promise.all(asked);
  expect(desk.answering).toBe(false);
}

it('a probe that its account called off, as it ended alone, leaves the next one to others', async () => {
  await bringDown();
  const account = new AbortController();
  clock.advance(limits.api.breakerMax);
  const probe = desk.submit(submissionOf('<x@y>'), account.signal);
  await takeTurns();
  expect(left).toHaveLength(1);
  account.abort();
  await answerAll(down);
  await probe;
  const next = submit();
  await takeTurns();
  expect(left).toHaveLength(1);
  await answerAll(ok({ processCuid: 'a1' }));
  await next;
  expect(desk.answering).toBe(true);
});

describe('an API that went down', () => {
  it('hears nothing of what had queued up before', async () => {
    const queued = [...Array.from({ length: 200 }, submit), ...Array.from({ length: 200 }, poll)];
    const waiting = turns.splice(0);
    await bringDown();
    turns = waiting;
    await takeTurns();
    expect(left).toHaveLength(0);
    expect(new Set(await Promise.all(queued))).toEqual(new Set([null]));
  });

  it('is probed by one request alone, whoever of many asks, until that one is answered', async () => {
    await bringDown();
    for (let round = 0; round < 3; round++) {
      clock.advance(limits.api.breakerMax);
      expect(desk.room('a')).toBe(1);
      const asked = Array.from({ length: 50 }, (_, n) => (n % 2 === 0 ? submit() : poll()));
      await takeTurns();
      expect(left).toHaveLength(1);
      expect(desk.room('a')).toBe(0);
      await answerAll(down);
      await Promise.all(asked);
      expect(desk.room('a')).toBe(0);
    }
    clock.advance(limits.api.breakerMax);
    const last = submit();
    await takeTurns();
    await answerAll(ok({ processCuid: 'a23' }));
    expect(await last).toMatchObject({ ok: true });
    expect(desk.answering).toBe(true);
  });

  it('is not taken for back, nor for down once more, by the late fault of a request from before', async () => {
    const late = submit();
    await takeTurns();
    const [answerLate] = left.splice(0);
    await bringDown();
    clock.advance(limits.api.breakerMax);
    const probe = submit();
    await takeTurns();
    const [answerProbe] = left.splice(0);
    answerLate?.(down);
    await late;
    const second = submit();
    await takeTurns();
    expect(left).toHaveLength(0);
    expect(await second).toBeNull();
    answerProbe?.(ok({ processCuid: 'a23' }));
    await probe;
    expect(desk.answering).toBe(true);
  });

  it('is not given up for good when its probe ends in a fault of ours', async () => {
    await bringDown();
    clock.advance(limits.api.breakerMax);
    const broken: Classifier = { holds: null, submit: throwing, result: throwing };
    const { log, random } = desk.options;
    const one = new Desk({ ...desk.options, classifier: broken, log, random });
    for (let n = 0; n < limits.api.breakerFaults; n++) {
      await expect(one.submit(submissionOf('<x@y>'), never)).rejects.toThrow('broken');
    }
    clock.advance(limits.api.breakerMax);
    await expect(one.submit(submissionOf('<x@y>'), never)).rejects.toThrow('broken');
    clock.advance(limits.api.breakerMax);
    expect(one.room('a')).toBe(1);
  });

  it('is asked by polls and submissions in turn, so that no process that always fails keeps new mail waiting', async () => {
    await bringDown();
    const probeBy = async (ask: () => Promise<unknown>) => {
      const asked = ask();
      await takeTurns();
      const begun = left.length === 1;
      await answerAll(down);
      await asked;
      return begun;
    };
    desk.whenRoom('a', () => {});
    clock.advance(limits.api.breakerMax);
    expect(await probeBy(poll)).toBe(true);
    // Never later than the breaker opens again and before the head start is over.
    clock.advance((desk.closedUntil() ?? 0) - clock.now());
    expect(await probeBy(poll)).toBe(false);
    expect(await probeBy(submit)).toBe(true);
    clock.advance((desk.closedUntil() ?? 0) - clock.now());
    expect(await probeBy(poll)).toBe(true);
    // Whoever was to submit may not be able to: then polls go on.
    clock.advance((desk.closedUntil() ?? 0) - clock.now() + limits.api.headStart);
    expect(await probeBy(poll)).toBe(true);
  });

  it('wakes everybody once when it is back', async () => {
    await bringDown();
    const woken: string[] = [];
    for (const name of ['a', 'b', 'c']) desk.whenRoom(name, () => woken.push(name));
    clock.advance(limits.api.breakerMax);
    void submit();
    await takeTurns();
    await answerAll(ok({ processCuid: 'a23' }));
    expect(woken).toEqual(['a', 'b', 'c']);
  });
});

describe('an API that is up', () => {
  it('is given no more messages than `pending`, those that are still being read among them', () => {
    for (let job = 0; job < 60; job++) desk.take(job, 'a');
    expect(desk.room('a')).toBe(40);
    for (let job = 60; job < 100; job++) desk.take(job, 'b');
    expect([desk.room('a'), desk.room('b'), desk.room('c')]).toEqual([0, 0, 0]);
    desk.release(3);
    desk.release(3);
    expect(desk.room('a')).toBe(1);
  });

  it('is shared: while another account waits, a full mailbox gets no more than its part', () => {
    for (let job = 0; job < 100; job++) desk.take(job, 'full');
    const woken: string[] = [];
    desk.whenRoom('other', () => woken.push('other'));
    desk.release(0);
    expect(woken).toEqual(['other']);
    expect(desk.room('other')).toBe(1);
    desk.whenRoom('other', () => woken.push('other'));
    // Its own place is free, and it has more than its half.
    expect(desk.room('full')).toBe(0);
    desk.take(0, 'other');
    for (let job = 1; job < 60; job++) desk.release(job);
    expect(desk.room('full')).toBe(59);
    desk.whenRoom('other', () => woken.push('other'));
    expect(desk.room('full')).toBe(10);
  });
});

async function throwing(...asked: readonly unknown[]): Promise<never> {
  (asked.at(-1) as () => boolean)();
  throw new Error('broken');
}

it('has the places free again of an account that has ended', () => {
  for (let job = 1; job <= 100; job++) desk.take(job, job <= 60 ? 'gone' : 'stays');
  expect(desk.room('stays')).toBe(0);
  let woken = 0;
  desk.whenRoom('gone', () => woken++);
  desk.leave('gone');
  expect([desk.room('stays'), woken]).toEqual([60, 0]);
  desk.release(100);
  expect(woken).toBe(0);
});
