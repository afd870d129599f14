import { type Notes, type ReadRun, readHead } from '../contract/test-run.ts';
import type { ReadCases } from './case-collector.ts';

/**
 * The contract's test run out of a foreign report and the fields that came with it (`repo`,
 * `commit`, … as in the JSON body). A field the client gave goes before what the report tells.
 * Throws `invalid_body` as for a JSON body.
 */
export function foreignRun(
  fields: Record<string, unknown>,
  read: ReadCases,
  nowMs: number,
  notes: Notes,
): ReadRun {
  return readHead(foreignHead(fields, read), read.cases, nowMs, notes, read.casesDropped);
}

/** The same as the body of a JSON post would say it, without cases. */
export function foreignHead(
  fields: Record<string, unknown>,
  { summary, startedAtMs, hints }: ReadCases,
): Record<string, unknown> {
  const startedAt = startedAtMs === null ? null : new Date(startedAtMs).toISOString();
  const given = Object.entries(fields).filter(([, value]) => value != null);
  return { ...hints, startedAt, ...Object.fromEntries(given), summary, cases: null };
}
