import v8 from 'node:v8';
import { limits } from './limits.ts';

/**
 * For a process that stays, before its heap has grown: memory comes before the last bit of speed. V8 by itself lets a heap
 * about double before it collects it, and what is young grow to 32 MiB. Both flags are read whenever a heap may grow, so
 * they can be set from within, however the process was started.
 */
export function keepHeapSmall(): void {
  v8.setFlagsFromString(`--heap-growing-percent=${limits.heap.growthPercent}`);
  keepYoungSmall();
  // To make a thread's heap V8 takes this one back, for the whole process.
  process.on('worker', (thread) => thread.once('online', keepYoungSmall));
}

/** What is young keeps the 2 MiB that every heap begins with. */
function keepYoungSmall(): void {
  v8.setFlagsFromString('--semi-space-growth-factor=1');
}
