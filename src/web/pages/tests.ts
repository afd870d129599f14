import { testsPageQuery } from '../../contract/judged-queries.ts';
import { readQuery } from '../../contract/queries.ts';
import { healths } from '../../domain/health.ts';
import { limits } from '../../limits.ts';
import { repoPath } from '../api/shapes.ts';
import type { Ctx, Web } from '../context.ts';
import { sendCsv } from './parts/csv.ts';
import { type QueryValues, withQuery } from './parts/links.ts';
import { openRepo, repoHeader } from './parts/repo-header.ts';
import { sendPage } from './parts/send-page.ts';
import { headsOf } from './parts/sort-heads.ts';
import { testColumns, testCsvHead, testCsvRow } from './parts/test-columns.ts';
import { testRows, weightsOf } from './parts/test-row.ts';

/** GET /r/<slug>/-/tests — every test with its state, the worst first unless asked otherwise. */
export async function testsPage(ctx: Ctx, web: Web): Promise<void> {
  const { cursor, format, sort, ...filter } = readQuery(testsPageQuery, ctx.query);
  const repo = await openRepo(ctx, web);
  if (repo === null) return;
  const { slug } = repo;
  const size = limits.testsPerPage.value;
  const [found, figures] = await Promise.all([
    web.store.listTests(slug, filter, sort, size, cursor ?? null),
    web.store.repoFigures(slug, web.clock.now()),
  ]);
  const { judgement } = figures!;
  const weights = weightsOf(judgement);
  if (format === 'csv') {
    const rows = found.items.map((one) => testCsvRow(one, weights));
    return sendCsv(ctx, `tests-${slug}`, testCsvHead, rows);
  }
  const path = `${repoPath(slug)}/-/tests`;
  const { state, slow, suite, q } = filter;
  const asked = { state, slow: slow === undefined ? undefined : Number(slow), suite, q };
  const order = sort === 'state' ? undefined : sort;
  const link = (values: QueryValues): string =>
    withQuery(path, { ...asked, sort: order, ...values });
  const states = judgement?.states ?? {};
  await sendPage(ctx, web, 'tests', {
    title: `Tests · ${slug}`,
    header: await repoHeader(web, slug, 'tests'),
    path,
    filter,
    order,
    isFiltered: Object.values(asked).some((value) => value !== undefined),
    isJudged: judgement !== null,
    stateLinks: [undefined, ...healths.filter((one) => one === state || states[one])].map(
      (value) => ({
        word: value?.replace('-', ' ') ?? 'all',
        n: value === undefined ? sum(states) : (states[value] ?? 0),
        href: link({ state: value }),
        isCurrent: value === state,
      }),
    ),
    slowLink: { href: link({ slow: slow === true ? undefined : 1 }), isCurrent: slow === true },
    withoutSuite: link({ suite: undefined }),
    heads: headsOf(testColumns, sort, (value) => link({ sort: value })),
    rows: testRows(slug, found.items, weights),
    csv: link({ cursor: ctx.query.cursor as string, format: 'csv' }),
    first: cursor === undefined ? null : link({}),
    next: found.next === null ? null : link({ cursor: found.next }),
  });
}

const sum = (counts: Record<string, number>): number =>
  Object.values(counts).reduce((total, n) => total + n, 0);
