import { readQuery, repoPageQuery } from '../../contract/queries.ts';
import { outcomes } from '../../domain/model.ts';
import { limits } from '../../limits.ts';
import type { RunFacts } from '../../store/reads.ts';
import { repoPath, runPath } from '../api/shapes.ts';
import type { Ctx, Web } from '../context.ts';
import { liveHref } from './live.ts';
import { countsInWords, passRate } from './parts/facts.ts';
import { filterLink, withQuery } from './parts/links.ts';
import { requireSight } from './parts/may-see.ts';
import { sendPage } from './parts/send-page.ts';
import { largeStrip, middleStrip, stripOf } from './parts/strip.ts';

/** GET /r/<slug> — one repo: its newest runs as a picture, all of them as a list. */
export async function repoPage(ctx: Ctx, web: Web): Promise<void> {
  const slug = decodeURIComponent(ctx.captures![0]!);
  const { cursor, ...filter } = readQuery(repoPageQuery, ctx.query);
  const repo = await requireSight(ctx, web, await web.store.getRepo(slug, middleStrip.places));
  const path = repoPath(repo.slug);
  if (slug !== repo.slug) return ctx.redirect(path + ctx.search);
  const { branch, commit, runKey, status } = filter;
  const [page, newest] = await Promise.all([
    web.store.listRuns(
      repo.slug,
      { branch, commit, runKey, outcome: status },
      limits.runsPerPage.value,
      cursor ?? null,
    ),
    web.store.listRuns(repo.slug, { branch, commit, runKey }, largeStrip.places, null),
  ]);
  const noun = branch || commit || runKey ? 'matching run' : 'run';
  const nowMs = web.clock.now();
  await sendPage(ctx, web, 'repo', {
    title: repo.slug,
    live: liveHref(repo.slug),
    slug: repo.slug,
    path,
    last: repo.lastRun,
    // A wide and a narrow picture of the same runs; the style sheet shows one of them.
    pictures: [
      { width: 'wide', strip: stripOf(newest.items, largeStrip, nowMs, noun) },
      { width: 'slim', strip: stripOf(newest.items, middleStrip, nowMs, noun) },
    ],
    branches: distinct(repo.recentRuns.map((run) => run.branch)),
    filter,
    isFiltered: Object.values(filter).some((value) => value !== undefined),
    statusLinks: [undefined, ...outcomes].map((value) => ({
      word: value ?? 'all',
      href: withQuery(path, { ...filter, status: value }),
      isCurrent: value === status,
    })),
    rows: page.items.map((run) => rowOf(path, run)),
    first: cursor === undefined ? null : withQuery(path, filter),
    next: page.next === null ? null : withQuery(path, { ...filter, cursor: page.next }),
  });
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
