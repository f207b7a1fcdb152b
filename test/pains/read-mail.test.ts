/*
 * Only unread mail is seen: https://github.com/freescout-help-desk/freescout/issues/3406
 */
import { expect, it } from 'vitest';
import { refund, refunds, Stage } from './stage.ts';

const stage = new Stage();

it('freescout#3406: what a person or a program had read first is sorted, and stays read', async () => {
  const mail = stage.user();
  const vendor = await stage.vendor();
  const world = stage.world(vendor, mail);
  await world.start();
  await world.stop();
  await world.deliver(...refunds(3, 'down'));
  await world.person(async (client) => {
    await client.mailboxOpen('INBOX');
    await client.messageFlagsAdd('1:*', ['\\Seen']);
  });
  await world.start();
  await world.ended(3);
  await world.person((client) => client.append('INBOX', refund('moved-by-a-filter'), ['\\Seen']));
  vendor.misbehave('submit', { status: 503 });
  await world.deliver(refund('opened-at-once'));
  await world.reached(5, 'found');
  await world.person(async (client) => {
    await client.mailboxOpen('INBOX');
    await client.messageFlagsAdd('1:*', ['\\Seen']);
  });
  vendor.misbehave('submit', null);
  await world.ended(5);
  const read = ['Support/Refunds \\Seen'];
  expect(await world.whereabouts()).toEqual({
    'letter down0': read,
    'letter down1': read,
    'letter down2': read,
    'letter moved-by-a-filter': read,
    'letter opened-at-once': read,
  });
});
