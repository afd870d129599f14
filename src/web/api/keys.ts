import { createKey, listKeys, revokeKey } from '../../actions/keys.ts';
import { invalidBody } from '../../contract/issues.ts';
import { newKeySchema } from '../../contract/keys.ts';
import { coversPattern } from '../../domain/principal.ts';
import { AppError } from '../../errors.ts';
import type { KeyPrincipal } from '../../store/ingest.ts';
import type { KeyFacts, NewKey } from '../../store/keys.ts';
import type { Ctx, Web } from '../context.ts';
import { readJson } from '../middleware/body.ts';
import { keyOf } from './ingest-request.ts';

/** Keys of the workspace of the key that asks. A key that covers some repos only sees and makes only such. */
export async function getKeys(ctx: Ctx, web: Web): Promise<void> {
  const principal = keyOf(ctx);
  const keys = await listKeys(web, principal.workspaceId);
  ctx.body = { items: keys.filter((key) => isWithin(principal, key)).map(keyJson), next: null };
}

export async function postKey(ctx: Ctx, web: Web): Promise<void> {
  const principal = keyOf(ctx);
  const body = await readJson(ctx);
  const parsed = newKeySchema.safeParse(body);
  if (!parsed.success) throw invalidBody(parsed.error, body);
  if (!isWithin(principal, parsed.data)) {
    throw new AppError('forbidden', 'a key can give no more than it has', { path: 'repos' });
  }
  const { workspaceId } = principal;
  const { id, secret } = await createKey(web, { ...parsed.data, workspaceId });
  const made = (await listKeys(web, workspaceId)).find((key) => key.id === id)!;
  ctx.status = 201;
  ctx.body = { ...keyJson(made), key: secret };
}

export async function deleteKey(ctx: Ctx, web: Web): Promise<void> {
  const principal = keyOf(ctx);
  const id = /^\d{1,15}$/.test(ctx.params.id!) ? Number(ctx.params.id) : -1;
  const found = (await listKeys(web, principal.workspaceId)).find((key) => key.id === id);
  if (found === undefined || !isWithin(principal, found)) {
    throw new AppError('not_found', 'there is no such key');
  }
  await revokeKey(web, id, principal.workspaceId);
  ctx.status = 204;
}

/** Whether what a key may touch lies within what the principal may. */
const isWithin = ({ repos }: KeyPrincipal, key: Pick<NewKey, 'repos'>): boolean =>
  repos.length === 0 ||
  (key.repos.length > 0 && key.repos.every((pattern) => coversPattern(repos, pattern)));

const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function keyJson(key: KeyFacts) {
  const { id, name, last4, scopes, repos } = key;
  return {
    id,
    name,
    last4,
    scopes,
    repos,
    createdAt: iso(key.createdAtMs),
    expiresAt: iso(key.expiresAtMs),
    lastUsedAt: iso(key.lastUsedAtMs),
    revokedAt: iso(key.revokedAtMs),
  };
}
