import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyProgram, type Program } from './child.ts';
import { cutOfEachKind, everyDeed, everyKill } from './enumerate.ts';
import { type OpenTheatre, theatres } from './theatres.ts';

/*
 * The invariant, by enumeration, on every server. Kills: after each commit, each IMAP command and each HTTP request, which
 * is every state of the world that a kill can leave. Cuts: once for each kind of command. A person between a kill and the
 * next start: once for each kind of command that changes a mailbox, and each step that is noted. `npm run enumerate` does
 * both sides of every kill, every cut at every command, more of the person, and the larger mailbox.
 */

let program: Program;
beforeAll(() => {
  program = copyProgram();
});
afterAll(() => program.remove());

const long = { timeout: 900_000 };

/** Where a person's deed between two steps differs: one command or several, with and without UIDPLUS, and no keywords. */
const meddled = ['Dovecot', 'Dovecot without MOVE', 'Dovecot as bare IMAP4rev1', 'GNU imap4d'];

describe.each(Object.entries(theatres))('on %s', (name, open) => {
  let theatre: OpenTheatre;
  beforeAll(async () => {
    theatre = await open();
  });
  afterAll(() => theatre.stop());

  it('nothing is lost, repeated or misfiled, wherever siftd is killed', long, async () => {
    const { violations, byKind } = await everyKill(program, theatre, 'few', ['after']);
    expect(violations).toEqual([]);
    expect(Object.keys(byKind).sort()).toEqual(['killed after api', 'killed after commit', 'killed after imap']);
  });

  it('nothing is lost, repeated or misfiled, however its connection ends', long, async () => {
    const { violations, boundaries } = await cutOfEachKind(program, theatre, 'few');
    expect(violations).toEqual([]);
    expect(boundaries).toBeGreaterThan(0);
  });

  if (!meddled.includes(name)) return;
  it('what a person does between a kill and the next start stands', long, async () => {
    const { violations, boundaries } = await everyDeed(program, theatre, 1);
    expect(violations).toEqual([]);
    expect(boundaries).toBeGreaterThan(0);
  });
});
