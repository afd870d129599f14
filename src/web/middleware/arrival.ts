import type { Middleware } from 'koa';
import { answerClientError } from '../client-error.ts';
import type { State } from '../context.ts';

/**
 * A body must have come whole within this. The server itself has to wait as long as a streamed
 * report may take; whoever is late here is told the same in the same way.
 */
export function arrival(withinMs: number): Middleware<State> {
  return async (ctx, next) => {
    const { req } = ctx;
    const end = () => {
      if (!req.complete) answerClientError({ code: 'ERR_HTTP_REQUEST_TIMEOUT' }, req.socket);
    };
    const late = setTimeout(end, withinMs);
    try {
      await next();
    } finally {
      clearTimeout(late);
    }
  };
}

/** A body that streams in may pause, as long as it has come whole within this. */
export function leisure(withinMs: number): Middleware<State> {
  return (ctx, next) => {
    ctx.req.setTimeout(withinMs);
    return next();
  };
}
