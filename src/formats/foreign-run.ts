import type { ReadCases } from './case-collector.ts';

/**
 * What the body of a JSON post would say, without cases, out of a report and the fields that came
 * with it. A field the client gave goes before what the report tells.
 */
export function foreignHead(
  fields: Record<string, unknown>,
  { summary, startedAtMs, hints }: ReadCases,
): Record<string, unknown> {
  const startedAt = startedAtMs === null ? null : new Date(startedAtMs).toISOString();
  const given = Object.entries(fields).filter(([, value]) => value != null);
  return { ...hints, startedAt, ...Object.fromEntries(given), summary, cases: null };
}
