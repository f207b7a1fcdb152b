/*
 * Deleted before the sink had accepted it: https://github.com/domainaware/parsedmarc/issues/242
 */
import { expect, it } from 'vitest';
import { fastClock } from '../daemon/world.ts';
import type { Malice } from '../vendor/replies.ts';
import { refunds, Stage, says } from './stage.ts';

const stage = new Stage();

const changes = /^(UID )?(STORE|MOVE|COPY|EXPUNGE)|^CLOSE/;

it.each<[string, 'submit' | 'poll', Malice]>([
  ['refuses it', 'submit', { status: 500 }],
  ['drops the connection halfway', 'submit', 'reset'],
  ['takes it and does not answer', 'poll', { status: 503 }],
  ['answers with what nobody asked', 'poll', 'foreign-ref'],
])('parsedmarc#242: nothing is changed in the mailbox while the API %s', async (_what, on, malice) => {
  const mail = stage.user();
  const vendor = await stage.vendor();
  const proxy = await stage.proxy(mail);
  const world = stage.world(vendor, mail, { through: proxy, clock: fastClock(10), pollInterval: 5000 });
  vendor.misbehave(on, malice);
  await world.start();
  await world.deliver(...refunds(3));
  if (on === 'submit') await world.logged(says('nothing is submitted for'));
  else await world.logged(says('no answer to go by'), 3);
  expect(proxy.commands.filter((command) => changes.test(command))).toEqual([]);
  const untouched = { 'letter n0': ['INBOX'], 'letter n1': ['INBOX'], 'letter n2': ['INBOX'] };
  expect(await world.whereabouts()).toEqual(untouched);
  vendor.misbehave(on, null);
  await world.ended(3);
  expect((await world.box())['Support/Refunds']?.length).toBe(3);
});
