import { invite } from '../../actions/accounts/links.ts';
import { invalidBody } from '../../contract/issues.ts';
import { newInvitationSchema, roleSchema } from '../../contract/users.ts';
import type { MemberFacts } from '../../store/accounts/users.ts';
import { wholeWorkspaceFor } from '../acting-workspace.ts';
import { actorOf } from '../actor.ts';
import type { Ctx, Web } from '../context.ts';
import { readJson } from '../middleware/body.ts';
import { isoOrNull } from './shapes.ts';

/** GET /api/v1/users: the members of the workspace. */
export async function getUsers(ctx: Ctx, web: Web): Promise<void> {
  const members = await web.store.accounts.listMembers(wholeWorkspaceFor(ctx, 'admin'));
  ctx.body = { items: members.map(memberJson), next: null };
}

/** POST /api/v1/users: a link that makes one account; accounts are made by people only. */
export async function postUser(ctx: Ctx, web: Web): Promise<void> {
  const workspaceId = wholeWorkspaceFor(ctx, 'admin');
  const body = await readJson(ctx);
  const parsed = newInvitationSchema.safeParse(body);
  if (!parsed.success) throw invalidBody(parsed.error, body);
  const made = await invite(web, { ...parsed.data, workspaceId }, actorOf(ctx, web));
  ctx.status = 201;
  ctx.body = {
    id: made.id,
    ...parsed.data,
    url: web.baseUrl() + made.path,
    expiresAt: isoOrNull(made.expiresAtMs),
  };
}

/** PUT /api/v1/users/{id}: another role. */
export async function putUser(ctx: Ctx, web: Web): Promise<void> {
  const workspaceId = wholeWorkspaceFor(ctx, 'admin');
  const body = await readJson(ctx);
  const parsed = roleSchema.safeParse(body);
  if (!parsed.success) throw invalidBody(parsed.error, body);
  const id = idOf(ctx);
  const by = actorOf(ctx, web);
  await web.store.accounts.setRole(workspaceId, id, parsed.data.role, by, web.clock.now());
  const members = await web.store.accounts.listMembers(workspaceId);
  ctx.body = memberJson(members.find((member) => member.id === id)!);
}

/** DELETE /api/v1/users/{id}: no member any more; the account stays. */
export async function deleteUser(ctx: Ctx, web: Web): Promise<void> {
  const workspaceId = wholeWorkspaceFor(ctx, 'admin');
  const by = actorOf(ctx, web);
  await web.store.accounts.removeMember(workspaceId, idOf(ctx), by, web.clock.now());
  ctx.status = 204;
}

const idOf = (ctx: Ctx): number => (/^\d{1,15}$/.test(ctx.params.id!) ? Number(ctx.params.id) : -1);

const memberJson = ({ id, login, name, role, sinceMs, signedInAtMs }: MemberFacts) => ({
  id,
  login,
  name,
  role,
  since: isoOrNull(sinceMs),
  signedInAt: isoOrNull(signedInAtMs),
});
