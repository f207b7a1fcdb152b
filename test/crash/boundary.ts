/** What can be killed or cut around: a commit of siftd.db, an IMAP command, a request to the API, a letter, a webhook. */
export type On = 'commit' | 'imap' | 'api' | 'smtp' | 'hook';

/**
 * A place between two effects. `before`: it was sent, or is about to be committed, and nobody has seen it yet. `after`:
 * it was carried out, and siftd has not heard yet.
 */
export interface Boundary {
  readonly on: On;
  readonly when: 'before' | 'after';
  /** Numbered from 1 in the order of a run, each side by itself. */
  readonly at: number;
  /** The IMAP command, without its arguments, or the HTTP method, and how often it was reached: `UID COPY 2`. */
  readonly what: string;
}

/**
 * - `cut`: the connection ends here. What was sent is never seen, what was answered is never heard.
 * - `mute`: half-open; from here on nothing passes either way, and nobody is told.
 * - `killed`: the judge has killed siftd, so the connection ends too.
 */
export type Fate = 'pass' | 'cut' | 'mute' | 'killed';

/** Says what becomes of each boundary as it is reached. */
export type Judge = (boundary: Boundary) => Fate;

/**
 * Where siftd is killed or the network cut: at a boundary's number, or by name: `UID COPY 2`, or the next `UID COPY`. A commit
 * that notes how far an action came has the name of the step: `sent 1`; one that notes a posting, its kind and state: `reply sending 1`.
 */
export interface Trap {
  readonly on: On;
  readonly when: Boundary['when'];
  readonly at: number | string;
  readonly fate: Exclude<Fate, 'pass'>;
}

export function springs(trap: Trap, { on, when, at, what }: Boundary): boolean {
  return (
    trap.on === on &&
    trap.when === when &&
    (trap.at === at || trap.at === what || trap.at === what.replace(/ \d+$/, ''))
  );
}

/** Numbers the boundaries of one kind. */
export class Numbering {
  readonly #on: On;
  readonly #counts = { before: 0, after: 0 };
  readonly #named = new Map<string, number>();

  constructor(on: On) {
    this.#on = on;
  }

  next(when: Boundary['when'], what: string): Boundary {
    const times = (this.#named.get(`${when} ${what}`) ?? 0) + 1;
    this.#named.set(`${when} ${what}`, times);
    return { on: this.#on, when, at: ++this.#counts[when], what: `${what} ${times}` };
  }
}
