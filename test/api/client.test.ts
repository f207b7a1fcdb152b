import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ClassifierOptions, createClassifier } from '../../src/api/client.ts';
import { systemClock } from '../../src/base/clock.ts';
import { UserError } from '../../src/base/errors.ts';
import { limits } from '../../src/base/limits.ts';
import type { Malice } from '../vendor/replies.ts';
import { startVendor, type Vendor, type VendorOptions } from '../vendor/vendor.ts';
import { HandClock } from './clock.ts';
import { clientOf, submissionOf, words } from './contract.ts';

const never = new AbortController().signal;
const ref = '<m@example.com>';

describe('against a server that misbehaves', () => {
  let vendor: Vendor;
  beforeEach(async () => {
    vendor = await startVendor();
  });
  afterEach(() => vendor.close());

  const asked = async (on: 'submit' | 'poll', malice: Malice) => {
    const client = clientOf({ ...vendor, fetch });
    const accepted = await client.submit(submissionOf(ref), never);
    if (!accepted.ok) throw new Error(accepted.fault.message);
    vendor.misbehave(on, malice);
    return on === 'submit'
      ? await client.submit(submissionOf(ref), never)
      : await client.result(accepted.value.processCuid, ref, never);
  };

  it.each<['submit' | 'poll', Malice, string]>([
    ['submit', 'reset', 'temporary network'],
    ['submit', 'html', 'temporary no-answer'],
    ['submit', 'truncated', 'temporary bad-answer'],
    ['submit', 'empty', 'temporary bad-answer'],
    ['submit', 'huge', 'temporary bad-answer'],
    ['submit', 'missing-fields', 'temporary bad-answer'],
    ['submit', 'not-an-object', 'temporary bad-answer'],
    ['submit', 'path-as-id', 'temporary bad-answer'],
    ['submit', 'redirect', 'unauthorized http-302'],
    ['submit', 'lost', 'unauthorized http-404'],
    ['submit', { status: 400 }, 'permanent http-400'],
    ['submit', { status: 401 }, 'unauthorized http-401'],
    ['submit', { status: 403 }, 'unauthorized http-403'],
    ['submit', { status: 408 }, 'temporary http-408'],
    ['submit', { status: 409 }, 'temporary http-409'],
    ['submit', { status: 413 }, 'permanent http-413'],
    ['submit', { status: 415 }, 'temporary http-415'],
    ['submit', { status: 418 }, 'temporary http-418'],
    ['submit', { status: 422 }, 'permanent http-422'],
    ['submit', { status: 429, retryAfter: '7' }, 'temporary http-429 7000'],
    ['submit', { status: 500 }, 'temporary http-500'],
    ['submit', { status: 503, retryAfter: '99999999999' }, `temporary http-503 ${limits.api.retryAfterMax}`],
    ['submit', { status: 503, retryAfter: 'soon' }, 'temporary http-503'],
    ['poll', 'reset', 'temporary network'],
    ['poll', 'html', 'temporary no-answer'],
    ['poll', 'html-404', 'temporary http-404'],
    ['poll', 'truncated', 'temporary bad-answer'],
    ['poll', 'empty', 'temporary bad-answer'],
    ['poll', 'huge', 'temporary bad-answer'],
    ['poll', 'redirect', 'unauthorized http-302'],
    ['poll', 'unknown-status', 'temporary bad-answer'],
    ['poll', 'missing-fields', 'temporary bad-answer'],
    ['poll', 'not-an-object', 'temporary bad-answer'],
    ['poll', 'null-result', 'temporary bad-answer'],
    ['poll', 'no-result', 'temporary bad-answer'],
    ['poll', 'foreign-ref', 'temporary foreign-answer'],
    ['poll', 'confidence-text', 'temporary bad-answer'],
    ['poll', 'confidence-nan', 'temporary bad-answer'],
    ['poll', 'confidence-infinite', 'temporary bad-answer'],
    ['poll', 'confidence-seven', 'temporary bad-answer'],
    ['poll', 'confidence-negative', 'temporary bad-answer'],
    ['poll', 'confidence-missing', 'temporary bad-answer'],
    ['poll', 'label-empty', 'temporary bad-answer'],
    ['poll', 'label-endless', 'temporary bad-answer'],
    ['poll', 'main-missing', 'temporary bad-answer'],
    ['poll', { status: 400 }, 'temporary http-400'],
    ['poll', { status: 429, retryAfter: '0' }, 'temporary http-429 0'],
    ['poll', { status: 500 }, 'temporary http-500'],
  ])('%s: %j is %s', async (on, malice, expected) => {
    const outcome = await asked(on, malice);
    if (outcome.ok) throw new Error('it was taken for an answer');
    const { kind, code, message, retryAfter } = outcome.fault;
    expect([kind, code, retryAfter].filter((part) => part !== undefined).join(' ')).toBe(expected);
    expect(message).not.toMatch(/vendor-token|Wrong size|money|m@example|\n/);
  });

  it.each<[Malice, string]>([
    ['never', 'started'],
    ['failed', 'failed'],
    ['lost', 'lost'],
  ])('a poll that hears %j is an answer: %s', async (malice, status) => {
    expect(await asked('poll', malice)).toEqual({ ok: true, value: { status } });
  });

  it('gives up on a server that hangs, once its time is over and not before', async () => {
    vendor.misbehave('submit', 'hang');
    const clock = new HandClock();
    const client = createClassifier({ ...optionsOf(vendor), clock });
    const outcome = client.submit(submissionOf(ref), never);
    await vi.waitUntil(() => vendor.answers().get('hang') === 1);
    clock.advance(limits.api.requestTimeout - 1);
    expect(await Promise.race([outcome, new Promise((resolve) => setImmediate(resolve, 'waits'))])).toBe('waits');
    clock.advance(1);
    expect(await outcome).toMatchObject({ ok: false, fault: { kind: 'temporary', code: 'timeout' } });
    expect(clock.sleepers).toBe(0);
  });

  it('stops at once when its caller does, under way and in the queue', async () => {
    vendor.misbehave('submit', 'hang');
    const client = createClassifier({ ...optionsOf(vendor), concurrency: 1 });
    const caller = new AbortController();
    const outcomes = [1, 2].map((n) => client.submit(submissionOf(`<${n}@x>`), caller.signal));
    await vi.waitUntil(() => vendor.answers().get('hang') === 1);
    caller.abort();
    for (const outcome of await Promise.all(outcomes)) expect(outcome).toMatchObject({ fault: { code: 'aborted' } });
    expect(vendor.counts().size).toBe(1);
  });

  it('knows a server that is not there from one that is, and says how it failed', async () => {
    await vendor.close();
    expect(await clientOf({ ...vendor, fetch }).submit(submissionOf(ref), never)).toEqual({
      ok: false,
      fault: { kind: 'temporary', code: 'network', message: 'cannot reach the classifier (ECONNREFUSED)' },
    });
  });
});

