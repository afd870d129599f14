import { foldSlug } from '../../domain/slug.ts';
import { AppError } from '../../errors.ts';
import type { Page } from '../reads.ts';
import type { Db } from '../sqlite.ts';
import { type Actor, record } from './audit.ts';

export type RepoSettings = { slug: string; isPublic: boolean };

/** The repos of a workspace by name. `cursor`: folded slug of the last one seen. */
export function listRepoSettings(
  db: Db,
  workspaceId: number,
  limit: number,
  cursor: string | null,
): Page<RepoSettings> {
  const rows = db
    .prepare<[number, string, number], { slug: string; isPublic: number }>(
      `SELECT slug, is_public AS isPublic FROM repos
       WHERE workspace_id = ? AND slug_folded > ? ORDER BY slug_folded LIMIT ?`,
    )
    .all(workspaceId, cursor ?? '', limit + 1);
  const items = rows
    .slice(0, limit)
    .map(({ slug, isPublic }) => ({ slug, isPublic: isPublic === 1 }));
  return { items, next: rows.length > limit ? foldSlug(items.at(-1)!.slug) : null };
}

/** Shows a repo to everybody, or to the workspace alone. Throws not_found. */
export function setRepoPublic(
  db: Db,
  workspaceId: number,
  slug: string,
  isPublic: boolean,
  by: Actor,
  nowMs: number,
): void {
  const shown = db
    .prepare<object, string>(
      `UPDATE repos SET is_public = :public
       WHERE slug_folded = :slug AND workspace_id = :workspaceId RETURNING slug`,
    )
    .pluck()
    .get({ public: isPublic ? 1 : 0, slug: foldSlug(slug), workspaceId });
  if (shown === undefined) throw new AppError('not_found', 'there is no such repo');
  const action = isPublic ? 'repo.public' : 'repo.private';
  record(db, { action, subject: shown, workspaceId }, by, nowMs);
}
