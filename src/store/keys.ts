import { createHash } from 'node:crypto';
import { hashKey, makeKey } from '../domain/api-key.ts';
import type { Principal, Scope } from '../domain/principal.ts';
import { AppError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { Db } from './sqlite.ts';

type Random = (bytes: number) => Uint8Array;

export type NewKey = {
  name: string;
  scopes: readonly Scope[];
  repos: readonly string[];
  expiresAtMs: number | null;
};

/** What may be shown of a key: everything but the key. */
export type KeyFacts = NewKey & {
  id: number;
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
  const { lastInsertRowid } = db
    .prepare("INSERT INTO workspaces (name, plan, created_at_ms) VALUES ('Workspace', 'team', ?)")
    .run(nowMs);
  const setupToken = insertSetupLink(db, Number(lastInsertRowid), nowMs, random);
  const first: NewKey = {
    name: 'first key',
    scopes: ['ingest', 'read'],
    repos: [],
    expiresAtMs: null,
  };
  return { setupToken, apiKey: insertKey(db, first, nowMs, random) };
}

function insertSetupLink(db: Db, workspaceId: number, nowMs: number, random: Random): string {
  const token = Buffer.from(random(24)).toString('base64url');
  db.prepare(
    'INSERT INTO setup_links (token_hash, workspace_id, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?)',
  ).run(hashToken(token), workspaceId, nowMs, nowMs + limits.setupLinkMs.value);
  return token;
}

const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

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

/** Makes a key of the first workspace and returns it: the only time it is seen whole. */
export function insertKey(db: Db, key: NewKey, nowMs: number, random: Random): string {
  const secret = makeKey(random);
  db.prepare(
    `INSERT INTO api_keys (workspace_id, key_hash, last4, name, scopes, repo_patterns, created_at_ms, expires_at_ms)
     VALUES ((SELECT min(id) FROM workspaces), ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    hashKey(secret),
    secret.slice(-4),
    key.name,
    JSON.stringify(key.scopes),
    JSON.stringify(key.repos),
    nowMs,
    key.expiresAtMs,
  );
  return secret;
}

/** Revokes by id. Throws not_found; revoking twice keeps the first time. */
export function revokeKey(db: Db, id: number, nowMs: number): void {
  const { changes } = db
    .prepare('UPDATE api_keys SET revoked_at_ms = coalesce(revoked_at_ms, ?) WHERE id = ?')
    .run(nowMs, id);
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

export function listKeys(db: Db): KeyFacts[] {
  return db
    .prepare<[], KeyRow>('SELECT * FROM api_keys ORDER BY id LIMIT 10000')
    .all()
    .map(toKeyFacts);
}

function toKeyFacts(row: KeyRow): KeyFacts {
  return {
    id: row.id,
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
