/*
 * `UID n:*` is inclusive (RFC 9051 6.4.9), so the newest message comes again at every look:
 * https://github.com/rustmailer/bichon/issues/273
 */
import { expect, it } from 'vitest';
import { letter } from '../daemon/world.ts';
import { Stage, says } from './stage.ts';

const stage = new Stage();

it('bichon#273: the newest message is not new again at the next look, nor after a restart', async () => {
  const mail = stage.user();
  const vendor = await stage.vendor();
  const proxy = await stage.proxy(mail);
  const world = stage.world(vendor, mail, { through: proxy, pollInterval: 50 });
  await world.start();
  await world.deliver(letter('stays', 'newsletter 0.9'));
  await world.ended(1);
  for (let times = 0; times < 2; times++) {
    let looks = 0;
    const enough = new Promise<void>((resolve) => {
      proxy.judge = (line) => {
        if (line === 'IDLE' && ++looks === 10) resolve();
        return 'pass';
      };
    });
    await enough;
    await world.stop();
    await world.start();
  }
  expect(world.lines.filter(says(/^found$/)).length).toBe(1);
  expect([...vendor.counts().values()]).toMatchObject([{ submissions: 1 }]);
  expect(await world.whereabouts()).toEqual({ 'letter stays': ['INBOX \\Seen newsletter'] });
});
