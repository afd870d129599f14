import type { JsonSchema } from './schema-fields.ts';

export type DocOperation = {
  operationId: string;
  summary: string;
  description?: string;
  security: object[];
  parameters: { name: string; in: string }[];
  requestBody?: { content: Record<string, { schema: JsonSchema; example?: unknown }> };
};

/** What stands for the parameters of a path: a repo of the examples, and what an answer told before. */
const placeholders: Record<string, string> = { repo: 'acme%2Fweb', id: '$ID', testId: '$TEST' };

const methodFlags: Record<string, string> = { delete: '-X DELETE ', put: '-X PUT ' };

/**
 * A line to paste into a shell: the key in QLENS_API_KEY, ids of earlier answers in ID and TEST. The
 * body is the example of the document.
 */
export function curlOf(
  baseUrl: string,
  method: string,
  path: string,
  { security, requestBody, parameters }: DocOperation,
): string {
  const [type, body] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => placeholders[name] ?? name);
  const isReport = parameters.some(({ name }) => name === 'repo') && method === 'post';
  const query = isReport && type !== undefined ? '?repo=acme%2Fweb&branch=main&commit=4be2a91' : '';
  const lines = [
    `curl ${methodFlags[method] ?? ''}"${baseUrl}${filled}${query}"`,
    ...(security.length > 0 ? ['-H "X-API-Key: $QLENS_API_KEY"'] : []),
    ...(type === undefined ? [] : [`-H 'Content-Type: ${type}'`]),
    ...(body?.example === undefined ? [] : [`--data-binary ${quote(textOf(body.example))}`]),
  ];
  return lines.join(' \\\n  ');
}

const textOf = (example: unknown): string =>
  typeof example === 'string' ? example : JSON.stringify(example, null, 2);

/** One word for the shell. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
