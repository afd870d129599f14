import { foldSlug } from '../../domain/slug.ts';
import { AppError } from '../../errors.ts';
import { type Actor, record } from '../accounts/audit.ts';
import type { Db } from '../sqlite.ts';
import { BranchSettings } from './default-branch.ts';

/** What somebody decides on a repo's default branch. */
export type BranchChange = {
  slug: string;
  branch: string;
  /** for uploads received from then on; null: from now on */
  sinceMs: number | null;
};

/**
 * Writes the decision down; whether uploads that are there already fall under it, so that the repo must
 * be judged anew. In a transaction of the caller. Throws not_found.
 */
export function changeBranch(
  db: Db,
  { slug, branch, sinceMs }: BranchChange,
  by: Actor,
  nowMs: number,
): boolean {
  const repo = db
    .prepare<[string], { id: number; slug: string; workspaceId: number }>(
      'SELECT id, slug, workspace_id AS workspaceId FROM repos WHERE slug_folded = ?',
    )
    .get(foldSlug(slug));
  if (repo === undefined) throw new AppError('not_found', 'there is no such repo');
  new BranchSettings(db).put(repo.id, branch, sinceMs ?? nowMs);
  const { workspaceId } = repo;
  const subject = `${repo.slug}: ${branch}`;
  record(db, { action: 'repo.default-branch', subject, workspaceId }, by, nowMs);
  return sinceMs !== null && sinceMs < nowMs;
}
