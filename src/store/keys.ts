import { hashKey, makeKey } from '../domain/api-key.ts';
import type { Principal, Scope } from '../domain/principal.ts';
import { AppError } from '../errors.ts';
import { type Actor, record } from './accounts/audit.ts';
import type { Random } from './accounts/tokens.ts';
import type { Db } from './sqlite.ts';

export type NewKey = {
  /** null: the first workspace */
  workspaceId: number | null;
  name: string;
  scopes: readonly Scope[];
  repos: readonly string[];
  expiresAtMs: number | null;
};

/** What may be shown of a key: everything but the key. */
export type KeyFacts = NewKey & {
  id: number;
  workspaceId: number;
  last4: string;
  createdAtMs: number;
  lastUsedAtMs: number | null;
  revokedAtMs: number | null;
};

export type FoundKey = {
  principal: Extract<Principal, { kind: 'key' }>;
  expiresAtMs: number | null;
};

type KeyRow = {
  id: number;
  workspace_id: number;
  last4: string;
  name: string;
  scopes: string;
  repo_patterns: string;
  created_at_ms: number;
  expires_at_ms: number | null;
  last_used_at_ms: number | null;
  revoked_at_ms: number | null;
};

/** The workspace with this id; null stands for the first. Throws not_found. */
function findWorkspace(db: Db, id: number | null): number {
  const found = db
    .prepare<{ id: number | null }, number | null>(
      'SELECT min(id) FROM workspaces WHERE :id IS NULL OR id = :id',
    )
    .pluck()
    .get({ id });
  if (found == null) throw new AppError('not_found', `there is no workspace ${id}`);
  return found;
}

/** A key as it is made: the only time that it is seen whole. */
export type MadeKey = { id: number; secret: string };

/** Throws not_found for an unknown workspace. */
export function insertKey(db: Db, key: NewKey, by: Actor, nowMs: number, random: Random): MadeKey {
  const secret = makeKey(random);
  const workspaceId = findWorkspace(db, key.workspaceId);
  const insert = db.prepare(
    `INSERT INTO api_keys (workspace_id, key_hash, last4, name, scopes, repo_patterns, created_at_ms, expires_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const { lastInsertRowid } = insert.run(
    workspaceId,
    hashKey(secret),
    secret.slice(-4),
    key.name,
    JSON.stringify(key.scopes),
    JSON.stringify(key.repos),
    nowMs,
    key.expiresAtMs,
  );
  const id = Number(lastInsertRowid);
  record(db, { action: 'key.create', subject: titleOf(id, key.name), workspaceId }, by, nowMs);
  return { id, secret };
}

/**
 * Revokes by id, in one workspace or (null) in any. Throws not_found; revoking twice keeps the
 * first time.
 */
export function revokeKey(
  db: Db,
  workspaceId: number | null,
  id: number,
  by: Actor,
  nowMs: number,
): void {
  const found = db
    .prepare<object, { name: string; workspaceId: number }>(
      `UPDATE api_keys SET revoked_at_ms = coalesce(revoked_at_ms, :now)
       WHERE id = :id AND (:workspace IS NULL OR workspace_id = :workspace)
       RETURNING name, workspace_id AS workspaceId`,
    )
    .get({ now: nowMs, id, workspace: workspaceId });
  if (found === undefined) throw new AppError('not_found', `there is no key ${id}`);
  const subject = titleOf(id, found.name);
  record(db, { action: 'key.revoke', subject, workspaceId: found.workspaceId }, by, nowMs);
}

const titleOf = (id: number, name: string): string => `${id} ${name}`;

/** The live key with this hash; the caller checks the expiry against its own clock. */
export function findKey(db: Db, hash: Uint8Array): FoundKey | null {
  const row = db
    .prepare<[Uint8Array], KeyRow>(
      'SELECT * FROM api_keys WHERE key_hash = ? AND revoked_at_ms IS NULL',
    )
    .get(hash);
  if (row === undefined) return null;
  const { name, scopes, repos, expiresAtMs } = toKeyFacts(row);
  return {
    principal: { kind: 'key', keyId: row.id, name, workspaceId: row.workspace_id, scopes, repos },
    expiresAtMs,
  };
}

/** Keys of one workspace or (null) of all, revoked ones too: the first 10,000. */
export function listKeys(db: Db, workspaceId: number | null): KeyFacts[] {
  return db
    .prepare<{ workspace: number | null }, KeyRow>(
      `SELECT * FROM api_keys WHERE :workspace IS NULL OR workspace_id = :workspace
       ORDER BY id LIMIT 10000`,
    )
    .all({ workspace: workspaceId })
    .map(toKeyFacts);
}

function toKeyFacts(row: KeyRow): KeyFacts {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    name: row.name,
    last4: row.last4,
    scopes: JSON.parse(row.scopes) as Scope[],
    repos: JSON.parse(row.repo_patterns) as string[],
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    lastUsedAtMs: row.last_used_at_ms,
    revokedAtMs: row.revoked_at_ms,
  };
}
