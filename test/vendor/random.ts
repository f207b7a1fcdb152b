export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Lognormal with this median; sigma 0 gives the median itself. */
  lognormal(median: number, sigma: number): number;
}

/** mulberry32: small, seeded, good enough to draw faults and latencies with. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    lognormal(median, sigma) {
      // Box-Muller
      const normal = Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
      return median * Math.exp(sigma * normal);
    },
  };
}
