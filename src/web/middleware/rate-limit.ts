import type { Middleware } from 'koa';
import type { Clock } from '../../clock.ts';
import type { Rate } from '../../config.ts';
import { retryAfterSeconds, type Take } from '../../domain/sliding-window.ts';
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
  const tellFull = onceAMinute(clock, () => log.warn('rate_table_full'));
  return async (ctx, next) => {
    const { principal } = ctx.state;
    if (principal.kind !== 'key') throw new AppError('unauthorized', 'missing or invalid API key');
    const take = limiter.take(principal.keyId, clock.monotonic());
    const headers = rateHeaders(rate, take);
    for (let i = 0; i < headers.length; i += 2) ctx.set(headers[i]!, headers[i + 1]!);
    if (!take.admitted) {
      if (take.isTableFull) tellFull();
      const seconds = rate.windowMs / 1000;
      throw new AppError('rate_limited', `at most ${rate.requests} requests in ${seconds} s`, {
        retryAfter: resetOf(take),
      });
    }
    ctx.state.admittedAtMs = clock.now();
    await next();
  };
}

/** The state of the window, as name, value, name, value; `take` is null where there is no limit. */
export function rateHeaders(rate: Rate, take: Take | null): string[] {
  if (rate === 'off' || take === null) return ['X-RateLimit-Limit', 'off'];
  const { requests, windowMs } = rate;
  const seconds = windowMs / 1000;
  return [
    'X-RateLimit-Limit',
    String(requests),
    'X-RateLimit-Window',
    `${seconds}s`,
    'X-RateLimit-Remaining',
    String(take.remaining),
    'RateLimit-Policy',
    `"ingest";q=${requests};w=${seconds}`,
    'RateLimit',
    `"ingest";r=${take.remaining};t=${resetOf(take)}`,
  ];
}

const resetOf = (take: Take): number =>
  retryAfterSeconds(take.admitted ? take.resetMs : take.retryAfterMs);

function onceAMinute(clock: Clock, tell: () => void): () => void {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    if (clock.monotonic() - last < 60_000) return;
    last = clock.monotonic();
    tell();
  };
}
