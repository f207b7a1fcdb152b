import { describe, expect, it } from 'vitest';
import { Pace } from '../../src/api/pace.ts';
import { seededRandom } from '../vendor/random.ts';

/* How much a server takes, found out on a virtual clock. Rates are requests a second. */

type Server = (now: number) => boolean;

/** A token bucket: so much a second, and a second's worth at once. */
function bucket(rate: (now: number) => number): Server {
  let [tokens, last] = [rate(0), 0];
  return (now) => {
    tokens = Math.min(rate(now), tokens + (rate(now) * (now - last)) / 1000);
    last = now;
    if (tokens < 1) return false;
    tokens--;
    return true;
  };
}

/** Its own requests of every second, and no more. */
function window(most: number): Server {
  let [second, count] = [-1, 0];
  return (now) => {
    if (Math.floor(now / 1000) !== second) [second, count] = [Math.floor(now / 1000), 0];
    return ++count <= most;
  };
}

const random = (share: number): Server => {
  const { next } = seededRandom(5);
  return () => next() >= share;
};

/** There is always something to ask; `roundTrip` milliseconds later the answer is here. What came of it from `from` to `to` s. */
function asked(most: number, server: Server, [from, to]: [number, number], roundTrip = 50) {
  const pace = new Pace(most / 1000, 0);
  const under: { readonly at: number; readonly fine: boolean; readonly epoch: ReturnType<Pace['sent']> }[] = [];
  const seen = { served: 0, refused: 0 };
  let next = 0;
  while (next < 1000 * to) {
    const [first] = under;
    if (first !== undefined && first.at <= next) {
      under.shift();
      const before = pace.gap;
      if (first.fine) pace.served(first.epoch, first.at);
      else pace.refused(first.epoch, first.at);
      next = Math.max(first.at, next - (before || 1000 / most) + (pace.gap || 1000 / most));
      if (first.at >= 1000 * from) seen[first.fine ? 'served' : 'refused']++;
      continue;
    }
    under.push({ at: next + roundTrip, fine: server(next), epoch: pace.sent() });
    next += pace.gap || 1000 / most;
  }
  return { rate: seen.served / (to - from), refused: seen.refused / (seen.served + seen.refused) };
}

describe('429 at random', () => {
  it.each([
    [1000, 0.05, 60],
    [100, 0.1, 120],
    [20, 0.05, 600],
  ])('of a server that takes %d a second, for %d of all: it is still asked nearly as much', (most, share, seconds) => {
    expect(asked(most, random(share), [0, seconds]).rate).toBeGreaterThan(0.85 * most * (1 - share));
  });
});

describe('a limit', () => {
  it.each([
    ['of a quarter', 80, bucket(() => 20), 20, 50],
    ['of a fiftieth', 1000, bucket(() => 20), 20, 50],
    ['of a quarter, of much', 1000, bucket(() => 250), 250, 50],
    ['of a quarter, far away', 80, bucket(() => 20), 20, 1000],
    ['by the clock', 20, window(4), 4, 50],
  ] as const)('%s is found within seconds and kept to', (_, most, server, limit, roundTrip) => {
    const { rate, refused } = asked(most, server, [10, 300], roundTrip);
    expect(rate).toBeGreaterThan(0.85 * limit);
    expect(refused).toBeLessThan(0.02);
  });

  it('that falls is followed at once, and one that rises within two minutes', () => {
    const changing = () => bucket((now) => (now < 60_000 ? 20 : now < 120_000 ? 5 : 40));
    const low = asked(80, changing(), [70, 120]);
    expect(low.rate).toBeGreaterThan(4);
    expect(low.refused).toBeLessThan(0.1);
    expect(asked(80, changing(), [240, 400]).rate).toBeGreaterThan(0.85 * 40);
  });

  it('beside 429 at random is found too', () => {
    const [limited, noisy] = [bucket(() => 20), random(0.05)];
    const { rate, refused } = asked(80, (now) => noisy(now) && limited(now), [10, 300]);
    expect(rate).toBeGreaterThan(0.7 * 20);
    expect(refused).toBeLessThan(0.15);
  });

  it('that was never met is never kept to: without a 429 only the configured rate counts', () => {
    const pace = new Pace(1, 0);
    for (let now = 0; now < 10_000; now++) pace.served(pace.sent(), now);
    expect(pace.gap).toBe(0);
  });

  it('of nothing at all is asked once in ten seconds', () => {
    const { refused } = asked(1000, () => false, [60, 600]);
    expect(refused).toBe(1);
    let sent = 0;
    const deaf = (now: number) => {
      if (now >= 120_000) sent++;
      return false;
    };
    asked(1000, deaf, [120, 1120]);
    expect(sent).toBeGreaterThan(90);
    expect(sent).toBeLessThan(110);
  });
});
