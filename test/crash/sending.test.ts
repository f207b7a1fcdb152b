import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { type Smtp, startSmtp } from '../servers/smtp.ts';
import { copyProgram, type Program } from './child.ts';
import { type Fates, instants, killSending } from './sending.ts';

/* kill -9 once at each instant around what is sent; `npm run bench -- sending` does it a thousand times, with Postfix. */

let program: Program;
let dovecot: Dovecot;
let smtp: Smtp;
beforeAll(async () => {
  program = copyProgram();
  [dovecot, smtp] = await Promise.all([startDovecot(), startSmtp({ hideSTARTTLS: true })]);
});
afterAll(async () => {
  program.remove();
  await Promise.all([dovecot.stop(), smtp.stop()]);
});

/**
 * Answers go the way of forwards: of theirs that one in which something may have left. Left out, too, is what leaves the world
 * as the one before it does.
 */
const few = instants.filter(
  ({ name }) =>
    name === 'before the commit of reply sent' ||
    !/reply|before the commit of forward held|move is seen|after (MAIL|DATA)|end is seen|after the commit of \w+ sending$|after the one|answered$/.test(
      name,
    ),
);

it('no mail is sent twice, none is lost unseen, and webhooks come under one id', { timeout: 300_000 }, async () => {
  const stages = [0, 1, 2];
  const all = await Promise.all(
    stages.map((stage) => {
      const login = { host: dovecot.host, port: dovecot.port, user: `stage${stage}` };
      const wanted = few.filter((_, index) => index % stages.length === stage);
      return killSending(program, login, smtp, wanted);
    }),
  );
  expect(all.flatMap(({ violations }) => violations)).toEqual([]);
  expect(all.flatMap(({ kills }) => [...kills.keys()]).sort()).toEqual(few.map(({ name }) => name).sort());
  const sum = (fate: keyof Fates) =>
    all.flatMap(({ fates }) => [...fates.values()]).reduce((total, fates) => total + fates[fate], 0);
  for (const fate of ['once', 'never', 'maybe', 'posted', 'repeated'] as const)
    expect(sum(fate), fate).toBeGreaterThan(0);
  expect(sum('twice')).toBe(0);
});
