import { readQuery, repoPageQuery } from '../../contract/queries.ts';
import { limits } from '../../limits.ts';
import type { IncidentLine } from '../../store/judged/incident-reads.ts';
import type { DefaultBranch } from '../../store/judged/repo-reads.ts';
import { repoPath } from '../api/shapes.ts';
import type { Ctx, Web } from '../context.ts';
import { format } from '../format.ts';
import { liveHref } from './live.ts';
import { dailyCharts } from './parts/daily-charts.ts';
import { gradeCard } from './parts/grade-card.ts';
import { incidentRow, incidentSpans } from './parts/incident-row.ts';
import { withQuery } from './parts/links.ts';
import { openRepo, repoHeader } from './parts/repo-header.ts';
import { sendPage } from './parts/send-page.ts';
import { headsOf } from './parts/sort-heads.ts';
import { picturesOf } from './parts/strip.ts';
import { suiteColumns, suiteRow } from './parts/suite-row.ts';
import { flakiestColumns } from './parts/test-columns.ts';
import { testRows, weightsOf } from './parts/test-row.ts';

const rowsShown = 5;
const incidentsRead = 50;
/** marks that a chart bears */
const spansShown = 9;
const dayMs = 86_400_000;

/** GET /r/<slug> — one repo: how it stands, why, and what would raise it. */
export async function repoPage(ctx: Ctx, web: Web): Promise<void> {
  const { days } = readQuery(repoPageQuery, ctx.query);
  const repo = await openRepo(ctx, web, limits.runsPictured.value);
  if (repo === null) return;
  const { slug } = repo;
  const nowMs = web.clock.now();
  const [header, figures, series, incidents, flaky, suites] = await Promise.all([
    repoHeader(web, slug, 'overview'),
    web.store.repoFigures(slug, nowMs),
    web.store.dailyFigures(slug, days),
    web.store.listIncidents(slug, {}, incidentsRead, null),
    web.store.listTests(slug, { state: 'flaky' }, 'flakeRate', rowsShown, null),
    web.store.rankSuites(slug, 'grade', null, rowsShown, null),
  ]);
  const { judgement, defaultBranch } = figures!;
  const path = repoPath(slug);
  const inWindow = incidentsIn(incidents.items, (series[0]?.day ?? 0) * dayMs);
  const causes = judgement?.falseReds.causes;
  await sendPage(ctx, web, 'repo', {
    title: slug,
    live: liveHref(slug),
    header,
    path,
    last: repo.lastRun,
    apiUrl: `${web.baseUrl()}/api/v1/test-runs`,
    slug,
    branch: branchWords(defaultBranch),
    card: gradeCard(slug, judgement),
    pictures: picturesOf(repo.recentRuns, nowMs),
    // One day is no line.
    charts: series.length < 2 ? [] : dailyCharts(series, incidentSpans(inWindow)),
    marked: inWindow,
    windows: [28, 90].map((n) => ({
      word: `${n} days`,
      href: withQuery(path, { days: n === 90 ? undefined : n }),
      isCurrent: n === days,
    })),
    open: incidents.items
      .filter(({ isOpen }) => isOpen)
      .slice(0, rowsShown)
      .map(incidentRow),
    flaky: testRows(slug, flaky.items, weightsOf(judgement)),
    flakyHeads: headsOf(flakiestColumns, null, null),
    suiteHeads: headsOf(suiteColumns, null, null),
    causes:
      causes && causes.tests > 0 && causes.tests <= 20
        ? `${format.plural(causes.tests, 'test makes', 'tests make')} ${format.share(causes.share)} of the false reds`
        : null,
    badge: badgeLine(web.baseUrl(), slug),
    isPublic: repo.isPublic,
    suites: suites.items.map((suite) => suiteRow(slug, suite)),
  });
}

/** Markdown that shows the grade in a README and leads here. */
const badgeLine = (baseUrl: string, slug: string): string =>
  `[![tests](${baseUrl}/badge/${slug}.svg)](${baseUrl}${repoPath(slug)})`;

/** Those that were open at some time since then, the newest few, the oldest first. */
function incidentsIn(newestFirst: readonly IncidentLine[], fromMs: number) {
  return newestFirst
    .filter(({ isOpen, resolvedAtMs }) => isOpen || (resolvedAtMs ?? 0) >= fromMs)
    .slice(0, spansShown)
    .reverse()
    .map(incidentRow);
}

function branchWords({ value, decidedBy, sinceMs }: DefaultBranch) {
  if (value === null) return { name: null, how: 'No upload named a branch; all runs count.' };
  const how =
    decidedBy === 'person'
      ? `Somebody chose it as the default branch${sinceMs === null ? '' : ` from ${format.date(sinceMs)} on`}.`
      : 'The default branch as the uploads settled it: main, else master, else the most seen after 20 runs.';
  return { name: format.middle(format.visible(value), 60), how };
}
