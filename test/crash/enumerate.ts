import type { Boundary, Trap } from './boundary.ts';
import type { Program } from './child.ts';
import { type Deed, deeds } from './deed.ts';
import type { Login } from './mailbox.ts';
import { type Played, play } from './play.ts';
import type { Means, Roles } from './stage.ts';

/** A server that siftd is killed on. */
export interface Theatre {
  readonly name: string;
  readonly means: Means;
  /** A user for one scenario, whom no other scenario has at the same time. */
  login(): Login;
}

/** How many scenarios at a time: one computes while others wait for their servers, or for a dead connection to show. */
const atOnce = { kills: 4, cuts: 8 } as const;

export interface Tally {
  readonly server: string;
  /** Those that were reached: of each kind, before and after. */
  readonly boundaries: number;
  readonly byKind: Readonly<Record<string, number>>;
  readonly scenarios: number;
  /** Each with the trap that led to it. */
  readonly violations: readonly string[];
  readonly seconds: number;
}

type Side = Boundary['when'];

/**
 * kill -9 at every boundary, or at one of every `stride` of a kind. A kill takes nothing with it but memory, so what it
 * leaves before an effect is what it left after the one before that: `sides` of `after` alone meets every state of the
 * world, and both meet each twice.
 */
export async function everyKill(
  program: Program,
  theatre: Theatre,
  roles: Roles,
  sides: readonly Side[],
  stride = 1,
): Promise<Tally> {
  const kinds = (['commit', 'imap', 'api'] as const).flatMap((on) => sides.map((when) => ({ on, when })));
  const { boundaries, violations } = await play(program, theatre.login(), theatre.means, roles, []);
  const least = ({ on, when }: Pick<Trap, 'on' | 'when'>) =>
    boundaries.filter((one) => one.on === on && one.when === when).length;
  const scenes = untilBeyond(
    kinds.map((kind) => ({ ...kind, fate: 'killed', least: least(kind) })),
    stride,
  );
  const tally = await enumerate(program, theatre, roles, scenes);
  return { ...tally, violations: [...violations, ...tally.violations] };
}

/** The ways in which a connection ends: before the server sees a command, before its answer is heard, and half-open. */
const cuts = [
  { on: 'imap', when: 'before', fate: 'cut' },
  { on: 'imap', when: 'after', fate: 'cut' },
  { on: 'imap', when: 'before', fate: 'mute' },
  { on: 'imap', when: 'after', fate: 'mute' },
] as const;

/** Every cut at every IMAP command. */
export function everyCut(program: Program, theatre: Theatre, roles: Roles): Promise<Tally> {
  return enumerate(program, theatre, roles, untilBeyond(cuts.map((cut) => ({ ...cut, least: 0 }))));
}

/** Every cut once for each kind of command that siftd sends to this server, all four one after the other. */
export async function cutOfEachKind(program: Program, theatre: Theatre, roles: Roles): Promise<Tally> {
  const { boundaries, violations } = await play(program, theatre.login(), theatre.means, roles, []);
  const firsts = boundaries.filter(({ on, when, what }) => on === 'imap' && when === 'before' && what.endsWith(' 1'));
  const scenes = firsts.map(({ what }): Scene => {
    const [first, ...others] = cuts.map((cut): Trap => ({ ...cut, at: what.slice(0, -2) })) as [Trap, ...Trap[]];
    return { traps: [first, ...others], deed: null };
  });
  const tally = await enumerate(program, theatre, roles, listed(scenes));
  return { ...tally, violations: [...violations, ...tally.violations] };
}

/** Commands that change a mailbox, and commits that note a step of acting. */
const changing = ['UID MOVE', 'UID COPY', 'UID STORE', 'UID EXPUNGE'];
const noting = ['sent', 'copied', 'removing', 'done'];

/**
 * Kills while siftd acts, and before it starts again a person does something to the message that it was at. `times`: at so
 * many of each command and each noted step. Of all pairs of a kill and a deed each `stride`-th: every kill and every deed comes up.
 */
