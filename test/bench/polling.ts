import Table from 'cli-table3';
import { limits } from '../../src/base/limits.ts';
import { type Cost, polled } from '../daemon/polled.ts';
import { type Random, seededRandom } from '../vendor/random.ts';
import type { Told } from './figures.ts';
import { numbersOf } from './numbers.ts';

/** Seconds that one process takes. */
const vendors: Readonly<Record<string, (random: Random) => number>> = {
  'lognormal, median 20 s': (random) => Math.min(120, random.lognormal(20, 0.8)),
  'exponential, mean 20 s': (random) => -20 * Math.log(1 - random.next()),
  'half 2 s, half 60 s': (random) => (random.next() < 0.5 ? 2 : 60) * random.lognormal(1, 0.1),
  'lognormal, median 3 s': (random) => Math.min(120, random.lognormal(3, 0.6)),
  'always 10 s': (random) => random.lognormal(10, 0.02),
  'at once': (random) => random.lognormal(0.05, 0.5),
};

/** When the next GET follows one at this age, in seconds. */
type Policy = (age: number, polls: number) => number;

const every =
  (seconds: number): Policy =>
  () =>
    seconds;
const backoff =
  (first: number, most: number): Policy =>
  (_, polls) =>
    Math.min(most, first * 2 ** polls);
const policies: Readonly<Record<string, Policy>> = {
  'every 2 s': every(2),
  'every 5 s': every(5),
  'every 10 s': every(10),
  'backoff 1..10 s': backoff(1, 10),
  'backoff 1..30 s': backoff(1, 30),
};

interface Point extends Cost {
  readonly policy: string;
}

/**
 * What polling costs on a virtual clock: GETs a message against the mean delay from the end of a process to its
 * discovery. siftd's side is the path and the desk themselves, which begin without knowing the vendor.
 */
export async function polling(args: string[]): Promise<Told> {
  const { messages, seeds } = numbersOf(args, { messages: 10_000, seeds: 3 });
  const costs: Record<string, Record<string, Cost>> = {};
  const curves: Record<string, Point[]> = {};
  for (const [vendor, one] of Object.entries(vendors)) {
    const runs = Array.from({ length: seeds }, (_, seed) => {
      const random = seededRandom(seed + 1);
      return { latencies: Array.from({ length: messages }, () => one(random)), random };
    });
    const ours: Cost[] = [];
    for (const run of runs) ours.push(await polled(run));
    const all = runs.flatMap(({ latencies }) => latencies);
    const simple = Object.entries(policies).map(([name, policy]) => [name, costOf(policy, all)] as const);
    const known = seededRandom(1000);
    const optimum = costOf(bestOf(Array.from({ length: 100_000 }, () => one(known))), all);
    costs[vendor] = { siftd: meanOf(ours), ...Object.fromEntries(simple), 'the best, knowing the vendor': optimum };
    curves[vendor] = [
      ...curveOf('every n s', every, all),
      ...curveOf('backoff 1..n s', (most) => backoff(1, most), all),
    ];
  }
  print(costs);
  const [vendor = ''] = Object.keys(vendors);
  const ours = costs[vendor]?.['siftd'] ?? { gets: Number.NaN, delay: Number.NaN };
  const others = (curves[vendor] ?? []).filter(({ gets }) => gets <= ours.gets);
  const soonest = Math.min(...others.map(({ delay }) => delay));
  const what = 'polling a vendor (lognormal, median 20 s), learned online';
  const { gets, delay } = ours;
  const beside = besideOf(costs[vendor]);
  return {
    figures: [
      { what: `${what}: GETs a message`, value: gets, goal: { most: 5.1 }, unit: 'GETs', digits: 2, beside },
      { what: `${what}: completion to discovery, mean`, value: delay, goal: { most: 2.6 }, unit: 's', digits: 2 },
      {
        what: 'or: its delay over that of the best interval or backoff that asks no more often',
        value: delay / soonest,
        goal: { most: 1 },
        unit: '',
        digits: 2,
      },
    ],
    costs,
    curves,
  } as Told;
}

