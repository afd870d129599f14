import type { SuiteSort, TestSort, TrendMetric } from '../../contract/judged-queries.ts';
import { foldSlug } from '../../domain/slug.ts';
import { type DailyScore, type Trend, trendOf } from '../../domain/trend.ts';
import { formatFingerprint } from '../fingerprint-bytes.ts';
import type { Histories, TestHistory, TestResults } from '../history.ts';
import type { Page, Reads } from '../reads.ts';
import type { Db } from '../sqlite.ts';
import { BranchReads } from './branch-reads.ts';
import { type ClusterDetail, type ClusterFacts, ClusterReads } from './cluster-reads.ts';
import {
  ExplainReads,
  explainedResults,
  type GradeExplanation,
  type TestExplanation,
  type VariantName,
} from './explain-reads.ts';
import {
  type IncidentCursor,
  type IncidentFacts,
  type IncidentFilter,
  type IncidentLine,
  type IncidentMark,
  IncidentReads,
} from './incident-reads.ts';
import { Judgements } from './judgements.ts';
import { OriginReads, type RunOrigins } from './origin-reads.ts';
import {
  type DaySummary,
  type DefaultBranch,
  figuresOf,
  pageOfSuites,
  type RepoJudgement,
  type RepoStanding,
  rankedSuites,
  repoJudgementOf,
  type SuiteFacts,
  standingOf,
  trendMetrics,
} from './repo-reads.ts';
import { FailureReads, type RunFailures } from './run-failures.ts';
import type { TestCursor } from './test-order.ts';
import { factsOfTest, pageOfTests, type TestFacts, type TestFilter } from './test-reads.ts';
import { TestTitles } from './titles.ts';

/** A page of judgements, with the upload through which they hold; null: not judged yet. */
export type JudgedPage<T> = Page<T> & { judgedThrough: string | null };

export type RepoFigures = { judgement: RepoJudgement | null; defaultBranch: DefaultBranch };

/** The newest failures of a test that say the same. */
type TestCluster = {
  fingerprint: string;
  sample: string;
  failures: number;
  lastSeenAtMs: number;
};

export type TestDetail = {
  facts: TestFacts;
  file: string | null;
  judgedThrough: string | null;
  history: Pick<TestHistory, 'entries' | 'isWhole'>;
  clusters: TestCluster[];
  incidents: IncidentMark[];
};

/** A test, and how it is judged; null there: nothing is judged of such a variant. */
export type TestStudy = { detail: TestDetail; explanation: TestExplanation | null };

export type RunTroubles = RunFailures & {
  origins: (Omit<RunOrigins, 'incidents'> & { incidents: IncidentMark[] }) | null;
};

export type DailySeries = {
  judgedThrough: string | null;
  unit: string;
  /** ascending; days without uploads are left out */
  days: { day: number; value: number | null }[];
  /** of the grade, else null */
  trend: Trend | null;
};

/** Of one test; the newest. */
const mostClusters = 20;
const mostIncidents = 20;
const historyEntries = 256;

/** What a repo came to by the end of a day, UTC. */
export type DailyFigures = { day: number; values: Record<TrendMetric, number | null> };

type Repo = { id: number; slug: string };

