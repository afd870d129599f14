import type { Notes } from '../contract/test-run.ts';
import { CaseTable } from '../domain/case-table.ts';
import type { Case, Summary } from '../domain/model.ts';
import { limits } from '../limits.ts';
import { lengthOfTexts, type ReadCases, withBriefTexts } from './case-collector.ts';

/**
 * Two files of one run as one: cases in order, the first 10,000 kept; counts and durations added.
 * What the first file tells about the run goes before what the second tells. O(cases).
 */
export function joinReads(first: ReadCases | null, second: ReadCases, notes: Notes): ReadCases {
  if (first === null) return second;
  const all = [...first.cases.objects.values(), ...second.cases.objects.values()];
  const kept = withinBudget(all.slice(0, limits.casesPerRun.value), notes);
  const more = all.length - kept.length;
  if (more > 0) {
    notes.add('cases_dropped', `${more} cases beyond ${kept.length} were not stored`);
  }
  return {
    cases: CaseTable.of(kept),
    casesDropped: first.casesDropped + second.casesDropped + more,
    summary: addSummaries(first.summary, second.summary),
    startedAtMs: least(first.startedAtMs, second.startedAtMs),
    hints: { ...second.hints, ...first.hints },
    properties: first.properties,
  };
}

/** Many files must not hold more texts together than one may. */
function withinBudget(cases: Case[], notes: Notes): Case[] {
  let length = 0;
  return cases.map((item) => {
    length += lengthOfTexts(item);
    return length <= limits.textsPerRun.value ? item : withBriefTexts(item, notes);
  });
}

const addSummaries = (a: Summary, b: Summary): Summary => ({
  total: a.total + b.total,
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
  flaky: a.flaky + b.flaky,
  durationMs:
    a.durationMs === null && b.durationMs === null
      ? null
      : (a.durationMs ?? 0) + (b.durationMs ?? 0),
});

const least = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b);
