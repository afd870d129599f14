import { createHash } from 'node:crypto';
import { type FailureFields, type Telling, tellingOf } from './failure-fields.ts';

/**
 * What failures that say the same have in common: `ef1:` and 32 hex digits of the SHA-256 of type
 * and template, and of where they are as far as their words do not tell them from others. Numbers,
 * ids, times, addresses, paths and colours do not matter. Stateless, so it never changes. O(length).
 */
export function fingerprint(fields: FailureFields, suite: string): string {
  const text = [fields.type, fields.template, ...places[tellingOf(fields)](suite)].join('\0');
  return `ef1:${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}

/** Few words count within the folder of their suite, a bare assertion within its suite. */
const places: Record<Telling, (suite: string) => string[]> = {
  much: () => [],
  little: (suite) => ['in', parentSuite(suite)],
  nothing: (suite) => ['at', suite],
};

const separators = [' > ', ' › ', '/', '\\', '::', '.'];

/** The suite, folder or package around a suite; the suite itself where none is told. */
export function parentSuite(suite: string): string {
  const separator = separators.find((each) => suite.includes(each));
  return separator === undefined ? suite : suite.slice(0, suite.lastIndexOf(separator));
}
