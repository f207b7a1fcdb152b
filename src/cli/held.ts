import { join } from 'node:path';
import { soundOf } from '../base/sqlite.ts';
import type { Config } from '../config/config.ts';
import { type Lock, lockState } from '../store/lock.ts';
import { makePrivateFolder } from './until-stopped.ts';

/** The state folder, which this process has to itself, and which of its databases are sound: a thread reads through them. */
export interface Held {
  readonly lock: Lock;
  readonly journal: string;
  /** Of the service inside siftd; null: somebody else is asked. */
  readonly queue: string | null;
  readonly sound: Promise<ReadonlySet<string>>;
}

/** With the lock, where it is held already. */
export function holdState({ state, classifier }: Config, lock?: Lock): Held {
  makePrivateFolder(state);
  const journal = join(state, 'siftd.db');
  const queue = classifier.endpoint === null ? join(state, 'service.db') : null;
  // Nobody writes to them from here on.
  const held = lock ?? lockState(state);
  return { lock: held, journal, queue, sound: soundOf(queue === null ? [journal] : [journal, queue]) };
}
