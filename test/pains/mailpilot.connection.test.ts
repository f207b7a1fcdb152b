/*
 * What Mailpilot 1.8.3 did on Dovecot 2.3 when it was measured, as to its connection:
 *
 * - new mail during IDLE never noticed, 0 of 100;
 * - a dropped connection never made again, while health said ok;
 * - a port that refuses at the start fails the account for good.
 */
import { expect, it } from 'vitest';
import { fastClock } from '../daemon/world.ts';
import { refund, refunds, Stage, says } from './stage.ts';

const stage = new Stage();

it('Mailpilot: of 100 messages that come during IDLE 100 are sorted, by what the server pushes alone', async () => {
  const mail = stage.user();
  const proxy = await stage.proxy(mail);
  // Nobody looks by the clock before the test is over.
  const world = stage.world(await stage.vendor(), mail, { through: proxy, pollInterval: 3_600_000 });
  const idling = new Promise<void>((resolve) => {
    proxy.judge = (line) => {
      if (line === 'IDLE') resolve();
      return 'pass';
    };
  });
  await world.start();
  await idling;
  await world.deliver(...refunds(100));
  await world.ended(100);
  expect((await world.box())['Support/Refunds']?.length).toBe(100);
});

it('Mailpilot: a dropped connection is made again, and until then the status does not say that all is well', async () => {
  const mail = stage.user();
  const gate = await stage.gate(mail);
  await gate.open();
  const world = stage.world(await stage.vendor(), mail, { through: gate, clock: fastClock(10), pollInterval: 5000 });
  await world.start();
  await world.fares(/^watching$/);
  await gate.shut();
  await world.logged(says('takes no connections'));
  await world.fares(/^(disconnected|connecting)$/);
  await world.deliver(refund('meanwhile'));
  await gate.open();
  await world.ended(1);
  await world.fares(/^watching$/);
});

it('Mailpilot: a port that refuses at the start is tried again, and the account works once it is open', async () => {
  const mail = stage.user();
  const gate = await stage.gate(mail);
  const world = stage.world(await stage.vendor(), mail, { through: gate, clock: fastClock(10), pollInterval: 5000 });
  await world.start();
  await world.logged(says('takes no connections'));
  await world.fares(/^(disconnected|connecting)$/);
  await gate.open();
  await world.logged(says('watching again'));
  await world.deliver(refund('late'));
  await world.ended(1);
  expect(await world.whereabouts()).toEqual({ 'letter late': ['Support/Refunds'] });
});
