import { readQuery, runsPageQuery } from '../../contract/queries.ts';
import { outcomes } from '../../domain/model.ts';
import { limits } from '../../limits.ts';
import type { RunFacts } from '../../store/reads.ts';
import { iso, runPath, runsPath } from '../api/shapes.ts';
import type { Ctx, Web } from '../context.ts';
import { liveHref } from './live.ts';
import { sendCsv } from './parts/csv.ts';
import { countsInWords, passRate } from './parts/facts.ts';
import { filterLink, withQuery } from './parts/links.ts';
import { openRepo, repoHeader } from './parts/repo-header.ts';
import { sendPage } from './parts/send-page.ts';
import { middleStrip, picturesOf } from './parts/strip.ts';

/** GET /r/<slug>/-/runs — the runs of a repo: the newest as a picture, all of them as a list. */
export async function runsPage(ctx: Ctx, web: Web): Promise<void> {
  const { cursor, format, ...filter } = readQuery(runsPageQuery, ctx.query);
  const repo = await openRepo(ctx, web, middleStrip.places);
  if (repo === null) return;
  const path = runsPath(repo.slug);
  const { status, ...which } = filter;
  const size = limits.runsPerPage.value;
  const shown = { ...which, outcome: status };
  const page = await web.store.listRuns(repo.slug, shown, size, cursor ?? null);
  if (format === 'csv') return sendCsv(ctx, `runs-${repo.slug}`, csvHead, page.items.map(csvRow));
  const [header, newest] = await Promise.all([
    repoHeader(web, repo.slug, 'runs'),
    web.store.listRuns(repo.slug, which, limits.runsPictured.value, null),
  ]);
  const isPart = Object.values(which).some((value) => value !== undefined);
  await sendPage(ctx, web, 'runs', {
    title: `Runs · ${repo.slug}`,
    header,
    live: liveHref(repo.slug),
    path,
    pictures: picturesOf(newest.items, web.clock.now(), isPart ? 'matching run' : 'run'),
    branches: distinct(repo.recentRuns.map((run) => run.branch)),
    filter,
    isFiltered: isPart || status !== undefined,
    statusLinks: [undefined, ...outcomes].map((value) => ({
      word: value ?? 'all',
      href: withQuery(path, { ...filter, status: value }),
      isCurrent: value === status,
    })),
    rows: page.items.map((run) => rowOf(path, run)),
    csv: withQuery(path, { ...filter, cursor, format: 'csv' }),
    first: cursor === undefined ? null : withQuery(path, filter),
    next: page.next === null ? null : withQuery(path, { ...filter, cursor: page.next }),
  });
}

const csvHead = [
  ...['id', 'outcome', 'branch', 'commit', 'framework', 'job', 'environment', 'startedAt'],
  ...['total', 'passed', 'failed', 'flaky', 'skipped', 'durationMs'],
];

function csvRow(run: RunFacts) {
  const { id, outcome, branch, commit, framework, job, environment, startedAtMs, summary } = run;
  const { total, passed, failed, flaky, skipped, durationMs } = summary;
  return [
    ...[id, outcome, branch, commit, framework, job, environment, iso(startedAtMs)],
    ...[total, passed, failed, flaky, skipped, durationMs],
  ];
}

function rowOf(path: string, run: RunFacts) {
  return {
    run,
    href: runPath(run.repo, run.id),
    counts: countsInWords(run.summary),
    passRate: passRate(run.summary),
    branchHref: filterLink(path, { branch: run.branch }),
    commitHref: filterLink(path, { commit: run.commit }),
  };
}

const distinct = (values: (string | null)[]): string[] => [
  ...new Set(values.filter((value) => value !== null)),
];
