import type { Middleware } from 'koa';
import { authorize, type Policy, scopeFor } from '../../domain/principal.ts';
import { retryAfterSeconds } from '../../domain/sliding-window.ts';
import { AppError } from '../../errors.ts';
import { clientIp } from '../client-ip.ts';
import type { State, Web } from '../context.ts';

/** Who asks, and whether such a one may use this route at all. The repo is checked where it is known. */
export function requirePolicy(policy: Policy, web: Web): Middleware<State> {
  const needsKey = policy in scopeFor;
  return async (ctx, next) => {
    ctx.state.principal = { kind: 'anonymous' };
    if (needsKey) {
      try {
        const key = ctx.req.headers['x-api-key'];
        ctx.state.principal = await web.authenticator.principalOf(
          Array.isArray(key) ? undefined : key,
        );
        decide(policy, ctx.state.principal);
      } catch (error) {
        throw isRefusal(error)
          ? countFailure(error, web, clientIp(ctx.req, web.trustedProxies))
          : error;
      }
    } else decide(policy, ctx.state.principal);
    await next();
  };
}

function decide(policy: Policy, principal: State['principal']): void {
  const decision = authorize(principal, policy);
  if (decision === 'unauthorized') throw new AppError('unauthorized', 'missing or invalid API key');
  if (decision === 'forbidden')
    throw new AppError('forbidden', `this key lacks the scope ${policy}`);
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
