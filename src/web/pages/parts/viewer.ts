import { nextPath } from '../../../domain/next-path.ts';
import type { Ctx } from '../../context.ts';
import { withQuery } from './links.ts';

/** Who looks at the page, for its head: their name, or the way to sign in. */
export function viewerOf(ctx: Ctx) {
  const principal = ctx.state.principal ?? { kind: 'anonymous' };
  if (principal.kind === 'session') return { viewer: { name: principal.name }, signInHref: null };
  return { viewer: null, signInHref: ctx.path === '/login' ? null : signInHref(ctx) };
}

/** /login, with the way back where there is one. */
export function signInHref(ctx: Ctx): string {
  const isPage = ctx.method === 'GET' || ctx.method === 'HEAD';
  const next = isPage ? nextPath(ctx.path + ctx.search) : '/';
  return withQuery('/login', { next: next === '/' ? undefined : next });
}
