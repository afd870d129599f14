import { hash } from 'node:crypto';
import { hashKey, makeKey } from '../domain/api-key.ts';
import type { Principal, Scope } from '../domain/principal.ts';
import { AppError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Db } from './sqlite.ts';
import { insertWorkspace } from './workspaces.ts';

type Random = (bytes: number) => Uint8Array;

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

export type FirstStart = { setupToken: string; apiKey: string };

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

/** On an empty database: a workspace, its set-up link and its first key. Else null. */
export function firstStart(db: Db, nowMs: number, random: Random): FirstStart | null {
  const hasWorkspace = db.prepare('SELECT 1 FROM workspaces LIMIT 1').get() !== undefined;
  if (hasWorkspace) return null;
  const workspaceId = insertWorkspace(db, 'Workspace', nowMs);
  const setupToken = insertSetupLink(db, workspaceId, nowMs, random);
  const first: NewKey = {
    workspaceId,
    name: 'first key',
    scopes: ['ingest', 'read'],
    repos: [],
    expiresAtMs: null,
  };
  return { setupToken, apiKey: insertKey(db, first, nowMs, random).secret };
}

function insertSetupLink(db: Db, workspaceId: number, nowMs: number, random: Random): string {
  const token = Buffer.from(random(24)).toString('base64url');
  db.prepare(
    'INSERT INTO setup_links (token_hash, workspace_id, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?)',
  ).run(hashToken(token), workspaceId, nowMs, nowMs + limits.setupLinkMs.value);
  return token;
}

const hashToken = (token: string): Buffer => hash('sha256', token, 'buffer');

/** The name of the workspace that an unused, unexpired set-up link opens; else null. */
export function findSetup(db: Db, token: string, nowMs: number): { workspace: string } | null {
  const row = db
    .prepare<[Buffer, number], { workspace: string }>(
      `SELECT name AS workspace FROM setup_links JOIN workspaces ON workspaces.id = workspace_id
       WHERE token_hash = ? AND used_at_ms IS NULL AND expires_at_ms > ?`,
    )
    .get(hashToken(token), nowMs);
  return row ?? null;
}

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

/** Uses the link up and names the workspace. Throws not_found for a used or unknown link. */
export function finishSetup(db: Db, token: string, workspace: string, nowMs: number): void {
  const { changes } = db
    .prepare(
      'UPDATE setup_links SET used_at_ms = ? WHERE token_hash = ? AND used_at_ms IS NULL AND expires_at_ms > ?',
    )
    .run(nowMs, hashToken(token), nowMs);
  if (changes === 0) throw new AppError('not_found', 'this set-up link was used or has expired');
  db.prepare(
    'UPDATE workspaces SET name = ? WHERE id = (SELECT workspace_id FROM setup_links WHERE token_hash = ?)',
  ).run(workspace, hashToken(token));
}

/** A key as it is made: the only time that it is seen whole. */
export type MadeKey = { id: number; secret: string };

/** Throws not_found for an unknown workspace. */
export function insertKey(db: Db, key: NewKey, nowMs: number, random: Random): MadeKey {
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
  return { id: Number(lastInsertRowid), secret };
}

/**
 * Revokes by id, in one workspace or (null) in any. Throws not_found; revoking twice keeps the
 * first time.
 */
export function revokeKey(db: Db, workspaceId: number | null, id: number, nowMs: number): void {
  const { changes } = db
    .prepare(
      `UPDATE api_keys SET revoked_at_ms = coalesce(revoked_at_ms, :now)
       WHERE id = :id AND (:workspace IS NULL OR workspace_id = :workspace)`,
    )
    .run({ now: nowMs, id, workspace: workspaceId });
  if (changes === 0) throw new AppError('not_found', `there is no key ${id}`);
}

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
