import type { Role } from '../../domain/principal.ts';
import { AppError } from '../../errors.ts';
import type { Db } from '../sqlite.ts';
import { type Actor, record } from './audit.ts';

/** Makes somebody a member, or gives a member another role. */
export function putMember(
  db: Db,
  workspaceId: number,
  userId: number,
  role: Role,
  nowMs: number,
): void {
  db.prepare(
    `INSERT INTO memberships (user_id, workspace_id, role, since_ms) VALUES (?, ?, ?, ?)
     ON CONFLICT (user_id, workspace_id) DO UPDATE SET role = excluded.role`,
  ).run(userId, workspaceId, role, nowMs);
}

/** Throws not_found, and conflict where it would leave the workspace without an admin. */
export function setRole(
  db: Db,
  workspaceId: number,
  userId: number,
  role: Role,
  by: Actor,
  nowMs: number,
): void {
  const { login, role: former } = memberWith(db, workspaceId, userId);
  putMember(db, workspaceId, userId, role, nowMs);
  if (former === 'admin') keepAnAdmin(db, workspaceId);
  record(db, { action: 'member.role', subject: `${login}: ${role}`, workspaceId }, by, nowMs);
}

/** The account stays; the workspace is closed to it at once. Throws as `setRole`. */
export function removeMember(
  db: Db,
  workspaceId: number,
  userId: number,
  by: Actor,
  nowMs: number,
): void {
  const { login, role } = memberWith(db, workspaceId, userId);
  db.prepare('DELETE FROM memberships WHERE workspace_id = ? AND user_id = ?').run(
    workspaceId,
    userId,
  );
  if (role === 'admin') keepAnAdmin(db, workspaceId);
  record(db, { action: 'member.remove', subject: login, workspaceId }, by, nowMs);
}

function memberWith(db: Db, workspaceId: number, userId: number) {
  const found = db
    .prepare<[number, number], { login: string; role: Role }>(
      `SELECT login, role FROM memberships JOIN users ON users.id = user_id
       WHERE workspace_id = ? AND user_id = ?`,
    )
    .get(workspaceId, userId);
  if (found === undefined) throw new AppError('not_found', 'there is no such member');
  return found;
}

function keepAnAdmin(db: Db, workspaceId: number): void {
  const hasOne = db
    .prepare(`SELECT 1 FROM memberships WHERE workspace_id = ? AND role = 'admin' LIMIT 1`)
    .get(workspaceId);
  if (hasOne === undefined) {
    throw new AppError('conflict', 'A workspace keeps at least one admin: make another one first.');
  }
}
