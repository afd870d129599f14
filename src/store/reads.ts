import { LRUCache } from 'lru-cache';
import type { CaseText } from '../domain/case-table.ts';
import { displayName } from '../domain/identity.ts';
import { FAILED, FLAKY, RunState } from '../domain/logical-run.ts';
import {
  type Outcome,
  type Shard,
  type Status,
  type Summary,
  statuses,
  type Warning,
} from '../domain/model.ts';
import { coversRepo, type Visible } from '../domain/principal.ts';
import { foldSlug } from '../domain/slug.ts';
import type { Admitted } from './admissions.ts';
import { decodeColumns, decodeTexts } from './blocks.ts';
import { factsOf, type UploadRow } from './runs.ts';
import type { Db } from './sqlite.ts';
import { formatUuid, parseUuid } from './uuid.ts';
import { bindVisible, isVisible, type VisibleBinds } from './visible.ts';

export type RunFacts = {
  seq: number;
  id: string;
  repo: string;
  branch: string | null;
  commit: string | null;
  framework: string | null;
  ciProvider: string | null;
  runKey: string | null;
  job: string | null;
  environment: string | null;
  runUrl: string | null;
  receivedAtMs: number;
  startedAtMs: number;
  uploads: number;
  attempts: number;
  outcome: Outcome;
  summary: Summary;
  casesStored: number;
  casesDropped: number;
};

/** What a picture of many runs shows of one. */
export type RunMark = Pick<RunFacts, 'id' | 'repo' | 'branch' | 'outcome' | 'startedAtMs'> & {
  summary: Pick<Summary, 'failed' | 'durationMs'>;
};

type UploadFactsRow = {
  id: string;
  attempt: number;
  shard: Shard | null;
  job: string | null;
  receivedAtMs: number;
  summary: Summary;
  casesStored: number;
  casesDropped: number;
  warnings: Warning[];
  context: Record<string, unknown>;
};

export type RunDetail = RunFacts & {
  workspaceId: number;
  isPublic: boolean;
  /** the first 1,000 */
  uploadList: UploadFactsRow[];
  /** each shard that came in any attempt, and of how many it said it is one */
  shards: Shard[];
};

/** A run's repo, for who must decide whether it may be seen. */
export type RunPlace = { slug: string; workspaceId: number; isPublic: boolean };

export type RepoFacts = {
  slug: string;
  workspaceId: number;
  isPublic: boolean;
  createdAtMs: number;
  lastRun: RunFacts | null;
  /** newest first */
  recentRuns: RunMark[];
};

export type CaseFacts = {
  testId: string;
  suite: string;
  name: string;
  status: Status;
  durationMs: number | null;
  attempts: number;
  errorMessage: string | null;
  stack: string | null;
  file: string | null;
  line: number | null;
};

export type Page<T> = { items: T[]; next: string | null };
export type CasePage = Page<CaseFacts> & {
  /** cases that match all filters */
  matching: number;
  /** cases per status, before the filters */
  counts: Record<Status, number>;
};

export type TroubledSuite = { suite: string; failed: number; flaky: number };

export type RunFilter = {
  branch?: string | undefined;
  commit?: string | undefined;
  runKey?: string | undefined;
  outcome?: Outcome | undefined;
};

export type CaseFilter = {
  status?: Status | undefined;
  suite?: string | undefined;
  /** part of suite or name, ignoring case */
  q?: string | undefined;
  /** `trouble`: failed, flaky, then the rest; else in order of appearance */
  order?: 'trouble' | 'appearance' | undefined;
};

/** The cases of a logical run, merged over its uploads. */
type RunCases = {
  tests: Uint32Array;
  statuses: Uint8Array;
  durations: Float64Array;
  attempts: Float64Array;
  /** where the texts of a case are */
  uploads: Float64Array;
  positions: Uint32Array;
};

type TestName = {
  test_no: number;
  public_id: Buffer;
  suite: string;
  name: string;
  ordinal: number;
  file: string | null;
};

