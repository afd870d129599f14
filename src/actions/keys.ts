import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { invalidBody } from '../contract/issues.ts';
import { newKeySchema } from '../contract/keys.ts';
import { AppError } from '../errors.ts';
import { type Actor, theOperator } from '../store/accounts/audit.ts';
import type { KeyFacts, MadeKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { Authenticator } from './authenticate.ts';

export type KeyContext = { store: Store; clock: Clock; authenticator: Authenticator | null };

/** What the command line says: any workspace. */
const anyKeySchema = newKeySchema.extend({ workspaceId: z.int().min(1).nullable().default(null) });

export type KeyRequest = z.input<typeof anyKeySchema>;

/** Makes a key and returns it whole, once. Throws `invalid_body`, `not_found` for the workspace. */
export async function createKey(
  { store, clock }: KeyContext,
  request: unknown,
  by: Actor = theOperator,
): Promise<MadeKey> {
  const parsed = anyKeySchema.safeParse(request);
  if (!parsed.success) throw invalidBody(parsed.error, request);
  const { expiresAt, ...key } = parsed.data;
  const nowMs = clock.now();
  const expiresAtMs = expiresAt === null ? null : Date.parse(expiresAt);
  if (expiresAtMs !== null && expiresAtMs <= nowMs) {
    throw new AppError('invalid_body', 'expiresAt must lie in the future', { path: 'expiresAt' });
  }
  return store.createKey({ ...key, expiresAtMs }, nowMs, by);
}

export const listKeys = (
  { store }: KeyContext,
  workspaceId: number | null = null,
): Promise<KeyFacts[]> => store.listKeys(workspaceId);

/** Revokes at once: the next request with the key is refused. Throws `not_found`. */
export async function revokeKey(
  { store, clock, authenticator }: KeyContext,
  id: number,
  workspaceId: number | null = null,
  by: Actor = theOperator,
): Promise<void> {
  await store.revokeKey(workspaceId, id, clock.now(), by);
  authenticator?.forget(id);
}
