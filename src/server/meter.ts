import type { Usage } from '../engine/llm.ts';
import type { Owner, Processes } from './processes.ts';

/** What the parts of the service count. Times are milliseconds here and seconds in the metrics, as Prometheus wants them. */
export interface Meter {
  request(route: string, method: string, status: number, ms: number): void;
  accepted(owner: Owner): void;
  ended(owner: Owner, status: 'completed' | 'failed', ms: number): void;
  /** `outcome`: `answered`, a fault's code, or `broken`. */
  classified(owner: Owner, outcome: string, ms: number): void;
  /** One request to a language model. */
  model(owner: Owner, outcome: string, ms: number): void;
  tokens(owner: Owner, usage: Usage): void;
}

/** A meter that can be read. */
export interface Readings extends Meter {
  /** Everything that was counted, as Prometheus reads it. */
  text(): Promise<Response>;
}

/** What is looked up when somebody asks for the metrics. */
export interface Standing {
  readonly processes: Processes;
  readonly limit: number;
  held(): number;
  engines(): readonly { readonly owner: Owner; readonly engine: string; readonly version: string | null }[];
  budgets(): readonly { readonly owner: Owner; readonly budget: number | null; readonly spent: number }[];
}

/** For a service whose numbers nobody can ask for. */
export const unread: Meter = {
  request() {},
  accepted() {},
  ended() {},
  classified() {},
  model() {},
  tokens() {},
};