type TestTitle = Pick<TestName, 'test_no' | 'suite' | 'name'>;

/** Every read of the appliance. Each is bounded: by a limit, a page, or the cases of one run. */
export class Reads {
  readonly #db: Db;
  readonly #sql;
  readonly #cases = new LRUCache<string, RunCases>({
    maxSize: 400_000,
    sizeCalculation: (cases) => cases.tests.length + 1,
  });

  constructor(db: Db) {
    this.#db = db;
    this.#sql = prepare(db);
  }

  /** Repos by slug, a page at a time, each with its newest runs. */
  listRepos(
    visible: Visible,
    limit: number,
    cursor: string | null,
    q: string | null,
    recentRuns: number,
  ): Page<RepoFacts> {
    const items: RepoFacts[] = [];
    const seen = bindVisible(visible);
    let after = cursor ?? '';
    for (;;) {
      const rows = this.#sql.repos.all({ ...seen, after, limit: limit + 1 });
      for (const row of rows) {
        after = row.slug_folded;
        if (!coversRepo(visible.patterns, row.slug)) continue;
        if (q !== null && !row.slug_folded.includes(foldSlug(q))) continue;
        if (items.length === limit) return { items, next: foldSlug(items.at(-1)!.slug) };
        items.push(this.#repoFacts(row, recentRuns));
      }
      if (rows.length <= limit) return { items, next: null };
    }
  }

  getRepo(slug: string, recentRuns: number): RepoFacts | null {
    const row = this.#sql.repo.get(foldSlug(slug));
    return row === undefined ? null : this.#repoFacts(row, recentRuns);
  }

  /** Where the run of an upload is, by any upload's id: what is asked before it may be read. */
  findRun(id: string): RunPlace | null {
    const uuid = parseUuid(id);
    const row = uuid === null ? undefined : this.#sql.placeByUpload.get(uuid);
    return row === undefined ? null : { ...row, isPublic: row.isPublic === 1 };
  }

  /** Newest first. `cursor` is the seq of the last run seen. */
  listRuns(slug: string, filter: RunFilter, limit: number, cursor: number | null): Page<RunFacts> {
    const repo = this.#sql.repo.get(foldSlug(slug));
    if (repo === undefined) return { items: [], next: null };
    const rows = this.#runRows(repo.id, filter, limit + 1, cursor ?? Number.MAX_SAFE_INTEGER);
    const items = rows.slice(0, limit).map((row) => toRun(row, repo.slug));
    return { items, next: rows.length > limit ? String(items.at(-1)!.seq) : null };
  }

  /** The run that an upload belongs to, by any upload's id. */
  getRun(id: string): RunDetail | null {
    const uuid = parseUuid(id);
    const row = uuid === null ? undefined : this.#sql.runByUpload.get(uuid);
    if (row === undefined) return null;
    return {
      ...toRun(row, row.slug),
      workspaceId: row.workspace_id,
      isPublic: row.is_public === 1,
      uploadList: this.#sql.uploads.all(row.seq).map(toUpload),
      shards: this.#sql.shards.all(row.seq),
    };
  }

  /** One page of a run's cases. `offset` counts cases that match. O(cases of the run). */
  listCases(runId: string, filter: CaseFilter, limit: number, offset: number): CasePage | null {
    const uuid = parseUuid(runId);
    const run = uuid === null ? undefined : this.#sql.runByUpload.get(uuid);
    if (run === undefined) return null;
    const cases = this.#casesOf(run);
    const counts = { passed: 0, failed: 0, skipped: 0, flaky: 0 };
    for (const status of cases.statuses) counts[statuses[status]!]++;
    const matching = this.#match(run.repo_id, cases, filter);
    const page = matching.slice(offset, offset + limit);
    const hasMore = matching.length > offset + limit;
    return {
      items: this.#caseFacts(run.repo_id, cases, page),
      next: hasMore ? String(offset + limit) : null,
      matching: matching.length,
      counts,
    };
  }

  /** Where a run hurts: its suites by failed, then flaky cases. O(cases of the run). */
  troubledSuites(runId: string, limit: number): TroubledSuite[] {
    const uuid = parseUuid(runId);
    const run = uuid === null ? undefined : this.#sql.runByUpload.get(uuid);
    if (run === undefined) return [];
    const { tests, statuses: codes } = this.#casesOf(run);
    const troubled = Array.from(tests.keys()).filter(
      (i) => codes[i] === FAILED || codes[i] === FLAKY,
    );
    const names = this.#titlesOf(
      run.repo_id,
      troubled.map((i) => tests[i]!),
    );
    const suites = new Map<string, TroubledSuite>();
    for (const i of troubled) {
      const { suite } = names.get(tests[i]!)!;
      const counts = suites.get(suite) ?? { suite, failed: 0, flaky: 0 };
      counts[codes[i] === FAILED ? 'failed' : 'flaky']++;
      suites.set(suite, counts);
    }
    const worstFirst = [...suites.values()].sort(
      (a, b) => b.failed - a.failed || b.flaky - a.flaky,
    );
    return worstFirst.slice(0, limit);
  }

  /** Requests admitted after `sinceMs`, oldest first: what the limiter needs after a restart. */
  admissionsSince(sinceMs: number): Admitted[] {
    return this.#sql.admissions.all(sinceMs);
  }

  #repoFacts(row: RepoRow, recentRuns: number): RepoFacts {
    const last = this.#sql.runs.get(row.id, Number.MAX_SAFE_INTEGER, Math.min(1, recentRuns));
    return {
      slug: row.slug,
      workspaceId: row.workspace_id,
      isPublic: row.is_public === 1,
      createdAtMs: row.created_at_ms,
      lastRun: last === undefined ? null : toRun(last, row.slug),
      recentRuns: this.#sql.marks.all(row.id, recentRuns).map((mark) => toMark(mark, row.slug)),
    };
  }

  /** The most selective filter picks the index; the others are checked on its rows. */
  #runRows(repoId: number, filter: RunFilter, limit: number, before: number): RunRow[] {
    const columns: [string, string | undefined][] = [
      ['run_key', filter.runKey],
      ['commit_sha', filter.commit],
      ['outcome', filter.outcome],
      ['branch', filter.branch],
    ];
    const set = columns.filter(([, value]) => value !== undefined);
    if (set.length === 0) return this.#sql.runs.all(repoId, before, limit);
    const where = set.map(([column]) => `${column} = ?`).join(' AND ');
    return this.#db
      .prepare<unknown[], RunRow>(
        `SELECT * FROM runs WHERE repo_id = ? AND seq < ? AND ${where} ORDER BY seq DESC LIMIT ?`,
      )
      .all(repoId, before, ...set.map(([, value]) => value), limit);
  }

  #casesOf(run: RunRow): RunCases {
    const key = `${run.seq}:${run.uploads}`;
    const held = this.#cases.get(key);
    if (held !== undefined) return held;
    const rows = this.#sql.blocks.all(run.seq);
    const cases = run.overlapping ? mergeCases(rows) : joinCases(rows);
    this.#cases.set(key, cases);
    return cases;
  }

  #match(repoId: number, cases: RunCases, filter: CaseFilter): number[] {
    const code = filter.status === undefined ? -1 : statuses.indexOf(filter.status);
    let found = Array.from(cases.tests.keys());
    if (code >= 0) found = found.filter((i) => cases.statuses[i] === code);
    if (filter.suite !== undefined || filter.q !== undefined) {
      const names = this.#titlesOf(
        repoId,
        found.map((i) => cases.tests[i]!),
      );
      const q = filter.q?.toLowerCase();
      found = found.filter((i) => {
        const test = names.get(cases.tests[i]!)!;
        if (filter.suite !== undefined && test.suite !== filter.suite) return false;
        return q === undefined || `${test.suite} › ${test.name}`.toLowerCase().includes(q);
      });
    }
    if (filter.order === 'trouble') {
      found.sort(
        (a, b) => troubleRank[cases.statuses[a]!]! - troubleRank[cases.statuses[b]!]! || a - b,
      );
    }
    return found;
  }

  #caseFacts(repoId: number, cases: RunCases, page: number[]): CaseFacts[] {
    const names = this.#namesOf(
      repoId,
      page.map((i) => cases.tests[i]!),
    );
    const texts = new Map<number, Map<number, CaseText>>();
    return page.map((i) => {
      const uploadSeq = cases.uploads[i]!;
      let ofUpload = texts.get(uploadSeq);
      if (ofUpload === undefined) {
        const block = this.#sql.texts.get(uploadSeq)?.texts ?? null;
        ofUpload = new Map(decodeTexts(block).map((text) => [text.position, text]));
        texts.set(uploadSeq, ofUpload);
      }
      const test = names.get(cases.tests[i]!)!;
      const text = ofUpload.get(cases.positions[i]!);
      const ms = cases.durations[i]!;
      return {
        testId: test.public_id.toString('hex'),
        suite: test.suite,
        name: displayName(test.name, test.ordinal),
        status: statuses[cases.statuses[i]!]!,
        durationMs: ms < 0 ? null : ms,
        attempts: cases.attempts[i]!,
        errorMessage: text?.errorMessage ?? null,
        stack: text?.stack ?? null,
        file: text?.file ?? test.file,
        line: text?.line ?? null,
      };
    });
  }

  /** What is known of tests, by number. */
  #namesOf(repoId: number, tests: number[]): Map<number, TestName> {
    const { name, nameRange } = this.#sql;
    return lookUp(
      tests,
      (least, most) => nameRange.all(repoId, least, most),
      (test) => name.get(repoId, test)!,
    );
  }

  /** Only what is searched: a third of the time, and a search looks at every test of a run. */
  #titlesOf(repoId: number, tests: number[]): Map<number, TestTitle> {
    const { name, titleRange } = this.#sql;
    return lookUp(
      tests,
      (least, most) => titleRange.all(repoId, least, most),
      (test) => name.get(repoId, test)!,
    );
  }
}

