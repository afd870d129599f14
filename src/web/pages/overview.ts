import type { Ctx, Web } from '../context.ts';
export async function overviewPage(ctx: Ctx, web: Web): Promise<void> {
  ctx.body = '';
  void web;
}
