import type { Ctx, Web } from '../context.ts';
export async function repoPage(ctx: Ctx, web: Web): Promise<void> {
  ctx.body = '';
  void web;
}
