/*
 * Mail without a Message-ID is not sorted, or stops what comes behind it:
 * https://github.com/chatwoot/chatwoot/issues/9069, https://github.com/freescout-help-desk/freescout/issues/4740
 */
import { expect, it } from 'vitest';
import { letter } from '../daemon/world.ts';
import { refund, Stage } from './stage.ts';

const stage = new Stage();

it.each([
  ['has none', ''],
  ['is empty', 'Message-ID:\r\n'],
  ['is a pair of brackets', 'Message-ID: <>\r\n'],
])(
  'chatwoot#9069, freescout#4740: mail whose Message-ID %s is sorted, and so is all behind it',
  async (_what, line) => {
    const mail = stage.user();
    const vendor = await stage.vendor();
    const world = stage.world(vendor, mail);
    await world.start();
    const nameless = letter('', 'refund_request 0.92', line);
    await world.deliver(...Array(4).fill(nameless), refund('behind'));
    // By APPEND no server adds anything: these are alike to the last octet, down to their INTERNALDATE.
    const date = new Date('2026-05-06T07:08:09Z');
    await world.person(async (client) => {
      for (let times = 0; times < 3; times++) await client.append('INBOX', nameless, [], date);
    });
    await world.ended(8);
    expect((await world.box())['Support/Refunds']?.length).toBe(8);
    const counts = [...vendor.counts()];
    expect(counts.reduce((sum, [, { processes }]) => sum + processes, 0)).toBe(8);
    const made = counts.filter(([reference]) => /^<\w{64}@siftd\.invalid>$/.test(reference));
    expect(made.map(([, { processes }]) => processes).sort()).toEqual([1, 1, 1, 1, 3]);
  },
);
