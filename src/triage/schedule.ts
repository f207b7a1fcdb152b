import { limits } from '../base/limits.ts';

/** Exponential backoff with full jitter: a uniform draw below min * 2^tries, capped, never below min / 2. */
export function backoff(tries: number, min: number, max: number, random: () => number): number {
  const ceiling = Math.min(max, min * 2 ** Math.min(tries, 30));
  return Math.round(Math.max(min / 2, random() * ceiling));
}

const { latencyFinest: finest, latencyLongest: longest, latencyFineness: fineness } = limits.api;
const count = 1 + Math.ceil(fineness * Math.log2(longest / finest));

/** Ages are told apart in spans that grow with the age: span `at` begins here, the last one never ends. */
const startOf = (at: number): number => (at === 0 ? 0 : finest * 2 ** ((at - 1) / fineness));
const spanOf = (age: number): number =>
  age < finest ? 0 : Math.min(count - 1, 1 + Math.floor(fineness * Math.log2(age / finest)));
const starts = Float64Array.from({ length: count + 1 }, (_, at) => startOf(at));

/**
 * How likely a process ends within a span that it lived to see, before anything is known: a log-logistic latency with a
 * median of 15 s, from a second to minutes, and none so long that its end would come as a surprise.
 */
const unknown = Float64Array.from({ length: count }, (_, at) => {
  const hazard = (age: number) => Math.log1p((age / 15_000) ** 1.5);
  return hazard(startOf(at + 1)) - hazard(startOf(at));
});

interface Part {
  readonly at: number;
  /** Of the span, 0 to 1. */
  readonly share: number;
}

/**
 * How long the processes of one API take, learned from what the polls hear. All that is ever known of an end is that it
 * lay between two GETs, and of what still runs that it did not end: so what is kept is the hazard, the ends in a span of
 * ages over the lives through it. Old ones are forgotten slowly: an API gets slower, and faster again.
 */
export class Latency {
  readonly #ends = new Float64Array(count);
  readonly #lives = new Float64Array(count);

  /** A process was heard to run at one age, and at another. */
  ran(from: number, to: number): void {
    for (const { at, share } of partsOf(from, to)) this.#count(at, share, 0);
  }

  /** One that ran at an age was heard to have ended at another: each moment between counts as far as it is likely. */
  ended(from: number, to: number): void {
    const parts = partsOf(from, to);
    let alive = 1;
    const ends = parts.map(({ at, share }) => {
      const before = alive;
      alive *= Math.exp(-this.#hazard(at) * share);
      return before - alive;
    });
    const all = 1 - alive;
    if (all === 0) return;
    alive = 1;
    for (const [index, { at, share }] of parts.entries()) {
      const ended = (ends[index] ?? 0) / all;
      alive -= ended;
      this.#count(at, share * (alive + ended / 2), ended);
    }
  }

  /**
   * How long until the next GET of a process that is `age` old: until the delay that is to be expected costs as much as
   * the GET (where the hazard is even, half of it times the interval squared), or hardly any process would still run.
   */
  next(age: number, price: number, random: () => number): number {
    const { pollMin, pollMax } = limits.api;
    // Those that were submitted together need not be asked for together; and ends are learned more finely.
    const wait = this.#worth(age, price, pollMax) * (0.95 + 0.1 * random());
    return Math.round(Math.min(pollMax, Math.max(pollMin, wait)));
  }

  #worth(age: number, price: number, most: number): number {
    let [alive, delay, now] = [1, 0, age];
    for (let at = spanOf(age); now - age < most; at++) {
      const span = Math.min(at, count - 1);
      const end = at < count - 1 ? (starts[at + 1] ?? 0) : age + most;
      const hazard = this.#hazard(span) / ((starts[span + 1] ?? 0) - (starts[span] ?? 0));
      const length = end - now;
      // Within a span the delay is all but square in the time.
      const ending = hazard * alive;
      const dead = 1 - alive;
      const paid = (Math.sqrt(dead * dead + 2 * ending * (price - delay)) - dead) / ending;
      if (paid <= length) return now + paid - age;
      const survives = Math.exp(-hazard * length);
      delay += length - (alive * (1 - survives)) / hazard;
      alive *= survives;
      now = end;
      if (alive < limits.api.latencyLeft && now - age >= limits.api.pollMin) break;
    }
    return now - age;
  }

  #hazard(at: number): number {
    const { latencyPrior: prior } = limits.api;
    return ((this.#ends[at] ?? 0) + prior * (unknown[at] ?? 0)) / ((this.#lives[at] ?? 0) + prior);
  }

  #count(at: number, lives: number, ends: number): void {
    const kept = 1 - lives / limits.api.latencyMemory;
    this.#lives[at] = (this.#lives[at] ?? 0) * kept + lives;
    this.#ends[at] = (this.#ends[at] ?? 0) * kept + ends;
  }
}

/** The spans between two ages, with as much of each as lies there; what is older than the last counts no more. */
function partsOf(from: number, to: number): readonly Part[] {
  const parts: Part[] = [];
  for (let at = spanOf(from); at < count; at++) {
    const [start = 0, end = 0] = [starts[at], starts[at + 1]];
    if (start >= to) break;
    const share = (Math.min(end, to) - Math.max(start, from)) / (end - start);
    if (share > 0) parts.push({ at, share });
  }
  return parts;
}

/**
 * How old a process counts that is followed from now on and was submitted `recorded` milliseconds ago by the machine's
 * clock. That may have been set since, so no process is given up before it was asked for some time.
 */
export function believedAge(recorded: number, deadline: number): number {
  return Math.min(Math.max(0, recorded), Math.max(0, deadline - limits.api.grace));
}
