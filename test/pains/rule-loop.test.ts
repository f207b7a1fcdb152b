/*
 * A rule loop, because a move gives a new UID: https://github.com/nylas/nylas-mail/issues/1076
 */
import { expect, it } from 'vitest';
import { letter } from '../daemon/world.ts';
import { type Profile, Stage } from './stage.ts';

const stage = new Stage();

it.each<[Profile]>([['full'], ['noMove'], ['bare']])(
  'nylas-mail#1076: rules that send mail into each other\u2019s folders move it once (%s)',
  async (profile) => {
    const mail = stage.user(profile);
    // Whatever is asked about anew is something else: a loop would go on for ever.
    let asked = 0;
    const classify = () => ({ classification: ++asked % 2 === 1 ? 'to_b' : 'to_a', confidence: 0.9 });
    const vendor = await stage.vendor({ classify });
    const proxy = await stage.proxy(mail);
    const world = stage.world(vendor, mail, { pollInterval: 50 });
    const folders = ['INBOX', 'A', 'B'];
    world.configure(
      { routes: { to_a: { move: 'A' }, to_b: { move: 'B' } } },
      { folders, host: '127.0.0.1', port: proxy.port },
    );
    await world.person(async (client) => {
      for (const folder of ['A', 'B']) await client.mailboxCreate(folder);
    });
    await world.start();
    await world.deliver(letter('one', 'any 1'), letter('two', 'any 1'));
    await world.ended(2);
    let looks = 0;
    await new Promise<void>((resolve) => {
      proxy.judge = (line) => {
        if (/^(SELECT|EXAMINE) B$/.test(line) && ++looks === 5) resolve();
        return 'pass';
      };
    });
    await world.stop();
    await world.start();
    await world.stop();
    expect(asked).toBe(2);
    // Nor did anything have to catch it in the end.
    expect(world.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
    const found = await world.whereabouts();
    const places = Object.values(found).map((all) => all.filter((place) => !place.includes('\\Deleted')));
    expect(places.sort()).toEqual([['A'], ['B']]);
  },
);
