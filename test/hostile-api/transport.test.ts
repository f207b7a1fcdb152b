import { afterEach, describe, expect, it } from 'vitest';
import { createClassifier } from '../../src/api/client.ts';
import { overNetwork } from '../../src/base/ask.ts';
import { limits } from '../../src/base/limits.ts';
import { HandClock } from '../api/clock.ts';
import { clientOf, submissionOf, words } from '../api/contract.ts';
import { startVendor, type Vendor } from '../vendor/vendor.ts';
import { until } from './stage.ts';

/* What arrives are bytes: too many, too few, none, or a way to somebody else. */

const never = new AbortController().signal;
const ref = '<m@example.com>';
const vendors: Vendor[] = [];
afterEach(async () => {
  for (const vendor of vendors.splice(0)) await vendor.close();
});

async function start(): Promise<Vendor> {
  const vendor = await startVendor();
  vendors.push(vendor);
  return vendor;
}

async function asked(vendor: Vendor, on: 'submit' | 'poll') {
  const client = clientOf({ ...vendor, fetch });
  return on === 'submit' ? client.submit(submissionOf(ref), never) : client.result('a2345678901b', ref, never);
}

describe.each(['submit', 'poll'] as const)('the answer to a %s', (on) => {
  it.each(['hang', 'silent-after-headers', 'endless-interim'] as const)(
    'that is %s is given up when its time is over',
    async (malice) => {
      const vendor = await start();
      vendor.misbehave(on, malice);
      const clock = new HandClock();
      const { url: baseUrl, company, orchestrator, token } = vendor;
      const client = createClassifier({
        fetch: overNetwork,
        baseUrl,
        company,
        orchestrator,
        token,
        concurrency: 1,
        words,
        clock,
      });
      const outcome = on === 'submit' ? client.submit(submissionOf(ref), never) : client.result('a23', ref, never);
      await until(() => vendor.answers().size === 1);
      clock.advance(limits.api.requestTimeout);
      expect(await outcome).toMatchObject({ ok: false, fault: { kind: 'temporary', code: 'timeout' } });
      await until(() => vendor.open() === 0);
      expect(clock.sleepers).toBe(0);
    },
  );

  it.each([
    ['endless-body', 'bad-answer'],
    ['endless-headers', 'network'],
    ['bomb', 'bad-answer'],
    ['bomb-in-bomb', 'bad-answer'],
    ['huge', 'bad-answer'],
  ] as const)('that is %s is read no further than its cap, and the connection ends', async (malice, code) => {
    const vendor = await start();
    vendor.misbehave(on, malice);
    expect(await asked(vendor, on)).toMatchObject({ ok: false, fault: { kind: 'temporary', code } });
    await until(() => vendor.open() === 0);
  });

  it.each([301, 302, 303, 307, 308] as const)(
    'that is a redirect (%d) to another host takes neither the mail nor the token there',
    async (status) => {
      const [vendor, elsewhere] = [await start(), await start()];
      vendor.misbehave(on, { status, redirect: `${elsewhere.url}/api/` });
      expect(await asked(vendor, on)).toMatchObject({ fault: { kind: 'unauthorized', code: `http-${status}` } });
      expect(elsewhere.answers().size).toBe(0);
    },
  );
});