describe('reading results', () => {
  it.each<[VendorOptions['form'], number, number]>([
    ['flat', 0.42, 0.42],
    ['flat-words', 0.9, words.high],
    ['flat-words', 0.6, words.medium],
    ['predictions', 0.42, 0.42],
    ['predictions-words', 0.9, words.high],
    ['predictions-words', 0.1, words.low],
  ])('takes the form %s with %d for %d', async (form, given, confidence) => {
    const vendor = await startVendor({
      ...(form && { form }),
      classify: () => ({ classification: 'spam', confidence: given }),
    });
    const client = clientOf({ ...vendor, fetch });
    const accepted = await client.submit(submissionOf(ref), never);
    const cuid = accepted.ok ? accepted.value.processCuid : '';
    const others = form?.startsWith('predictions') ? [expect.objectContaining({ label: expect.any(String) })] : [];
    const best = [{ label: 'spam', confidence }, ...others];
    expect(await client.result(cuid, ref, never)).toEqual({
      ok: true,
      value: { status: 'completed', classification: 'spam', confidence, best, model: null },
    });
    await vendor.close();
  });

  it('keeps the three most likely classes, where they stand beside the result, and what it cannot read of them not', async () => {
    const result = { classification: 'b', confidence: 0.6 };
    const label = (name: string, confidence: unknown) => ({ label: name, confidence });
    const told = [label('a', 0.1), label('b', 0.6), label('c', 'low'), label('d', 0.05)];
    const best = async (predictions: unknown) => {
      const answer = await answering({ status: 'completed', result, predictions }).result('a2345678901b', ref, never);
      return answer.ok && answer.value.status === 'completed' ? answer.value.best.map((one) => one.label) : null;
    };
    expect(await best(told)).toEqual(['b', 'c', 'a']);
    expect(await best([label('a', 7)])).toEqual(['b']);
    expect(await best('none')).toEqual(['b']);
  });

  it.each([undefined, null])('trusts an answer whose external_ref is %s', async (externalRef) => {
    const client = answering({ status: 'failed', result: null, external_ref: externalRef });
    expect(await client.result('a2345678901b', ref, never)).toEqual({ ok: true, value: { status: 'failed' } });
  });

  it('reads a date in Retry-After', async () => {
    const clock = new HandClock(Date.parse('2026-03-01T12:00:00Z'));
    const client = answering({}, { status: 503, headers: { 'retry-after': 'Sun, 01 Mar 2026 12:01:30 GMT' } }, clock);
    expect(await client.submit(submissionOf(ref), never)).toMatchObject({ fault: { retryAfter: 90_000 } });
  });

  it('tells a key that is known for another request from a request that is wrong', async () => {
    const problem = { type: 'about:blank', title: 'x', status: 422, detail: 'x', code: 'idempotency-key-reused' };
    const client = answering(problem, { status: 422 });
    expect(await client.submit(submissionOf(ref), never)).toMatchObject({
      fault: { kind: 'permanent', code: 'key-reused' },
    });
  });
});

