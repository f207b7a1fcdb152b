import { z } from 'zod';
import { limits } from '../base/limits.ts';

/** Tokens of one request, as the endpoint counted them. */
export interface Usage {
  readonly prompt: number;
  readonly completion: number;
}

export interface Reading {
  /** null: the endpoint did not say. */
  readonly usage: Usage | null;
  /** null: the model's answer is off the schema. */
  readonly said: { readonly label: string; readonly confidence: number; readonly stated: boolean } | null;
}

const count = z.int().min(0);
const completion = z.object({
  choices: z.array(z.unknown()).min(1),
  usage: z.object({ prompt_tokens: count, completion_tokens: count }).nullish().catch(null),
});
const choice = z.object({
  message: z.object({ content: z.string() }),
  finish_reason: z.string().nullish(),
  logprobs: z
    .object({
      content: z.array(
        z.object({
          token: z.string(),
          logprob: z.number(),
          bytes: z.array(z.int().min(0).max(255)).nullish().catch(null),
        }),
      ),
    })
    .nullish()
    .catch(null),
});
const answer = z.strictObject({ classification: z.string(), confidence: z.number().min(0).max(1) });

type Token = {
  readonly token: string;
  readonly logprob: number;
  readonly bytes?: readonly number[] | null | undefined;
};

/**
 * Reads the body of an answer to a chat completion. null: it is none (an error page, another API). A label that was not
 * offered, a confidence outside 0 to 1, anything more or less than was asked for, or an answer that was cut off: off the
 * schema.
 */
export function readCompletion(body: unknown, labels: readonly string[]): Reading | null {
  const read = completion.safeParse(body);
  if (!read.success) return null;
  const counted = read.data.usage ?? null;
  const usage = counted === null ? null : { prompt: counted.prompt_tokens, completion: counted.completion_tokens };
  const first = choice.safeParse(read.data.choices[0]);
  if (!first.success || (first.data.finish_reason ?? 'stop') !== 'stop') return { usage, said: null };
  const { content } = first.data.message;
  const parsed = answer.safeParse(parse(content));
  if (!parsed.success || !labels.includes(parsed.data.classification)) return { usage, said: null };
  const label = parsed.data.classification;
  const measured = measuredConfidence(content, label, labels, first.data.logprobs?.content ?? []);
  const confidence = measured ?? Math.min(parsed.data.confidence, limits.llm.statedMost);
  return { usage, said: { label, confidence, stated: measured === null } };
}

/**
 * The probability of the label among all that the model could have written in its place: the product over its tokens.
 * What the model says of its confidence plays no part in it. null where the tokens are not there or do not add up.
 */
function measuredConfidence(
  content: string,
  label: string,
  labels: readonly string[],
  tokens: readonly Token[],
): number | null {
  // A token may hold a part of a character: only its octets say which.
  const parts = tokens.map(({ token, bytes }) => Buffer.from(bytes ?? token));
  if (!Buffer.concat(parts).equals(Buffer.from(content))) return null;
  const places = [...content.matchAll(/"classification"\s*:\s*"((?:[^"\\]|\\.)*)"/g)];
  const place = places[0];
  const written = place?.[1];
  if (place === undefined || written === undefined || places.length !== 1 || parse(`"${written}"`) !== label)
    return null;
  const quote = place.index + place[0].length - 1;
  const start = Buffer.byteLength(content.slice(0, quote - written.length));
  const end = Buffer.byteLength(content.slice(0, quote));
  // Where another label goes on from this one, it is the closing quote that tells them apart.
  const last = labels.some((other) => other !== label && other.startsWith(label)) ? end + 1 : end;
  let sum = 0;
  let at = 0;
  for (const [index, { logprob }] of tokens.entries()) {
    const next = at + (parts[index]?.length ?? 0);
    if (at < last && next > start) {
      if (!(logprob <= 1e-6)) return null;
      sum += Math.min(0, logprob);
    }
    at = next;
  }
  return Math.exp(sum);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
