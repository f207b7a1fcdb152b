import { exactInterval, type Interval } from './interval.ts';

/** What a person made known of an answer. */
export interface Verdict {
  readonly right: boolean;
  /** The class that it should have been; null where the person put the message where no route leads. */
  readonly truth: string | null;
  /**
   * `filing`: a person filed what siftd had left, or only observed. `sample`: somebody looked because the lot fell on it.
   * `correction`: somebody chose to speak up about what siftd had filed.
   */
  readonly by: 'filing' | 'sample' | 'correction';
}

/** An answer of the classifier, what was made of it, and what people made of that. */
export interface Answered {
  readonly classification: string;
  readonly confidence: number;
  /** As it was decided then: its route, or a person. */
  readonly way: 'routed' | 'unsure';
  /** Decided only: siftd touched nothing, and a person filed it or nobody did. */
  readonly observed: boolean;
  /** null: nobody said anything, which is no praise. */
  readonly verdict: Verdict | null;
}

/** Verdicts as if they were drawn by lot from all answers; not always whole numbers. */
interface Weight {
  readonly judged: number;
  readonly wrong: number;
}

/** How often answers were right, as far as verdicts tell. */
export interface Estimate extends Interval, Weight {
  /** The share of right ones. */
  readonly right: number;
  /** Of how many answers this is said. */
  readonly answers: number;
  /** Of them, what was left for people to file, and nobody has. */
  readonly unfiled: number;
}

interface Count {
  answers: number;
  judged: number;
  wrong: number;
}

/**
 * Verdicts count by how they came about. People see what they file, so what was left or observed is judged as a whole. Of
 * what siftd filed, corrections tell only of mistakes that somebody met: they stand for themselves, and the rest is known
 * by a sample of it alone. Silence is never a verdict.
 */
export class Evidence {
  readonly #observed = count();
  readonly #left = count();
  readonly #silent = count();
  readonly #corrected = count();

  add({ way, observed, verdict }: Answered): void {
    const of = this.#of(way, observed, verdict);
    of.answers++;
    if (verdict === null) return;
    of.judged++;
    if (!verdict.right) of.wrong++;
  }

  #of(way: Answered['way'], observed: boolean, verdict: Verdict | null): Count {
    if (way === 'unsure') return this.#left;
    if (observed) return this.#observed;
    return verdict === null || verdict.by === 'sample' ? this.#silent : this.#corrected;
  }

  get answers(): number {
    return this.#observed.answers + this.#left.answers + this.filed;
  }

  get judged(): number {
    return this.#observed.judged + this.#left.judged + this.#silent.judged + this.#corrected.judged;
  }

  /** What siftd filed, how much of it people corrected, and how much of it was looked at by lot. */
  get filed(): number {
    return this.#silent.answers + this.#corrected.answers;
  }
  get corrected(): number {
    return this.#corrected.wrong;
  }
  get sampled(): number {
    return this.#silent.judged;
  }

  /** How good what was filed can be at the best, by its corrections alone: there may be more that nobody met. */
  atMost(miss: number): number {
    return 1 - exactInterval(this.#corrected.wrong, this.filed, miss).low;
  }

  /** How many answers a verdict stands for: of what was filed, a reviewed one for all of which nobody spoke. */
  worth({ way, observed, verdict }: Answered): number {
    if (verdict === null) return 0;
    const { answers, judged } = this.#of(way, observed, verdict);
    return answers / judged;
  }

  /** null where nothing can be said: a part of these answers has no verdict at all. */
  estimate(miss: number): Estimate | null {
    return combined(
      [
        { answers: this.#observed.answers + this.filed, unfiled: unfiledOf(this.#observed), ...this.#routed() },
        { answers: this.#left.answers, unfiled: unfiledOf(this.#left), ...worthOf(this.#left) },
      ],
      miss,
    );
  }

  /**
   * What reached its threshold: the answers that were observed and those that were acted on are the same classifier's, and
   * tell of it together, each by as many verdicts as it is worth.
   */
  #routed(): Weight {
    const { answers, judged, wrong } = this.#silent;
    const observed = worthOf(this.#observed);
    const spoken = this.#corrected.answers;
    if (answers + spoken === 0 || (answers > 0 && judged === 0)) return observed;
    const silent = answers === 0 ? { worth: 0, share: 0 } : { worth: answers ** 2 / judged, share: wrong / judged };
    // A sample of the silent ones stands for more than itself, and so do the whims of the lot (Kish's effective number).
    const worth = (answers + spoken) ** 2 / (spoken + silent.worth);
    const share = (this.#corrected.wrong + answers * silent.share) / (answers + spoken);
    return { judged: observed.judged + worth, wrong: observed.wrong + worth * share };
  }
}

/** One estimate of several parts, each counted by how many answers it has and not by how many verdicts. */
export function combined(
  all: readonly ({ readonly answers: number; readonly unfiled: number } & Weight)[],
  miss: number,
): Estimate | null {
  const parts = all.filter(({ answers }) => answers > 0);
  if (parts.length === 0 || parts.some(({ judged }) => judged === 0)) return null;
  const answers = parts.reduce((sum, part) => sum + part.answers, 0);
  const unfiled = parts.reduce((sum, part) => sum + part.unfiled, 0);
  const judged = 1 / parts.reduce((sum, part) => sum + (part.answers / answers) ** 2 / part.judged, 0);
  const share = parts.reduce((sum, part) => sum + (part.answers / answers) * (part.wrong / part.judged), 0);
  const wrong = share * judged;
  // Whole numbers, each rounded to the side of doubt.
  const of = Math.max(1, Math.floor(judged + 1e-6));
  const most = Math.min(of, Math.ceil(wrong - 1e-6));
  const least = Math.min(of, Math.floor(wrong + 1e-6));
  return {
    right: 1 - share,
    // Nobody files what no route is for: what is left lying may all be wrong.
    low: (1 - exactInterval(most, of, miss).high) * (1 - unfiled / answers),
    high: 1 - exactInterval(least, of, miss).low,
    answers,
    unfiled,
    judged,
    wrong,
  };
}

function unfiledOf({ answers, judged }: Count): number {
  return answers - judged;
}

function worthOf({ judged, wrong }: Count): Weight {
  return { judged, wrong };
}

function count(): Count {
  return { answers: 0, judged: 0, wrong: 0 };
}
