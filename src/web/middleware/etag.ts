import { hash } from 'node:crypto';
import type { Context, Middleware } from 'koa';
import type { State } from '../context.ts';

/** A JSON answer carries a tag of its content; who has it already gets 304 without the body. */
export function etag(): Middleware<State> {
  return async (ctx, next) => {
    await next();
    if (ctx.status !== 200 || ctx.body === null || typeof ctx.body !== 'object') return;
    const body = JSON.stringify(ctx.body);
    ctx.set('Cache-Control', 'private, no-cache');
    ctx.type = 'json';
    answerTagged(ctx, body);
  };
}

/** Answers with a text and a tag of it, or with 304 to who has it already. */
export function answerTagged(ctx: Context, body: string): void {
  const digest = hash('sha256', body, 'base64url').slice(0, 27);
  ctx.body = body;
  ctx.etag = digest;
  if (has(ctx.get('if-none-match'), `"${digest}"`)) ctx.status = 304;
}

/** Whether a list of tags names this one (RFC 9110, 13.1.2); strong and weak count alike. */
const has = (list: string, tag: string): boolean =>
  list === '*' || list.split(',').some((item) => item.trim().replace(/^W\//, '') === tag);
