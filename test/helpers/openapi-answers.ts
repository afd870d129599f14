import assert from 'node:assert/strict';
import { Ajv2020, type Options, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export type Answer = {
  /** null: the request was no HTTP, so that it asked for nothing */
  method: string | null;
  target: string | null;
  status: number;
  headers: Record<string, string>;
  body: string;
};

type Schema = Record<string, unknown>;
type Response = {
  $ref?: string;
  headers?: Record<string, { schema: Schema }>;
  content?: Record<string, { schema: Schema }>;
};
export type Document = {
  openapi: string;
  paths: Record<
    string,
    Record<string, { operationId: string; responses: Record<string, Response> }>
  >;
  components: { schemas: Record<string, Schema>; responses: Record<string, Response> };
};

/** JSON Schema 2020-12, in which nothing unknown is passed over but the place of our components. */
export function strictAjv(options: Options = {}): Ajv2020 {
  const ajv = new Ajv2020({ strict: true, allErrors: true, ...options });
  ajv.addVocabulary(['components']);
  (addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  return ajv;
}

/**
 * Holds every answer against the OpenAPI document: the status must be one that the operation
 * names, the headers and the body must fit its schemas. An answer to what is no operation must be
 * the common error.
 */
export class AnswerCheck {
  /** `postTestRun 202` for each operation and status seen so far */
  readonly seen = new Set<string>();
  readonly #document: Document;
  readonly #ajv = strictAjv({ coerceTypes: true });
  readonly #validators = new Map<Schema, ValidateFunction>();

  constructor(document: Document) {
    this.#document = document;
  }

  /** `postTestRun 202` for each operation and status that the document names. */
  promised(): string[] {
    return Object.values(this.#document.paths)
      .flatMap((path) => Object.values(path))
      .flatMap(({ operationId, responses }) =>
        Object.keys(responses).map((status) => `${operationId} ${status}`),
      );
  }

  check(answer: Answer): void {
    const operation = this.#find(answer);
    if (operation === undefined) {
      assert.ok(answer.status >= 400, `${answer.status} from what the document does not name`);
      this.#checkBody(this.#document.components.schemas.Error!, answer);
      return;
    }
    const { operationId, responses } = operation;
    const named = responses[answer.status];
    assert.ok(named, `${operationId} answered ${answer.status}, which it does not name`);
    const response = this.#follow(named);
    this.seen.add(`${operationId} ${answer.status}`);
    for (const [name, { schema }] of Object.entries(response.headers ?? {})) {
      const value = answer.headers[name.toLowerCase()];
      if (value !== undefined) this.#validate(schema, { value }, `header ${name}`);
    }
    const schema = response.content?.['application/json']?.schema;
    if (schema !== undefined && answer.method !== 'HEAD') this.#checkBody(schema, answer);
  }

  #find({ method, target }: Answer) {
    if (method === null || target === null) return undefined;
    const path = target.split('?', 1)[0]!;
    const asked = method === 'HEAD' ? 'get' : method.toLowerCase();
    const found = Object.entries(this.#document.paths).find(([template]) =>
      new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
    );
    return found?.[1][asked];
  }

  #follow(response: Response): Response {
    if (response.$ref === undefined) return response;
    const found = this.#document.components.responses[response.$ref.split('/').at(-1)!];
    assert.ok(found, `${response.$ref} leads nowhere`);
    return found;
  }

  #checkBody(schema: Schema, { headers, body, status }: Answer): void {
    assert.match(headers['content-type'] ?? '', /^application\/json; charset=utf-8$/);
    this.#validate(schema, { value: JSON.parse(body) }, `body of ${status}`);
  }

  /** Wrapped, so that a header's text is read as the number that its schema asks for. */
  #validate(schema: Schema, wrapped: { value: unknown }, what: string): void {
    let validate = this.#validators.get(schema);
    if (validate === undefined) {
      validate = this.#ajv.compile({
        type: 'object',
        properties: { value: schema },
        components: this.#document.components,
      });
      this.#validators.set(schema, validate);
    }
    const text = JSON.stringify(wrapped.value).slice(0, 300);
    const isHeader = what.startsWith('header');
    const before = structuredClone(wrapped);
    assert.ok(validate(wrapped), `${what}: ${JSON.stringify(validate.errors)} in ${text}`);
    if (!isHeader) assert.deepEqual(wrapped, before, `${what} fits only after conversion`);
  }
}