/** Tests by number: one range scan where they lie close together, else a look-up each. */
function lookUp<T extends { test_no: number }>(
  tests: number[],
  range: (least: number, most: number) => T[],
  one: (test: number) => T,
): Map<number, T> {
  if (tests.length === 0) return new Map();
  let least = tests[0]!;
  let most = least;
  for (const test of tests) {
    least = Math.min(least, test);
    most = Math.max(most, test);
  }
  const rows = most - least < tests.length * 4 ? range(least, most) : tests.map(one);
  return new Map(rows.map((row) => [row.test_no, row]));
}

/** failed, flaky, passed, skipped */
const troubleRank = [2, 0, 3, 1];

type BlockRow = UploadRow & { seq: number };

/** Uploads that share no test: their columns one after the other. */
function joinCases(rows: BlockRow[]): RunCases {
  const parts = rows
    .filter((row) => row.columns !== null)
    .map((row) => ({ seq: row.seq, columns: decodeColumns(row.columns!) }));
  const all = emptyCases(parts.reduce((n, { columns }) => n + columns.tests.length, 0));
  let at = 0;
  for (const { seq, columns } of parts) {
    all.tests.set(columns.tests, at);
    all.statuses.set(columns.statuses, at);
    all.durations.set(columns.durations, at);
    all.attempts.set(columns.attempts, at);
    for (let i = 0; i < columns.tests.length; i++) {
      all.uploads[at + i] = seq;
      all.positions[at + i] = i;
    }
    at += columns.tests.length;
  }
  return all;
}