describe('what is sent', () => {
  it('is the contract, with the key as a structured string and every header that was configured', async () => {
    const sent: [string, RequestInit][] = [];
    const client = createClassifier({
      ...plain,
      baseUrl: 'https://classifier.example/v2/',
      token: 'secret',
      headers: { 'X-Api-Key': 'other-secret' },
      fetch: async (url, init) => {
        sent.push([url, init]);
        return Response.json({ process_cuid: 'f45sz0ho8rcl' });
      },
    });
    await client.submit(submissionOf(ref, { key: 'k1' }), never);
    await client.sibling({ company: 'c', orchestrator: 'p' }).submit(submissionOf(ref, { key: 'k2' }), never);
    const [url, init] = sent[0] ?? [];
    expect(url).toBe('https://classifier.example/v2/api/companies/c/orchestrators/o/classification-async');
    expect(init).toMatchObject({ method: 'POST', redirect: 'manual' });
    expect(init?.headers).toMatchObject({
      authorization: 'Bearer secret',
      'x-api-key': 'other-secret',
      'content-type': 'application/json',
      'idempotency-key': '"k1"',
    });
    expect(JSON.parse(String(init?.body))).toEqual({
      mail: { subject: 'Wrong size', body: 'The shoes are too small. I would like my money back.' },
      external_ref: ref,
      external_metadata: { thread_id: ref, folder: 'INBOX', account: 'support' },
    });
    const [otherUrl, other] = sent[1] ?? [];
    expect(otherUrl).toBe('https://classifier.example/v2/api/companies/c/orchestrators/p/classification-async');
    expect(other?.headers).not.toHaveProperty('authorization');
    expect(other?.headers).not.toHaveProperty('x-api-key');
  });

  it.each([
    ['ftp://x', {}],
    ['https://user:hunter2@x', {}],
    ['no address', {}],
    ['https://x', { token: 'hunter2\nX: y' }],
    ['https://x', { headers: { 'bad name': 'hunter2' } }],
  ])('is refused beforehand where it never could be sent (%s)', (baseUrl, address) => {
    const make = () => createClassifier({ ...plain, baseUrl, ...address });
    expect(make).toThrow(UserError);
    expect(make).not.toThrow(/hunter2/);
  });
});

