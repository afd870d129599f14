import type { Middleware } from 'koa';
import type { State } from '../context.ts';

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ');

/** Headers of every answer; the second wall behind escaping. Names in lower case, as Node keeps them. */
export const headersOfEveryAnswer: Readonly<Record<string, string>> = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

export function securityHeaders(): Middleware<State> {
  return async (ctx, next) => {
    ctx.set(headersOfEveryAnswer);
    await next();
  };
}
