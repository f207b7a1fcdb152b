/**
 * A thread's program, as compiled: sources that a test or a bench runs have it beside them in dist/, as a thread takes no
 * TypeScript. `from` is the asking module's import.meta.url; it lies in a room, as `program` does.
 */
export function threadProgram(from: string, program: string): URL {
  return new URL(`${from.endsWith('.ts') ? '../../dist/' : '../'}${program}`, from);
}
