import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup.ts'],
    // Real servers answer in milliseconds; a test that needs longer than this waits for something that will not come.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Two files at once even on two cores: most of a test's time servers and disks are waited for.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    passWithNoTests: false,
    // A test that may be skipped or focused by mistake hides what it no longer proves.
    allowOnly: false,
  },
});
