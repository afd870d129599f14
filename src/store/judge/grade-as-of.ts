import { foldSlug } from '../../domain/slug.ts';
import type { Db } from '../sqlite.ts';
import type { JudgementSummary } from './judgement-rows.ts';
import { RepoJudge } from './repo-judge.ts';
import { openTools } from './tools.ts';

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
  const tools = openTools(db, { onWrite() {}, endReading() {} });
  const judge = new RepoJudge(repo.id, repo.slug, tools, false);
  const uploads = tools.facts.ofRepo(repo.id, asOfMs);
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

function finish<T>(steps: Generator<void, T, void>): T {
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  return step.value;
}
