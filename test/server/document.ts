import assert from 'node:assert/strict';
import { z } from 'zod';

export interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'header';
  readonly schema: object;
}

export interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Partial<Record<'get' | 'post', Operation>>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** The service's own document, as something that values and answers can be held against. */
export class Contract {
  readonly document: OpenApi;
  readonly #schemas = new Map<string, z.ZodType>();

  constructor(document: OpenApi) {
    this.document = document;
  }

  static async of(answer: (request: Request) => Promise<Response>): Promise<Contract> {
    return new Contract((await (await answer(new Request('http://x/openapi.json'))).json()) as OpenApi);
  }

  get operations(): { readonly path: string; readonly method: 'get' | 'post'; readonly operation: Operation }[] {
    return Object.entries(this.document.paths).flatMap(([path, item]) =>
      (['get', 'post'] as const).flatMap((method) => {
        const operation = item[method];
        return operation === undefined ? [] : [{ path, method, operation }];
      }),
    );
  }

  operation(operationId: string): Operation {
    const found = this.operations.find(({ operation }) => operation.operationId === operationId);
    if (found === undefined) throw new Error(`the document has no operation ${operationId}`);
    return found.operation;
  }

  /** OpenAPI keeps its schemas in one place, JSON Schema in another; nothing unknown may pass. */
  strict(schema: object): z.ZodType {
    const text = JSON.stringify(schema);
    const known = this.#schemas.get(text);
    if (known !== undefined) return known;
    const $defs = Object.fromEntries(
      Object.entries(this.document.components.schemas).map(([name, one]) => [
        name,
        { ...one, additionalProperties: false },
      ]),
    );
    const whole = JSON.stringify({ ...schema, $defs }).replaceAll('#/components/schemas/', '#/$defs/');
    const made = z.fromJSONSchema(JSON.parse(whole));
    this.#schemas.set(text, made);
    return made;
  }

  /** Status, type and body of an answer are among those that the document gives this operation. Answers the body. */
  async check(operationId: string, response: Response): Promise<unknown> {
    const type = response.headers.get('content-type') ?? '';
    const schema = this.operation(operationId).responses[response.status]?.content[type]?.schema;
    const text = await response.text();
    if (schema === undefined)
      throw new Error(`the document has no ${response.status} of ${operationId} as ${type}: ${text}`);
    const body: unknown = JSON.parse(text);
    assert.deepEqual(this.strict(schema).safeParse(body).error?.issues, undefined);
    if (response.status === 429 || response.status === 503)
      assert.match(response.headers.get('retry-after') ?? '', /^\d+$/);
    return body;
  }
}
