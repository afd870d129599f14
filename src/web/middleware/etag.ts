import { createHash } from 'node:crypto';
import type { Middleware } from 'koa';
import type { State } from '../context.ts';

/** A JSON answer carries a tag of its content; who has it already gets 304 without the body. */
export function etag(): Middleware<State> {
  return async (ctx, next) => {
    await next();
    if (ctx.status !== 200 || ctx.body === null || typeof ctx.body !== 'object') return;
    const body = JSON.stringify(ctx.body);
    const digest = createHash('sha256').update(body).digest('base64url').slice(0, 27);
    ctx.set('Cache-Control', 'private, no-cache');
    ctx.type = 'json';
    ctx.body = body;
    ctx.etag = digest;
    if (ctx.fresh) ctx.status = 304;
  };
}
