import { writeSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/**
 * Loaded into a process before its program (`--import`): each SIGUSR2 writes a line about how late its event loop was
 * since the last one. A timer of 5 ms that comes on time counts as no delay.
 */
const period = 5;
const histogram = monitorEventLoopDelay({ resolution: period });
histogram.enable();
process.on('SIGUSR2', () => {
  const late = (nanoseconds: number) => Math.max(0, Math.round(nanoseconds / 1e6 - period));
  const stalls = { max: late(histogram.max), p99: late(histogram.percentile(99)), mean: late(histogram.mean) };
  writeSync(2, `${JSON.stringify({ msg: 'stalls', ...stalls })}\n`);
  histogram.reset();
});
