import type { Middleware } from 'koa';
import type { State, Web } from '../context.ts';

/**
 * An admitted request costs the workspace of its key, or the first one of the person who asks, one
 * credit; posts of runs are counted by run.
 */
export function credits(web: Web): Middleware<State> {
  return async (ctx, next) => {
    const { principal } = ctx.state;
    const payer = principal.kind === 'session' ? principal.memberships[0] : principal;
    if (payer !== undefined && 'workspaceId' in payer) await web.credits.spend(payer.workspaceId);
    await next();
  };
}
