import { readQuery, repoListQuery, runListQuery } from '../../contract/queries.ts';
import { AppError } from '../../errors.ts';
import type { Visible } from '../../store/reads.ts';
import type { Ctx, Web } from '../context.ts';
import { checkRepo, repoJson, runJson } from './shapes.ts';

export async function listRepos(ctx: Ctx, web: Web): Promise<void> {
  const { limit, cursor, q } = readQuery(repoListQuery, ctx.query);
  const page = await web.store.listRepos(visibleTo(ctx), limit, cursor ?? null, q ?? null, 1);
  ctx.body = { items: page.items.map((repo) => repoJson(web, repo)), next: page.next };
}

export async function listRuns(ctx: Ctx, web: Web): Promise<void> {
  const { limit, cursor, branch, commit, runKey, status } = readQuery(runListQuery, ctx.query);
  const repo = await web.store.getRepo(ctx.params.repo!, 0);
  if (repo === null) throw new AppError('not_found', 'there is no such repo');
  checkRepo(ctx, { slug: repo.slug, workspaceId: repo.workspaceId });
  const filter = { branch, commit, runKey, outcome: status };
  const page = await web.store.listRuns(repo.slug, filter, limit, cursor ?? null);
  ctx.body = { items: page.items.map((run) => runJson(web, run)), next: page.next };
}

function visibleTo(ctx: Ctx): Visible {
  const { principal } = ctx.state;
  if (principal.kind !== 'key') return { workspaceId: null, patterns: [] };
  return { workspaceId: principal.workspaceId, patterns: principal.repos };
}
