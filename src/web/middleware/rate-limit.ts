import type { Middleware } from 'koa';
import type { Clock } from '../../clock.ts';
import { retryAfterSeconds } from '../../domain/sliding-window.ts';
import { AppError } from '../../errors.ts';
import type { State, Web } from '../context.ts';

/**
 * The sliding window of an ingest key, decided before the body is read. Every authenticated answer
 * carries the state; a request counts once, when admitted, whatever becomes of it.
 */
export function rateLimit(web: Web): Middleware<State> {
  const { rate, limiter, clock, log } = web;
  if (rate === 'off' || limiter === null) {
    return async (ctx, next) => {
      ctx.set('X-RateLimit-Limit', 'off');
      ctx.state.admittedAtMs = null;
      await next();
    };
  }
  const seconds = rate.windowMs / 1000;
  const tellFull = onceAMinute(clock, () => log.warn('rate_table_full'));
  return async (ctx, next) => {
    const { principal } = ctx.state;
    if (principal.kind !== 'key') throw new AppError('unauthorized', 'missing or invalid API key');
    const take = limiter.take(principal.keyId, clock.monotonic());
    const reset = retryAfterSeconds(take.admitted ? take.resetMs : take.retryAfterMs);
    ctx.set('X-RateLimit-Limit', String(rate.requests));
    ctx.set('X-RateLimit-Window', `${seconds}s`);
    ctx.set('X-RateLimit-Remaining', String(take.remaining));
    ctx.set('RateLimit-Policy', `"ingest";q=${rate.requests};w=${seconds}`);
    ctx.set('RateLimit', `"ingest";r=${take.remaining};t=${reset}`);
    if (!take.admitted) {
      if (take.isTableFull) tellFull();
      throw new AppError('rate_limited', `at most ${rate.requests} requests in ${seconds} s`, {
        retryAfter: reset,
      });
    }
    ctx.state.admittedAtMs = clock.now();
    await next();
  };
}

function onceAMinute(clock: Clock, tell: () => void): () => void {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    if (clock.monotonic() - last < 60_000) return;
    last = clock.monotonic();
    tell();
  };
}
