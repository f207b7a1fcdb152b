import { limits } from '../base/limits.ts';

/** Exponential backoff with full jitter: a uniform draw below min * 2^tries, capped, never below min / 2. */
export function backoff(tries: number, min: number, max: number, random: () => number): number {
  const ceiling = Math.min(max, min * 2 ** Math.min(tries, 30));
  return Math.round(Math.max(min / 2, random() * ceiling));
}

/**
 * How long until the next GET of a process that is `age` milliseconds old. Processing takes a few seconds up to one or
 * two minutes: an interval that grows with the age keeps the relative delay of the discovery constant.
 */
export function nextPoll(age: number, random: () => number): number {
  const interval = Math.min(limits.api.pollMax, Math.max(limits.api.pollMin, age * 0.4));
  return Math.round(interval * (0.9 + 0.2 * random()));
}

/**
 * How old a process counts that is followed from now on and was submitted `recorded` milliseconds ago by the machine's
 * clock. That may have been set since, so no process is given up before it was asked for some time.
 */
export function believedAge(recorded: number, deadline: number): number {
  return Math.min(Math.max(0, recorded), Math.max(0, deadline - limits.api.grace));
}
