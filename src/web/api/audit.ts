import { auditQuery, readQuery } from '../../contract/queries.ts';
import type { AuditEntry } from '../../store/accounts/audit.ts';
import { wholeWorkspaceFor } from '../acting-workspace.ts';
import type { Ctx, Web } from '../context.ts';
import { isoOrNull } from './shapes.ts';

/** GET /api/v1/audit: what was done in the workspace; to who runs the appliance, all of it. */
export async function getAudit(ctx: Ctx, web: Web): Promise<void> {
  const { limit, cursor } = readQuery(auditQuery, ctx.query);
  const { principal } = ctx.state;
  const withAppliance = principal.kind === 'session' && principal.isInstanceAdmin;
  const scope = { workspaceId: wholeWorkspaceFor(ctx, 'admin'), withAppliance };
  const page = await web.store.accounts.listAudit(scope, limit, cursor ?? null);
  ctx.body = { items: page.items.map(entryJson), next: page.next };
}

const entryJson = ({ seq, atMs, actor, action, subject }: AuditEntry) => ({
  seq,
  at: isoOrNull(atMs),
  actor: { kind: actor.kind, id: actor.id, name: actor.name },
  action,
  subject,
  address: actor.address,
});
