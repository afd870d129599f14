const pattern = /^[\w.-]+(\/[\w.-]+){1,19}$/;
const reserved = new Set(['.', '..', '-']);

/**
 * A repo's name on this appliance: `owner/name`, two to twenty parts of word characters, dots and
 * dashes; no part is `.`, `..` or `-` (which separates a repo from its pages in URLs).
 */
export function isSlug(text: string): boolean {
  return pattern.test(text) && !text.split('/').some((part) => reserved.has(part));
}

/** Slugs are unique ignoring case; the pattern is ASCII, so lower-casing is enough. */
export const foldSlug = (slug: string): string => slug.toLowerCase();

/**
 * Whether a key's pattern covers a slug, ignoring case. `*` stands for any run of characters
 * inside one part, `**` for any number of parts: `acme/*`, `acme/**`, `acme/web`.
 * Linear in both lengths per part; no regular expression is built from the pattern.
 */
export function matchesPattern(pattern: string, slug: string): boolean {
  return matchParts(foldSlug(pattern).split('/'), foldSlug(slug).split('/'));
}

function matchParts(pattern: string[], parts: string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return parts.length === 0;
  if (head === '**') {
    return parts.some((_, i) => matchParts(rest, parts.slice(i))) || matchParts(rest, []);
  }
  const [part, ...others] = parts;
  return part !== undefined && matchPart(head, part) && matchParts(rest, others);
}

/** Greedy wildcard match: remembers the last `*` and resumes one character later on a mismatch. */
function matchPart(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && pattern[p] === text[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
