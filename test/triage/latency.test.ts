import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { Latency } from '../../src/triage/schedule.ts';
import { polled } from '../daemon/polled.ts';
import { type Random, seededRandom } from '../vendor/random.ts';

const half = () => 0.5;
const { pollMin, pollMax, pollPrice } = limits.api;

/** Everything is over in `ms`, and was heard of some time later. */
const taught = (ms: number, count = 200) => {
  const latency = new Latency();
  for (let n = 0; n < count; n++) {
    const before = (0.5 + (n % 10) / 20) * ms;
    latency.ran(0, before);
    latency.ended(before, (1 + (n % 7) / 7) * ms);
  }
  return latency;
};

describe('the next poll', () => {
  const age = fc.integer({ min: 0, max: 7 * 24 * 3600_000 });
  const heard = fc.array(fc.tuple(fc.boolean(), age, age), { maxLength: 200 });

  it('is never sooner than the least nor later than the most, whatever was heard', () => {
    fc.assert(
      fc.property(heard, age, fc.double({ min: 0, max: 1, noNaN: true }), (told, now, draw) => {
        const latency = new Latency();
        for (const [ended, from, length] of told) {
          if (ended) latency.ended(from, from + length);
          else latency.ran(from, from + length);
        }
        const wait = latency.next(now, pollPrice, () => draw);
        expect(Number.isInteger(wait)).toBe(true);
        expect(wait).toBeGreaterThanOrEqual(pollMin);
        expect(wait).toBeLessThanOrEqual(pollMax);
      }),
    );
  });

  it('is later the more a GET costs', () => {
    const prices = [10, 100, 500, 2000, 10_000];
    for (const latency of [new Latency(), taught(2000), taught(60_000)]) {
      for (const now of [0, 300, 5000, 59_000, 1_000_000]) {
        const waits = prices.map((price) => latency.next(now, price, half));
        expect(waits).toEqual([...waits].sort((a, b) => a - b));
      }
    }
  });

  it('comes soon after the moment at which processes have been ending, and then often', () => {
    const latency = taught(8000);
    const first = latency.next(0, pollPrice, half);
    expect(first).toBeGreaterThan(7000);
    expect(first).toBeLessThan(9500);
    expect(taught(300).next(0, pollPrice, half)).toBeLessThan(800);
    expect(latency.next(8000, pollPrice, half)).toBeLessThan(2000);
  });

  it('of a process that is older than any was is asked for now and then', () => {
    for (const latency of [new Latency(), taught(2000), taught(300)]) {
      expect(latency.next(3_600_000, pollPrice, half)).toBe(pollMax);
    }
  });

  it('follows an API that gets slower, and faster again', () => {
    const latency = taught(2000);
    const teach = (ms: number) => {
      for (let n = 0; n < 3 * limits.api.latencyMemory; n++) {
        latency.ran(0, 0.8 * ms);
        latency.ended(0.8 * ms, 1.2 * ms);
      }
      return latency.next(0, pollPrice, half);
    };
    expect(teach(8000)).toBeGreaterThan(6000);
    expect(teach(1000)).toBeLessThan(2000);
  });

  it('learns nothing from the wide gap that an outage leaves', () => {
    const latency = taught(4000);
    const before = latency.next(0, pollPrice, half);
    for (let n = 0; n < 100; n++) latency.ended(1000, 3_600_000);
    expect(Math.abs(latency.next(0, pollPrice, half) - before)).toBeLessThan(300);
  });
});

describe('the path, on a virtual clock', () => {
  const draws = (one: (random: Random) => number, seed = 7, count = 10_000) => {
    const random = seededRandom(seed);
    return { latencies: Array.from({ length: count }, () => one(random)), random };
  };
  /** Every `seconds`: GETs and mean delay of the same processes. */
  const fixed = (latencies: readonly number[], seconds: number) => {
    const gets = latencies.map((latency) => Math.ceil(latency / seconds));
    const mean = (of: (at: number) => number) => gets.reduce((sum, _, at) => sum + of(at), 0) / gets.length;
    return {
      gets: mean((at) => gets[at] ?? 0),
      delay: mean((at) => (gets[at] ?? 0) * seconds - (latencies[at] ?? 0)),
    };
  };

  it('learns a lognormal latency well enough to ask less and know sooner than by any interval', async () => {
    const vendor = draws((random) => Math.min(120, random.lognormal(20, 0.8)));
    const cost = await polled(vendor);
    expect(cost.gets).toBeLessThan(5.2);
    expect(cost.delay).toBeLessThan(2.65);
    for (let seconds = 1; seconds < 15; seconds += 0.1) {
      const { gets, delay } = fixed(vendor.latencies, seconds);
      expect(gets > cost.gets || delay > cost.delay, `every ${seconds} s`).toBe(true);
    }
  });

  it('knows two kinds of mail apart, the quick and the slow', async () => {
    const vendor = draws((random) => (random.next() < 0.5 ? 2 : 60) * random.lognormal(1, 0.1), 3, 3000);
    const cost = await polled(vendor);
    expect(cost.gets).toBeLessThan(5.4);
    expect(cost.delay).toBeLessThan(1.5);
  });

  it('asks a vendor that answers at once about once', async () => {
    const cost = await polled(draws((random) => random.lognormal(0.05, 0.5), 3, 1000));
    expect(cost.gets).toBeLessThan(1.1);
    expect(cost.delay).toBeLessThan(1);
  });
});
