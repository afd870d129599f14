import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { insertKey, type NewKey } from '../keys.ts';
import type { Db } from '../sqlite.ts';
import { insertWorkspace } from '../workspaces.ts';
import { type Actor, record, theOperator } from './audit.ts';
import { putMember } from './members.ts';
import { hashToken, makeToken, type Random } from './tokens.ts';
import { insertUser, type NewUser } from './users.ts';

export type FirstStart = { setupToken: string; apiKey: string };

/** What a set-up link comes to: the workspace's name and its administrator. */
export type Setup = { workspace: string; user: NewUser };

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
  return { setupToken, apiKey: insertKey(db, first, theOperator, nowMs, random).secret };
}

/** The way back in: a link like that of the first start, to the first workspace. */
export function createSetupLink(db: Db, by: Actor, nowMs: number, random: Random): string {
  const first = db.prepare<[], number>('SELECT min(id) FROM workspaces').pluck().get()!;
  record(db, { action: 'setup.link', subject: '', workspaceId: null }, by, nowMs);
  return insertSetupLink(db, first, nowMs, random);
}

function insertSetupLink(db: Db, workspaceId: number, nowMs: number, random: Random): string {
  const token = makeToken(random);
  db.prepare(
    'INSERT INTO setup_links (token_hash, workspace_id, created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?)',
  ).run(hashToken(token), workspaceId, nowMs, nowMs + limits.setupLinkMs.value);
  return token;
}

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

/**
 * Uses the link up, names the workspace and makes its administrator, who administers the appliance
 * too. Returns the account's id. Throws not_found for a used or unknown link, conflict for a login
 * that is taken.
 */
export function finishSetup(
  db: Db,
  token: string,
  { workspace, user }: Setup,
  address: string,
  nowMs: number,
): number {
  const workspaceId = db
    .prepare<object, number>(
      `UPDATE setup_links SET used_at_ms = :now
       WHERE token_hash = :hash AND used_at_ms IS NULL AND expires_at_ms > :now
       RETURNING workspace_id`,
    )
    .pluck()
    .get({ now: nowMs, hash: hashToken(token) });
  if (workspaceId === undefined) {
    throw new AppError('not_found', 'this set-up link was used or has expired');
  }
  const id = insertUser(db, user, true, nowMs);
  putMember(db, workspaceId, id, 'admin', nowMs);
  const by: Actor = { kind: 'user', id, name: user.login, address };
  record(db, { action: 'user.create', subject: user.login, workspaceId: null }, by, nowMs);
  const { changes } = db
    .prepare('UPDATE workspaces SET name = :workspace WHERE id = :id AND name <> :workspace')
    .run({ workspace, id: workspaceId });
  if (changes > 0) {
    record(db, { action: 'workspace.rename', subject: workspace, workspaceId }, by, nowMs);
  }
  return id;
}
