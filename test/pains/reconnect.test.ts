/*
 * Reconnect throws and kills the watcher: https://github.com/domainaware/parsedmarc/issues/211
 */
import { expect, it } from 'vitest';
import { fastClock } from '../daemon/world.ts';
import type { ImapProxy, Verdict } from '../imap/proxy.ts';
import { refund, Stage, says, way } from './stage.ts';

const stage = new Stage();

/** Each trouble befalls the first command that fits, after the one before it has befallen. Answers what is left of them. */
function befall(proxy: ImapProxy, troubles: readonly (readonly [RegExp, Verdict])[]): () => number {
  const left = [...troubles];
  proxy.judge = (line) => {
    const [fits, verdict] = left[0] ?? [];
    if (fits === undefined || verdict === undefined || !fits.test(line)) return 'pass';
    left.shift();
    return verdict;
  };
  return () => left.length;
}

it('parsedmarc#211: a reconnect that fails in any way is tried again until it works', async () => {
  const mail = stage.user();
  const proxy = await stage.proxy(mail);
  const gate = await stage.gate(way(proxy));
  await gate.open();
  const world = stage.world(await stage.vendor(), mail, { through: gate, clock: fastClock(30), pollInterval: 30_000 });
  await world.start();
  const left = befall(proxy, [
    [/^AUTHENTICATE/, 'cut-before'],
    [/^AUTHENTICATE/, { answer: 'TAG NO [UNAVAILABLE] Temporary authentication failure.\r\n' }],
    [/^AUTHENTICATE/, { answer: '* BYE Too many connections\r\n' }],
    [/^NAMESPACE/, 'cut-after'],
    [/^LIST/, 'cut-before'],
    [/^SELECT/, { answer: 'TAG NO [SERVERBUG] Internal error occurred.\r\n' }],
    [/^SELECT/, 'cut-after'],
    [/^UID FETCH/, 'cut-before'],
    [/^UID FETCH/, 'cut-after'],
  ]);
  await stage.dovecot.kick(mail.user);
  await world.logged(says('the connection to the IMAP server ended'));
  await gate.shut();
  await world.deliver(refund('patient'));
  await world.logged(says('takes no connections'));
  await gate.open();
  await world.ended(1);
  expect(left()).toBe(0);
  expect(await world.whereabouts()).toEqual({ 'letter patient': ['Support/Refunds'] });
  await world.fares(/^watching$/);
});
