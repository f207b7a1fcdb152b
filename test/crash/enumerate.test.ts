import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyProgram, type Program } from './child.ts';
import { cutOfEachKind, everyDeed, everyKill } from './enumerate.ts';
import { type OpenTheatre, theatres } from './theatres.ts';

/*
 * The invariant, by enumeration. On Dovecot kills after every second commit, IMAP command and HTTP request, in states of the
 * world that only a kill can leave; after every eighth where siftd copies, after every 24th on the other
 * servers. Cuts: once for each kind of command, on servers that are sent all kinds between them. A person between a kill and the next start: where a move is most commands, each third pair. `npm run enumerate` does
 * all of it on all servers: both sides of every kill, every cut at every command, more of the person, the larger mailbox.
 */

/** MOVE; COPY and UID EXPUNGE; COPY and \Deleted; labels. */
const cutOff = ['Dovecot', 'Dovecot without MOVE', 'GNU imap4d', 'Gmail, in this process'];
const meddledWith = ['Dovecot without MOVE'];
/** Kills after every so many boundaries of a kind: half an hour is all that a test run may take. */
const strides: Readonly<Record<string, number>> = { Dovecot: 2, 'Dovecot without MOVE': 8 };
const strideElsewhere = 24;

let program: Program;
beforeAll(() => {
  program = copyProgram();
});
afterAll(() => program.remove());

const long = { timeout: 900_000 };

describe.each(Object.entries(theatres))('on %s', (name, open) => {
  let theatre: OpenTheatre;
  beforeAll(async () => {
    theatre = await open();
  });
  afterAll(() => theatre.stop());

  it('nothing is lost, repeated or misfiled, wherever siftd is killed', long, async () => {
    const stride = strides[name] ?? strideElsewhere;
    const { violations, byKind } = await everyKill(program, theatre, 'few', ['after'], stride);
    expect(violations).toEqual([]);
    expect(Object.keys(byKind).sort()).toEqual(['killed after api', 'killed after commit', 'killed after imap']);
  });

  if (cutOff.includes(name)) {
    it('nothing is lost, repeated or misfiled, however its connection ends', long, async () => {
      const { violations, boundaries } = await cutOfEachKind(program, theatre, 'few');
      expect(violations).toEqual([]);
      expect(boundaries).toBeGreaterThan(0);
    });
  }

  if (!meddledWith.includes(name)) return;
  it('what a person does between a kill and the next start stands', long, async () => {
    const { violations, boundaries } = await everyDeed(program, theatre, 1, 3);
    expect(violations).toEqual([]);
    expect(boundaries).toBeGreaterThan(0);
  });
});
