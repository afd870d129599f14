import { testListQuery } from '../../contract/judged-queries.ts';
import { readQuery } from '../../contract/queries.ts';
import { AppError } from '../../errors.ts';
import type { Ctx, Web } from '../context.ts';
import { testDetailJson, testJson } from './judged-shapes.ts';
import { repoOf } from './repos.ts';

export async function listTests(ctx: Ctx, web: Web): Promise<void> {
  const { limit, cursor, sort, ...filter } = readQuery(testListQuery, ctx.query);
  const { slug } = await repoOf(ctx, web);
  const { items, ...page } = await web.store.listTests(slug, filter, sort, limit, cursor ?? null);
  ctx.body = { items: items.map((test) => testJson(web, slug, test)), ...page };
}

export async function getTest(ctx: Ctx, web: Web): Promise<void> {
  const { slug } = await repoOf(ctx, web);
  const test = await web.store.getTest(slug, ctx.params.testId!);
  if (test === null) throw new AppError('not_found', 'there is no such test');
  ctx.body = testDetailJson(web, slug, test);
}
