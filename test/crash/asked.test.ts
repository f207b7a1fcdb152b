import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everyKillOfAsked } from './asked.ts';
import { copyProgram, type Program } from './child.ts';
import { type OpenTheatre, theatres } from './theatres.ts';

/* What a person asked for is as safe from kill -9 as what siftd does by itself. */

let program: Program;
beforeAll(() => {
  program = copyProgram();
});
afterAll(() => program.remove());

describe('on Dovecot', () => {
  let theatre: OpenTheatre;
  beforeAll(async () => {
    theatre = await (theatres['Dovecot'] as () => Promise<OpenTheatre>)();
  });
  afterAll(() => theatre.stop());

  it('an undo and a filing are done once, wherever siftd is killed', { timeout: 900_000 }, async () => {
    const { killed, violations } = await everyKillOfAsked(program, theatre);
    expect(violations).toEqual([]);
    const times = (what: string) => killed.filter((where) => where.startsWith(what)).length;
    expect([times('UID STORE'), times('UID MOVE')]).toEqual([2, 2]);
    expect(times('commit')).toBeGreaterThan(8);
  });
});
