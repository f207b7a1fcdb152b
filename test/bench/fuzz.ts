import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { systemClock } from '../../src/base/clock.ts';
import { Metrics } from '../../src/server/metrics.ts';
import { createService } from '../../src/server/service.ts';
import { fuzzContract } from '../server/contract-fuzz.ts';
import { numbersOf } from './numbers.ts';

/** Requests made from the service's own schemas, whole and broken: how many were tried, and how many were answered 500. */
export async function fuzz(args: string[]): Promise<object> {
  const { requests, seed } = numbersOf(args, { requests: 100_000, seed: 1 });
  const folder = mkdtempSync(join(tmpdir(), 'siftd-fuzz-'));
  const engine = {
    labels: ['any'],
    version: 'fuzz-1',
    classify: () => ({ label: 'any', confidence: 0.5, alternatives: [] }),
  };
  const service = createService({
    path: join(folder, 'service.db'),
    companies: { c: { tokens: ['t'], orchestrators: { o: { engine } } } },
    retention: 86_400_000,
    clock: systemClock,
    log: null,
    metrics: (standing) => new Metrics(standing),
  });
  service.start();
  try {
    const { tried, statuses } = await fuzzContract({
      fetch: (request) => service.answer(request, { address: '127.0.0.1' }),
      company: 'c',
      orchestrator: 'o',
      token: 't',
      requests,
      seed,
    });
    const table = new Table({ head: ['status', 'answers'], style: { head: [], border: [] } });
    for (const [status, count] of [...statuses].sort(([a], [b]) => a - b)) table.push([status, count]);
    console.log(table.toString());
    console.log(
      `requests tried: ${tried}; 500s: ${statuses.get(500) ?? 0}; answers that the document does not describe: 0`,
    );
    return { tried, statuses: Object.fromEntries(statuses), internalErrors: statuses.get(500) ?? 0 };
  } finally {
    await service.stop();
    rmSync(folder, { recursive: true });
  }
}
