import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The enumeration takes as long as a third of all else: begun last, it would run on alone. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => moduleId.includes('/test/crash/');
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/setup.ts'],
    // Real servers answer in milliseconds; a test that needs longer than this waits for something that will not come.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // One a core, vitest's own choice leaves a core of two idle while a test waits for a server.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    passWithNoTests: false,
    // A test that may be skipped or focused by mistake hides what it no longer proves.
    allowOnly: false,
  },
});
