import { z } from 'zod';
import { failed, type Outcome, ok } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Answer } from '../triage/answer.ts';
import type { Scored } from '../triage/job.ts';

/** The HTTP contract in schemas: our client reads with them, our service checks and documents itself with them. */

export const paths = {
  /** POST starts a process; GET with the process's id behind it asks for its result. */
  asynchronous: '/api/companies/{companyCuid}/orchestrators/{orchestratorCuid}/classification-async',
  process: '/api/companies/{companyCuid}/orchestrators/{orchestratorCuid}/classification-async/{processCuid}',
  /** POST answers with the result itself. */
  synchronous: '/api/companies/{companyCuid}/orchestrators/{orchestratorCuid}/classification',
} as const;

/** Puts ids into a path of `paths`. Throws where an id could change the path's meaning. */
export function fillPath(path: string, ids: Readonly<Record<string, string>>): string {
  return path.replace(/\{(\w+)\}/g, (_match, name: string) => {
    const id = ids[name];
    if (id === undefined || id === '' || id === '.' || id === '..') throw new Error(`no usable ${name} for a path`);
    return encodeURIComponent(id);
  });
}

export const mailSchema = z.object({
  subject: z.string().meta({ description: 'Decoded, one line.' }),
  body: z.string().meta({ description: 'Plain text.' }),
});

/** Any JSON value; what is sent comes back as it was sent, to the last character. */
const unchanged = z.any();

export const submissionSchema = z.object({
  mail: mailSchema,
  external_ref: z.string().nullish().meta({ description: 'Takes no part in the classification; returned unchanged.' }),
  external_metadata: unchanged.optional().meta({
    description: `Any JSON value, at most ${limits.server.nesting} objects and lists within each other. Takes no part in the classification; returned unchanged.`,
  }),
});

export const acceptedSchema = z.object({
  process_cuid: z
    .string()
    .regex(/^[\w-]+$/)
    .max(limits.api.processCuid),
});

const label = z.string().min(1).max(limits.api.classification);

export const resultSchema = z.object({
  classification: label,
  confidence: z.number().min(0).max(1),
});

const statuses = ['started', 'completed', 'failed'] as const;

/** The answer to the GET, as our service gives it. */
export const processSchema = z.object({
  status: z.enum(statuses),
  result: resultSchema.nullable().meta({ description: 'Null unless the status is `completed`.' }),
  external_ref: z.string().nullish().meta({ description: 'As submitted; absent if it was.' }),
  external_metadata: unchanged.optional().meta({ description: 'As submitted; absent if it was.' }),
});

/** RFC 9457. `code` is ours: a short stable word for programs. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.string(),
});

/** `code` of the problem that another body came under a key that is known. */
export const keyReused = 'idempotency-key-reused';

/** What a confidence in words is worth. */
export interface Words {
  readonly high: number;
  readonly medium: number;
  readonly low: number;
}

const confidence = z.union([resultSchema.shape.confidence, z.enum(['high', 'medium', 'low'])]);

const foreignPrediction = z.object({ label, confidence, priority: z.unknown().optional() });
const foreignPredictions = z.array(foreignPrediction);

/** Either form of a result that servers of this contract are known to give. */
const foreignResult = z.union([
  z.object({ classification: label, confidence }),
  z.object({
    main_prediction: label,
    predictions: foreignPredictions,
  }),
]);

const foreignProcess = z.object({
  status: z.enum(statuses),
  /** Some leave out what is null. */
  result: z.unknown().optional(),
  /** Some say beside the result how likely they think each class. */
  predictions: z.unknown().optional(),
  external_ref: z.string().nullish(),
});

function badAnswer(what: string): Outcome<never> {
  return failed('temporary', 'bad-answer', `the classifier's answer is not what the contract says: ${what}`);
}

export function readAccepted(value: unknown): Outcome<{ readonly processCuid: string }> {
  const read = acceptedSchema.safeParse(value);
  return read.success ? ok({ processCuid: read.data.process_cuid }) : badAnswer('process_cuid is missing or no id');
}

/** What our own service says in headers: the contract's result has no room for it. */
export interface Provenance {
  readonly model?: string | null;
  readonly predictions?: unknown;
}

/**
 * Reads the answer to a GET. What is not in the contract is a temporary fault `bad-answer`; an answer that names
 * another external_ref than ours is `foreign-answer`, whatever else it says.
 */
export function readProcess(value: unknown, externalRef: string, words: Words, said: Provenance = {}): Outcome<Answer> {
  const read = foreignProcess.safeParse(value);
  if (!read.success) return badAnswer(`${read.error.issues[0]?.path.join('.') || 'no object'} is wrong`);
  const { status, external_ref: theirRef } = read.data;
  if (typeof theirRef === 'string' && theirRef !== externalRef) {
    return failed('temporary', 'foreign-answer', 'the classifier answered for another external_ref; it is not trusted');
  }
  switch (status) {
    case 'started':
    case 'failed':
      return ok({ status });
    case 'completed':
      return readResult(read.data.result, read.data.predictions ?? said.predictions, words, said.model ?? null);
  }
}

function readResult(
  value: unknown,
  beside: unknown,
  words: Words,
  model: string | null,
): Outcome<Extract<Answer, { status: 'completed' }>> {
  if (value === null || value === undefined) return badAnswer('completed without a result');
  const read = foreignResult.safeParse(value);
  if (!read.success) return badAnswer('result has neither known form');
  const worth = (given: z.infer<typeof confidence>) => (typeof given === 'number' ? given : words[given]);
  const scored = (one: z.infer<typeof foreignPrediction>) => ({ label: one.label, confidence: worth(one.confidence) });
  const completed = (main: Scored, all: readonly Scored[]): Outcome<Extract<Answer, { status: 'completed' }>> => {
    const others = all.filter(({ label }) => label !== main.label).sort((a, b) => b.confidence - a.confidence);
    const best = [main, ...others].slice(0, limits.api.predictions);
    return ok({ status: 'completed', classification: main.label, confidence: main.confidence, best, model });
  };
  if ('classification' in read.data) {
    const { classification, confidence: given } = read.data;
    // What stands beside the contract is taken where it can be read, and never held against the answer.
    const more = foreignPredictions.safeParse(beside);
    return completed({ label: classification, confidence: worth(given) }, more.success ? more.data.map(scored) : []);
  }
  const { main_prediction: classification, predictions } = read.data;
  const main = predictions.find((prediction) => prediction.label === classification);
  if (main === undefined) return badAnswer('main_prediction is not among the predictions');
  return completed(scored(main), predictions.map(scored));
}
