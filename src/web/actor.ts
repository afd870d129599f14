import type { SessionPrincipal } from '../domain/principal.ts';
import { AppError } from '../errors.ts';
import type { Actor } from '../store/accounts/audit.ts';
import type { SignInPlace } from '../store/accounts/sessions.ts';
import { clientIp } from './client-ip.ts';
import type { Ctx, Web } from './context.ts';

const agentLength = 200;

/** Who asks, as the audit log names them. */
export function actorOf(ctx: Ctx, web: Web): Actor {
  const { principal } = ctx.state;
  const address = addressOf(ctx, web);
  switch (principal.kind) {
    case 'key':
      return { kind: 'key', id: principal.keyId, name: principal.name, address };
    case 'session':
      return { kind: 'user', id: principal.userId, name: principal.login, address };
    case 'anonymous':
      return { kind: 'nobody', id: null, name: 'nobody', address };
  }
}

export const addressOf = (ctx: Ctx, web: Web): string => clientIp(ctx.req, web.trustedProxies);

export const signInPlace = (ctx: Ctx, web: Web): SignInPlace => ({
  address: addressOf(ctx, web),
  agent: ctx.get('User-Agent').slice(0, agentLength),
});

/** The person who asks; a route with the policy `account` has one. */
export function personOf(ctx: Ctx): SessionPrincipal {
  const { principal } = ctx.state;
  if (principal.kind !== 'session') throw new AppError('unauthorized', 'Sign in first.');
  return principal;
}
