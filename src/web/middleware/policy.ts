import type { Middleware } from 'koa';
import {
  authorize,
  type Policy,
  type Principal,
  scopeFor,
  takesSessions,
} from '../../domain/principal.ts';
import { retryAfterSeconds } from '../../domain/sliding-window.ts';
import { AppError } from '../../errors.ts';
import { clientIp } from '../client-ip.ts';
import type { Ctx, State, Web } from '../context.ts';
import { readSessionCookie } from '../session-cookie.ts';
import { refuseCrossSite } from './csrf.ts';

const anonymous: Principal = { kind: 'anonymous' };

/** Who asks, and whether such a one may use this route at all. The repo is checked where it is known. */
export function requirePolicy(policy: Policy, web: Web): Middleware<State> {
  const takesKeys = policy in scopeFor;
  const takesPeople = takesSessions(policy);
  return async (ctx, next) => {
    ctx.state.principal = anonymous;
    if (takesKeys && (!takesPeople || ctx.req.headers['x-api-key'] !== undefined)) {
      await requireKey(ctx as unknown as Ctx, policy, web);
    } else {
      await requirePerson(ctx as unknown as Ctx, policy, takesKeys, web);
    }
    await next();
  };
}

async function requireKey(ctx: Ctx, policy: Policy, web: Web): Promise<void> {
  try {
    const key = ctx.req.headers['x-api-key'];
    ctx.state.principal = await web.authenticator.principalOf(Array.isArray(key) ? undefined : key);
    decide(policy, ctx.state.principal, noKey);
  } catch (error) {
    throw isRefusal(error)
      ? countFailure(error, web, clientIp(ctx.req, web.trustedProxies))
      : error;
  }
}

/** Without a session it is as without a key, where a key would have done. */
async function requirePerson(ctx: Ctx, policy: Policy, isApi: boolean, web: Web): Promise<void> {
  ctx.state.principal = (await web.sessions.find(readSessionCookie(ctx, web))) ?? anonymous;
  if (ctx.state.principal.kind === 'anonymous' && isApi) return requireKey(ctx, policy, web);
  decide(policy, ctx.state.principal, 'Sign in to see this.');
  if (ctx.method !== 'GET' && ctx.method !== 'HEAD') refuseCrossSite(ctx, web);
}

const noKey = 'missing or invalid API key';

function decide(policy: Policy, principal: Principal, unauthorized: string): void {
  const decision = authorize(principal, policy);
  if (decision === 'unauthorized') throw new AppError('unauthorized', unauthorized);
  if (decision === 'yes') return;
  const isKey = principal.kind === 'key';
  throw new AppError(
    'forbidden',
    isKey
      ? `this key lacks the scope ${policy}`
      : 'Your role does not allow this; an admin of the workspace can do it, or give you another role.',
  );
}

const isRefusal = (error: unknown): error is AppError =>
  error instanceof AppError && (error.code === 'unauthorized' || error.code === 'forbidden');

/** Refusals count against the address, never against a key; good keys behind it go on. */
function countFailure(error: AppError, web: Web, address: string): AppError {
  const take = web.failures.take(address, web.clock.monotonic());
  if (take.admitted) return error;
  return new AppError('rate_limited', 'too many refused requests from this address', {
    retryAfter: retryAfterSeconds(take.retryAfterMs),
  });
}
