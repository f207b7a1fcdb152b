import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The longest file of all begins first: whatever else there is fits beside it. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLongest = ({ moduleId }: TestSpecification) => moduleId.endsWith('test/crash/enumerate.test.ts');
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
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
    // On two cores vitest would take one file at a time; ours wait for servers and other processes half of the time.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    passWithNoTests: false,
    // A test that may be skipped or focused by mistake hides what it no longer proves.
    allowOnly: false,
  },
});