/** Uploads that repeat tests: one line per test, texts from the last upload where it was troubled. */
function mergeCases(rows: BlockRow[]): RunCases {
  const state = new RunState();
  const source = new Map<number, { seq: number; position: number; isTroubled: boolean }>();
  for (const row of rows) {
    const facts = factsOf(row);
    state.add(facts);
    for (let i = 0; i < facts.tests.length; i++) {
      const test = facts.tests[i]!;
      const isTroubled = facts.statuses[i] === 1 || facts.statuses[i] === 3;
      if (isTroubled || !source.get(test)?.isTroubled) {
        source.set(test, { seq: row.seq, position: i, isTroubled });
      }
    }
  }
  const all = emptyCases(state.tests.size);
  let i = 0;
  for (const [test, result] of state.tests) {
    all.tests[i] = test;
    all.statuses[i] = result.status;
    all.durations[i] = result.durationMs;
    all.attempts[i] = result.attempts;
    all.uploads[i] = source.get(test)!.seq;
    all.positions[i] = source.get(test)!.position;
    i++;
  }
  return all;
}

function emptyCases(n: number): RunCases {
  return {
    tests: new Uint32Array(n),
    statuses: new Uint8Array(n),
    durations: new Float64Array(n),
    attempts: new Float64Array(n),
    uploads: new Float64Array(n),
    positions: new Uint32Array(n),
  };
}

