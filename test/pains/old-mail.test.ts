/*
 * Old mail emitted again, account by account, at random: https://github.com/postalsys/emailengine/issues/104
 */
import { expect, it } from 'vitest';
import { letter } from '../daemon/world.ts';
import { refund, refunds, Stage, says } from './stage.ts';

const stage = new Stage();

it('emailengine#104: old mail stays old, over cut connections, restarts and a new UIDVALIDITY', async () => {
  const mail = stage.user();
  const vendor = await stage.vendor();
  const { dovecot } = stage;
  const old = refunds(60, 'old').map((raw) => ({ raw, internalDate: new Date('2026-01-02T03:04:05Z') }));
  await dovecot.load(mail.user, 'INBOX', old);
  const world = stage.world(vendor, mail);
  await world.start();
  // What was sorted and stays is old from then on, too.
  await world.deliver(letter('read-on', 'newsletter 0.9'), letter('unclear', 'poetry 1'));
  await world.ended(2);
  await dovecot.kick(mail.user);
  await world.logged(says('watching again'));
  await world.stop();
  await world.start();
  await world.stop();
  await dovecot.doveadm('mailbox', 'update', '-u', mail.user, '--uid-validity', '77777', 'INBOX');
  await world.start();
  await world.logged(says('INBOX got a new UIDVALIDITY'));
  await world.deliver(refund('new'));
  await world.ended(3);
  const submissions = [...vendor.counts()].map(([ref, counted]) => [ref, counted.submissions]);
  expect(Object.fromEntries(submissions)).toEqual({
    '<read-on@example.com>': 1,
    '<unclear@example.com>': 1,
    '<new@example.com>': 1,
  });
  const box = await world.box();
  expect(box['INBOX']?.length).toBe(62);
  expect(box['INBOX']?.filter(({ flags }) => flags.length === 0).length).toBe(60);
});
