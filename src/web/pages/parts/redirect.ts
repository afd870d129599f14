import type { Ctx } from '../../context.ts';

/** After a form: the browser gets the page at `path`, and a reload sends nothing twice. */
export function redirect(ctx: Ctx, path: string): void {
  ctx.status = 303;
  ctx.redirect(path);
}
