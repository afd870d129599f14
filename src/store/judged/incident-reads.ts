import type { IncidentKind } from '../../domain/incident-kinds.ts';
import { limits } from '../../limits.ts';
import type { IncidentPart } from '../judge/incident-book.ts';
import type { Culprit, IncidentBody } from '../judge/judgement-rows.ts';
import type { Page } from '../reads.ts';
import type { Db } from '../sqlite.ts';
import type { TestRef, TestTitles } from './titles.ts';

/** That there is an incident. */
export type IncidentMark = {
  id: string;
  kind: IncidentKind;
  isOpen: boolean;
  openedAtMs: number;
  resolvedAtMs: number | null;
};

/** An incident as a list shows it. */
export type IncidentLine = IncidentMark & {
  repo: string;
  /** the first of them */
  tests: TestRef[];
  testCount: number;
  /** null where no commit is to blame, or the commits are not held any more */
  culprit: Culprit | null;
  /** the surest part of the evidence; in a list it names no tests */
  lead: IncidentEvidence;
};

/** What one variant, suite or job brings into an incident. */
export type IncidentEvidence = {
  job: string | null;
  environment: string | null;
  suite: string;
  tests: string[];
  /** fingerprint of its newest failure */
  cluster: string | null;
  /** commits; of a run without one its id. null: none, or not held any more */
  lastGood: string | null;
  firstBad: string | null;
  decidedAt: string | null;
  /** P(it is true) */
  probability: number;
  figures: Record<string, number | string | null>;
};

export type IncidentFacts = IncidentLine & {
  workspaceId: number;
  /** the first 50 */
  evidence: IncidentEvidence[];
  events: IncidentBody['events'];
};

export type IncidentFilter = {
  isOpen?: boolean | undefined;
  kind?: IncidentKind | undefined;
};

export type IncidentCursor = { openedAtMs: number; id: string };

/** Incidents that are looked through for those of one test, the newest. */
const mostLooked = 500;

type Repo = { id: number; slug: string };

/** Incidents as they are stored, with the names of what they are about. Belongs to a reader. */
export class IncidentReads {
  readonly #sql;
  readonly #titles: TestTitles;

  constructor(db: Db, titles: TestTitles) {
    this.#sql = prepare(db);
    this.#titles = titles;
  }

  /** Newest first. */
  list(
    repo: Repo,
    { isOpen, kind }: IncidentFilter,
    limit: number,
    cursor: IncidentCursor | null,
  ): Page<IncidentLine> {
    const rows = this.#sql.page.all({
      repoId: repo.id,
      openedAtMs: cursor?.openedAtMs ?? Number.MAX_SAFE_INTEGER,
      id: Buffer.from(cursor?.id ?? '', 'hex'),
      isOpen: isOpen === undefined ? null : Number(isOpen),
      kind: kind ?? null,
      limit: limit + 1,
    });
    const items = rows
      .slice(0, limit)
      .map((row) => this.#lineOf(repo, row, bodyOf(row), limits.incidentTestsListed.value));
    return { items, next: rows.length > limit ? formatCursor(items.at(-1)!) : null };
  }

  get(id: string): IncidentFacts | null {
    if (!/^[0-9a-f]{16}$/.test(id)) return null;
    const row = this.#sql.one.get(Buffer.from(id, 'hex'));
    if (row === undefined) return null;
    const body = bodyOf(row);
    const repo = { id: row.repo_id, slug: row.slug };
    return {
      ...this.#lineOf(repo, row, body, limits.incidentTests.value),
      workspaceId: row.workspace_id,
      evidence: body.parts
        .slice(0, limits.incidentParts.value)
        .map((part) => this.#evidenceOf(repo.id, part, limits.incidentTests.value)),
      events: body.events,
    };
  }

  mark(id: string): IncidentMark | null {
    const row = this.#sql.one.get(Buffer.from(id, 'hex'));
    return row === undefined ? null : markOf(row);
  }

  /** The newest incidents that a test is in, at most `limit`, of the newest 500 of its repo. */
  ofTest(repoId: number, test: number, limit: number): IncidentMark[] {
    const found: IncidentMark[] = [];
    for (const row of this.#sql.newest.iterate(repoId, mostLooked)) {
      if (!bodyOf(row).parts.some(({ tests }) => tests.includes(test))) continue;
      found.push(markOf(row));
      if (found.length === limit) break;
    }
    return found;
  }

  #lineOf(
    { id, slug }: Repo,
    row: Row,
    { parts, culprit }: IncidentBody,
    named: number,
  ): IncidentLine {
    const tests = [...new Set(parts.flatMap((part) => part.tests))];
    return {
      ...markOf(row),
      repo: slug,
      tests: tests.slice(0, named).map((test) => this.#titles.of(id, test)),
      testCount: tests.length,
      culprit,
      lead: this.#evidenceOf(id, surest(parts), 0),
    };
  }

  #evidenceOf(repoId: number, part: IncidentPart, named: number): IncidentEvidence {
    const cell = part.cell === null ? undefined : this.#sql.cell.get(repoId, part.cell);
    const commit = (no: number) => this.#sql.commit.get(repoId, no) ?? null;
    return {
      job: cell?.job ?? null,
      environment: cell?.environment || null,
      suite: part.suite,
      tests: part.tests.slice(0, named).map((test) => this.#titles.of(repoId, test).id),
      cluster: part.cluster,
      lastGood: commit(part.lastGood),
      firstBad: commit(part.firstBad),
      decidedAt: commit(part.at),
      probability: 1 - part.risk,
      figures: part.evidence,
    };
  }
}

