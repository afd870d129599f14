/** The part of JSON Schema that the OpenAPI document uses. */
export type JsonSchema = {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
};
type Shared = Record<string, JsonSchema>;

export type Field = { name: string; type: string; isRequired: boolean; about: string };

const deepest = 3;
/** Larger bounds only keep nonsense out; nobody plans with them. */
const mostTold = 100_000;

/** The fields of an object, those inside named with a dot, those of list entries with `[]`. */
export function fieldsOf(schema: JsonSchema, shared: Shared, prefix = '', depth = 1): Field[] {
  const { properties = {}, required = [], anyOf } = resolved(schema, shared);
  if (anyOf !== undefined && Object.keys(properties).length === 0) {
    return unique(anyOf.flatMap((choice) => fieldsOf(choice, shared, prefix, depth)));
  }
  return Object.entries(properties).flatMap(([key, value]) => {
    const name = `${prefix}${key}`;
    const { inner, isList } = innerOf(value, shared);
    const field = {
      name,
      type: shortType(value, shared),
      isRequired: required.includes(key),
      about: aboutOf(value, shared),
    };
    if (depth === deepest) return [field];
    return [field, ...fieldsOf(inner, shared, `${name}${isList ? '[]' : ''}.`, depth + 1)];
  });
}

/** A type in a few words: `string`, `list of RunCase`, `passed | failed`, `integer or null`. */
export function shortType(schema: JsonSchema, shared: Shared): string {
  const { type, items, enum: values, const: value, anyOf, format } = schema;
  if (schema.$ref !== undefined) return shortType(resolved(schema, shared), shared);
  if (anyOf !== undefined) {
    return [...new Set(anyOf.map((choice) => shortType(choice, shared)))].join(' or ');
  }
  if (values !== undefined) return values.map(String).join(' | ');
  if (value !== undefined) return String(value);
  if (type === 'array')
    return `list of ${items === undefined ? 'anything' : shortType(items, shared)}s`;
  if (Array.isArray(type)) return type.join(' or ');
  if (format === 'date-time') return 'time';
  return type ?? 'anything';
}

function aboutOf(schema: JsonSchema, shared: Shared): string {
  const said = schema.description ?? resolved(schema, shared).description ?? '';
  const bound = boundOf(withoutNull(schema, shared));
  return [said, bound].filter((part) => part !== '').join('; ');
}

function boundOf({ maxLength, minimum, maximum }: JsonSchema): string {
  if (maxLength !== undefined) return `at most ${maxLength} characters`;
  const isTold = maximum !== undefined && maximum <= mostTold;
  return isTold ? `${minimum ?? 0} to ${maximum}` : '';
}

function innerOf(schema: JsonSchema, shared: Shared): { inner: JsonSchema; isList: boolean } {
  const one = withoutNull(schema, shared);
  return one.items === undefined
    ? { inner: one, isList: false }
    : { inner: one.items, isList: true };
}

/** `x or null` is about x. */
function withoutNull(schema: JsonSchema, shared: Shared): JsonSchema {
  const whole = resolved(schema, shared);
  const others = whole.anyOf?.filter(({ type }) => type !== 'null') ?? [];
  return others.length === 1 ? resolved(others[0]!, shared) : whole;
}

const resolved = (schema: JsonSchema, shared: Shared): JsonSchema =>
  schema.$ref === undefined ? schema : shared[schema.$ref.split('/').at(-1)!]!;

const unique = (fields: Field[]): Field[] =>
  [...new Map(fields.toReversed().map((field) => [field.name, field])).values()].toReversed();
