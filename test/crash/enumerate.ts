import type { Boundary, Trap } from './boundary.ts';
import type { Program } from './child.ts';
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

/** How many scenarios at a time: one computes while another waits for its server. */
const atOnce = 3;

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
  const kinds = [...new Set(boundaries.filter(({ on }) => on === 'imap').map(({ what }) => what))];
  const traps = kinds.flatMap((what) => cuts.map((cut): Trap => ({ ...cut, at: what })));
  const tally = await enumerate(program, theatre, roles, { take: () => traps.shift() ?? null, beyond: () => {} });
  return { ...tally, violations: [...violations, ...tally.violations] };
}

/** Where the traps come from. */
interface Traps {
  take(): Trap | null;
  /** The run was over before it came there. */
  beyond(trap: Trap): void;
}

async function enumerate(program: Program, theatre: Theatre, roles: Roles, traps: Traps): Promise<Tally> {
  const began = Date.now();
  const byKind: Record<string, number> = {};
  const violations: string[] = [];
  let boundaries = 0;
  let scenarios = 0;
  const act = async () => {
    for (let trap = traps.take(); trap !== null; trap = traps.take()) {
      const played = await play(program, theatre.login(), theatre.means, roles, trap);
      scenarios++;
      violations.push(...told(trap, played));
      if (!played.reached) traps.beyond(trap);
      else {
        boundaries++;
        const kind = `${trap.fate} ${trap.when} ${trap.on}`;
        byKind[kind] = (byKind[kind] ?? 0) + 1;
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, act));
  return { server: theatre.name, boundaries, byKind, scenarios, violations, seconds: (Date.now() - began) / 1000 };
}

function told(trap: Trap, { violations, where }: Played): string[] {
  if (violations.length === 0) return [];
  return [`${trap.fate} ${trap.when} ${trap.on} ${trap.at} (${where || 'not reached'}):\n${violations.join('\n')}`];
}

/**
 * Number 1, 2, 3 ... of each kind until runs end without having reached theirs. A run differs from the next by a few
 * commands, as the answers of two parties cross: two have to end so.
 */
function untilBeyond(kinds: readonly Omit<Trap, 'at'>[]): Traps {
  const left = [...kinds];
  let at = 0;
  let missed = 0;
  return {
    take() {
      const kind = left[0];
      return kind === undefined ? null : { ...kind, at: ++at };
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
