import type { Outcome, Summary } from '../domain/model.ts';
import type { Db } from './sqlite.ts';
import { formatUuid } from './uuid.ts';

/** Another run of the same CI run: another job, environment or framework of its matrix. */
type Cell = {
  id: string;
  job: string | null;
  environment: string | null;
  framework: string | null;
  attempts: number;
  outcome: Outcome;
  summary: Summary;
};

export type OtherCells = {
  /** those that hurt first, then by name */
  cells: Cell[];
  /** there are more than are told */
  hasMore: boolean;
};

/** The runs that share the run key of a run. Looks at the newest `limit` of them only. */
export function otherCells(db: Db, runSeq: number, limit: number): OtherCells {
  const rows = db
    .prepare<[number, number], Row>(
      `SELECT other.id, other.job, other.environment, other.framework, other.attempts, other.outcome,
         other.total, other.passed, other.failed, other.skipped, other.flaky, other.duration_ms
       FROM runs AS this JOIN runs AS other INDEXED BY runs_by_run_key
         ON other.repo_id = this.repo_id AND other.run_key = this.run_key AND other.seq <> this.seq
       WHERE this.seq = ? ORDER BY other.seq DESC LIMIT ?`,
    )
    .all(runSeq, limit + 1);
  const cells = rows.slice(0, limit).map(toCell);
  return { cells: cells.sort(worstFirst), hasMore: rows.length > limit };
}

const rank: Record<Outcome, number> = { failed: 0, flaky: 1, passed: 2, empty: 3 };

const nameOf = ({ job, environment, framework }: Cell): string =>
  [job, environment, framework].map((part) => part ?? '').join('\0');

/** Numbers inside names count as numbers: `node 9` before `node 10`. */
const byName = new Intl.Collator('en', { numeric: true });

const worstFirst = (a: Cell, b: Cell): number =>
  rank[a.outcome] - rank[b.outcome] || byName.compare(nameOf(a), nameOf(b));

type Row = Omit<Cell, 'id' | 'summary'> &
  Omit<Summary, 'durationMs'> & { id: Buffer; duration_ms: number | null };

function toCell({ id, job, environment, framework, attempts, outcome, ...counts }: Row): Cell {
  const { duration_ms, ...summary } = counts;
  return {
    id: formatUuid(id),
    job,
    environment,
    framework,
    attempts,
    outcome,
    summary: { ...summary, durationMs: duration_ms },
  };
}
