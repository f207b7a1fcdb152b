/*
 * A connection that is dead, and nobody was told.
 *
 * - Dead trigger that looks alive: https://github.com/n8n-io/n8n/issues/30871
 * - IDLE on a dead socket: https://github.com/postalsys/imapflow/issues/98
 * - Ending IDLE hangs: https://github.com/mjs/imapclient/issues/449
 */
import { expect, it } from 'vitest';
import { fastClock } from '../daemon/world.ts';
import type { Verdict } from '../imap/proxy.ts';
import { refund, Stage, says } from './stage.ts';

const stage = new Stage();

/** The connection gets this verdict on this command once it idles; those that follow are refused until it is healed. */
async function broken(command: 'NOOP' | 'IDLE', verdict: Verdict) {
  const mail = stage.user();
  const vendor = await stage.vendor();
  const proxy = await stage.proxy(mail);
  // A look at least every 30 s and an answer within 20 s, as always; thirty times faster than we live.
  const world = stage.world(vendor, mail, { through: proxy, clock: fastClock(30), pollInterval: 30_000 });
  let state: 'well' | 'broken' | 'healed' = 'well';
  proxy.judge = (line) => {
    if (state === 'well' && line === command && (command === 'IDLE' || proxy.commands.at(-2) === 'IDLE')) {
      state = 'broken';
      return verdict;
    }
    return state === 'broken' && line.startsWith('AUTHENTICATE') ? 'cut-before' : 'pass';
  };
  await world.start();
  await world.logged(says('the connection to the IMAP server ended'));
  return { world, proxy, heal: () => (state = 'healed') };
}

it('n8n#30871: a connection that a firewall swallowed is known to be dead, said to be, and made again', async () => {
  const { world, heal } = await broken('NOOP', 'mute');
  await world.fares(/disconnected|connecting/);
  await world.deliver(refund('meanwhile'));
  heal();
  await world.ended(1);
  await world.fares(/^watching$/);
  expect(await world.whereabouts()).toEqual({ 'letter meanwhile': ['Support/Refunds'] });
});

it('imapflow#98: a socket that dies while it idles is noticed, and mail that came meanwhile is sorted', async () => {
  const { world, heal } = await broken('IDLE', 'mute');
  await world.deliver(refund('unheard'));
  heal();
  await world.ended(1);
  expect(await world.whereabouts()).toEqual({ 'letter unheard': ['Support/Refunds'] });
});

it('imapclient#449: a server that never ends IDLE does not hang the account', async () => {
  const { world, proxy, heal } = await broken('IDLE', { answer: '+ idling\r\n' });
  await world.deliver(refund('after'));
  heal();
  await world.ended(1);
  expect(proxy.commands.filter((command) => command === 'IDLE').length).toBeGreaterThan(1);
  expect(await world.whereabouts()).toEqual({ 'letter after': ['Support/Refunds'] });
});
