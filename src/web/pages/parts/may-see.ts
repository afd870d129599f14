import { authorize, type Place } from '../../../domain/principal.ts';
import { AppError } from '../../../errors.ts';
import type { Ctx, Web } from '../../context.ts';

/**
 * Gives back what is found of a repo if it may be shown, at the price of a page view. Throws `unauthorized`
 * to who has not signed in, whether or not there is such a repo (null), else `not_found`.
 */
export async function requireSight<T extends Place>(
  ctx: Ctx,
  web: Web,
  repo: T | null,
  missing = 'There is no such repo.',
): Promise<T> {
  const { principal } = ctx.state;
  const decision = repo === null ? null : authorize(principal, 'page', repo);
  if (repo === null || decision !== 'yes') {
    if (principal.kind === 'anonymous') throw new AppError('unauthorized', 'Sign in to see this.');
    throw new AppError('not_found', missing);
  }
  await countPageView(ctx, web, repo.workspaceId);
  return repo;
}

/** A page view by a signed-in member costs the workspace one credit. Throws `quota_exceeded`. */
export async function countPageView(
  ctx: Ctx,
  web: Web,
  workspaceId: number | undefined,
): Promise<void> {
  const { principal } = ctx.state;
  if (principal.kind !== 'session') return;
  const isMember = principal.memberships.some((one) => one.workspaceId === workspaceId);
  if (isMember) await web.credits.spend(workspaceId!);
}
