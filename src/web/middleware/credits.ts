import type { Middleware } from 'koa';
import type { State, Web } from '../context.ts';

/** An admitted request of a key costs its workspace one credit; posts of runs are counted by run. */
export function credits(web: Web): Middleware<State> {
  return async (ctx, next) => {
    const { principal } = ctx.state;
    if (principal.kind === 'key') await web.credits.spend(principal.workspaceId);
    await next();
  };
}
