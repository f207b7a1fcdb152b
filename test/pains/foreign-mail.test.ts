/*
 * A move expunges foreign mail, and loses the message where the copy fails: https://github.com/TRC-Loop/Pelton/issues/278
 */
import { expect, it } from 'vitest';
import { underAcl } from '../servers/dovecot.ts';
import { type Profile, refunds, Stage } from './stage.ts';

const stage = new Stage();
const closed = new Stage(underAcl('Support/Refunds owner lr'));

it.each<[Profile]>([['full'], ['noMove'], ['bare']])(
  'Pelton#278: what others marked \\Deleted survives every move (%s)',
  async (profile) => {
    const mail = stage.user(profile);
    const proxy = await stage.proxy(mail);
    const world = stage.world(await stage.vendor(), mail, { through: proxy });
    await world.deliver(...refunds(3, 'theirs'));
    await world.person(async (client) => {
      await client.mailboxOpen('INBOX');
      await client.messageFlagsAdd('1:*', ['\\Deleted']);
    });
    await world.start();
    await world.deliver(...refunds(3, 'ours'));
    await world.ended(3);
    await world.stop();
    const found = await world.whereabouts();
    for (const n of [0, 1, 2]) {
      expect(found[`letter theirs${n}`]).toEqual(['INBOX \\Deleted']);
      // Without UIDPLUS nothing is expunged at all: the original stays, marked, beside its copy.
      const original = profile === 'bare' ? ['INBOX \\Deleted'] : [];
      expect(found[`letter ours${n}`]).toEqual([...original, 'Support/Refunds']);
    }
    // Not even by leaving: CLOSE expunges too.
    expect(proxy.commands.filter((command) => /^(EXPUNGE|CLOSE)/.test(command))).toEqual([]);
  },
);

it.each<[Profile]>([['full'], ['noMove'], ['bare']])(
  'Pelton#278: a message whose copy is refused stays where it is (%s)',
  async (profile) => {
    const mail = closed.user(profile);
    const world = closed.world(await closed.vendor(), mail);
    await world.start();
    await world.deliver(...refunds(3));
    await world.ended(3);
    expect(world.jobs().map(({ state }) => state)).toEqual(['failed', 'failed', 'failed']);
    const kept = ['INBOX siftd-failed'];
    expect(await world.whereabouts()).toEqual({ 'letter n0': kept, 'letter n1': kept, 'letter n2': kept });
  },
);
