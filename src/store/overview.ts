import type { RepoSort } from '../contract/queries.ts';
import type { Visible } from '../domain/principal.ts';
import { foldSlug } from '../domain/slug.ts';
import type { DaySummary } from './judged/repo-reads.ts';
import type { Page, Reads, RepoFacts } from './reads.ts';
import type { Db } from './sqlite.ts';
import { bindVisible, isVisible, type VisibleBinds } from './visible.ts';

/** A repo as the list of all repos shows it. */
export type RepoLine = {
  repo: RepoFacts;
  /** null: not enough data */
  grade: { letter: string; score: number; low: number; high: number } | null;
  /** closing scores of the newest 28 days of all repos, ascending; days without uploads are left out */
  scores: { day: number; score: number }[];
  passRate: number | null;
  flakyTests: number;
  openIncidents: number;
};

/** What somebody may see of the appliance. */
export type Overview = Page<RepoLine> & {
  /** name of the only workspace seen; null when there are several or none */
  workspace: string | null;
  repos: number;
  /** repos with an open incident, or not graded yet and with a failed newest run */
  troubled: number;
  /** the worst few of them */
  firstTroubled: string[];
  flakyTests: number;
  /** today or the newest day with a grade, UTC, days since the epoch; where the scores end */
  today: number;
};

export type OverviewQuery = {
  sort: RepoSort;
  /** part of the name, ignoring case */
  q: string | null;
  limit: number;
  /** folded slug of the last one seen; where it is not there any more, from the start */
  cursor: string | null;
  /** newest runs of each repo */
  recentRuns: number;
  nowMs: number;
};

/** Repos looked at; those beyond are not listed here, so that the first page stays quick. */
const most = 10_000;
const named = 3;
const scoreDays = 28;
const dayMs = 86_400_000;

/** The list of all repos, in any order. Belongs to a reader. */
export class OverviewReads {
  readonly #reads: Reads;
  readonly #sql;

  constructor(db: Db, reads: Reads) {
    this.#reads = reads;
    this.#sql = prepare(db);
  }

  /** O(repos) rows of a few numbers each, and all that is shown of one page. */
  read(visible: Visible, query: OverviewQuery): Overview {
    const seen = bindVisible(visible);
    const rows = this.#sql.rows.all({ ...seen, most }).sort(orders.attention);
    const troubled = rows.filter(isTroubled);
    const today = Math.floor(query.nowMs / dayMs);
    return {
      workspace: this.#onlyWorkspace(seen),
      repos: rows.length,
      troubled: troubled.length,
      firstTroubled: troubled.slice(0, named).map(({ slug }) => slug),
      flakyTests: rows.reduce((sum, { flaky }) => sum + (flaky ?? 0), 0),
      today,
      ...this.#page(rows, query, today),
    };
  }

  /** `rows`: what needs somebody first */
  #page(rows: Row[], { sort, q, limit, cursor, recentRuns }: OverviewQuery, today: number) {
    const wanted = foldSlug(q ?? '');
    const found = rows.filter(({ folded }) => folded.includes(wanted));
    if (sort !== 'attention') found.sort(orders[sort]);
    const from = 1 + found.findIndex(({ folded }) => folded === cursor);
    const items = found.slice(from, from + limit).map((row) => this.#line(row, recentRuns, today));
    const isEnd = found.length <= from + limit;
    return { items, next: isEnd ? null : found[from + limit - 1]!.folded };
  }

  #line({ id, slug, passRate, flaky, open }: Row, recentRuns: number, today: number): RepoLine {
    const text = this.#sql.summary.get(id);
    const grade = text === undefined ? null : (JSON.parse(text) as DaySummary).grade;
    return {
      repo: this.#reads.getRepo(slug, recentRuns)!,
      grade: grade && { letter: grade.letter, score: grade.score, ...grade.interval },
      scores: this.#sql.scores.all(id, today - scoreDays),
      passRate,
      flakyTests: flaky ?? 0,
      openIncidents: open,
    };
  }

  #onlyWorkspace({ workspaces }: VisibleBinds): string | null {
    const names = this.#sql.workspaces.all({ workspaces });
    return names.length === 1 ? names[0]! : null;
  }
}

type Row = {
  id: number;
  slug: string;
  folded: string;
  outcome: string | null;
  lastRunMs: number | null;
  score: number | null;
  passRate: number | null;
  flaky: number | null;
  open: number;
};

const isTroubled = ({ open, score, outcome }: Row): boolean =>
  open > 0 || (score === null && outcome === 'failed');

type Order = (a: Row, b: Row) => number;

const byName: Order = (a, b) => (a.folded < b.folded ? -1 : 1);

/** By a number, the lowest first, equal ones by name; null last. */
const by =
  (of: (row: Row) => number | null): Order =>
  (a, b) =>
    (of(a) ?? Infinity) - (of(b) ?? Infinity) || byName(a, b);

const orders: Record<RepoSort, Order> = {
  attention: (a, b) =>
    Number(isTroubled(b)) - Number(isTroubled(a)) || b.open - a.open || orders.grade(a, b),
  name: byName,
  grade: by(({ score }) => score),
  passRate: by(({ passRate }) => passRate),
  flaky: by(({ flaky }) => -(flaky ?? 0)),
  lastRun: by(({ lastRunMs }) => (lastRunMs === null ? null : -lastRunMs)),
};

function prepare(db: Db) {
  return {
    workspaces: db
      .prepare<{ workspaces: string | null }, string>(
        `SELECT name FROM workspaces
         WHERE :workspaces IS NULL OR id IN (SELECT value FROM json_each(:workspaces))
         ORDER BY id LIMIT 2`,
      )
      .pluck(),
    rows: db.prepare<VisibleBinds & { most: number }, Row>(
      `SELECT seen.id, seen.slug, seen.slug_folded AS folded, outcome,
         started_at_ms AS lastRunMs, score, summary ->> '$.passRate' AS passRate,
         summary ->> '$.states.flaky' AS flaky,
         (SELECT count(*) FROM incidents WHERE repo_id = seen.id AND is_open = 1) AS open
       FROM (SELECT id, slug, slug_folded, last_run_seq FROM repos WHERE ${isVisible}
             ORDER BY slug_folded LIMIT :most) AS seen
       LEFT JOIN runs ON seq = last_run_seq
       LEFT JOIN grades ON grades.repo_id = seen.id
         AND day = (SELECT max(day) FROM grades WHERE repo_id = seen.id)`,
    ),
    summary: db
      .prepare<[number], string>(
        'SELECT summary FROM grades WHERE repo_id = ? ORDER BY day DESC LIMIT 1',
      )
      .pluck(),
    scores: db.prepare<[number, number], { day: number; score: number }>(
      `SELECT day, score FROM grades WHERE repo_id = ? AND day > ? AND score IS NOT NULL
       ORDER BY day`,
    ),
  };
}
