import { LRUCache } from 'lru-cache';
import { AppError } from '../../errors.ts';
import type { JudgementSummary } from '../judge/judgement-rows.ts';
import { type CommitTable, decodeCommits, decodeVariants } from '../judge/snapshot.ts';
import { CorruptBlockError } from '../sealed.ts';
import type { Db } from '../sqlite.ts';
import { formatUuid } from '../uuid.ts';
import { type Cell, type TestTable, testTableOf } from './test-table.ts';

/** What a repo is judged to be, and by which uploads. */
export type Judgement = {
  judgedSeq: number;
  /** id of the newest upload that is judged */
  through: string;
  formulaVersion: string;
  /** hex */
  inputHash: string;
  /** as the uploads settled it; null: not settled yet */
  settledBranch: string | null;
  summary: JudgementSummary;
  openIncidents: number;
};

/** Characters, cells or bytes that one reader holds of each kind. */
const mostHeld = { judgements: 8_000_000, tables: 400_000, commits: 8_000_000 };

/**
 * Judgements as they are stored, decoded once and held until there are newer ones. Belongs to a
 * reader; every method must be called inside one snapshot of the file.
 */
export class Judgements {
  readonly #sql;
  readonly #judgements = new Held<Judgement>(mostHeld.judgements);
  readonly #tables = new Held<TestTable>(mostHeld.tables);
  readonly #commits = new Held<CommitTable>(mostHeld.commits);

  constructor(db: Db) {
    this.#sql = prepare(db);
  }

  /** null: the repo is not judged yet. */
  find(repoId: number): Judgement | null {
    const stamp = this.#stampOf(repoId);
    if (stamp === null) return null;
    return this.#judgements.get(repoId, stamp, () => {
      const row = this.#sql.judgement.get(repoId)!;
      return { value: this.#judgementOf(repoId, row), size: row.summary.length };
    });
  }

  /** The tests of a repo in the order of their numbers; null: not judged yet. */
  tests(repoId: number): TestTable | null {
    const stamp = this.#stampOf(repoId);
    if (stamp === null) return null;
    return this.#tables.get(repoId, stamp, () => {
      const variants = unlessDamaged(() => decodeVariants(this.#sql.variants.get(repoId)!));
      const value = testTableOf(variants, this.#sql.cells.all(repoId).map(cellOf));
      return { value, size: variants.count + 1 };
    });
  }

  /** The commits that were looked at; null: not judged yet. */
  commits(repoId: number): CommitTable | null {
    const stamp = this.#stampOf(repoId);
    if (stamp === null) return null;
    return this.#commits.get(repoId, stamp, () => {
      const value = unlessDamaged(() => decodeCommits(this.#sql.commits.get(repoId)!));
      return { value, size: 200 * value.commits.length + 50 * value.breakages.length + 1 };
    });
  }

  /** The same uploads are judged otherwise where somebody decided on another default branch. */
  #stampOf(repoId: number): string | null {
    return this.#sql.stamp.get({ repoId }) ?? null;
  }

  #judgementOf(repoId: number, row: JudgementRow): Judgement {
    return {
      judgedSeq: row.judged_seq,
      through: formatUuid(row.upload_id),
      formulaVersion: row.formula_version,
      inputHash: row.input_hash.toString('hex'),
      settledBranch: row.default_branch,
      summary: JSON.parse(row.summary) as JudgementSummary,
      openIncidents: this.#sql.openIncidents.get(repoId)!,
    };
  }
}

/** Values by repo, each held until its repo is judged anew. */
class Held<T> {
  readonly #lru: LRUCache<number, { stamp: string; value: T; size: number }>;

  constructor(maxSize: number) {
    this.#lru = new LRUCache({ maxSize, sizeCalculation: ({ size }) => size });
  }

  get(repoId: number, stamp: string, make: () => { value: T; size: number }): T {
    const held = this.#lru.get(repoId);
    if (held?.stamp === stamp) return held.value;
    const made = make();
    this.#lru.set(repoId, { stamp, ...made });
    return made.value;
  }
}

function unlessDamaged<T>(decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    if (!(cause instanceof CorruptBlockError)) throw cause;
    const text = 'the judgement of this repo is damaged; its next upload makes it anew';
    throw new AppError('storage_failure', text, { cause });
  }
}

type JudgementRow = {
  judged_seq: number;
  formula_version: string;
  input_hash: Buffer;
  default_branch: string | null;
  summary: string;
  upload_id: Buffer;
};

type CellRow = { job: string; environment: string; has_retries: number };

const cellOf = ({ job, environment, has_retries }: CellRow): Cell => ({
  job,
  environment,
  hasRetries: has_retries === 1,
});

function prepare(db: Db) {
  return {
    stamp: db
      .prepare<{ repoId: number }, string>(
        `SELECT judged_seq || ' ' || hex(input_hash) || ' ' || coalesce(
           (SELECT group_concat(from_ms || ' ' || value, ' ') FROM repo_settings
            WHERE repo_id = :repoId), '')
         FROM judgements WHERE repo_id = :repoId`,
      )
      .pluck(),
    judgement: db.prepare<[number], JudgementRow>(
      `SELECT judged_seq, formula_version, input_hash, default_branch, summary, uploads.id AS upload_id
       FROM judgements JOIN uploads ON seq = judged_seq WHERE repo_id = ?`,
    ),
    openIncidents: db
      .prepare<[number], number>('SELECT count(*) FROM incidents WHERE repo_id = ? AND is_open = 1')
      .pluck(),
    variants: db
      .prepare<[number], Buffer>('SELECT variants FROM judgements WHERE repo_id = ?')
      .pluck(),
    commits: db
      .prepare<[number], Buffer>('SELECT commits FROM judgements WHERE repo_id = ?')
      .pluck(),
    cells: db.prepare<[number], CellRow>(
      'SELECT job, environment, has_retries FROM judged_cells WHERE repo_id = ? ORDER BY cell_no',
    ),
  };
}
