import type { Status } from '../../../domain/model.ts';
import type { HistoryEntry } from '../../../store/history.ts';
import { runPath } from '../../api/shapes.ts';
import { format } from '../../format.ts';

export type ResultCell = {
  status: Status;
  /** not of the default branch */
  isAside: boolean;
  /** all of it in a line */
  tells: string;
  href: string;
};

/** The results of a test, oldest first, a small square each. `branch`: the default one. */
export function resultCells(
  slug: string,
  newestFirst: readonly HistoryEntry[],
  branch: string | null,
): ResultCell[] {
  return newestFirst.toReversed().map((entry) => ({
    status: entry.status,
    isAside: isAside(entry, branch),
    tells: tell(entry),
    href: runPath(slug, entry.runId),
  }));
}

export const isAside = (entry: HistoryEntry, branch: string | null): boolean =>
  entry.branch !== null && branch !== null && entry.branch !== branch;

function tell({ status, commit, branch, attempts, durationMs, receivedAtMs }: HistoryEntry) {
  const parts = [
    status,
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
    ...(commit === null ? [] : [format.commit(commit)]),
    ...(branch === null ? [] : [format.middle(format.visible(branch), 40)]),
    ...(durationMs === null ? [] : [format.duration(durationMs)]),
    format.utc(receivedAtMs),
  ];
  return parts.join(' · ');
}

/** 230 passed, 20 failed, 6 flaky */
export function resultsInWords(entries: readonly HistoryEntry[]): string {
  const counts = (['passed', 'failed', 'flaky', 'skipped'] as const)
    .map((status) => [status, entries.filter((entry) => entry.status === status).length] as const)
    .filter(([, n]) => n > 0);
  return counts.map(([status, n]) => `${format.count(n)} ${status}`).join(', ');
}