/** Of equals the first. An incident has at least one part. */
const surest = (parts: readonly IncidentPart[]): IncidentPart =>
  parts.reduce((a, b) => (b.risk < a.risk ? b : a));

const formatCursor = ({ openedAtMs, id }: IncidentCursor): string => `${openedAtMs}:${id}`;

type Row = {
  id: Buffer;
  kind: IncidentKind;
  is_open: number;
  opened_at_ms: number;
  resolved_at_ms: number | null;
  body: string;
};

const markOf = (row: Row): IncidentMark => ({
  id: row.id.toString('hex'),
  kind: row.kind,
  isOpen: row.is_open === 1,
  openedAtMs: row.opened_at_ms,
  resolvedAtMs: row.resolved_at_ms,
});

const bodyOf = ({ body }: Row): IncidentBody => JSON.parse(body) as IncidentBody;

type PageBinds = {
  repoId: number;
  openedAtMs: number;
  id: Buffer;
  isOpen: number | null;
  kind: string | null;
  limit: number;
};

function prepare(db: Db) {
  const columns = 'incidents.id, kind, is_open, opened_at_ms, resolved_at_ms, body';
  return {
    page: db.prepare<PageBinds, Row>(
      `SELECT ${columns} FROM incidents
       WHERE repo_id = :repoId AND (opened_at_ms, id) < (:openedAtMs, :id)
         AND (:isOpen IS NULL OR is_open = :isOpen) AND (:kind IS NULL OR kind = :kind)
       ORDER BY opened_at_ms DESC, id DESC LIMIT :limit`,
    ),
    newest: db.prepare<[number, number], Row>(
      `SELECT ${columns} FROM incidents WHERE repo_id = ?
       ORDER BY opened_at_ms DESC, id DESC LIMIT ?`,
    ),
    one: db.prepare<[Buffer], Row & { repo_id: number; slug: string; workspace_id: number }>(
      `SELECT ${columns}, repo_id, slug, workspace_id
       FROM incidents JOIN repos ON repos.id = repo_id WHERE incidents.id = ?`,
    ),
    cell: db.prepare<[number, number], { job: string; environment: string }>(
      'SELECT job, environment FROM judged_cells WHERE repo_id = ? AND cell_no = ?',
    ),
    commit: db
      .prepare<[number, number], string>(
        'SELECT name FROM judged_commits WHERE repo_id = ? AND commit_no = ?',
      )
      .pluck(),
  };
}
