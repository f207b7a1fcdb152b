/*
 * A message under a new UIDVALIDITY is judged as processed, because its UID was:
 * https://github.com/paperless-ngx/paperless-ngx/issues/8944
 */
import { expect, it } from 'vitest';
import { refund, Stage, says } from './stage.ts';

const stage = new Stage();

it('paperless-ngx#8944: a folder that was made anew starts at UID 1 again, and its new mail is sorted', async () => {
  const mail = stage.user();
  const world = stage.world(await stage.vendor(), mail);
  world.configure({ routes: { refund_request: { label: ['refund'] } } }, { folders: ['INBOX', 'Scans'] });
  await world.person((client) => client.mailboxCreate('Scans'));
  await world.start();
  for (const [at, id] of ['first', 'second', 'third'].entries()) {
    await world.person((client) => client.append('Scans', refund(id)));
    await world.ended(at + 1);
    expect(await world.box()).toMatchObject({ Scans: [{ uid: 1, flags: ['refund'] }] });
    // Dovecot itself loses what comes into a new folder while somebody still has its forerunner open.
    await world.stop();
    await world.person(async (client) => {
      await client.mailboxDelete('Scans');
      await client.mailboxCreate('Scans');
    });
    await world.start();
    await world.logged(says('Scans got a new UIDVALIDITY'), at + 1);
  }
});