/** What a reading thread answers about judgements. Each verb sees one snapshot of the file. */
export function judgedReads(db: Db, reads: Reads, histories: Histories) {
  const sql = prepare(db);
  const judgements = new Judgements(db);
  const titles = new TestTitles(db);
  const incidents = new IncidentReads(db, titles);
  const branches = new BranchReads(db);
  const clusters = new ClusterReads(db);
  const failures = new FailureReads(db, reads, clusters);
  const origins = new OriginReads(db, judgements);

  const explain = new ExplainReads(db, judgements, titles);
  const inOneSnapshot = db.transaction((work: () => unknown) => work());
  const whole =
    <Args extends unknown[], T>(verb: (...args: Args) => T) =>
    (...args: Args): T =>
      inOneSnapshot(() => verb(...args)) as T;
  const repoOf = (slug: string): Repo | undefined => sql.repo.get(foldSlug(slug));
  const throughOf = ({ id }: Repo) => judgements.find(id)?.through ?? null;
  const scoresOf = (repoId: number): DailyScore[] =>
    sql.scores.all(repoId, trendWindowDays).reverse();

  const detailOf = (repo: Repo, testId: string, results: TestResults): TestDetail => {
    const history = histories.historyOf(testId, results, historyEntries);
    const { testNo, suite, name, file, entries, isWhole } = history;
    return {
      facts: factsOfTest(judgements.tests(repo.id), testNo, { id: testId, suite, name }),
      file,
      judgedThrough: throughOf(repo),
      history: { entries, isWhole },
      clusters: sql.clusters.all(repo.id, testNo, mostClusters).map(toCluster),
      incidents: incidents.ofTest(repo.id, testNo, mostIncidents),
    };
  };

  return {
    /** Where repos stand, in their order; null for one that is not judged yet. */
    repoStandings: whole((slugs: readonly string[]): (RepoStanding | null)[] =>
      slugs.map((slug) => {
        const repo = repoOf(slug);
        const judgement = repo === undefined ? null : judgements.find(repo.id);
        return judgement && standingOf(judgement);
      }),
    ),

    /** null: there is no such repo */
    repoFigures: whole((slug: string, nowMs: number): RepoFigures | null => {
      const repo = repoOf(slug);
      if (repo === undefined) return null;
      const judgement = judgements.find(repo.id);
      const defaultBranch = branches.of(repo.id, judgement?.settledBranch ?? null, nowMs);
      if (judgement === null) return { judgement: null, defaultBranch };
      const titleOf = (test: number) => titles.of(repo.id, test);
      const table = judgements.tests(repo.id)!;
      const days = scoresOf(repo.id);
      return { judgement: repoJudgementOf(judgement, table, titleOf, days), defaultBranch };
    }),

    /** O(tests of the repo). No tests where there is no such repo. */
    listTests: whole(
      (
        slug: string,
        filter: TestFilter,
        sort: TestSort,
        limit: number,
        cursor: TestCursor | null,
      ): JudgedPage<TestFacts> => {
        const repo = repoOf(slug);
        const table = repo === undefined ? null : judgements.tests(repo.id);
        if (repo === undefined || table === null) return nothing;
        const all = titles.all(repo.id);
        const page = pageOfTests(table, all, filter, sort, limit, cursor);
        return { ...page, judgedThrough: throughOf(repo) };
      },
    ),

    /** null: there is no such repo or test */
    getTest: whole((slug: string, testId: string): TestDetail | null => {
      const repo = repoOf(slug);
      const results = histories.results(slug, testId, historyEntries);
      return repo === undefined || results === null ? null : detailOf(repo, testId, results);
    }),

    /** The same and `explainTest`, of results that are read once. */
    studyTest: whole((slug: string, testId: string, variant: VariantName): TestStudy | null => {
      const repo = repoOf(slug);
      const results = histories.results(slug, testId, explainedResults);
      if (repo === undefined || results === null) return null;
      return {
        detail: detailOf(repo, testId, results),
        explanation: explain.test(repo.id, results, variant),
      };
    }),

    listSuites: whole(
      (slug: string, limit: number, cursor: string | null): JudgedPage<SuiteFacts> => {
        const repo = repoOf(slug);
        const judgement = repo === undefined ? null : judgements.find(repo.id);
        if (judgement === null) return nothing;
        return { ...pageOfSuites(judgement, limit, cursor), judgedThrough: judgement.through };
      },
    ),

    /** The suites of a repo in an order; `q`: part of the name, ignoring case. */
    rankSuites: whole(
      (
        slug: string,
        sort: SuiteSort,
        q: string | null,
        limit: number,
        cursor: string | null,
      ): Page<SuiteFacts> => {
        const repo = repoOf(slug);
        const judgement = repo === undefined ? null : judgements.find(repo.id);
        if (judgement === null) return { items: [], next: null };
        return rankedSuites(judgement, sort, q, limit, cursor);
      },
    ),

    /** The closing values of the newest `days` days. */
    dailySeries: whole((slug: string, metric: TrendMetric, days: number): DailySeries => {
      const { unit, of } = trendMetrics[metric];
      const repo = repoOf(slug);
      if (repo === undefined) return { judgedThrough: null, unit, days: [], trend: null };
      const rows = sql.days.all({ repoId: repo.id, days });
      return {
        judgedThrough: throughOf(repo),
        unit,
        days: rows.map(({ day, summary }) => ({
          day,
          value: of(JSON.parse(summary) as DaySummary),
        })),
        trend: metric === 'grade' ? trendOf(scoresOf(repo.id)) : null,
      };
    }),

    /** Every series at once, of the newest `days` days. No days where there is no such repo. */
    dailyFigures: whole((slug: string, days: number): DailyFigures[] => {
      const repo = repoOf(slug);
      if (repo === undefined) return [];
      return sql.days.all({ repoId: repo.id, days }).map(({ day, summary }) => ({
        day,
        values: figuresOf(JSON.parse(summary) as DaySummary),
      }));
    }),

    listIncidents: whole(
      (
        slug: string,
        filter: IncidentFilter,
        limit: number,
        cursor: IncidentCursor | null,
      ): JudgedPage<IncidentLine> => {
        const repo = repoOf(slug);
        if (repo === undefined) return nothing;
        return { ...incidents.list(repo, filter, limit, cursor), judgedThrough: throughOf(repo) };
      },
    ),

    /** `q`: part of type or message, ignoring case */
    listClusters: whole(
      (
        slug: string,
        q: string | null,
        limit: number,
        cursor: string | null,
      ): JudgedPage<ClusterFacts> => {
        const repo = repoOf(slug);
        if (repo === undefined) return nothing;
        return { ...clusters.list(repo.id, q, limit, cursor), judgedThrough: throughOf(repo) };
      },
    ),

    /** By any of its fingerprints; null: there is no such repo or cluster. */
    getCluster: whole((slug: string, fingerprint: string): ClusterDetail | null => {
      const repo = repoOf(slug);
      if (repo === undefined) return null;
      return clusters.get(repo.id, fingerprint, (test) => titles.of(repo.id, test));
    }),

    /** By the id of any upload of the run; null: there is no such run. */
    runFailures: whole((id: string): RunFailures | null => failures.ofRun(id)),

    /** The same, and where the failures come from; null there: nothing is judged yet. */
    runTroubles: whole((id: string): RunTroubles | null => {
      const found = failures.ofRun(id);
      if (found === null) return null;
      const tests = new Set(found.groups.flatMap(({ members }) => members));
      const known = origins.of(id, [...tests]);
      return {
        ...found,
        origins: known && {
          ...known,
          incidents: known.incidents.flatMap((one) => incidents.mark(one) ?? []),
        },
      };
    }),

    /** null: there is no such repo or test, or nothing is judged of such a variant. */
    explainTest: whole(
      (slug: string, testId: string, variant: VariantName): TestExplanation | null => {
        const repo = repoOf(slug);
        const results = repo && histories.results(slug, testId, explainedResults);
        return repo && results ? explain.test(repo.id, results, variant) : null;
      },
    ),

    /** null: there is no such repo, or it is not judged yet. */
    explainGrade: whole((slug: string): GradeExplanation | null => {
      const repo = repoOf(slug);
      return repo === undefined ? null : explain.grade(repo);
    }),

    /** null: there is no such incident */
    getIncident: whole((id: string): IncidentFacts | null => incidents.get(id)),
  };
}

