import type { Ctx, Web } from '../context.ts';
export async function setupPage(ctx: Ctx, web: Web): Promise<void> {
  ctx.body = '';
  void web;
}
export async function finishSetup(ctx: Ctx, web: Web): Promise<void> {
  ctx.body = '';
  void web;
}
