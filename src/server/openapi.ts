import { z } from 'zod';
import {
  acceptedSchema,
  mailSchema,
  paths,
  problemSchema,
  processSchema,
  resultSchema,
  submissionSchema,
} from '../api/wire.ts';
import { limits } from '../base/limits.ts';

const schemas = z.registry<{ id: string }>();
schemas.add(mailSchema, { id: 'Mail' });
schemas.add(submissionSchema, { id: 'Submission' });
schemas.add(acceptedSchema, { id: 'Accepted' });
schemas.add(resultSchema, { id: 'Result' });
schemas.add(processSchema, { id: 'Process' });
schemas.add(problemSchema, { id: 'Problem' });

const problems: Readonly<Record<string, string>> = {
  400: 'The request is not what this document says.',
  401: 'No token, or one that nobody gave out.',
  404: 'No such company, orchestrator or process for this token; a result is forgotten after its retention.',
  413: `The body is larger than ${limits.server.bodyBytes} bytes.`,
  415: 'The body is not application/json in UTF-8.',
  422: 'The Idempotency-Key came with another body before.',
  429: 'The queue is full. Come again after Retry-After seconds.',
  503: 'No model is trained yet, the engine is away or its budget spent, or the service stops or cannot store. Come again after Retry-After seconds.',
};

/** OpenAPI 3.1: its schemas are JSON Schema 2020-12, which is what zod writes of the schemas that the code uses. */
export function openApiDocument(): Record<string, unknown> {
  const { schemas: components } = z.toJSONSchema(schemas, { uri: (id) => ref(id), io: 'input' });
  return {
    openapi: '3.1.0',
    info: {
      title: 'Mail classification',
      version: '1',
      description: 'Classifies a mail by its subject and body: at once, or as a process whose result is polled for.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{ bearer: [] }],
    paths: {
      [paths.asynchronous]: {
        parameters: [id('companyCuid'), id('orchestratorCuid')],
        post: {
          operationId: 'submit',
          summary: 'Starts a process. Answered once it is on the disk.',
          parameters: [
            header(
              'Idempotency-Key',
              'The same key and body answer the same process, for as long as its result is kept.',
              {
                type: 'string',
                minLength: 1,
                maxLength: limits.server.idempotencyKey,
              },
            ),
          ],
          requestBody: { required: true, content: json('Submission') },
          responses: responses('The process was accepted.', 'Accepted', [400, 401, 404, 413, 415, 422, 429, 503]),
        },
      },
      [paths.process]: {
        parameters: [id('companyCuid'), id('orchestratorCuid'), id('processCuid')],
        get: {
          operationId: 'poll',
          summary: 'Tells how far a process is, and its result.',
          parameters: [
            header(
              'Prefer',
              `wait=N holds the answer until the process ends, ${limits.server.waitMax} seconds at most.`,
              {
                type: 'string',
              },
            ),
          ],
          responses: responses('The process.', 'Process', [401, 404, 503], provenance),
        },
      },
      [paths.synchronous]: {
        parameters: [id('companyCuid'), id('orchestratorCuid')],
        post: {
          operationId: 'classify',
          summary: 'Classifies and answers with the result; nothing is stored.',
          requestBody: { required: true, content: json('Submission') },
          responses: responses('The result.', 'Result', [400, 401, 404, 413, 415, 429, 503], provenance),
        },
      },
    },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: Object.fromEntries(Object.entries(components).map(([name, schema]) => [name, withoutIds(schema)])),
    },
  };
}

function ref(name: string): string {
  return `#/components/schemas/${name}`;
}

/** Within a document the place is the name: `$id` and `$schema` would make each schema a document of its own. */
function withoutIds(schema: object): object {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$id' && key !== '$schema'));
}

function json(name: string, type = 'application/json') {
  return { [type]: { schema: { $ref: ref(name) } } };
}

function id(name: string) {
  return { name, in: 'path', required: true, schema: { type: 'string' } };
}

function header(name: string, description: string, schema: object) {
  return { name, in: 'header', required: false, description, schema };
}

/** What the contract's result has no room for. */
const provenance = {
  'Siftd-Model': { description: 'With a result: the version of the model that answered.', schema: { type: 'string' } },
  'Siftd-Predictions': {
    description: 'With a result: the most likely classes, the best first, as JSON: [{"label", "confidence"}].',
    schema: { type: 'string' },
  },
  'Siftd-Confidence': {
    description: 'With a result: whether its confidence was measured or is the word of a language model.',
    schema: { type: 'string', enum: ['measured', 'stated'] },
  },
};

function responses(description: string, name: string, statuses: readonly number[], headers?: object) {
  const refused = statuses.map((status) => [
    String(status),
    { description: problems[status] ?? '', content: json('Problem', 'application/problem+json') },
  ]);
  const told = headers === undefined ? {} : { headers };
  return { 200: { description, ...told, content: json(name) }, ...Object.fromEntries(refused) };
}
