import { grade as params } from '../../domain/analytics-params.ts';
import { type ExplainedGrade, explainGrade } from '../../domain/explain-grade.ts';
import { type ExplainedVariant, explainVariant } from '../../domain/explain-variant.ts';
import type { ExplainedNumber } from '../../domain/explained.ts';
import { attemptsAllowedBy } from '../../domain/false-red.ts';
import { runSeverity } from '../../domain/grade.ts';
import type { TestResults } from '../history.ts';
import { STANDING, WHOLE } from '../judge/snapshot.ts';
import { decayWeight } from '../judge/unit-reader.ts';
import { medianUnits } from '../judge/variants.ts';
import type { Db } from '../sqlite.ts';
import { formatUuid } from '../uuid.ts';
import type { Judgement, Judgements } from './judgements.ts';
import { type VariantFacts, variantFacts } from './test-reads.ts';
import { placeOf, type TestTable } from './test-table.ts';
import { TestUnits } from './test-units.ts';
import type { TestRef, TestTitles } from './titles.ts';

/** Which variant is asked for; without a job the one that stands worst. */
export type VariantName = { job?: string | undefined; environment?: string | undefined };

type UnitRow = ExplainedVariant['units'][number] & {
  commit: string;
  isPull: boolean;
  atMs: number;
};

export type TestExplanation = Omit<ExplainedVariant, 'units'> & {
  test: TestRef;
  variant: VariantFacts;
  others: VariantFacts[];
  judgedThrough: string;
  formulaVersion: string;
  units: UnitRow[];
  /** false: results that count are damaged, or too far back to be read again */
  isComplete: boolean;
};

type GradedRun = {
  runId: string;
  atMs: number;
  total: number;
  failed: number;
  flaky: number;
  severity: number;
  weight: number;
};

export type GradeExplanation = ExplainedGrade & {
  judgement: Judgement;
  /** tests that fail for good, the first 50 */
  standing: TestRef[];
  /** the newest 50 of the default branch */
  runs: GradedRun[];
};

/** Results of a test that are read for an explanation. */
export const explainedResults = 2048;
const mostStanding = 50;
const mostRuns = 50;

type Repo = { id: number; slug: string };

/** Makes judgements once more, so that each step can be shown. Belongs to a reader. */
export class ExplainReads {
  readonly #judgements;
  readonly #titles;
  readonly #units;
  readonly #runs;

  constructor(db: Db, judgements: Judgements, titles: TestTitles) {
    this.#judgements = judgements;
    this.#titles = titles;
    this.#units = new TestUnits(db);
    this.#runs = db.prepare<[number, number], RunRow>(
      `SELECT runs.id, at_ms, judged_runs.total, judged_runs.failed, judged_runs.flaky
       FROM judged_runs JOIN judged_commits USING (repo_id, commit_no) JOIN runs ON seq = run_seq
       WHERE judged_runs.repo_id = ? AND is_pull = 0 ORDER BY run_seq DESC LIMIT ?`,
    );
  }

  /** `results`: of one test. null: nothing is judged of such a variant. O(results). */
  test(id: number, results: TestResults, name: VariantName): TestExplanation | null {
    const judgement = this.#judgements.find(id);
    if (judgement === null) return null;
    const table = this.#judgements.tests(id)!;
    const rows = rowsOf(table, results.test.test_no);
    const row = chosen(table, rows, name);
    if (row === undefined) return null;
    const { variants, cells } = table;
    const cell = variants.cells[row]!;
    const isWhole = (variants.flags[row]! & WHOLE) !== 0;
    const commits = this.#judgements.commits(id)!;
    const found = this.#units.of(
      id,
      { cell, isWhole },
      results.cells,
      judgement.judgedSeq,
      commits,
    );
    const { summary, through, formulaVersion } = judgement;
    const attempts = attemptsAllowedBy(cells[cell]!);
    const explained = explainVariant(found.units, summary.flakyShare, attempts);
    const variant = variantFacts(table, row);
    return {
      ...explained,
      numbers: [...explained.numbers, ...storedNumbers(variant)],
      test: this.#titles.of(id, results.test.test_no),
      variant,
      others: rows.filter((other) => other !== row).map((other) => variantFacts(table, other)),
      judgedThrough: through,
      formulaVersion,
      units: explained.units.map((unit, i) => {
        const { name: commit, isPull, timeMs } = found.commits[i]!;
        return { ...unit, commit, isPull, atMs: timeMs };
      }),
      isComplete: found.units.count === variants.runs[row],
    };
  }

  /** null: not judged yet. */
  grade({ id }: Repo): GradeExplanation | null {
    const judgement = this.#judgements.find(id);
    if (judgement === null) return null;
    return {
      ...explainGrade(judgement.summary),
      judgement,
      standing: this.#standing(id),
      runs: this.#gradedRuns(id),
    };
  }

  #standing(repoId: number): TestRef[] {
    const { variants } = this.#judgements.tests(repoId)!;
    const tests = new Set<number>();
    for (let row = 0; row < variants.count && tests.size < mostStanding; row++) {
      if ((variants.flags[row]! & STANDING) !== 0) tests.add(variants.tests[row]!);
    }
    return [...tests].map((test) => this.#titles.of(repoId, test));
  }

  #gradedRuns(repoId: number): GradedRun[] {
    const rows = this.#runs.all(repoId, mostRuns);
    const newestMs = rows.reduce((most, { at_ms }) => Math.max(most, at_ms), 0);
    return rows.map(({ id, at_ms, ...counts }) => ({
      runId: formatUuid(id),
      atMs: at_ms,
      ...counts,
      severity: runSeverity(counts),
      weight: decayWeight(at_ms, newestMs, params.halfLifeMs),
    }));
  }
}

type RunRow = { id: Buffer; at_ms: number; total: number; failed: number; flaky: number };

function rowsOf(table: TestTable, test: number): number[] {
  const place = placeOf(table, test);
  if (place < 0) return [];
  const [from, to] = [table.first[place]!, table.first[place + 1]!];
  return Array.from({ length: to - from }, (_, i) => from + i);
}

/** The one that is named, else the one that stands worst, of equal ones the one that flakes most. */
function chosen(
  { variants, cells }: TestTable,
  rows: readonly number[],
  { job, environment }: VariantName,
): number | undefined {
  const named = rows.filter((row) => {
    const cell = cells[variants.cells[row]!]!;
    if (job !== undefined && cell.job !== job) return false;
    return environment === undefined || cell.environment === environment;
  });
  return named.toSorted(
    (a, b) =>
      variants.healths[a]! - variants.healths[b]! || variants.rate[b]! - variants.rate[a]! || a - b,
  )[0];
}

const storedNumbers = ({ medianMs, lastFailedAtMs }: VariantFacts): ExplainedNumber[] => [
  {
    name: 'medianMs',
    value: medianMs,
    formula: `median of the newest ${medianUnits} units with a pass that told how long it took, the shortest of each`,
    values: {},
  },
  {
    name: 'lastFailedAt',
    value: lastFailedAtMs,
    formula: 'time of the newest unit in which something failed, ms since the epoch',
    values: {},
  },
];
