/*
 * The next poll starts before the slow job ends, and the message is imported five times:
 * https://github.com/paperless-ngx/paperless-ngx/issues/9436
 */
import { expect, it } from 'vitest';
import { refund, Stage, says } from './stage.ts';

const stage = new Stage();

it.each([
  ['the classification', 'poll', 'never'],
  ['the submission', 'submit', { status: 503 }],
] as const)(
  'paperless-ngx#9436: %s takes many looks at the mailbox, and is asked for once',
  async (_what, on, malice) => {
    const mail = stage.user();
    const vendor = await stage.vendor();
    const proxy = await stage.proxy(mail);
    const world = stage.world(vendor, mail, { through: proxy, pollInterval: 50 });
    vendor.misbehave(on, malice);
    await world.start();
    let looks = 0;
    const enough = new Promise<void>((resolve) => {
      proxy.judge = (line) => {
        if (line === 'IDLE' && ++looks === 40) resolve();
        return 'pass';
      };
    });
    await world.deliver(refund('slow'));
    await enough;
    vendor.misbehave(on, null);
    await world.ended(1);
    expect([...vendor.counts().values()].map(({ processes }) => processes)).toEqual([1]);
    expect(world.lines.filter(says(/^found$/)).length).toBe(1);
    expect(await world.whereabouts()).toEqual({ 'letter slow': ['Support/Refunds'] });
  },
);
