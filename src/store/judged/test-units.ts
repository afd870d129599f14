import { evidence, flakiness, twoState } from '../../domain/analytics-params.ts';
import { unpackAttempts } from '../../domain/commit-unit.ts';
import { RunState } from '../../domain/logical-run.ts';
import { Units } from '../../domain/units.ts';
import { HELD_BACK } from '../judge/repo-state.ts';
import { contributionOf } from '../judge/run-sheet.ts';
import type { CommitTable, SnapshotCommit } from '../judge/snapshot.ts';
import { decayWeight } from '../judge/unit-reader.ts';
import type { Db } from '../sqlite.ts';
import type { Cell as Result } from '../stripes.ts';

/** What one commit says about a variant, in eighths of an attempt. */
type Unit = { index: number; failing: number; passing: number };

/** The units of one variant as it was judged, read again. */
export type VariantUnits = { units: Units; commits: SnapshotCommit[] };

const mostEighths = 255;
const { ringUnits } = evidence;

/** Makes the units of single tests anew from their results. Belongs to a reader. */
export class TestUnits {
  readonly #runs;

  constructor(db: Db) {
    // CROSS: uploads first; the other way round every run of the repo is looked at.
    this.#runs = db.prepare<[number, string], RunRow>(
      `SELECT uploads.seq, judged_runs.run_seq, attempt, cell_no, commit_no, storm
       FROM uploads CROSS JOIN judged_runs ON repo_id = ? AND judged_runs.run_seq = uploads.run_seq
       WHERE uploads.seq IN (SELECT value FROM json_each(?))`,
    );
  }

  /**
   * The units of a test in one cell, judged through an upload. `results`: of the test, newest first.
   * O(results).
   */
  of(
    repoId: number,
    test: { cell: number; isWhole: boolean },
    results: readonly Result[],
    judgedSeq: number,
    table: CommitTable,
  ): VariantUnits {
    const byRun = new Map<number, { row: RunRow; fold: RunState }>();
    const seqs = JSON.stringify(results.map(({ uploadSeq }) => uploadSeq));
    const rows = new Map(this.#runs.all(repoId, seqs).map((row) => [row.seq, row]));
    for (const result of results.toReversed()) {
      if (result.uploadSeq > judgedSeq) continue;
      const row = rows.get(result.uploadSeq);
      if (row === undefined || row.cell_no !== test.cell || row.storm === HELD_BACK) continue;
      const run = byRun.get(row.run_seq) ?? { row, fold: new RunState() };
      byRun.set(row.run_seq, run);
      run.fold.add(factsOf(result, row.attempt));
    }
    const found = unitsOf([...byRun.values()], table, test.cell);
    return laidOut(found, table, test.cell, test.isWhole);
  }
}

type RunRow = {
  /** of the upload */
  seq: number;
  run_seq: number;
  attempt: number;
  cell_no: number;
  commit_no: number;
  storm: number;
};

const noSummary = { total: 0, passed: 0, failed: 0, skipped: 0, flaky: 0, durationMs: null };

const factsOf = ({ status, durationMs, attempts }: Result, attempt: number) => ({
  attempt,
  shardIndex: null,
  summary: noSummary,
  tests: [0],
  statuses: [status],
  durations: [durationMs],
  attempts: [attempts],
});

/** In key order, of the newest that are kept those in the window. */
function unitsOf(
  runs: readonly { row: RunRow; fold: RunState }[],
  { commits, cells }: CommitTable,
  cell: number,
): Unit[] {
  const { window } = cells[cell]!;
  const indexOf = new Map(commits.map(({ no }, index) => [no, index]));
  const units = new Map<number, Unit>();
  for (const { row, fold } of runs) {
    const index = indexOf.get(row.commit_no);
    if (index === undefined) continue;
    const { failing, passing } = contributionOf(fold.tests.get(0));
    if (failing === 0 && passing === 0) continue;
    const unit = units.get(index) ?? { index, failing: 0, passing: 0 };
    unit.failing = Math.min(mostEighths, unit.failing + failing);
    unit.passing = Math.min(mostEighths, unit.passing + passing);
    units.set(index, unit);
  }
  return [...units.values()]
    .sort((x, y) => x.index - y.index)
    .slice(-ringUnits)
    .filter(({ index }) => index >= (commits[index]!.isPull ? window.pull : window.default));
}

function laidOut(
  found: readonly Unit[],
  { commits, breakages }: CommitTable,
  cell: number,
  isWhole: boolean,
): VariantUnits {
  const special = new Map(
    breakages.flatMap(([index, of, value]) => (of === cell ? [[index, value] as const] : [])),
  );
  const newestMs = commits.at(-1)?.timeMs ?? 0;
  const weightOf = ({ timeMs }: SnapshotCommit) =>
    decayWeight(timeMs, newestMs, flakiness.halfLifeMs);
  const units = new Units();
  units.clear(isWhole);
  let lastPlace = -1;
  let last: SnapshotCommit | null = null;
  for (const { index, failing, passing } of found) {
    const commit = commits[index]!;
    const { isPull, place } = commit;
    units.push({
      failing: unpackAttempts(failing),
      passing: unpackAttempts(passing),
      isPull,
      gap: isPull || lastPlace < 0 ? 1 : Math.max(1, place - lastPlace),
      keep: last === null ? 1 : weightOf(last) / weightOf(commit),
      breakage: special.get(index) ?? (isPull ? twoState.pull.breakage : twoState.breakage),
    });
    last = commit;
    if (!isPull) lastPlace = place;
  }
  return { units, commits: found.map(({ index }) => commits[index]!) };
}
