import { type Role, roles } from '../../domain/principal.ts';
import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Db } from '../sqlite.ts';
import { type Actor, record } from './audit.ts';
import { putMember } from './members.ts';
import { hashToken, makeToken, type Random } from './tokens.ts';
import { insertUser, type NewUser } from './users.ts';

export type NewInvitation = { workspaceId: number; role: Role; note: string };

/** An invitation as it is made: the only time that its token is seen. */
export type MadeInvitation = { id: number; token: string; expiresAtMs: number };

export type InvitationFacts = {
  id: number;
  role: Role;
  note: string;
  createdBy: string;
  createdAtMs: number;
  expiresAtMs: number;
};

/** What the person who opens the link is told. */
export type FoundInvitation = {
  id: number;
  workspaceId: number;
  workspace: string;
  role: Role;
  createdBy: string;
};

const isOpen = 'used_at_ms IS NULL AND withdrawn_at_ms IS NULL AND expires_at_ms > :now';

/** Throws not_found for the workspace, conflict when too many are open. */
export function createInvitation(
  db: Db,
  { workspaceId, role, note }: NewInvitation,
  by: Actor,
  nowMs: number,
  random: Random,
): MadeInvitation {
  if (db.prepare('SELECT 1 FROM workspaces WHERE id = ?').get(workspaceId) === undefined) {
    throw new AppError('not_found', `there is no workspace ${workspaceId}`);
  }
  const most = limits.invitationsOpen.value;
  if (listInvitations(db, workspaceId, nowMs).length >= most) {
    throw new AppError('conflict', `At most ${most} invitations may be open: withdraw some.`);
  }
  const token = makeToken(random);
  const expiresAtMs = nowMs + limits.invitationMs.value;
  const { lastInsertRowid } = db
    .prepare(
      `INSERT INTO invitations (token_hash, workspace_id, role, note, created_by, created_at_ms,
         expires_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(hashToken(token), workspaceId, role, note, by.name, nowMs, expiresAtMs);
  const subject = note === '' ? role : `${note}: ${role}`;
  record(db, { action: 'invitation.create', subject, workspaceId }, by, nowMs);
  return { id: Number(lastInsertRowid), token, expiresAtMs };
}

/** The open invitations of a workspace, newest first. */
export function listInvitations(db: Db, workspaceId: number, now: number): InvitationFacts[] {
  return db
    .prepare<object, InvitationFacts>(
      `SELECT id, role, note, created_by AS createdBy, created_at_ms AS createdAtMs,
         expires_at_ms AS expiresAtMs
       FROM invitations WHERE workspace_id = :workspaceId AND ${isOpen}
       ORDER BY id DESC LIMIT :most`,
    )
    .all({ workspaceId, now, most: limits.invitationsOpen.value });
}

/** Throws not_found when it is not open any more. */
export function withdrawInvitation(
  db: Db,
  workspaceId: number,
  id: number,
  by: Actor,
  nowMs: number,
): void {
  const note = db
    .prepare<object, string>(
      `UPDATE invitations SET withdrawn_at_ms = :now
       WHERE id = :id AND workspace_id = :workspaceId AND ${isOpen} RETURNING note`,
    )
    .pluck()
    .get({ id, workspaceId, now: nowMs });
  if (note === undefined) throw new AppError('not_found', 'there is no such open invitation');
  record(db, { action: 'invitation.withdraw', subject: note, workspaceId }, by, nowMs);
}

/** null: unknown, used, withdrawn or expired. */
export function findInvitation(db: Db, token: string, now: number): FoundInvitation | null {
  const row = db
    .prepare<object, FoundInvitation>(
      `SELECT invitations.id, workspace_id AS workspaceId, workspaces.name AS workspace, role,
         created_by AS createdBy
       FROM invitations JOIN workspaces ON workspaces.id = workspace_id
       WHERE token_hash = :hash AND ${isOpen}`,
    )
    .get({ hash: hashToken(token), now });
  return row ?? null;
}

/** Makes an account by invitation and returns its id. Throws not_found, and conflict for the login. */
export function joinAnew(
  db: Db,
  token: string,
  user: NewUser,
  address: string,
  nowMs: number,
): number {
  const invitation = openInvitation(db, token, nowMs);
  const id = insertUser(db, user, false, nowMs);
  const by: Actor = { kind: 'user', id, name: user.login, address };
  record(db, { action: 'user.create', subject: user.login, workspaceId: null }, by, nowMs);
  use(db, invitation, by, nowMs);
  return id;
}

/** An account that exists joins by invitation. A role that it has there is never lowered. */
export function joinAs(db: Db, token: string, by: Actor, nowMs: number): void {
  use(db, openInvitation(db, token, nowMs), by, nowMs);
}

function openInvitation(db: Db, token: string, nowMs: number): FoundInvitation {
  const invitation = findInvitation(db, token, nowMs);
  if (invitation !== null) return invitation;
  throw new AppError('not_found', 'this invitation was used, withdrawn, or has expired');
}

function use(db: Db, { id, workspaceId, role }: FoundInvitation, by: Actor, nowMs: number): void {
  db.prepare('UPDATE invitations SET used_at_ms = ?, used_by = ? WHERE id = ?').run(
    nowMs,
    by.id,
    id,
  );
  const former = db
    .prepare<[number, number], Role>(
      'SELECT role FROM memberships WHERE workspace_id = ? AND user_id = ?',
    )
    .pluck()
    .get(workspaceId, by.id!);
  const isMore = former === undefined || roles.indexOf(role) > roles.indexOf(former);
  if (isMore) putMember(db, workspaceId, by.id!, role, nowMs);
  record(db, { action: 'member.join', subject: `${by.name}: ${role}`, workspaceId }, by, nowMs);
}
