import type { Job, State } from '../triage/job.ts';

/** The part of a message's way that ends with a state; null: none does. */
export const stages = {
  found: 'submit',
  submitted: 'classify',
  decided: 'act',
  done: null,
  gone: null,
  failed: null,
} as const satisfies Record<State, string | null>;

/** Who counts what happens to jobs. It must not throw. */
export interface Meter {
  /** A job was written; where `before` is of another state, it entered one. */
  moved(before: Job, after: Job): void;
}
