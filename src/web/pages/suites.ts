import { type SuiteSort, suitesPageQuery } from '../../contract/judged-queries.ts';
import { readQuery } from '../../contract/queries.ts';
import { limits } from '../../limits.ts';
import type { SuiteFacts } from '../../store/judged/repo-reads.ts';
import { repoPath } from '../api/shapes.ts';
import type { Ctx, Web } from '../context.ts';
import { sendCsv } from './parts/csv.ts';
import { type QueryValues, withQuery } from './parts/links.ts';
import { openRepo, repoHeader } from './parts/repo-header.ts';
import { sendPage } from './parts/send-page.ts';
import { headsOf } from './parts/sort-heads.ts';
import { suiteColumns, suiteRow } from './parts/suite-row.ts';

/** GET /r/<slug>/-/suites — the suites, the worst grade first unless asked otherwise. */
export async function suitesPage(ctx: Ctx, web: Web): Promise<void> {
  const { cursor, format, sort, q } = readQuery(suitesPageQuery, ctx.query);
  const repo = await openRepo(ctx, web);
  if (repo === null) return;
  const { slug } = repo;
  const size = limits.testsPerPage.value;
  const found = await web.store.rankSuites(slug, sort, q ?? null, size, cursor ?? null);
  if (format === 'csv') return sendCsv(ctx, `suites-${slug}`, csvHead, found.items.map(csvRow));
  const path = `${repoPath(slug)}/-/suites`;
  const order: SuiteSort | undefined = sort === 'grade' ? undefined : sort;
  const link = (values: QueryValues): string => withQuery(path, { q, sort: order, ...values });
  await sendPage(ctx, web, 'suites', {
    title: `Suites · ${slug}`,
    header: await repoHeader(web, slug, 'suites'),
    path,
    filter: { q },
    order,
    heads: headsOf(suiteColumns, sort, (value) => link({ sort: value })),
    rows: found.items.map((suite) => suiteRow(slug, suite)),
    csv: link({ cursor, format: 'csv' }),
    first: cursor === undefined ? null : link({}),
    next: found.next === null ? null : link({ cursor: found.next }),
  });
}

const csvHead = [
  ...['suite', 'grade', 'score', 'scoreLow', 'scoreHigh', 'falseRed'],
  ...['tests', 'broken', 'flaky', 'durationMs'],
];

function csvRow({ suite, grade, falseRed, tests, states, durationMs }: SuiteFacts) {
  const broken = states.broken + states['always-failing'];
  return [
    ...[suite, grade?.letter ?? null, grade?.score ?? null, grade?.interval.low ?? null],
    ...[grade?.interval.high ?? null, falseRed, tests, broken, states.flaky, durationMs],
  ];
}
