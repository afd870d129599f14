import { Notes } from '../../src/contract/test-run.ts';
import type { Case } from '../../src/domain/model.ts';
import { AppError } from '../../src/errors.ts';
import type { ReadCases } from '../../src/formats/case-collector.ts';

type Reader = { write(bytes: Uint8Array): void; end(): ReadCases };

export type Reading = {
  /** passed/failed/skipped/flaky */
  counts: string;
  total: number;
  durationMs: number | null;
  startedAt: string | null;
  dropped: number;
  cases: Case[];
  /** codes, in the order of the alphabet */
  warnings: string[];
  hints: object;
  properties: Record<string, string>;
};

/** Everything that reading a report yields, as plain values. */
export function read(
  make: (notes: Notes) => Reader,
  report: string | Uint8Array,
  cuts: readonly number[] = [],
): Reading {
  const notes = new Notes();
  const reader = make(notes);
  const bytes = typeof report === 'string' ? new TextEncoder().encode(report) : report;
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
  places.sort((a, b) => a - b);
  for (let i = 1; i < places.length; i++) reader.write(bytes.subarray(places[i - 1], places[i]));
  const { summary, cases, casesDropped, startedAtMs, hints, properties } = reader.end();
  const { total, passed, failed, skipped, flaky, durationMs } = summary;
  return {
    counts: `${passed}/${failed}/${skipped}/${flaky}`,
    total,
    durationMs,
    startedAt: startedAtMs === null ? null : new Date(startedAtMs).toISOString(),
    dropped: casesDropped,
    cases: [...cases.objects.values()],
    warnings: notes
      .list()
      .map(({ code }) => code)
      .sort(),
    hints,
    properties: Object.fromEntries(properties),
  };
}

/** The code of the refusal; what was read where there is none. Anything but an AppError is thrown. */
export function codeOf(action: () => Reading): string | Reading {
  try {
    return action();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}
