import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { reasonOf, UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Example } from './engine.ts';

const line = z.object({ subject: z.string().default(''), body: z.string().default(''), label: z.string().min(1) });

/**
 * Reads labelled examples, one JSON object `{"subject", "body", "label"}` a line; empty lines are passed over. Throws a
 * UserError (exit code 2) that names the file and the line of the first bad one.
 */
export async function readExamples(path: string): Promise<Example[]> {
  const examples: Example[] = [];
  let number = 0;
  const input = createReadStream(path, 'utf8');
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++;
      if (text.trim() === '') continue;
      if (text.length > limits.engine.lineBytes) throw new UserError(`${path}:${number}: the line is too long`, 2);
      examples.push(exampleOf(text, path, number));
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`cannot read ${path}: ${reasonOf(error)}`, 2);
  } finally {
    input.destroy();
  }
  if (examples.length === 0) throw new UserError(`${path}: there are no examples in it`, 2);
  return examples;
}

function exampleOf(text: string, path: string, number: number): Example {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError(
      `${path}:${number}: this is not JSON; a line holds {"subject": "...", "body": "...", "label": "..."}`,
      2,
    );
  }
  const parsed = line.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const key = issue?.path.join('.') || 'the line';
  throw new UserError(`${path}:${number}: ${key}: ${issue?.message ?? 'not an example'}`, 2);
}