export function everyDeed(program: Program, theatre: Theatre, times: number, stride = 1): Promise<Tally> {
  const each = (names: readonly string[], on: 'imap' | 'commit') =>
    names.flatMap((name) =>
      Array.from({ length: times }, (_, n): Trap => ({ on, when: 'after', at: `${name} ${n + 1}`, fate: 'killed' })),
    );
  const traps = [...each(changing, 'imap'), ...each(noting, 'commit')];
  const able = traps.filter(({ at }) => !`${at}`.startsWith(theatre.means.move ? 'UID COPY' : 'UID MOVE'));
  const scenes = able.flatMap((trap, row) =>
    deeds.filter((_, column) => (row + column) % stride === 0).map((deed): Scene => ({ traps: [trap], deed })),
  );
  return enumerate(program, theatre, 'few', listed(scenes));
}

interface Scene {
  /** One, or several ends of connections one after the other. */
  readonly traps: readonly [Trap, ...Trap[]];
  readonly deed: Deed | null;
}

/** Where the scenes come from. */
interface Scenes {
  /** Most of their time they wait for connections to be given up. */
  readonly waiting: boolean;
  take(): Scene | null;
  /** The run was over before it came there. */
  beyond(trap: Trap): void;
}

function listed(scenes: readonly Scene[]): Scenes {
  const left = [...scenes];
  const waiting = scenes.some(({ traps }) => traps.some(({ fate }) => fate !== 'killed'));
  return { waiting, take: () => left.shift() ?? null, beyond: () => {} };
}

async function enumerate(program: Program, theatre: Theatre, roles: Roles, scenes: Scenes): Promise<Tally> {
  const began = Date.now();
  const byKind: Record<string, number> = {};
  const violations: string[] = [];
  let boundaries = 0;
  let scenarios = 0;
  const act = async () => {
    for (let scene = scenes.take(); scene !== null; scene = scenes.take()) {
      const { traps, deed } = scene;
      const [trap] = traps;
      const played = await play(program, theatre.login(), theatre.means, roles, traps, deed);
      if (played.idle) continue;
      scenarios++;
      violations.push(...told(scene, played));
      if (!played.reached) scenes.beyond(trap);
      else {
        boundaries += Math.max(1, played.sprung);
        const ends = traps.length > 1 ? 'each cut' : `${trap.fate} ${trap.when} ${trap.on}`;
        const kind = deed === null ? ends : `${deed.what} ${deed.on}`;
        byKind[kind] = (byKind[kind] ?? 0) + 1;
      }
    }
  };
  const many = scenes.waiting ? atOnce.cuts : atOnce.kills;
  await Promise.all(Array.from({ length: many }, act));
  return { server: theatre.name, boundaries, byKind, scenarios, violations, seconds: (Date.now() - began) / 1000 };
}

function told({ traps: [trap], deed }: Scene, { violations, where }: Played): string[] {
  if (violations.length === 0) return [];
  const person = deed === null ? '' : `, and a person: ${deed.what} the ${deed.on}`;
  const name = `${trap.fate} ${trap.when} ${trap.on} ${trap.at} (${where || 'not reached'})${person}`;
  return [`${name}:\n${violations.join('\n')}`];
}

interface Numbered extends Omit<Trap, 'at'> {
  /** A run was seen to reach so many; 0: nobody counted. */
  readonly least: number;
}

/**
 * Number 1, 2, 3 ... of each kind, or as far apart as `stride` says, until runs end without having reached theirs. A run
 * differs from the next by a few commands, as the answers of two parties cross: two have to end so, or one that is beyond what was counted.
 */
function untilBeyond(kinds: readonly Numbered[], stride = 1): Scenes {
  const left = [...kinds];
  let at = 1 - stride;
  let missed = 0;
  return {
    waiting: kinds.some(({ fate }) => fate !== 'killed'),
    take() {
      const kind = left[0];
      at += stride;
      return kind === undefined ? null : { traps: [{ ...kind, at }], deed: null };
    },
    beyond({ on, when, fate, at: number }) {
      const now = left[0];
      if (now === undefined || now.on !== on || now.when !== when || now.fate !== fate) return;
      const counted = now.least > 0 && typeof number === 'number' && number > now.least;
      if (++missed < 2 && !counted) return;
      left.shift();
      at = 1 - stride;
      missed = 0;
    },
  };
}
