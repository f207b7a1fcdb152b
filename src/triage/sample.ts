import { type Random, shuffle } from '../base/random.ts';

/** Messages that siftd filed, or would have filed (observed), and that nobody has said anything about. */
export interface Unjudged {
  readonly filed: readonly number[];
  readonly observed: readonly number[];
}

/**
 * Jobs that the lot fell on: each that was filed is as likely as any other, or what people say of them tells nothing of the
 * rest. Where siftd filed fewer, what it only observed fills up the number.
 */
export function drawn(unjudged: readonly Unjudged[], most: number, random: Random): number[] {
  const lots = [unjudged.flatMap(({ filed }) => filed), unjudged.flatMap(({ observed }) => observed)];
  for (const lot of lots) shuffle(lot, lot.length, random);
  return lots.flat().slice(0, most);
}
