import type { Action } from './acting.ts';
import type { Sending } from './sending.ts';

/** `observe`: classify and record, touch nothing. */
export type Mode = 'act' | 'observe';

/** What is done to a message that goes this way. Everything false and empty: it is left as it is. */
export interface RouteActions {
  /** A folder's name with `/` between levels, or a special use such as `\Junk` (RFC 6154). */
  readonly move: string | null;
  /** IMAP keywords; on Gmail labels. */
  readonly labels: readonly string[];
  readonly flag: boolean;
  readonly seen: boolean;
  readonly sends: readonly Sending[];
  /** It was decided to leave the message alone: nothing else may be asked for beside it. */
  readonly keep: boolean;
}

export interface Route extends RouteActions {
  /** The class that goes this way. */
  readonly name: string;
  /** 0 to 1; at or above it a message is routed. */
  readonly threshold: number;
  /** Effective: `observe` wherever the policy's own mode is. A route may be more careful than its account, never less. */
  readonly mode: Mode;
}

/** What the configuration says for one account, with everything that was inherited in its place. */
export interface Policy {
  readonly mode: Mode;
  /** For a class that names none of its own. */
  readonly threshold: number;
  readonly routes: ReadonlyMap<string, Route>;
  /** `classify`: every message is asked about. `follow`: a reply goes where its thread stands, and nobody is asked. */
  readonly threads: 'classify' | 'follow';
  /** Low confidence, or a class without a route. */
  readonly unsure: RouteActions;
  /** The classification failed, the message is unreadable, or its destination refused it. */
  readonly failed: RouteActions;
}

/**
 * A keyword is an atom (RFC 9051 9): printable ASCII without `( ) { % * " \ ]` and blanks. What is none would make
 * the whole STORE fail.
 */
export function isKeyword(label: string): boolean {
  return /^[!#$&'+,\-./0-9:;<=>?@A-Z[^_`a-z|}~]+$/.test(label);
}

/**
 * The steps of a way, in the order in which they are made: what is sent is written down first, then come the marks, on the
 * source, since a message that has moved can be out of sight (without UIDPLUS, RFC 4315, nobody says under which UID it went on).
 */
export function planActions(actions: RouteActions): Action[] {
  const planned: Action[] = [...actions.sends];
  if (actions.keep) return planned;
  const flags: string[] = [];
  if (actions.flag) flags.push('\\Flagged');
  if (actions.seen) flags.push('\\Seen');
  if (actions.labels.length > 0 || flags.length > 0) planned.push({ kind: 'mark', labels: [...actions.labels], flags });
  if (actions.move !== null) planned.push({ kind: 'move', to: actions.move });
  return planned;
}
