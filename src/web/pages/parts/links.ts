/** URLs of pages, with filters in the query string. */

export type QueryValues = Record<string, string | number | null | undefined>;

/** `path?a=b`; empty values are left out, so that one state has one URL. */
export function withQuery(path: string, values: QueryValues): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '') query.set(name, String(value));
  }
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** A link's length is bounded, so that a page is; a value that would exceed it is shown as text. */
const longestLink = 400;

/** As `withQuery`, or null where the link would be too long. */
export function filterLink(path: string, values: QueryValues): string | null {
  const link = withQuery(path, values);
  return link.length <= longestLink ? link : null;
}

/** The address of a CI run when it is one that a browser may open, else null. */
export function outwardLink(text: string | null): { href: string; host: string } | null {
  if (text === null || !URL.canParse(text)) return null;
  const { protocol, href, host } = new URL(text);
  return protocol === 'https:' || protocol === 'http:' ? { href, host } : null;
}
