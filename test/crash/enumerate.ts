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
const atOnce = 4;

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
 * kill -9 at every boundary. A kill takes nothing with it but memory, so what it leaves before an effect is what it left
 * after the one before that: `sides` of `after` alone meets every state of the world, and both meet each twice.
 */
export function everyKill(program: Program, theatre: Theatre, roles: Roles, sides: readonly Side[]): Promise<Tally> {
  const kinds = (['commit', 'imap', 'api'] as const).flatMap((on) => sides.map((when) => ({ on, when })));
  return enumerate(program, theatre, roles, untilBeyond(kinds.map((kind) => ({ ...kind, fate: 'killed' }))));
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
  return enumerate(program, theatre, roles, untilBeyond(cuts));
}

/** Every cut once for each kind of command that siftd sends to this server. */
export async function cutOfEachKind(program: Program, theatre: Theatre, roles: Roles): Promise<Tally> {
  const { boundaries, violations } = await play(program, theatre.login(), theatre.means, roles, null);
  const kinds = boundaries.filter(({ on, when, what }) => on === 'imap' && when === 'before' && what.endsWith(' 1'));
  const traps = kinds.flatMap(({ what }) => cuts.map((cut): Trap => ({ ...cut, at: what })));
  const tally = await enumerate(program, theatre, roles, listed(traps.map((trap) => ({ trap, deed: null }))));
  return { ...tally, violations: [...violations, ...tally.violations] };
}

/** Commands that change a mailbox, and commits that note a step of acting. */
const changing = ['UID MOVE', 'UID COPY', 'UID STORE', 'UID EXPUNGE'];
const noting = ['sent', 'copied', 'removing', 'done'];

/**
 * Kills while siftd acts, and before it starts again a person does something to the message that it was at. `times`: at so
 * many of each command and each noted step.
 */
export function everyDeed(program: Program, theatre: Theatre, times: number): Promise<Tally> {
  const each = (names: readonly string[], on: 'imap' | 'commit') =>
    names.flatMap((name) =>
      Array.from({ length: times }, (_, n): Trap => ({ on, when: 'after', at: `${name} ${n + 1}`, fate: 'killed' })),
    );
  const traps = [...each(changing, 'imap'), ...each(noting, 'commit')];
  const able = traps.filter(({ at }) => !`${at}`.startsWith(theatre.means.move ? 'UID COPY' : 'UID MOVE'));
  const scenes = able.flatMap((trap) => deeds.map((deed) => ({ trap, deed })));
  return enumerate(program, theatre, 'few', listed(scenes));
}

interface Scene {
  readonly trap: Trap;
  readonly deed: Deed | null;
}

/** Where the scenes come from. */
interface Scenes {
  take(): Scene | null;
  /** The run was over before it came there. */
  beyond(trap: Trap): void;
}

function listed(scenes: readonly Scene[]): Scenes {
  const left = [...scenes];
  return { take: () => left.shift() ?? null, beyond: () => {} };
}

async function enumerate(program: Program, theatre: Theatre, roles: Roles, scenes: Scenes): Promise<Tally> {
  const began = Date.now();
  const byKind: Record<string, number> = {};
  const violations: string[] = [];
  let boundaries = 0;
  let scenarios = 0;
  const act = async () => {
    for (let scene = scenes.take(); scene !== null; scene = scenes.take()) {
      const { trap, deed } = scene;
      const played = await play(program, theatre.login(), theatre.means, roles, trap, deed);
      if (played.idle) continue;
      scenarios++;
      violations.push(...told(scene, played));
      if (!played.reached) scenes.beyond(trap);
      else {
        boundaries++;
        const kind = deed === null ? `${trap.fate} ${trap.when} ${trap.on}` : `${deed.what} ${deed.on}`;
        byKind[kind] = (byKind[kind] ?? 0) + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, act));
  return { server: theatre.name, boundaries, byKind, scenarios, violations, seconds: (Date.now() - began) / 1000 };
}

function told({ trap, deed }: Scene, { violations, where }: Played): string[] {
  if (violations.length === 0) return [];
  const person = deed === null ? '' : `, and a person: ${deed.what} the ${deed.on}`;
  const name = `${trap.fate} ${trap.when} ${trap.on} ${trap.at} (${where || 'not reached'})${person}`;
  return [`${name}:\n${violations.join('\n')}`];
}

/**
 * Number 1, 2, 3 ... of each kind until runs end without having reached theirs. A run differs from the next by a few
 * commands, as the answers of two parties cross: two have to end so.
 */
function untilBeyond(kinds: readonly Omit<Trap, 'at'>[]): Scenes {
  const left = [...kinds];
  let at = 0;
  let missed = 0;
  return {
    take() {
      const kind = left[0];
      return kind === undefined ? null : { trap: { ...kind, at: ++at }, deed: null };
    },
    beyond({ on, when, fate }) {
      const now = left[0];
      if (now === undefined || now.on !== on || now.when !== when || now.fate !== fate || ++missed < 2) return;
      left.shift();
      at = 0;
      missed = 0;
    },
  };
}
