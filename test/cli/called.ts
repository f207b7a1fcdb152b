import { vi } from 'vitest';
import { main } from '../../src/cli/program.ts';

/** A command as it is called, in this process: starting another one takes longer than all that is asked of it. */
export async function called(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const out = vi.spyOn(console, 'log').mockImplementation(() => {});
  const err = vi.spyOn(console, 'error').mockImplementation(() => {});
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    const code = await main(['node', 'siftd', ...args]);
    return { code, stdout: out.mock.calls.flat().join('\n'), stderr: err.mock.calls.flat().join('\n') };
  } finally {
    process.exitCode = before;
    vi.restoreAllMocks();
    if (Object.keys(env).length > 0) vi.unstubAllEnvs();
  }
}