describe('how much is sent', () => {
  it('stays within the concurrency, and polls that are held leave a quarter of it to others', async () => {
    const { client, held, most } = holding();
    const polls = Array.from({ length: 20 }, (_, n) => client.result(`a${n}`, ref, never));
    const outcome = await client.submit(submissionOf(ref), never);
    expect(outcome.ok).toBe(true);
    expect(held).toHaveLength(3);
    for (const release of held) release();
    await Promise.all(polls);
    expect(held).toHaveLength(3);
    expect(most()).toBeLessThanOrEqual(4);
  });

  it('leaves half of it to submissions as long as one waits', async () => {
    const { client, held, posts, most } = holding({ posts: true });
    const submissions = Array.from({ length: 5 }, () => client.submit(submissionOf(ref), never));
    const polls = Array.from({ length: 4 }, (_, n) => client.result(`a${n}`, ref, never));
    await turns();
    for (const release of posts.splice(0, 3)) release();
    await turns();
    expect([held.length, posts.length]).toEqual([2, 2]);
    for (let turn = 0; turn < 10; turn++) {
      for (const release of [...posts.splice(0), ...held.splice(0)]) release();
      await turns();
    }
    await Promise.all([...submissions, ...polls]);
    expect(most()).toBeLessThanOrEqual(4);
  });

  /** An API that holds its answers, and POSTs too if need be, and a client of four requests at a time. */
  function holding(held: { readonly posts: boolean } = { posts: false }) {
    const gets: (() => void)[] = [];
    const posts: (() => void)[] = [];
    let open = 0;
    let most = 0;
    const client = createClassifier({
      ...plain,
      concurrency: 4,
      fetch: async (_url: string, init: RequestInit) => {
        most = Math.max(most, ++open);
        const headers = new Headers(init.headers);
        if (headers.has('prefer')) await new Promise<void>((resolve) => gets.push(resolve));
        else if (init.method === 'POST' && held.posts) await new Promise<void>((resolve) => posts.push(resolve));
        open--;
        const body = init.method === 'POST' ? { process_cuid: 'f45sz0ho8rcl' } : { status: 'started', result: null };
        return Response.json(body, { headers: headers.has('prefer') ? { 'preference-applied': 'wait=20' } : {} });
      },
    });
    return { client, held: gets, posts, most: () => most };
  }

  const turns = async () => {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  };

  it('stays within the rate, POST and GET together, and polls go first', async () => {
    const clock = new HandClock();
    const order: string[] = [];
    const client = createClassifier({
      ...plain,
      clock,
      concurrency: 100,
      rate: { requests: 3, perMs: 1000 },
      fetch: async (_url, init) => {
        order.push(init.method ?? '');
        return Response.json({ process_cuid: 'f45sz0ho8rcl', status: 'started' });
      },
    });
    const submits = Array.from({ length: 4 }, (_, n) => client.submit(submissionOf(`<${n}@x>`), never));
    const polls = Array.from({ length: 2 }, (_, n) => client.result(`a${n}`, ref, never));
    const pass = async (ms: number) => {
      clock.advance(ms);
      await new Promise((resolve) => setImmediate(resolve));
    };
    await pass(999);
    expect(order).toEqual(['POST', 'POST', 'POST']);
    await pass(1);
    expect(order).toEqual(['POST', 'POST', 'POST', 'GET', 'GET', 'POST']);
    await Promise.all([...submits, ...polls]);
    // After a rest, too, and nothing is left that waits for an idle queue.
    expect(clock.sleepers).toBe(0);
    const more = Array.from({ length: 4 }, (_, n) => client.submit(submissionOf(`<more${n}@x>`), never));
    await pass(999);
    expect(order.length).toBe(6);
    await pass(1);
    expect(order.length).toBe(9);
    await pass(1000);
    await Promise.all(more);
    expect(clock.sleepers).toBe(0);
  });

  it('comes down to what the server allows, far below the rate, and up to the rate again', async () => {
    const clock = new HandClock();
    let allowed = 4;
    let left = allowed;
    const seen = { served: 0, refused: 0 };
    const client = createClassifier({
      ...plain,
      clock,
      concurrency: 100,
      rate: { requests: 20, perMs: 1000 },
      fetch: async () => {
        const fits = left-- > 0;
        seen[fits ? 'served' : 'refused']++;
        return fits ? Response.json({ status: 'started' }) : Response.json({}, { status: 429 });
      },
    });
    const seconds = async (count: number) => {
      seen.served = 0;
      seen.refused = 0;
      for (let tick = 0; tick < count * 20; tick++) {
        if (tick % 20 === 0) left = allowed;
        clock.advance(50);
        await turns();
      }
      return seen;
    };
    const caller = new AbortController();
    const asked = Array.from({ length: 3000 }, (_, n) => client.result(`a${n}`, ref, caller.signal));
    const first = await seconds(30);
    expect(first.served).toBeGreaterThan(60);
    // Without coming down, 16 of 20 would be refused all the time.
    expect(first.refused).toBeLessThan(first.served / 2);
    allowed = 1000;
    await seconds(90);
    expect(await seconds(5)).toEqual({ served: 100, refused: 0 });
    caller.abort();
    await Promise.all(asked);
    expect(clock.sleepers).toBe(0);
  }, 30_000);

  it('asks who sends it right before it leaves, and sends nothing and uses up no turn where that says no', async () => {
    const clock = new HandClock();
    const sent: string[] = [];
    const client = createClassifier({
      ...plain,
      clock,
      rate: { requests: 1, perMs: 1000 },
      fetch: async (url) => {
        sent.push(url.split('/').at(-1) ?? '');
        return Response.json({ status: 'started' });
      },
    });
    let open = true;
    const asked = ['a', 'b', 'c'].map((id) => client.result(id, ref, never, () => open || id === 'c'));
    await turns();
    open = false;
    clock.advance(1000);
    await turns();
    expect(sent).toEqual(['a', 'c']);
    expect((await Promise.all(asked)).map((one) => (one.ok ? 'answered' : one.fault.code))).toEqual([
      'answered',
      'held-back',
      'answered',
    ]);
  });
});

const plain: ClassifierOptions = {
  fetch: () => Promise.reject(new Error('nothing is sent here')),
  baseUrl: 'https://classifier.example',
  company: 'c',
  orchestrator: 'o',
  concurrency: 8,
  words,
  clock: systemClock,
};

function optionsOf(vendor: Vendor): ClassifierOptions {
  const { url: baseUrl, company, orchestrator, token } = vendor;
  return { ...plain, fetch, baseUrl, company, orchestrator, token };
}

function answering(body: unknown, init?: ResponseInit, clock: ClassifierOptions['clock'] = systemClock) {
  return createClassifier({ ...plain, clock, fetch: async () => Response.json(body, init) });
}
