/*
 * A parse that blocks everything for minutes: https://github.com/nodemailer/mailparser/issues/389
 */
import { expect, it } from 'vitest';
import { letter } from '../daemon/world.ts';
import { refunds, Stage } from './stage.ts';

const stage = new Stage();

/** Two megabytes of one flowed text, as in the report; what was seen to be slow beside it; and two hundred kilobytes of each, which are fetched whole. */
const monsters = [2_000_000, 200_000].flatMap((octets) => {
  const fill = (text: string) => text.repeat(Math.ceil(octets / text.length));
  const flowed = 'Content-Type: text/plain; charset=UTF-8; format=flowed\r\nContent-Transfer-Encoding: 8bit\r\n';
  return [
    [flowed, fill('grüße an alle die das lesen '.repeat(4).concat('\r\n'))],
    [flowed, fill('> '.repeat(40).concat(' \r\n'))],
    ['Content-Type: text/html; charset=utf-8\r\n', fill('<p>flat <b>html</b>\r\n')],
    ['Content-Type: text/html; charset=utf-8\r\n', fill('<table><tr><td>\r\n')],
    ['Content-Type: text/html; charset=utf-8\r\n', fill('<!-- <!--\r\n')],
    ['Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n', fill('=41=\r\n')],
  ] as const;
});

it('mailparser#389: huge and hostile bodies are read to an end, and hold up nobody', async () => {
  const mail = stage.user();
  const world = stage.world(await stage.vendor(), mail);
  await world.start();
  const huge = monsters.map(([type, body], n) => {
    const whole = letter(`huge${n}`, 'refund_request 0.92', `MIME-Version: 1.0\r\n${type}`);
    return `${whole.slice(0, whole.indexOf('\r\n\r\n'))}\r\n\r\n${body}`;
  });
  await world.deliver(...huge, ...refunds(3, 'small'));
  await world.ended(huge.length + 3);
  expect(world.jobs().filter(({ state }) => state !== 'done')).toEqual([]);
});

it('mailparser#389: while messages are parsed that come to no end, all others are sorted', async () => {
  const mail = stage.user();
  const parsing = { entry: new URL('./letters-thread.mjs', import.meta.url), timeout: 120_000 };
  const world = stage.world(await stage.vendor(), mail, { parsing });
  await world.start();
  await world.deliver(letter('endless0', 'hang 1'), letter('endless1', 'hang 1'), ...refunds(20));
  await world.ended(20);
  await world.deliver(letter('endless2', 'hang 1'), ...refunds(20, 'later'));
  await world.ended(40);
  expect((await world.box())['Support/Refunds']?.length).toBe(40);
  expect(world.status().jobs).toMatchObject({ found: 3, done: 40, failed: 0 });
});
