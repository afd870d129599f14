import { openApiDocument } from '../../contract/openapi.ts';
import { version } from '../../version.ts';
import type { Ctx, Web } from '../context.ts';
import { contents } from './docs/contents.ts';
import { curlOf, type DocOperation } from './parts/curl.ts';
import { fieldsOf, type JsonSchema, shortType } from './parts/schema-fields.ts';
import { sendPage } from './parts/send-page.ts';

type Parameter = {
  name: string;
  in: string;
  required: boolean;
  description?: string;
  schema: JsonSchema;
};
type Answer = { description: string; content?: Record<string, { schema: JsonSchema }> };
type Document = {
  paths: Record<string, Record<string, DocOperation & { responses: Record<string, object> }>>;
  components: { schemas: Record<string, JsonSchema>; responses: Record<string, Answer> };
};

/** GET /docs/api: the OpenAPI document for a person, with lines to paste. */
export async function apiDocsPage(ctx: Ctx, web: Web): Promise<void> {
  const operations = operationsAt(web.baseUrl());
  await sendPage(ctx, web, 'api-docs', { title: 'API', name: 'api', contents, operations });
}

let last: { baseUrl: string; operations: ReturnType<typeof describe>[] } | undefined;

/** Made once for an address: schemas take longer to print than pages. */
function operationsAt(baseUrl: string) {
  if (last?.baseUrl === baseUrl) return last.operations;
  const document = openApiDocument(version, baseUrl) as Document;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      describe(document, baseUrl, method, path, operation),
    ),
  );
  last = { baseUrl, operations };
  return operations;
}

function describe(
  { components }: Document,
  baseUrl: string,
  method: string,
  path: string,
  operation: Document['paths'][string][string],
) {
  const { operationId, summary, description, parameters, requestBody, security } = operation;
  const bodies = Object.entries(requestBody?.content ?? {});
  const shape = bodies[0]?.[1].schema;
  return {
    id: operationId,
    method: method.toUpperCase(),
    path,
    summary,
    description: description ?? '',
    needsKey: security.length > 0,
    curl: curlOf(baseUrl, method, path, operation),
    parameters: (parameters as Parameter[]).map((parameter) => ({
      name: parameter.name,
      where: parameter.in,
      type: shortType(parameter.schema, components.schemas),
      isRequired: parameter.required,
      about: parameter.description ?? '',
    })),
    bodyTypes: bodies.map(([type]) => type),
    fields: shape === undefined ? [] : fieldsOf(shape, components.schemas),
    answers: Object.entries(operation.responses).map(([status, answer]) => {
      const { description: about, content } = resolve(answer, components.responses);
      const schema = content?.['application/json']?.schema;
      const isSuccess = status.startsWith('2');
      return {
        status,
        about,
        fields: isSuccess && schema !== undefined ? fieldsOf(schema, components.schemas) : [],
      };
    }),
  };
}

function resolve(answer: object, shared: Record<string, Answer>): Answer {
  const { $ref } = answer as { $ref?: string };
  return $ref === undefined ? (answer as Answer) : shared[$ref.split('/').at(-1)!]!;
}