type RepoRow = {
  id: number;
  workspace_id: number;
  slug: string;
  slug_folded: string;
  created_at_ms: number;
  is_public: number;
};

type RepoPlaceRow = Pick<RepoRow, 'slug' | 'workspace_id' | 'is_public'>;

type RunRow = {
  seq: number;
  id: Buffer;
  repo_id: number;
  branch: string | null;
  commit_sha: string | null;
  framework: string | null;
  ci_provider: string | null;
  run_key: string | null;
  job: string | null;
  environment: string | null;
  run_url: string | null;
  received_at_ms: number;
  started_at_ms: number;
  uploads: number;
  attempts: number;
  overlapping: number;
  outcome: Outcome;
  total: number;
  passed: number;
  failed: number;
  skipped: number;
  flaky: number;
  duration_ms: number | null;
  cases_stored: number;
  cases_dropped: number;
};

function toRun(row: RunRow, slug: string): RunFacts {
  return {
    seq: row.seq,
    id: formatUuid(row.id),
    repo: slug,
    branch: row.branch,
    commit: row.commit_sha,
    framework: row.framework,
    ciProvider: row.ci_provider,
    runKey: row.run_key,
    job: row.job,
    environment: row.environment,
    runUrl: row.run_url,
    receivedAtMs: row.received_at_ms,
    startedAtMs: row.started_at_ms,
    uploads: row.uploads,
    attempts: row.attempts,
    outcome: row.outcome,
    summary: toSummary(row),
    casesStored: row.cases_stored,
    casesDropped: row.cases_dropped,
  };
}

type MarkRow = [
  id: Buffer,
  branch: string | null,
  outcome: Outcome,
  startedAtMs: number,
  failed: number,
  durationMs: number | null,
];

const toMark = (
  [id, branch, outcome, startedAtMs, failed, durationMs]: MarkRow,
  repo: string,
): RunMark => ({
  id: formatUuid(id),
  repo,
  branch,
  outcome,
  startedAtMs,
  summary: { failed, durationMs },
});

type CountRow = Pick<RunRow, 'total' | 'passed' | 'failed' | 'skipped' | 'flaky' | 'duration_ms'>;

function toSummary({ total, passed, failed, skipped, flaky, duration_ms }: CountRow): Summary {
  return { total, passed, failed, skipped, flaky, durationMs: duration_ms };
}

type UploadDetailRow = CountRow & {
  id: Buffer;
  attempt: number;
  shard_index: number | null;
  shard_total: number | null;
  job: string | null;
  received_at_ms: number;
  cases_stored: number;
  cases_dropped: number;
  warnings: string | null;
  context: string | null;
};

function toUpload(row: UploadDetailRow): UploadFactsRow {
  const { shard_index, shard_total } = row;
  return {
    id: formatUuid(row.id),
    attempt: row.attempt,
    shard:
      shard_index === null || shard_total === null
        ? null
        : { index: shard_index, total: shard_total },
    job: row.job,
    receivedAtMs: row.received_at_ms,
    summary: toSummary(row),
    casesStored: row.cases_stored,
    casesDropped: row.cases_dropped,
    warnings: row.warnings === null ? [] : (JSON.parse(row.warnings) as Warning[]),
    context: row.context === null ? {} : (JSON.parse(row.context) as Record<string, unknown>),
  };
}

