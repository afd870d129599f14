import { suiteListQuery, trendQuery } from '../../contract/judged-queries.ts';
import { readQuery, repoListQuery, runListQuery } from '../../contract/queries.ts';
import { type Policy, visibleTo } from '../../domain/principal.ts';
import { AppError } from '../../errors.ts';
import type { RepoFacts } from '../../store/reads.ts';
import type { Ctx, Web } from '../context.ts';
import { repoJudgementJson, standingJson, suiteJson } from './judged-shapes.ts';
import { checkRepo, runJson } from './shapes.ts';

export async function listRepos(ctx: Ctx, web: Web): Promise<void> {
  const { limit, cursor, q } = readQuery(repoListQuery, ctx.query);
  const page = await web.store.listRepos(
    visibleTo(ctx.state.principal),
    limit,
    cursor ?? null,
    q ?? null,
    1,
  );
  const standings = await web.store.repoStandings(page.items.map(({ slug }) => slug));
  const items = page.items.map((repo, i) => standingJson(web, repo, standings[i] ?? null));
  ctx.body = { items, next: page.next };
}

export async function getRepo(ctx: Ctx, web: Web): Promise<void> {
  const repo = await repoOf(ctx, web, 1);
  const figures = await web.store.repoFigures(repo.slug, web.clock.now());
  ctx.body = repoJudgementJson(web, repo, figures!.judgement, figures!.defaultBranch);
}

export async function listRuns(ctx: Ctx, web: Web): Promise<void> {
  const { limit, cursor, branch, commit, runKey, status } = readQuery(runListQuery, ctx.query);
  const repo = await repoOf(ctx, web);
  const filter = { branch, commit, runKey, outcome: status };
  const page = await web.store.listRuns(repo.slug, filter, limit, cursor ?? null);
  ctx.body = { items: page.items.map((run) => runJson(web, run)), next: page.next };
}

export async function listSuites(ctx: Ctx, web: Web): Promise<void> {
  const { limit, cursor } = readQuery(suiteListQuery, ctx.query);
  const repo = await repoOf(ctx, web);
  const { items, ...page } = await web.store.listSuites(repo.slug, limit, cursor ?? null);
  ctx.body = { items: items.map(suiteJson), ...page };
}

export async function getTrend(ctx: Ctx, web: Web): Promise<void> {
  const { metric, days } = readQuery(trendQuery, ctx.query);
  const repo = await repoOf(ctx, web);
  const series = await web.store.dailySeries(repo.slug, metric, days);
  ctx.body = {
    metric,
    unit: series.unit,
    judgedThrough: series.judgedThrough,
    items: series.days.map(({ day, value }) => ({ day: dateOf(day), value })),
    trend: series.trend,
  };
}

/** Days since the epoch → 2026-06-01. */
const dateOf = (day: number): string => new Date(day * 86_400_000).toISOString().slice(0, 10);

/** The repo that the path names, with its newest runs; a 404 where it is not there for who asks. */
export async function repoOf(
  ctx: Ctx,
  web: Web,
  recentRuns = 0,
  policy: Policy = 'read',
): Promise<RepoFacts> {
  const repo = await web.store.getRepo(ctx.params.repo!, recentRuns);
  if (repo === null) throw new AppError('not_found', 'there is no such repo');
  checkRepo(ctx, repo, policy);
  return repo;
}
