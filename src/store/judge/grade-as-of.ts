import { foldSlug } from '../../domain/slug.ts';
import type { Db } from '../sqlite.ts';
import { ClusterBook } from './cluster-book.ts';
import { BranchSettings } from './default-branch.ts';
import { JudgeFacts } from './facts.ts';
import { JudgementRows, type JudgementSummary } from './judgement-rows.ts';
import { RepoJudge } from './repo-judge.ts';
import { SavedStates } from './saved-state.ts';
import { TestNames } from './test-names.ts';

export type GradeAsOf = Omit<JudgementSummary, 'suites'> & {
  repo: string;
  /** uploads received until then */
  uploads: number;
  formulaVersion: string;
  /** SHA-256, 64 hex digits; equal to that of a stored grade made of the same facts */
  inputHash: string;
};

/**
 * The grade that a repo had at a time, made anew from the uploads received until then. Null where there
 * is no such repo, or nothing had come. Writes nothing. O(uploads), each of which is read.
 */
export function gradeAsOf(db: Db, slug: string, asOfMs: number): GradeAsOf | null {
  const repo = db
    .prepare<[string], { id: number; slug: string }>(
      'SELECT id, slug FROM repos WHERE slug_folded = ?',
    )
    .get(foldSlug(slug));
  if (repo === undefined) return null;
  const facts = new JudgeFacts(db);
  const judge = new RepoJudge(repo.id, repo.slug, toolsOf(db, facts), false);
  const uploads = facts.ofRepo(repo.id).filter((seq) => facts.receivedAtMs(seq) <= asOfMs);
  if (uploads.length === 0) return null;
  for (let i = 0; i < uploads.length; ) {
    if (finish(judge.take(uploads[i]!))) i++;
    else {
      judge.forget();
      i = 0;
    }
  }
  const { judgement } = finish(judge.judgement());
  const { suites, ...summary } = judgement.summary;
  return {
    repo: repo.slug,
    uploads: uploads.length,
    ...summary,
    formulaVersion: judgement.formulaVersion,
    inputHash: judgement.inputHash.toString('hex'),
  };
}

const toolsOf = (db: Db, facts: JudgeFacts) => ({
  db,
  facts,
  saved: new SavedStates(db),
  rows: new JudgementRows(db),
  branches: new BranchSettings(db),
  names: new TestNames(db),
  clusters: new ClusterBook(db),
  onWrite: () => {},
  endReading: () => {},
});

function finish<T>(steps: Generator<void, T, void>): T {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}
