import { expect, it } from 'vitest';
import type { Outcome } from '../../src/base/errors.ts';
import { startVendor } from '../vendor/vendor.ts';
import { clientOf, contractSuite, submissionOf } from './contract.ts';

contractSuite('an independent server on a socket', async () => {
  const vendor = await startVendor({ latency: { median: 20, sigma: 0.5 } });
  return { ...vendor, fetch };
});

const never = new AbortController().signal;

it('fails as a seed says and counts what it was asked; our client gets through and starts nothing twice', async () => {
  const faults = { error500: 0.1, throttled429: 0.1, droppedBefore: 0.1, droppedAfter: 0.1 };
  const run = async () => {
    const vendor = await startVendor({ seed: 7, faults, speed: 2 });
    const client = clientOf({ ...vendor, fetch });
    const codes = new Map<string, number>();
    const insist = async <T>(ask: () => Promise<Outcome<T>>): Promise<T> => {
      for (;;) {
        const outcome = await ask();
        if (outcome.ok) return outcome.value;
        codes.set(outcome.fault.code, (codes.get(outcome.fault.code) ?? 0) + 1);
      }
    };
    // One after the other: what a request draws depends on its place in the order.
    for (let n = 0; n < 60; n++) {
      const { processCuid } = await insist(() => client.submit(submissionOf(`<${n}@x>`), never));
      expect(await insist(() => client.result(processCuid, `<${n}@x>`, never))).toMatchObject({ status: 'completed' });
    }
    for (const { processes } of vendor.counts().values()) expect(processes).toBe(1);
    expect(vendor.counts().size).toBe(60);
    await vendor.close();
    return { codes, answers: vendor.answers() };
  };
  const first = await run();
  expect([...first.codes.keys()].sort()).toEqual(['http-429', 'http-500', 'network']);
  expect(first.codes.get('network')).toBe(first.answers.get('drop'));
  expect(await run()).toEqual(first);
});
