import { createKey, listKeys, revokeKey } from '../../actions/keys.ts';
import { invalidBody } from '../../contract/issues.ts';
import { newKeySchema } from '../../contract/keys.ts';
import { coversPattern } from '../../domain/principal.ts';
import { AppError } from '../../errors.ts';
import type { KeyFacts, NewKey } from '../../store/keys.ts';
import { workspaceFor } from '../acting-workspace.ts';
import { actorOf } from '../actor.ts';
import type { Ctx, Web } from '../context.ts';
import { readJson } from '../middleware/body.ts';
import { isoOrNull } from './shapes.ts';

/** Keys of a workspace. A key that covers some repos only sees and makes only such. */
export async function getKeys(ctx: Ctx, web: Web): Promise<void> {
  const keys = await listKeys(web, workspaceFor(ctx, 'admin'));
  ctx.body = { items: keys.filter((key) => isWithin(ctx, key)).map(keyJson), next: null };
}

export async function postKey(ctx: Ctx, web: Web): Promise<void> {
  const workspaceId = workspaceFor(ctx, 'admin');
  const body = await readJson(ctx);
  const parsed = newKeySchema.safeParse(body);
  if (!parsed.success) throw invalidBody(parsed.error, body);
  if (!isWithin(ctx, parsed.data)) {
    throw new AppError('forbidden', 'a key can give no more than it has', { path: 'repos' });
  }
  const { id, secret } = await createKey(web, { ...parsed.data, workspaceId }, actorOf(ctx, web));
  const made = (await listKeys(web, workspaceId)).find((key) => key.id === id)!;
  ctx.status = 201;
  ctx.body = { ...keyJson(made), key: secret };
}

export async function deleteKey(ctx: Ctx, web: Web): Promise<void> {
  const workspaceId = workspaceFor(ctx, 'admin');
  const id = /^\d{1,15}$/.test(ctx.params.id!) ? Number(ctx.params.id) : -1;
  const found = (await listKeys(web, workspaceId)).find((key) => key.id === id);
  if (found === undefined || !isWithin(ctx, found)) {
    throw new AppError('not_found', 'there is no such key');
  }
  await revokeKey(web, id, workspaceId, actorOf(ctx, web));
  ctx.status = 204;
}

/** Whether what a key may touch lies within what the principal may. */
function isWithin(ctx: Ctx, key: Pick<NewKey, 'repos'>): boolean {
  const { principal } = ctx.state;
  const repos = principal.kind === 'key' ? principal.repos : [];
  return (
    repos.length === 0 ||
    (key.repos.length > 0 && key.repos.every((pattern) => coversPattern(repos, pattern)))
  );
}

function keyJson(key: KeyFacts) {
  const { id, name, last4, scopes, repos } = key;
  return {
    id,
    name,
    last4,
    scopes,
    repos,
    createdAt: isoOrNull(key.createdAtMs),
    expiresAt: isoOrNull(key.expiresAtMs),
    lastUsedAt: isoOrNull(key.lastUsedAtMs),
    revokedAt: isoOrNull(key.revokedAtMs),
  };
}