function besideOf(costs: Readonly<Record<string, Cost>> = {}): string {
  return Object.entries(costs)
    .filter(([name]) => name !== 'siftd')
    .map(([name, { gets, delay }]) => `${name}: ${gets.toFixed(2)}, ${delay.toFixed(2)} s`)
    .join('; ');
}

function meanOf(costs: readonly Cost[]): Cost {
  const mean = (of: (cost: Cost) => number) => costs.reduce((sum, cost) => sum + of(cost), 0) / costs.length;
  return { gets: mean(({ gets }) => gets), delay: mean(({ delay }) => delay) };
}

function costOf(policy: Policy, latencies: readonly number[]): Cost {
  let [gets, delay] = [0, 0];
  for (const latency of latencies) {
    let [age, polls] = [0, 0];
    do age += policy(age, polls++);
    while (age < latency);
    gets += polls;
    delay += age - latency;
  }
  return { gets: gets / latencies.length, delay: delay / latencies.length };
}

function curveOf(policy: string, make: (seconds: number) => Policy, latencies: readonly number[]): Point[] {
  const some = latencies.slice(0, 10_000);
  return Array.from({ length: 291 }, (_, at) => 1 + at / 10).map((seconds) => {
    return { policy: policy.replace('n', seconds.toFixed(1)), ...costOf(make(seconds), some) };
  });
}

/**
 * The polls with the least delay plus `pollPrice` a GET for a distribution that is known, found backwards from its end
 * in steps of a tenth of a second; within pollMin and pollMax, as everybody is.
 */
function bestOf(latencies: readonly number[]): Policy {
  const step = 0.1;
  const sorted = [...latencies].sort((a, b) => a - b);
  const steps = Math.ceil((sorted.at(-1) ?? 0) / step) + 1;
  /** How many are over, and their age together, by each step. */
  const over = new Float64Array(steps + 1);
  const ages = new Float64Array(steps + 1);
  for (let at = 0, seen = 0, sum = 0; at <= steps; at++) {
    for (; seen < sorted.length && (sorted[seen] ?? 0) <= at * step; seen++) sum += sorted[seen] ?? 0;
    over[at] = seen;
    ages[at] = sum;
  }
  const least = Math.round(limits.api.pollMin / 1000 / step);
  const most = Math.round(limits.api.pollMax / 1000 / step);
  const cost = new Float64Array(steps + 1);
  const waits = new Float64Array(steps + 1).fill(most * step);
  for (let from = steps - 1; from >= 0; from--) {
    const running = sorted.length - (over[from] ?? 0);
    if (running === 0) continue;
    let best = Number.POSITIVE_INFINITY;
    for (let to = from + least; to <= from + most; to++) {
      const end = Math.min(to, steps);
      const found = (over[end] ?? 0) - (over[from] ?? 0);
      const late = found * to * step - ((ages[end] ?? 0) - (ages[from] ?? 0));
      const total = (limits.api.pollPrice / 1000) * running + late + (cost[end] ?? 0);
      if (total >= best) continue;
      best = total;
      waits[from] = (to - from) * step;
    }
    cost[from] = best;
  }
  return (age) => waits[Math.min(steps, Math.round(age / step))] ?? most * step;
}

function print(costs: Readonly<Record<string, Readonly<Record<string, Cost>>>>): void {
  const names = Object.keys(Object.values(costs)[0] ?? {});
  const table = new Table({
    head: ['GETs a message, mean delay', ...names],
    style: { head: [], border: [] },
    wordWrap: true,
  });
  for (const [vendor, row] of Object.entries(costs)) {
    table.push([vendor, ...names.map((name) => `${row[name]?.gets.toFixed(2)}, ${row[name]?.delay.toFixed(2)} s`)]);
  }
  console.log(table.toString());
}
