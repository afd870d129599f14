import type { Db } from '../sqlite.ts';
import type { Book, Incident } from './incident-book.ts';
import type { RepoGrade } from './repo-grade.ts';
import type { SuiteJudgement } from './suites.ts';

/** The part of a judgement that is read as one piece. */
export type JudgementSummary = {
  grade: RepoGrade['grade'];
  inputs: RepoGrade['inputs'];
  gradedRuns: number;
  historyMs: number;
  /** what the graded runs are worth where older ones count less */
  effectiveRuns: number;
  fixes: RepoGrade['fixes'];
  passRate: number | null;
  /** tests by their worst variant */
  states: Record<string, number>;
  /** share of flaky tests that the repo shows */
  flakyShare: number;
  /** P(a commit on good code is red), all jobs together */
  falseRed: number;
  /** median duration of the newest runs of the default branch, ms */
  durationMs: number | null;
  suites: SuiteJudgement[];
};

/** How an incident looks from outside; what only its state machine needs stays in the book. */
export type IncidentBody = {
  parts: Incident['parts'];
  events: Incident['events'];
  culprit: Culprit | null;
};

export type Culprit = {
  suspects: { commit: string; probability: number }[];
  lastSurelyGood: string | null;
  firstSurelyBad: string | null;
  nextToTest: string | null;
  candidates: number;
};

export type Judgement = {
  judgedSeq: number;
  formulaVersion: string;
  inputHash: Buffer;
  defaultBranch: string | null;
  summary: JudgementSummary;
  variants: Buffer;
  commits: Buffer;
  book: Book;
};

/** Writes and reads judgements; inside transactions of the caller. */
export class JudgementRows {
  readonly #sql;

  constructor(db: Db) {
    this.#sql = prepare(db);
  }

  find(repoId: number): { judgedSeq: number; defaultBranch: string | null; book: Book } | null {
    const row = this.#sql.find.get(repoId);
    if (row === undefined) return null;
    const book = JSON.parse(row.book) as Book;
    return { judgedSeq: row.judged_seq, defaultBranch: row.default_branch, book };
  }

  /** As stored, for a comparison. */
  outcome(repoId: number): StoredOutcome | null {
    return this.#sql.outcome.get(repoId) ?? null;
  }

  put(repoId: number, judgement: Judgement): void {
    this.#sql.put.run(
      repoId,
      judgement.judgedSeq,
      judgement.formulaVersion,
      judgement.inputHash,
      judgement.defaultBranch,
      JSON.stringify(judgement.summary),
      judgement.variants,
      judgement.commits,
      JSON.stringify(judgement.book),
    );
  }

  /** The last one of a day is its closing grade. */
  putGrade(repoId: number, day: number, { judgedSeq, summary, ...rest }: Judgement): void {
    const { suites, ...told } = summary;
    const score = summary.grade?.score ?? null;
    const text = JSON.stringify(told);
    const { formulaVersion, inputHash } = rest;
    this.#sql.putGrade.run(repoId, day, judgedSeq, formulaVersion, inputHash, score, text);
  }

  /** Incidents that are not among them any more, and began at `fromMs` or later, were none. */
  putIncidents(
    repoId: number,
    incidents: readonly { incident: Incident; body: IncidentBody }[],
    fromMs: number,
  ): void {
    const kept = new Set(incidents.map(({ incident }) => incident.id));
    for (const id of this.#sql.incidentsSince.all(repoId, fromMs)) {
      if (!kept.has(id.toString('hex'))) this.#sql.dropIncident.run(repoId, id);
    }
    for (const { incident, body } of incidents) {
      this.#sql.putIncident.run(
        repoId,
        Buffer.from(incident.id, 'hex'),
        incident.kind,
        Number(incident.state.isOpen),
        incident.openedAtMs,
        incident.state.resolvedAtMs,
        JSON.stringify(body),
      );
    }
  }

  forget(repoId: number): void {
    for (const sql of this.#sql.forget) sql.run(repoId);
  }
}

type StoredOutcome = {
  judgedSeq: number;
  inputHash: Buffer;
  summary: string;
  variants: Buffer;
  commits: Buffer;
};

function prepare(db: Db) {
  return {
    outcome: db.prepare<[number], StoredOutcome>(
      `SELECT judged_seq AS judgedSeq, input_hash AS inputHash, summary, variants, commits FROM judgements WHERE repo_id = ?`,
    ),
    find: db.prepare<[number], { judged_seq: number; default_branch: string | null; book: string }>(
      'SELECT judged_seq, default_branch, book FROM judgements WHERE repo_id = ?',
    ),
    put: db.prepare(
      `INSERT OR REPLACE INTO judgements (repo_id, judged_seq, formula_version, input_hash,
         default_branch, summary, variants, commits, book) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    putGrade: db.prepare(
      `INSERT OR REPLACE INTO grades (repo_id, day, judged_seq, formula_version, input_hash, score, summary)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    incidentsSince: db
      .prepare<[number, number], Buffer>(
        'SELECT id FROM incidents WHERE repo_id = ? AND opened_at_ms >= ?',
      )
      .pluck(),
    dropIncident: db.prepare('DELETE FROM incidents WHERE repo_id = ? AND id = ?'),
    putIncident: db.prepare(
      `INSERT OR REPLACE INTO incidents (repo_id, id, kind, is_open, opened_at_ms, resolved_at_ms, body)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    forget: ['judgements', 'grades', 'incidents'].map((table) =>
      db.prepare<[number]>(`DELETE FROM ${table} WHERE repo_id = ?`),
    ),
  };
}
