/*
 * One unfetchable message blocks the mailbox: https://github.com/zammad/zammad/issues/2754
 */
import { chmodSync, readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fastClock } from '../daemon/world.ts';
import { refunds, Stage } from './stage.ts';

const stage = new Stage();

/** Where Dovecot keeps the messages of a user's INBOX, in the order of their UIDs. */
function storedMessages(user: string): string[] {
  const folder = join(stage.dovecot.dir, 'mail', user, 'sdbox', 'mailboxes', 'INBOX', 'dbox-Mails');
  const names = readdirSync(folder).filter((name) => /^u\.\d+$/.test(name));
  return names.sort((a, b) => Number(a.slice(2)) - Number(b.slice(2))).map((name) => join(folder, name));
}

const world = async () => {
  const mail = stage.user();
  const world = stage.world(await stage.vendor(), mail, { clock: fastClock(30), pollInterval: 30_000 });
  await world.start();
  await world.stop();
  await world.deliver(...refunds(5));
  return { world, files: storedMessages(mail.user) };
};

it('zammad#2754: messages that nobody may open end the connection whenever they are read, and block no other', async () => {
  const { world: siftd, files } = await world();
  for (const at of [1, 3]) chmodSync(files[at] ?? '', 0);
  await siftd.start();
  await siftd.logged((line) => line['state'] === 'done', 3);
  await siftd.logged((line) => line['state'] === 'failed', 2);
  await siftd.deliver(...refunds(2, 'after'));
  await siftd.logged((line) => line['state'] === 'done', 5);
  const left = (await siftd.person(async (client) => {
    await client.mailboxOpen('INBOX');
    return client.fetchAll('1:*', { uid: true, flags: true });
  })) as { uid: number; flags: Set<string> }[];
  expect(left.map(({ uid, flags }) => [uid, ...flags])).toEqual([
    [2, 'siftd-failed'],
    [4, 'siftd-failed'],
  ]);
});

it('zammad#2754: messages that the server finds damaged, and takes out by itself, block no other', async () => {
  const { world: siftd, files } = await world();
  truncateSync(files[1] ?? '', 40);
  truncateSync(files[3] ?? '', 0);
  await siftd.start();
  await siftd.logged((line) => line['state'] === 'done', 3);
  await siftd.deliver(...refunds(2, 'after'));
  await siftd.logged((line) => line['state'] === 'done', 5);
});
