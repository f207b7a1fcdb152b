/** A share of 1 lies in here, as far as was seen. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Clopper and Pearson's interval for a share of which `hits` in `of` were seen. It misses the truth in at most `miss` of the
 * cases, however few were seen and however near the truth is to 1, where Wilson's is too sure: what is promised of a route's
 * precision lies just there.
 */
export function exactInterval(hits: number, of: number, miss: number): Interval {
  if (of === 0) return { low: 0, high: 1 };
  if (hits > of / 2) {
    const { low, high } = exactInterval(of - hits, of, miss);
    return { low: 1 - high, high: 1 - low };
  }
  return {
    low: hits === 0 ? 0 : shareWhere(hits - 1, of, 1 - miss / 2),
    high: shareWhere(hits, of, miss / 2),
  };
}

/** The share at which `hits` or fewer in `of` come up with this chance: the higher the share, the smaller the chance. */
function shareWhere(hits: number, of: number, chance: number): number {
  let [low, high] = [0, 1];
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (chanceOf(hits, of, middle) > chance) low = middle;
    else high = middle;
  }
  return low;
}

/** Of `hits` or fewer in `of` (binomial). In logarithms, since the first terms of a large number are too small to be held. */
function chanceOf(hits: number, of: number, share: number): number {
  const odds = Math.log(share) - Math.log1p(-share);
  let term = of * Math.log1p(-share);
  let sum = term;
  for (let k = 0; k < hits; k++) {
    term += Math.log((of - k) / (k + 1)) + odds;
    const [less, more] = term < sum ? [term, sum] : [sum, term];
    sum = more + Math.log1p(Math.exp(less - more));
  }
  return Math.exp(sum);
}
