import { openApiDocument } from '../../contract/openapi.ts';
import { AppError } from '../../errors.ts';
import { version } from '../../version.ts';
import type { Ctx, Web } from '../context.ts';

export function getOpenApi(ctx: Ctx, web: Web): void {
  ctx.set('Access-Control-Allow-Origin', '*');
  ctx.set('Cross-Origin-Resource-Policy', 'cross-origin');
  ctx.set('Cache-Control', 'public, max-age=300');
  ctx.body = openApiDocument(version, web.baseUrl());
}

export function healthz(ctx: Ctx): void {
  ctx.body = { status: 'ok' };
}

export function readyz(ctx: Ctx, web: Web): void {
  if (web.isDraining()) throw new AppError('draining', 'shutting down', { retryAfter: 5 });
  const { refusal } = web.store;
  if (refusal !== null) throw new AppError('not_ready', refusal, { retryAfter: 5 });
  ctx.body = { status: 'ready' };
}
