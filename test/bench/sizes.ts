import { type Backlog, backlog } from './backlog.ts';
import { type Figure, median, type Told } from './figures.ts';
import { numbersOf } from './numbers.ts';

/** Mailbox sizes, and how often each is sorted. */
const sizes: readonly (readonly [messages: number, runs: number])[] = [
  [1000, 5],
  [10_000, 3],
  [100_000, 1],
];

/** One mailbox size: medians of what a message took, and the most memory. */
export interface Size {
  readonly messages: number;
  readonly msEach: number;
  readonly bareMsEach: number;
  readonly cpuMsEach: number;
  readonly peakMiB: number;
  readonly barePeakMiB: number;
  readonly stallMs: number;
}

/** The backlog at 1,000, 10,000 and 100,000 messages: what a message costs must not depend on how many there are. */
export async function sizesOf(args: string[]): Promise<Told & { readonly sizes: readonly Size[] }> {
  const { most } = numbersOf(args, { most: 100_000 });
  const measured: Size[] = [];
  for (const [messages, runs] of sizes) {
    if (messages > most) continue;
    measured.push(sizeOf(await backlog(['--messages', `${messages}`, '--runs', `${runs}`, '--alone'])));
  }
  return {
    sizes: measured,
    stallMs: Math.max(...measured.map(({ stallMs }) => stallMs)),
    figures: figuresOf(measured),
  };
}

function sizeOf({ messages, siftd, bare }: Backlog): Size {
  const each = (runs: readonly { readonly seconds: number }[]) =>
    (1000 * median(runs.map(({ seconds }) => seconds))) / messages;
  return {
    messages,
    msEach: each(siftd),
    bareMsEach: each(bare),
    cpuMsEach: median(siftd.map(({ cpuMs = Number.NaN }) => cpuMs)),
    peakMiB: Math.max(...siftd.map(({ peakMiB = 0 }) => peakMiB)),
    barePeakMiB: Math.max(...bare.map(({ peakMiB = 0 }) => peakMiB)),
    stallMs: Math.max(...siftd.map(({ stallMs }) => stallMs)),
  };
}

function figuresOf(measured: readonly Size[]): Figure[] {
  const [first] = measured;
  const last = measured.at(-1);
  if (first === undefined || last === undefined) return [];
  const count = (size: Size) => size.messages.toLocaleString('en');
  const each = measured.map((size) => `${size.msEach.toFixed(2)} ms at ${count(size)}`);
  const middle = measured.at(-2) ?? first;
  return [
    {
      what: `seconds a message at ${count(last)} messages, over those at ${count(first)}`,
      value: last.msEach / first.msEach,
      goal: { most: 1.15 },
      unit: '',
      digits: 2,
      beside: each.join(', '),
    },
    ...[middle, last].map(
      (size): Figure => ({
        what: `peak RSS at ${count(size)} messages`,
        value: size.peakMiB,
        goal: { most: 180 },
        unit: 'MiB',
        digits: 0,
        beside: `bare loop ${size.barePeakMiB} MiB`,
      }),
    ),
    {
      what: `peak RSS at ${count(last)} messages, over that at ${count(middle)}`,
      value: last.peakMiB / middle.peakMiB,
      goal: { most: 1.05 },
      unit: '',
      digits: 2,
    },
  ];
}
