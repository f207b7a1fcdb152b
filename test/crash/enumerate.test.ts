import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyProgram, type Program } from './child.ts';
import { cutOfEachKind, everyKill } from './enumerate.ts';
import { type OpenTheatre, theatres } from './theatres.ts';

/*
 * The invariant, by enumeration, on Dovecot. Kills: after each commit, each IMAP command and each HTTP request, which is
 * every state of the world that a kill can leave. Cuts: once for each kind of command. `npm run enumerate` does both
 * sides of every kill, every cut at every command, the larger mailbox, and the other servers.
 */

let program: Program;
beforeAll(() => {
  program = copyProgram();
});
afterAll(() => program.remove());

describe.each(Object.entries(theatres).filter(([name]) => name === 'Dovecot'))('on %s', (_name, open) => {
  let theatre: OpenTheatre;
  beforeAll(async () => {
    theatre = await open();
  });
  afterAll(() => theatre.stop());

  it('nothing is lost, repeated or misfiled, wherever siftd is killed', { timeout: 900_000 }, async () => {
    const { violations, byKind } = await everyKill(program, theatre, 'few', ['after']);
    expect(violations).toEqual([]);
    expect(Object.keys(byKind).sort()).toEqual(['killed after api', 'killed after commit', 'killed after imap']);
  });

  it('nothing is lost, repeated or misfiled, however its connection ends', { timeout: 900_000 }, async () => {
    const { violations, boundaries } = await cutOfEachKind(program, theatre, 'few');
    expect(violations).toEqual([]);
    expect(boundaries).toBeGreaterThan(0);
  });
});
