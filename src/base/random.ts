/** Numbers that are the same for the same seed on every machine (mulberry32). */
export interface Random {
  /** An integer from 0 to below - 1. */
  below(below: number): number;
}

export function seeded(seed: number): Random {
  let state = seed | 0;
  return {
    below(below) {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
    },
  };
}

/** Shuffles the first `length` items in place. */
export function shuffle<T>(items: { [at: number]: T }, length: number, random: Random): void {
  for (let at = length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    const kept = items[at] as T;
    items[at] = items[other] as T;
    items[other] = kept;
  }
}
