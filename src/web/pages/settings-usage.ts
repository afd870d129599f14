import { creditsLeft, type Plan } from '../../domain/quota.ts';
import type { Ctx, Web } from '../context.ts';
import { sendSettings, settingsOf } from './parts/settings.ts';

const planWords: Record<Plan, string> = {
  free: 'Monthly credits, shared by API requests and page views. No gate.',
  pro: 'Unlimited. No gate.',
  team: 'Unlimited, with the gate.',
};

/** GET /settings/usage — the plan and what of it is used up this month. */
export async function usagePage(ctx: Ctx, web: Web): Promise<void> {
  const place = settingsOf(ctx);
  const usage = await web.credits.usage(place.workspaceId);
  await sendSettings(ctx, web, 'usage', place, {
    usage,
    left: creditsLeft(usage),
    about: planWords[usage.plan],
    share: usage.limit === null ? null : Math.min(1, usage.used / Math.max(1, usage.limit)),
  });
}
