import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { invalidBody } from '../contract/issues.ts';
import { scopes } from '../domain/principal.ts';
import { AppError } from '../errors.ts';
import type { KeyFacts } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { Authenticator } from './authenticate.ts';

export type KeyContext = { store: Store; clock: Clock; authenticator: Authenticator | null };

const newKeySchema = z.object({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(z.enum(scopes)).min(1).default(['ingest', 'read']),
  repos: z
    .array(z.string().regex(/^[\w.*-]+(\/[\w.*-]+)*$/, 'must look like acme/web or acme/*'))
    .default([]),
  expiresAtMs: z.int().min(0).nullable().default(null),
});

export type KeyRequest = z.input<typeof newKeySchema>;

/** Makes a key and returns it whole, once. Throws `invalid_body`. */
export async function createKey({ store, clock }: KeyContext, request: unknown): Promise<string> {
  const parsed = newKeySchema.safeParse(request);
  if (!parsed.success) throw invalidBody(parsed.error, request);
  const nowMs = clock.now();
  if (parsed.data.expiresAtMs !== null && parsed.data.expiresAtMs <= nowMs) {
    throw new AppError('invalid_body', 'expiresAtMs must lie in the future', {
      path: 'expiresAtMs',
    });
  }
  return store.createKey(parsed.data, nowMs);
}

export const listKeys = ({ store }: KeyContext): Promise<KeyFacts[]> => store.listKeys();

/** Revokes at once: the next request with the key is refused. Throws `not_found`. */
export async function revokeKey(
  { store, clock, authenticator }: KeyContext,
  id: number,
): Promise<void> {
  await store.revokeKey(id, clock.now());
  authenticator?.forget(id);
}
