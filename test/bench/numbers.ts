import { parseArgs } from 'node:util';

/** The numbers that a part is called with, `--messages 1000`, each with what it is otherwise. */
export function numbersOf<Name extends string>(
  args: string[],
  usual: Readonly<Record<Name, number>>,
): Readonly<Record<Name, number>> {
  const names = Object.keys(usual) as Name[];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ args, options });
  return Object.fromEntries(names.map((name) => [name, Number(values[name] ?? usual[name])])) as Record<Name, number>;
}