function prepare(db: Db) {
  return {
    repos: db.prepare<VisibleBinds & { after: string; limit: number }, RepoRow>(
      `SELECT id, workspace_id, slug, slug_folded, created_at_ms, is_public FROM repos
       WHERE slug_folded > :after AND ${isVisible} ORDER BY slug_folded LIMIT :limit`,
    ),
    repo: db.prepare<[string], RepoRow>(
      `SELECT id, workspace_id, slug, slug_folded, created_at_ms, is_public FROM repos
       WHERE slug_folded = ?`,
    ),
    runs: db.prepare<[number, number, number], RunRow>(
      'SELECT * FROM runs WHERE repo_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?',
    ),
    // As arrays of what is shown: a page of fifty repos with thirty runs each reads 1,500 of them.
    marks: db
      .prepare<[number, number], MarkRow>(
        `SELECT id, branch, outcome, started_at_ms, failed, duration_ms FROM runs
         WHERE repo_id = ? ORDER BY seq DESC LIMIT ?`,
      )
      .raw(),
    runByUpload: db.prepare<[Buffer], RunRow & RepoPlaceRow>(
      `SELECT runs.*, repos.slug, repos.workspace_id, repos.is_public FROM uploads
       JOIN runs ON runs.seq = uploads.run_seq JOIN repos ON repos.id = runs.repo_id
       WHERE uploads.id = ?`,
    ),
    placeByUpload: db.prepare<[Buffer], Omit<RunPlace, 'isPublic'> & { isPublic: number }>(
      `SELECT repos.slug, repos.workspace_id AS workspaceId, repos.is_public AS isPublic FROM uploads
       JOIN runs ON runs.seq = uploads.run_seq JOIN repos ON repos.id = runs.repo_id
       WHERE uploads.id = ?`,
    ),
    uploads: db.prepare<[number], UploadDetailRow>(
      `SELECT id, attempt, shard_index, shard_total, job, received_at_ms, total, passed, failed,
         skipped, flaky, duration_ms, cases_stored, cases_dropped, warnings, context
       FROM uploads WHERE run_seq = ? ORDER BY seq LIMIT 1000`,
    ),
    shards: db.prepare<[number], Shard>(
      `SELECT shard_index AS "index", max(shard_total) AS total
       FROM (SELECT shard_index, shard_total FROM uploads
             WHERE run_seq = ? AND shard_index IS NOT NULL LIMIT 20000)
       GROUP BY shard_index`,
    ),
    blocks: db.prepare<[number], BlockRow>(
      `SELECT seq, attempt, shard_index, total, passed, failed, skipped, flaky, duration_ms, columns
       FROM uploads LEFT JOIN blocks ON upload_seq = seq WHERE run_seq = ? ORDER BY seq`,
    ),
    texts: db.prepare<[number], { texts: Buffer | null }>(
      'SELECT texts FROM blocks WHERE upload_seq = ?',
    ),
    name: db.prepare<[number, number], TestName>(
      'SELECT test_no, public_id, suite, name, ordinal, file FROM tests WHERE repo_id = ? AND test_no = ?',
    ),
    titleRange: db.prepare<[number, number, number], TestTitle>(
      'SELECT test_no, suite, name FROM tests WHERE repo_id = ? AND test_no BETWEEN ? AND ?',
    ),
    nameRange: db.prepare<[number, number, number], TestName>(
      `SELECT test_no, public_id, suite, name, ordinal, file FROM tests
       WHERE repo_id = ? AND test_no BETWEEN ? AND ?`,
    ),
    admissions: db.prepare<[number], Admitted>(
      `SELECT key_id AS keyId, at_ms AS atMs, requests FROM admissions
       WHERE at_ms > ? ORDER BY at_ms, seq`,
    ),
  };
}
