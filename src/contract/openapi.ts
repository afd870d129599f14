import { z } from 'zod';
import { type Policy, scopeFor, takesSessions } from '../domain/principal.ts';
import { httpStatusOf } from '../errors.ts';
import { limits } from '../limits.ts';
import { errorsOfEveryRequest, type Operation } from './operation.ts';
import { operations } from './operations.ts';
import { errorSchema } from './responses.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document, printed from the schemas that check and shape the traffic. */
export function openApiDocument(version: string, serverUrl: string): Json {
  const paths: Record<string, Json> = {};
  const schemas: Json = {};
  const toSchema = (schema: z.ZodType, io: 'input' | 'output') => collect(schema, io, schemas);
  for (const [id, operation] of Object.entries(operations) as [string, Operation][]) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method]: describe(id, operation, toSchema),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'QualityPilot',
      version,
      description: 'Post test runs from CI, read what is known about them.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: serverUrl }],
    paths,
    components: {
      schemas,
      responses: Object.fromEntries(
        errorsOfEveryRequest.map((code) => [code, errorResponse(httpStatusOf[code], {}, toSchema)]),
      ),
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'qp',
          description: 'Of a person who has signed in; `__Host-qp` over https',
        },
      },
    },
  };
}

type ToSchema = (schema: z.ZodType, io: 'input' | 'output') => Json;

function describe(id: string, operation: Operation, toSchema: ToSchema): Json {
  return {
    operationId: id,
    summary: operation.summary,
    ...(operation.description && { description: operation.description }),
    security: credentials(operation.policy),
    parameters: parameters(operation, toSchema),
    ...(operation.body && {
      requestBody: {
        required: true,
        content: Object.fromEntries(
          Object.entries(operation.body).map(([type, { schema, example }]) => [
            type,
            { schema: toSchema(schema, 'input'), ...(example !== undefined && { example }) },
          ]),
        ),
      },
    }),
    responses: responses(operation, toSchema),
  };
}

const about: Record<string, string> = {
  repo: 'URL-encoded slug, such as acme%2Fweb',
  testId: '16 hex digits, as lists of tests and cases tell',
};

function credentials(policy: Policy): Json[] {
  if (!(policy in scopeFor)) return [];
  return takesSessions(policy) ? [{ apiKey: [] }, { session: [] }] : [{ apiKey: [] }];
}

function parameters(operation: Operation, toSchema: ToSchema): Json[] {
  const inPath = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
    description: about[name!] ?? 'Identity',
  }));
  const inQuery = Object.entries(operation.query?.shape ?? {}).map(([name, schema]) => {
    const { description, ...rest } = toSchema(schema as z.ZodType, 'input');
    return {
      name,
      in: 'query',
      required: false,
      schema: rest,
      ...(description ? { description } : {}),
    };
  });
  return [...inPath, ...inQuery, ...inHeader(operation)];
}

function inHeader(operation: Operation): Json[] {
  const optional = { in: 'header', required: false };
  if (operation.policy === 'ingest') {
    const schema = { type: 'string', maxLength: limits.idempotencyKeyLength.value };
    const description = 'The same value and body within 24 h give the same answer and one effect';
    return [{ name: 'Idempotency-Key', ...optional, schema, description }];
  }
  if (!isTagged(operation)) return [];
  const description = 'An ETag of an earlier answer; 304 when it still holds';
  return [{ name: 'If-None-Match', ...optional, schema: { type: 'string' }, description }];
}

const rateHeaders: Json = {
  'X-RateLimit-Limit': { schema: { type: 'string' }, description: 'Requests per window' },
  'X-RateLimit-Window': { schema: { type: 'string' }, description: 'Length of the sliding window' },
  'X-RateLimit-Remaining': { schema: { type: 'integer' }, description: 'Requests left now' },
  'RateLimit-Policy': { schema: { type: 'string' } },
  RateLimit: { schema: { type: 'string' } },
};
const tagHeader: Json = { ETag: { schema: { type: 'string' } } };
const retryAfter: Json = {
  'Retry-After': {
    schema: { type: 'integer' },
    description: 'Seconds after which a retry can succeed',
  },
};

/** Reads carry a tag of their content, and answer 304 to who has it already. */
const isTagged = ({ method, policy }: Operation): boolean => method === 'get' && policy in scopeFor;

function responses(operation: Operation, toSchema: ToSchema): Json {
  const isIngest = operation.policy === 'ingest';
  const found: Record<string, Json> = {};
  for (const { status, description, schema } of operation.answers) {
    found[status] = {
      description,
      ...(isIngest && { headers: rateHeaders }),
      ...(isTagged(operation) && { headers: tagHeader }),
      ...(schema && { content: { 'application/json': { schema: toSchema(schema, 'output') } } }),
    };
  }
  if (isTagged(operation)) found[304] = { description: 'Not changed since', headers: tagHeader };
  for (const code of operation.errors) {
    const status = httpStatusOf[code];
    const isAuthenticated = isIngest && status !== 401;
    const headers = {
      ...(isAuthenticated && rateHeaders),
      ...((status === 429 || status === 503) && retryAfter),
    };
    found[status] ??= errorResponse(status, headers, toSchema);
  }
  for (const code of errorsOfEveryRequest) {
    found[httpStatusOf[code]] ??= { $ref: `#/components/responses/${code}` };
  }
  return found;
}

function errorResponse(status: number, headers: Json, toSchema: ToSchema): Json {
  return {
    description: errorDescriptions[status]!,
    ...(Object.keys(headers).length > 0 && { headers }),
    content: { 'application/json': { schema: toSchema(errorSchema, 'output') } },
  };
}

const errorDescriptions: Record<number, string> = {
  400: 'Invalid JSON, a missing or wrong field, a wrong parameter',
  401: 'Missing or invalid key',
  403: 'The key or the person may not do this',
  404: 'Not found',
  408: 'The request did not arrive in time',
  409: 'In conflict with what is there, such as an Idempotency-Key that came with another body',
  413: 'Body over the limit',
  415: 'Wrong type or encoding',
  417: 'An Expect header other than 100-continue',
  429: 'Rate limit exceeded, or the monthly credits are used up',
  431: 'The headers exceed 16 KiB',
  500: 'Storage failure',
  503: 'Shutting down, or too many bytes in flight',
};

/** A schema as JSON Schema; named ones go to components once and are referred to. */
function collect(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const printed = z.toJSONSchema(schema, {
    io,
    target: 'draft-2020-12',
    unrepresentable: 'any',
    reused: 'inline',
  }) as Json;
  const { $schema: _, $defs, ...body } = printed;
  for (const [name, definition] of Object.entries(($defs ?? {}) as Record<string, Json>)) {
    const { $schema: __, id: ___, ...rest } = definition;
    schemas[name] = relink(rest);
  }
  const { id, ...rest } = body as { id?: string };
  if (id === undefined) return relink(rest);
  schemas[id] = relink(rest);
  return { $ref: `#/components/schemas/${id}` };
}

/** `#/$defs/X` → `#/components/schemas/X`, everywhere. */
function relink(value: Json): Json {
  return JSON.parse(
    JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/'),
  ) as Json;
}
