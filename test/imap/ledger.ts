import { setImmediate } from 'node:timers/promises';
import type { Place } from '../../src/mail/message.ts';
import type { Ledger, Progress } from '../../src/triage/acting.ts';

export interface MemoryLedger extends Ledger {
  /** Everything that was recorded, in order. */
  readonly entries: readonly { readonly job: number; readonly seq: number; readonly progress: Progress }[];
  /** The newest progress of an action. */
  of(job: number, seq: number): Progress;
  steps(job: number, seq: number): Progress['step'][];
  /** Another job holds this place. */
  claim(place: Place, job: number): void;
}

/**
 * The journal as acting sees it, without a database. `onRecord` runs before anything is recorded and may throw; what is
 * recorded is durable when the `disk` has answered.
 */
export function memoryLedger(
  onRecord: () => void = () => {},
  disk: () => Promise<unknown> = () => setImmediate(),
): MemoryLedger {
  const entries: { job: number; seq: number; progress: Progress }[] = [];
  const claims: { place: Place; job: number }[] = [];
  const placesOf = (progress: Progress): Place[] => {
    if (progress.step === 'copied' || progress.step === 'removing') return [progress.copy];
    return progress.step === 'done' && progress.to !== null ? [progress.to] : [];
  };
  return {
    entries,
    async record(added) {
      onRecord();
      await disk();
      entries.push(...added);
    },
    claimed(folder, uidValidity, uids, besides) {
      const held = [
        ...claims,
        ...entries.flatMap(({ job, progress }) => placesOf(progress).map((place) => ({ place, job }))),
      ];
      return new Set(
        uids.filter((uid) =>
          held.some(
            ({ place, job }) =>
              place.folder === folder && place.uidValidity === uidValidity && place.uid === uid && !besides.has(job),
          ),
        ),
      );
    },
    of: (job, seq) =>
      entries.findLast((entry) => entry.job === job && entry.seq === seq)?.progress ?? { step: 'planned' },
    steps: (job, seq) =>
      entries.filter((entry) => entry.job === job && entry.seq === seq).map(({ progress }) => progress.step),
    claim: (place, job) => claims.push({ place, job }),
  };
}
