import type { Job } from '../triage/job.ts';

/** Who counts what happens to jobs. It must not throw. */
export interface Meter {
  /** A job was written; where `before` is of another state, it entered one. */
  moved(before: Job, after: Job): void;
}
