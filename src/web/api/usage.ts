import { creditsLeft } from '../../domain/quota.ts';
import { workspaceFor } from '../acting-workspace.ts';
import type { Ctx, Web } from '../context.ts';

/** GET /api/v1/usage: plan and credits of the workspace, this request included. */
export async function getUsage(ctx: Ctx, web: Web): Promise<void> {
  const usage = await web.credits.usage(workspaceFor(ctx, 'read'));
  ctx.body = {
    plan: usage.plan,
    creditsUsed: usage.used,
    creditsLimit: usage.limit,
    creditsLeft: creditsLeft(usage),
    resetAt: new Date(usage.resetAtMs).toISOString(),
  };
}
