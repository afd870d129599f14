import { overviewQuery, readQuery } from '../../contract/queries.ts';
import { visibleTo } from '../../domain/principal.ts';
import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { RepoFacts } from '../../store/reads.ts';
import { repoPath, runPath } from '../api/shapes.ts';
import type { Ctx, Web } from '../context.ts';
import { liveHref } from './live.ts';
import { countsInWords, passRate } from './parts/facts.ts';
import { withQuery } from './parts/links.ts';
import { countPageView } from './parts/may-see.ts';
import { sendPage } from './parts/send-page.ts';
import { smallStrip, stripOf } from './parts/strip.ts';

/** GET / — every repo, how it went lately, and which ones need somebody. */
export async function overviewPage(ctx: Ctx, web: Web): Promise<void> {
  const { cursor, q } = readQuery(overviewQuery, ctx.query);
  const limit = limits.reposPerPage.value;
  const { principal } = ctx.state;
  const visible = visibleTo(principal);
  const [overview, page] = await Promise.all([
    web.store.overview(visible),
    web.store.listRepos(visible, limit, cursor ?? null, q ?? null, smallStrip.places),
  ]);
  if (principal.kind === 'anonymous' && overview.repos === 0) {
    throw new AppError('unauthorized', 'Sign in to see the repos.');
  }
  const own = principal.kind === 'session' ? principal.memberships : [];
  await countPageView(ctx, web, own[0]?.workspaceId);
  const nowMs = web.clock.now();
  await sendPage(ctx, web, 'overview', {
    title: 'Repos',
    live: liveHref(null),
    q: q ?? '',
    isMember: own.length > 0,
    overview: {
      ...overview,
      firstFailing: overview.firstFailing.map((slug) => ({ slug, href: repoPath(slug) })),
    },
    rows: page.items.map((repo) => rowOf(repo, nowMs)),
    first: cursor === undefined ? null : withQuery('/', { q }),
    next: page.next === null ? null : withQuery('/', { q, cursor: page.next }),
    apiUrl: `${web.baseUrl()}/api/v1/test-runs`,
  });
}

function rowOf(repo: RepoFacts, nowMs: number) {
  const { slug, lastRun, recentRuns } = repo;
  return {
    slug,
    href: repoPath(slug),
    strip: stripOf(recentRuns, smallStrip, nowMs),
    last: lastRun && {
      run: lastRun,
      href: runPath(slug, lastRun.id),
      counts: countsInWords(lastRun.summary),
      passRate: passRate(lastRun.summary),
    },
  };
}
