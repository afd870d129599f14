import type { Row } from './bad-inputs/bench.ts';
import { encoding } from './bad-inputs/encoding.ts';
import { exports } from './bad-inputs/exports.ts';
import { json } from './bad-inputs/json.ts';
import { junit } from './bad-inputs/junit.ts';
import { keys } from './bad-inputs/keys.ts';
import { ownedElsewhere } from './bad-inputs/later.ts';
import { people } from './bad-inputs/people.ts';
import { transport } from './bad-inputs/transport.ts';

/**
 * The table of bad inputs: what is sent, what must be answered, and the proof. The order of checks
 * is fixed: transport, route and method, key, rate, type and encoding, size, UTF-8, depth and
 * tokens, JSON, schema, quota, commit.
 */
export const badInputs: Row[] = [
  ...transport,
  ...keys,
  ...encoding,
  ...json,
  ...junit,
  ...people,
  ...exports,
  ...ownedElsewhere,
];
