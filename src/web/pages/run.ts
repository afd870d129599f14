import { readQuery, runPageQuery } from '../../contract/queries.ts';
import { type Outcome, type Summary, statuses, type Warning } from '../../domain/model.ts';
import { foldSlug } from '../../domain/slug.ts';
import { limits } from '../../limits.ts';
import type { OtherCells } from '../../store/matrix.ts';
import type { RunDetail } from '../../store/reads.ts';
import { runPath, runsPath, shardsMissing, testPath } from '../api/shapes.ts';
import type { Ctx, Web } from '../context.ts';
import { format } from '../format.ts';
import { liveHref } from './live.ts';
import { caseRows } from './parts/case-row.ts';
import { countsInWords, passRate } from './parts/facts.ts';
import { failureGroupsOf, originWords } from './parts/failure-groups.ts';
import { filterLink, outwardLink, withQuery } from './parts/links.ts';
import { requireSight } from './parts/may-see.ts';
import { pagerOf } from './parts/pager.ts';
import { repoHeader } from './parts/repo-header.ts';
import { sendPage } from './parts/send-page.ts';

const suitesShown = 8;
const uploadsShown = 50;
/** of more than these only their number is seen at once */
const cellsOpen = 8;
const warningsShown = 20;

/** GET /r/<slug>/-/runs/<id> — one run: what it came to, where it hurts, every case. */
export async function runPage(ctx: Ctx, web: Web): Promise<void> {
  const [slug, id] = ctx.captures!.map(decodeURIComponent) as [string, string];
  const { page, ...filter } = readQuery(runPageQuery, ctx.query);
  const found = await web.store.getRun(id);
  const isThere = found !== null && foldSlug(found.repo) === foldSlug(slug);
  const run = await requireSight(ctx, web, isThere ? found : null, 'There is no such run.');
  const path = runPath(run.repo, run.id);
  if (id !== run.id || slug !== run.repo) return ctx.redirect(path + ctx.search);
  const size = limits.casesPerPage.value;
  const [cases, suites, matrix, header, troubles] = await Promise.all([
    web.store.listCases(run.id, { ...filter, order: 'trouble' }, size, (page - 1) * size),
    web.store.troubledSuites(run.id, suitesShown),
    web.store.otherCells(run.seq, limits.cellsShown.value),
    repoHeader(web, run.repo, 'runs'),
    run.summary.failed > 0 ? web.store.runTroubles(run.id) : null,
  ]);
  const { items, matching, counts } = cases!;
  const link = (values: object): string => withQuery(path, { ...filter, ...values });
  await sendPage(ctx, web, 'run', {
    title: `${run.outcome} · ${run.repo}`,
    run,
    path,
    live: liveHref(run.repo),
    header,
    troubles: troubles && failureGroupsOf(run.repo, run.id, troubles),
    originWords,
    counts: countsInWords(run.summary),
    passRate: passRate(run.summary),
    parts: barParts(run.summary),
    facts: linksOf(run),
    missing: format.ranges(shardsMissing(run)),
    uploads: run.uploadList.slice(0, uploadsShown),
    matrix: matrixOf(run, matrix),
    warnings: groupWarnings(run),
    filter,
    isFiltered: Object.values(filter).some((value) => value !== undefined),
    statusLinks: [undefined, ...statuses].map((status) => ({
      word: status ?? 'all',
      n: status === undefined ? sum(counts) : counts[status],
      href: link({ status }),
      isCurrent: status === filter.status,
    })),
    withoutSuite: link({ suite: undefined }),
    // Worth a line only where troubles gather.
    suites: suites
      .filter(({ failed, flaky }) => failed + flaky > 1)
      .map((suite) => ({ ...suite, href: filterLink(path, { suite: suite.suite }) })),
    rows: caseRows(items).map((row, i) => ({
      ...row,
      href: testPath(run.repo, row.testId),
      origin: (row.status === 'failed' && troubles?.origins?.origins[row.testId]) || null,
      suiteHref: filterLink(path, { status: filter.status, suite: items[i]!.suite }),
      aloneHref: filterLink(path, { suite: items[i]!.suite, q: items[i]!.name.slice(0, 200) }),
    })),
    pager: pagerOf(page, size, matching, (n) => link({ page: n === 1 ? undefined : n })),
  });
}

const sum = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((total, n) => total + n, 0);

/** What a person may follow: the CI run, and the lists of runs that share something with this one. */
function linksOf(run: RunDetail) {
  const path = runsPath(run.repo);
  return {
    ci: outwardLink(run.runUrl),
    branchHref: filterLink(path, { branch: run.branch }),
    commitHref: filterLink(path, { commit: run.commit }),
    runKeyHref: filterLink(path, { runKey: run.runKey }),
  };
}

const worstFirst: Outcome[] = ['failed', 'flaky', 'passed', 'empty'];

/** The cells are told apart by what differs; what none of them says has no column. */
function matrixOf(run: RunDetail, { cells, hasMore }: OtherCells) {
  const count = (outcome: Outcome) => cells.filter((cell) => cell.outcome === outcome).length;
  const words = worstFirst
    .filter((outcome) => count(outcome) > 0)
    .map((outcome) => `${count(outcome)} ${outcome}`);
  return {
    n: hasMore ? `More than ${cells.length}` : format.count(cells.length),
    isOne: cells.length === 1 && !hasMore,
    hasMore,
    words: words.join(', '),
    isOpen: cells.length <= cellsOpen,
    hasEnvironment: cells.some(({ environment }) => environment !== null),
    cells: cells.map((cell) => ({
      ...cell,
      name: cell.job ?? cell.framework ?? 'no job',
      href: runPath(run.repo, cell.id),
    })),
  };
}

const barWidth = 600;
const leastPart = 6;

/** The counts as parts of one bar; a single failure in 10,000 is still seen. */
function barParts(summary: Summary): { status: string; x: number; width: number; n: number }[] {
  const order = (['failed', 'flaky', 'passed', 'skipped'] as const).filter((s) => summary[s] > 0);
  const total = order.reduce((n, status) => n + summary[status], 0);
  const wished = order.map((status) => Math.max(leastPart, (barWidth * summary[status]) / total));
  const scale = barWidth / wished.reduce((n, width) => n + width, 0);
  let x = 0;
  return order.map((status, i) => {
    const width = Math.round(wished[i]! * scale * 10) / 10;
    const part = { status, x, width, n: summary[status] };
    x = Math.round((x + width) * 10) / 10;
    return part;
  });
}

/** Equal oddities of many uploads or cases, once, with where the first one was. */
function groupWarnings({ uploadList }: RunDetail): (Warning & { times: number })[] {
  const groups = new Map<string, Warning & { times: number }>();
  for (const warning of uploadList.flatMap((upload) => upload.warnings)) {
    const group = groups.get(warning.code);
    if (group === undefined) groups.set(warning.code, { ...warning, times: 1 });
    else group.times++;
  }
  return [...groups.values()].slice(0, warningsShown).map((group) => ({
    ...group,
    message: format.middle(format.visible(group.message), 300),
    path: group.path && format.middle(format.visible(group.path), 100),
  }));
}
