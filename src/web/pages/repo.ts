import { readQuery, repoPageQuery } from '../../contract/queries.ts';
import { limits } from '../../limits.ts';
import { runsPath } from '../api/shapes.ts';
import type { Ctx, Web } from '../context.ts';
import { liveHref } from './live.ts';
import { dailyCharts } from './parts/daily-charts.ts';
import { openRepo, repoHeader } from './parts/repo-header.ts';
import { sendPage } from './parts/send-page.ts';
import { picturesOf } from './parts/strip.ts';

/** GET /r/<slug> — one repo: how it stands, why, and what would raise it. */
export async function repoPage(ctx: Ctx, web: Web): Promise<void> {
  const { days } = readQuery(repoPageQuery, ctx.query);
  const repo = await openRepo(ctx, web, limits.runsPictured.value);
  if (repo === null) return;
  const [header, figures] = await Promise.all([
    repoHeader(web, repo.slug, 'overview'),
    web.store.dailyFigures(repo.slug, days),
  ]);
  await sendPage(ctx, web, 'repo', {
    title: repo.slug,
    live: liveHref(repo.slug),
    header,
    last: repo.lastRun,
    pictures: picturesOf(repo.recentRuns, web.clock.now()),
    runsHref: runsPath(repo.slug),
    charts: dailyCharts(figures, []),
  });
}
