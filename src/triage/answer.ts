import type { Request } from '../mail/request.ts';
import type { Scored } from './job.ts';

/** What the gateway asks, and what it may be answered. Shared by the client, the path and `decide`. */

export interface Submission extends Request {
  /** Idempotency-Key: the same for every try of one submission. */
  readonly key: string;
  /** It can wait: whatever else is asked goes first. */
  readonly behind?: boolean;
}

/** A contract-conforming answer to the GET. Anything else is a Fault: "could not ask". */
export type Answer =
  | { readonly status: 'started' }
  | {
      readonly status: 'completed';
      readonly classification: string;
      readonly confidence: number;
      /** The most likely classes, the best first, where the API names them; else only this one. */
      readonly best: readonly Scored[];
      /** null: the API does not say which model answered. */
      readonly model: string | null;
    }
  | { readonly status: 'failed' }
  /** 404: the API does not know a process that it accepted. */
  | { readonly status: 'lost' };
