import { type FailureOrigin, failureOrigin } from '../../domain/failure-origin.ts';
import { healths } from '../../domain/health.ts';
import type { IncidentPart } from '../judge/incident-book.ts';
import type { IncidentBody } from '../judge/judgement-rows.ts';
import { HELD_BACK } from '../judge/repo-state.ts';
import type { Db } from '../sqlite.ts';
import { parseUuid } from '../uuid.ts';
import type { Judgements } from './judgements.ts';
import { placeOf } from './test-table.ts';

/** Where the failures of a run come from, and which incidents they belong to. */
export type RunOrigins = {
  /** by the id of the test */
  origins: Record<string, FailureOrigin>;
  /** ids of the incidents that cover the run, the newest first */
  incidents: string[];
  /** all uploads of the run are judged */
  isJudged: boolean;
};

type Run = {
  seq: number;
  repo_id: number;
  commit_sha: string | null;
  started_at_ms: number;
  received_at_ms: number;
  first_seq: number;
  last_seq: number;
  /** null: not judged */
  storm: number | null;
};

type Cover = { id: string; tests: ReadonlySet<number>; here: ReadonlySet<number> };

const mostIncidents = 200;
/** Tells new failures from known ones, by the newest judgement. Belongs to a reader, inside one snapshot. */
export class OriginReads {
  readonly #judgements: Judgements;
  readonly #sql;

  constructor(db: Db, judgements: Judgements) {
    this.#judgements = judgements;
    this.#sql = prepare(db);
  }

  /** `testIds`: of failing tests. null: nothing is judged, or there is no such run. O(tests + incidents). */
  of(runId: string, testIds: readonly string[]): RunOrigins | null {
    const uuid = parseUuid(runId);
    const run = uuid === null ? undefined : this.#sql.run.get(uuid);
    const judgement = run === undefined ? null : this.#judgements.find(run.repo_id);
    if (run === undefined || judgement === null) return null;
    const table = this.#judgements.tests(run.repo_id)!;
    const covers = this.#covers(run);
    const origins: Record<string, FailureOrigin> = {};
    const found = new Set<string>();
    for (const id of testIds) {
      const test = this.#sql.test.get(run.repo_id, Buffer.from(id, 'hex'));
      const place = test === undefined ? -1 : placeOf(table, test);
      const cover = covers.find(({ tests }) => test !== undefined && tests.has(test));
      if (cover !== undefined) found.add(cover.id);
      const before = cover === undefined ? null : 'before';
      origins[id] = failureOrigin({
        health: place < 0 ? null : healths[table.healths[place]!]!,
        pFlaky: place < 0 ? 0 : table.flaky[place]!,
        hasFailed: test !== undefined && this.#hasFailed(run, test),
        isStorm: run.storm === HELD_BACK,
        brokeAt: cover?.here.has(test!) ? 'here' : before,
      });
    }
    return {
      origins,
      incidents: covers.map(({ id }) => id).filter((id) => found.has(id)),
      isJudged: run.last_seq <= judgement.judgedSeq,
    };
  }

  #hasFailed({ repo_id, first_seq }: Run, test: number): boolean {
    const first = this.#sql.firstFailure.get(repo_id, test);
    return typeof first === 'number' && first < first_seq;
  }

  /** The breaks that a run lies in, by when they began and ended. */
  #covers(run: Run): Cover[] {
    const rows = this.#sql.breaks.all(run.repo_id, run.received_at_ms, mostIncidents);
    return rows.flatMap(({ id, body }) => {
      const { parts } = JSON.parse(body) as IncidentBody;
      const began = parts.map((part) => ({ part, at: this.#beganAt(run, part) }));
      const of = (wanted: readonly string[]) =>
        new Set(began.flatMap(({ part, at }) => (wanted.includes(at) ? part.tests : [])));
      const tests = of(['here', 'before']);
      return tests.size === 0 ? [] : [{ id: id.toString('hex'), tests, here: of(['here']) }];
    });
  }

  #beganAt({ repo_id, commit_sha, started_at_ms }: Run, { firstBad }: IncidentPart): string {
    const commit = this.#sql.commit.get(repo_id, firstBad);
    if (commit === undefined) return 'before';
    if (commit.sha !== null && commit.sha === commit_sha) return 'here';
    return commit.time_ms < started_at_ms ? 'before' : 'later';
  }
}

function prepare(db: Db) {
  return {
    run: db.prepare<[Buffer], Run>(
      `SELECT runs.seq, repo_id, commit_sha, started_at_ms, runs.received_at_ms,
         (SELECT min(seq) FROM uploads WHERE run_seq = runs.seq) AS first_seq,
         (SELECT max(seq) FROM uploads WHERE run_seq = runs.seq) AS last_seq,
         (SELECT storm FROM judged_runs
          WHERE judged_runs.repo_id = runs.repo_id AND run_seq = runs.seq) AS storm
       FROM runs WHERE seq = (SELECT run_seq FROM uploads WHERE id = ?)`,
    ),
    test: db
      .prepare<[number, Buffer], number>(
        'SELECT test_no FROM tests WHERE repo_id = ? AND public_id = ?',
      )
      .pluck(),
    firstFailure: db
      .prepare<[number, number], number | null>(
        // Left to itself it reads every row of the repo, which has few per test.
        `SELECT min(first_seq) FROM cluster_tests INDEXED BY cluster_tests_by_test
         WHERE repo_id = ? AND test_no = ?`,
      )
      .pluck(),
    breaks: db.prepare<[number, number, number], { id: Buffer; body: string }>(
      `SELECT id, body FROM incidents WHERE repo_id = ? AND kind = 'new-failure'
         AND (resolved_at_ms IS NULL OR resolved_at_ms >= ?)
       ORDER BY opened_at_ms DESC LIMIT ?`,
    ),
    commit: db.prepare<[number, number], { sha: string | null; time_ms: number }>(
      'SELECT sha, time_ms FROM judged_commits WHERE repo_id = ? AND commit_no = ?',
    ),
  };
}
