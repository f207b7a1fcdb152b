import { startVendor } from '../vendor/vendor.ts';
import { contractSuite } from './contract.ts';

contractSuite('an independent server on a socket', async () => {
  const vendor = await startVendor({ latency: { median: 20, sigma: 0.5 } });
  return { ...vendor, fetch };
});
