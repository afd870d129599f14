import { AppError } from '../../errors.ts';
import type { Ctx, Web } from '../context.ts';

/**
 * Refuses a form that another site made the browser send (docs/decisions/019). Browsers say where
 * a post comes from: Sec-Fetch-Site where the connection is trusted (https, localhost), Origin
 * everywhere. A client that says neither is no browser: with a session it is refused, without one
 * nobody can make it post against its will.
 * A page with a form must not be served with `Referrer-Policy: no-referrer`: its Origin would be null.
 */
export function refuseCrossSite(ctx: Ctx, web: Web): void {
  const site = ctx.get('Sec-Fetch-Site');
  if (site === 'same-origin' || site === 'none') return;
  const origin = ctx.get('Origin');
  const isSilent = site === '' && origin === '';
  if (isSilent && ctx.state.principal.kind === 'anonymous') return;
  if (site === '' && isOurs(origin, ctx, web)) return;
  throw new AppError('forbidden', 'This form was sent from another site.');
}

/** Our own address as the browser sees it, or as configured where a proxy rewrites the Host. */
const isOurs = (origin: string, ctx: Ctx, web: Web): boolean =>
  URL.canParse(origin) &&
  (new URL(origin).host === ctx.host || new URL(origin).origin === new URL(web.baseUrl()).origin);