export type JudgedReads = ReturnType<typeof judgedReads>;

const nothing = { items: [], next: null, judgedThrough: null };

type ClusterRow = {
  fingerprint: Buffer;
  sample: string;
  failures: number;
  last_seen_ms: number;
};

const toCluster = ({ fingerprint, sample, failures, last_seen_ms }: ClusterRow): TestCluster => ({
  fingerprint: formatFingerprint(fingerprint),
  sample,
  failures,
  lastSeenAtMs: last_seen_ms,
});

/** Days with a grade that a trend looks back to, at most. */
const trendWindowDays = 28;

function prepare(db: Db) {
  return {
    repo: db.prepare<[string], Repo>('SELECT id, slug FROM repos WHERE slug_folded = ?'),
    scores: db.prepare<[number, number], DailyScore>(
      `SELECT day, score FROM grades WHERE repo_id = ? AND score IS NOT NULL
       ORDER BY day DESC LIMIT ?`,
    ),
    days: db.prepare<{ repoId: number; days: number }, { day: number; summary: string }>(
      `SELECT day, summary FROM grades
       WHERE repo_id = :repoId
         AND day > (SELECT max(day) FROM grades WHERE repo_id = :repoId) - :days
       ORDER BY day`,
    ),
    clusters: db.prepare<[number, number, number], ClusterRow>(
      `SELECT t.fingerprint, sample, t.failures, received_at_ms AS last_seen_ms
       FROM cluster_tests AS t
       JOIN failure_clusters AS c ON c.repo_id = t.repo_id AND c.fingerprint = t.fingerprint
       JOIN uploads ON uploads.seq = t.last_seq
       WHERE t.repo_id = ? AND t.test_no = ? ORDER BY t.last_seq DESC LIMIT ?`,
    ),
  };
}
