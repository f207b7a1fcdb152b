/*
 * Throttled, or "authenticated but not connected", at Microsoft: https://github.com/Webklex/php-imap/issues/464
 */
import { expect, it } from 'vitest';
import { fastClock } from '../daemon/world.ts';
import { refunds, Stage } from './stage.ts';

const stage = new Stage();

/** Each of the commands meets a server that says this to everything but logins, so many times over. */
async function survives(verdict: { readonly answer: string }, commands: readonly RegExp[], times: number) {
  const mail = stage.user();
  const proxy = await stage.proxy(mail);
  const vendor = await stage.vendor();
  const world = stage.world(vendor, mail, { through: proxy, clock: fastClock(30), pollInterval: 30_000 });
  await world.start();
  for (const command of commands) {
    let refused = 0;
    const before = world.lines.length;
    proxy.judge = (line) => {
      const begun = refused > 0 || command.test(line);
      if (!begun || refused === times || /^(AUTHENTICATE|CAPABILITY|LOGOUT)/.test(line)) return 'pass';
      refused++;
      return verdict;
    };
    await world.deliver(...refunds(3, `${before}-`));
    await world.logged((line) => world.lines.indexOf(line) >= before && line['state'] === 'done', 3);
    expect(refused).toBe(times);
  }
  const count = commands.length * 3;
  expect(world.jobs().map(({ state }) => state)).toEqual(Array(count).fill('done'));
  expect([...vendor.counts().values()].map(({ processes }) => processes)).toEqual(Array(count).fill(1));
}

const content = /^UID FETCH .*BODY\.PEEK\[\]/;

it('php-imap#464: a server that says "authenticated but not connected" for a while fails no message', async () => {
  const verdict = { answer: 'TAG BAD User is authenticated but not connected.\r\n' };
  await survives(verdict, [content, /^UID MOVE/, /^NOOP/], 10);
});

it('php-imap#464: a server that throttles for a while fails no message', async () => {
  const verdict = { answer: 'TAG BAD Request is throttled. Suggested Backoff Time: 50 milliseconds\r\n' };
  await survives(verdict, [content], 5);
});
