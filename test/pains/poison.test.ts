/*
 * Poison is fetched again for ever: https://github.com/chatwoot/chatwoot/issues/5081
 */
import { expect, it } from 'vitest';
import { fastClock, letter } from '../daemon/world.ts';
import { refunds, Stage } from './stage.ts';

const stage = new Stage();
const parsing = { entry: new URL('./letters-thread.mjs', import.meta.url), timeout: 1500 };

it.each([['hang'], ['exit'], ['memory']])(
  'chatwoot#5081: a message that makes its parser %s is fetched three times, then it waits for a person',
  async (order) => {
    const mail = stage.user();
    const vendor = await stage.vendor();
    const proxy = await stage.proxy(mail);
    const options = { through: proxy, clock: fastClock(10), pollInterval: 5000, parsing };
    const world = stage.world(vendor, mail, options);
    await world.start();
    await world.deliver(letter('poison', `${order} 1`), ...refunds(4));
    await world.ended(5);
    await world.deliver(...refunds(2, 'after'));
    await world.ended(7);
    // Of the restart nothing is left to be fetched.
    await world.stop();
    await world.start();
    await world.stop();
    const poison = world.jobs().filter(({ state }) => state === 'failed');
    expect(poison).toMatchObject([{ identity: { messageId: '<poison@example.com>' } }]);
    expect((await world.whereabouts())['letter poison']).toEqual(['INBOX siftd-failed']);
    expect((await world.box())['Support/Refunds']?.length).toBe(6);
    expect(vendor.counts().has('<poison@example.com>')).toBe(false);
    const fetches = proxy.commands.filter((line) => /^UID FETCH (1|1[:,]\S*) .*BODY\.PEEK\[\]/.test(line));
    expect(fetches.length).toBe(3);
  },
);
