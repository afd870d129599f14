import { flakyPageQuery } from '../../contract/judged-queries.ts';
import { readQuery } from '../../contract/queries.ts';
import { limits } from '../../limits.ts';
import { repoPath } from '../api/shapes.ts';
import type { Ctx, Web } from '../context.ts';
import { format } from '../format.ts';
import { sendCsv } from './parts/csv.ts';
import { type QueryValues, withQuery } from './parts/links.ts';
import { openRepo, repoHeader } from './parts/repo-header.ts';
import { sendPage } from './parts/send-page.ts';
import { headsOf } from './parts/sort-heads.ts';
import { flakyColumns, testCsvHead, testCsvRow } from './parts/test-columns.ts';
import { testRows, weightsOf } from './parts/test-row.ts';

/** GET /r/<slug>/-/flaky — the tests that fail on good code, the costliest first. */
export async function flakyPage(ctx: Ctx, web: Web): Promise<void> {
  const { cursor, format: form, sort, suite, q } = readQuery(flakyPageQuery, ctx.query);
  const repo = await openRepo(ctx, web);
  if (repo === null) return;
  const { slug } = repo;
  const filter = { state: 'flaky', suite, q } as const;
  const [found, figures] = await Promise.all([
    web.store.listTests(slug, filter, sort, limits.testsPerPage.value, cursor ?? null),
    web.store.repoFigures(slug, web.clock.now()),
  ]);
  const { judgement } = figures!;
  const weights = weightsOf(judgement);
  if (form === 'csv') {
    const rows = found.items.map((one) => testCsvRow(one, weights));
    return sendCsv(ctx, `flaky-${slug}`, testCsvHead, rows);
  }
  const path = `${repoPath(slug)}/-/flaky`;
  const order = sort === 'falseRed' ? undefined : sort;
  const link = (values: QueryValues): string =>
    withQuery(path, { suite, q, sort: order, ...values });
  await sendPage(ctx, web, 'flaky', {
    title: `Flaky tests · ${slug}`,
    header: await repoHeader(web, slug, 'flaky'),
    path,
    filter,
    order,
    isJudged: judgement !== null,
    falseRed: judgement === null ? null : format.share(judgement.falseReds.probability),
    flakyTests: judgement?.flakyTests ?? 0,
    suspects: judgement?.states.suspect ?? 0,
    heads: headsOf(flakyColumns, sort, (value) => link({ sort: value })),
    rows: testRows(slug, found.items, weights),
    csv: link({ cursor: ctx.query.cursor as string, format: 'csv' }),
    first: cursor === undefined ? null : link({}),
    next: found.next === null ? null : link({ cursor: found.next }),
  });
}
