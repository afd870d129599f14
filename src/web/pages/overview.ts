import { overviewQuery, type RepoSort, readQuery } from '../../contract/queries.ts';
import { visibleTo } from '../../domain/principal.ts';
import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { RepoLine } from '../../store/overview.ts';
import { incidentsPath, repoPath, runPath } from '../api/shapes.ts';
import type { Ctx, Web } from '../context.ts';
import { format } from '../format.ts';
import { liveHref } from './live.ts';
import { countsInWords } from './parts/facts.ts';
import { sealOf } from './parts/grade.ts';
import { withQuery } from './parts/links.ts';
import { countPageView } from './parts/may-see.ts';
import { sendPage } from './parts/send-page.ts';
import { type Column, headsOf } from './parts/sort-heads.ts';
import { sparklineOf } from './parts/sparkline.ts';
import { smallStrip, smallStripOf } from './parts/strip.ts';

const columns: readonly Column<RepoSort>[] = [
  {
    word: 'Grade',
    sort: 'grade',
    order: 'ascending',
    how: '100 points less what standing failures, red runs, failing cases, skips and slower runs cost; below it the 80 % interval.',
  },
  { word: 'Repo', sort: 'name', order: 'ascending' },
  {
    word: '28 days',
    sort: null,
    how: 'The grade at the end of each day; the line is where F begins.',
  },
  { word: 'Last 30 runs', sort: null, how: 'Height is duration.' },
  {
    word: 'Pass rate',
    sort: 'passRate',
    isNumber: true,
    order: 'ascending',
    how: 'Runs of the default branch without a failure, of the newest 28 days.',
  },
  { word: 'Flaky', sort: 'flaky', isNumber: true, how: 'Tests that are called flaky.' },
  {
    word: 'Incidents',
    sort: 'attention',
    how: 'Those that are open; what needs somebody comes first.',
  },
  { word: 'Last run', sort: 'lastRun', isNumber: true },
];

/** GET / — every repo, how it stands, and which ones need somebody. */
export async function overviewPage(ctx: Ctx, web: Web): Promise<void> {
  const { cursor, q, sort } = readQuery(overviewQuery, ctx.query);
  const { principal } = ctx.state;
  const nowMs = web.clock.now();
  const { items, next, ...overview } = await web.store.overview(visibleTo(principal), {
    sort,
    q: q ?? null,
    limit: limits.reposPerPage.value,
    cursor: cursor ?? null,
    recentRuns: smallStrip.places,
    nowMs,
  });
  if (principal.kind === 'anonymous' && overview.repos === 0) {
    throw new AppError('unauthorized', 'Sign in to see the repos.');
  }
  const own = principal.kind === 'session' ? principal.memberships : [];
  await countPageView(ctx, web, own[0]?.workspaceId);
  const order = sort === 'attention' ? undefined : sort;
  await sendPage(ctx, web, 'overview', {
    title: 'Repos',
    live: liveHref(null),
    q: q ?? '',
    isMember: own.length > 0,
    overview: {
      ...overview,
      firstTroubled: overview.firstTroubled.map((slug) => ({ slug, href: repoPath(slug) })),
    },
    heads: headsOf(columns, sort, (value) =>
      withQuery('/', { q, sort: value === 'attention' ? undefined : value }),
    ),
    rows: items.map((line) => rowOf(line, overview.today)),
    first: cursor === undefined ? null : withQuery('/', { q, sort: order }),
    next: next === null ? null : withQuery('/', { q, sort: order, cursor: next }),
    apiUrl: `${web.baseUrl()}/api/v1/test-runs`,
  });
}

function rowOf(
  { repo, grade, scores, passRate, flakyTests, openIncidents }: RepoLine,
  today: number,
) {
  const { slug, lastRun, recentRuns } = repo;
  return {
    slug,
    href: repoPath(slug),
    seal: sealOf(grade),
    line: sparklineOf(scores, today),
    strip: smallStripOf(recentRuns),
    passRate: passRate === null ? '–' : format.share(passRate),
    flakyTests,
    openIncidents,
    incidentsHref: `${incidentsPath(slug)}?state=open`,
    last: lastRun && {
      run: lastRun,
      href: runPath(slug, lastRun.id),
      counts: countsInWords(lastRun.summary),
    },
  };
}
