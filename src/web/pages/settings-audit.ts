import { auditQuery, readQuery } from '../../contract/queries.ts';
import { auditActions } from '../../domain/audit-actions.ts';
import { limits } from '../../limits.ts';
import { personOf } from '../actor.ts';
import type { Ctx, Web } from '../context.ts';
import { withQuery } from './parts/links.ts';
import { sendSettings, settingsOf } from './parts/settings.ts';

/** GET /settings/audit — who did what, when, from where. */
export async function auditPage(ctx: Ctx, web: Web): Promise<void> {
  const { cursor } = readQuery(auditQuery.pick({ cursor: true }), ctx.query);
  const place = settingsOf(ctx);
  const { workspaceId } = place;
  const scope = { workspaceId, withAppliance: personOf(ctx).isInstanceAdmin };
  const size = limits.auditPerPage.value;
  const page = await web.store.accounts.listAudit(scope, size, cursor ?? null);
  const workspace = ctx.query.workspace === undefined ? undefined : workspaceId;
  const link = (at: string | undefined) => withQuery('/settings/audit', { workspace, cursor: at });
  await sendSettings(ctx, web, 'audit', place, {
    entries: page.items.map((entry) => ({ ...entry, did: auditActions[entry.action] })),
    isAppliance: scope.withAppliance,
    first: cursor === undefined ? null : link(undefined),
    next: page.next === null ? null : link(page.next),
  });
}
