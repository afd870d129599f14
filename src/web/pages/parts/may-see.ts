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
  const seen = checkSight(ctx, repo, missing);
  await countPageView(ctx, web, seen.workspaceId);
  return seen;
}

/** The same without the price. */
export function checkSight<T extends Place>(
  ctx: Ctx,
  repo: T | null,
  missing = 'There is no such repo.',
): T {
  const { principal } = ctx.state;
  const decision = repo === null ? null : authorize(principal, 'page', repo);
  if (repo !== null && decision === 'yes') return repo;
  if (principal.kind === 'anonymous') throw new AppError('unauthorized', 'Sign in to see this.');
  throw new AppError('not_found', missing);
}

/**
 * A page view by a signed-in member costs the workspace one credit, but not that an open page is kept
 * fresh: else a dashboard would spend what CI needs. Throws `quota_exceeded`.
 */
export async function countPageView(
  ctx: Ctx,
  web: Web,
  workspaceId: number | undefined,
): Promise<void> {
  const { principal } = ctx.state;
  if (principal.kind !== 'session' || web.live.holds(ctx.get('X-Live'), ctx.path)) return;
  const isMember = principal.memberships.some((one) => one.workspaceId === workspaceId);
  if (isMember) await web.credits.spend(workspaceId!);
}
