import { foldLogin } from '../../domain/login.ts';
import type { Membership, Role } from '../../domain/principal.ts';
import { AppError } from '../../errors.ts';
import type { Db } from '../sqlite.ts';
import { type Actor, record } from './audit.ts';

/** What a person chose for a new account; the password is hashed already. */
export type NewUser = { login: string; name: string; passwordHash: string };

/** What sign-in needs; the hash goes no further. */
export type FoundUser = { id: number; login: string; name: string; passwordHash: string };

export type UserFacts = {
  id: number;
  login: string;
  name: string;
  isInstanceAdmin: boolean;
  createdAtMs: number;
  signedInAtMs: number | null;
  memberships: Membership[];
};

export type MemberFacts = Omit<UserFacts, 'memberships'> & { role: Role; sinceMs: number };

/** Whether anybody can sign in at all. */
export const hasUsers = (db: Db): boolean =>
  db.prepare('SELECT 1 FROM users WHERE removed_at_ms IS NULL LIMIT 1').get() !== undefined;

/** By login, ignoring case; null: there is no such account, or no longer. */
export function findUser(db: Db, login: string): FoundUser | null {
  const row = db
    .prepare<[string], FoundUser>(
      `SELECT id, login, name, password_hash AS passwordHash FROM users
       WHERE login_folded = ? AND removed_at_ms IS NULL`,
    )
    .get(foldLogin(login));
  return row ?? null;
}

/** Throws not_found. */
export function userWith(db: Db, login: string): FoundUser {
  const user = findUser(db, login);
  if (user === null) throw new AppError('not_found', `there is no account ${login}`);
  return user;
}

/** Returns the new id. Throws conflict when the login is taken. */
export function insertUser(
  db: Db,
  { login, name, passwordHash }: NewUser,
  isInstanceAdmin: boolean,
  nowMs: number,
): number {
  if (findUser(db, login) !== null) {
    throw new AppError('conflict', 'This user name is taken.', { path: 'login' });
  }
  const { lastInsertRowid } = db
    .prepare(
      `INSERT INTO users (login, login_folded, name, password_hash, is_instance_admin,
         created_at_ms, password_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(login, foldLogin(login), name, passwordHash, isInstanceAdmin ? 1 : 0, nowMs, nowMs);
  return Number(lastInsertRowid);
}

/** Sets the hash; links for a new password end with it. */
export function setPassword(db: Db, userId: number, passwordHash: string, nowMs: number): void {
  db.prepare('UPDATE users SET password_hash = ?, password_at_ms = ? WHERE id = ?').run(
    passwordHash,
    nowMs,
    userId,
  );
  db.prepare('DELETE FROM password_resets WHERE user_id = ?').run(userId);
}

export function rename(db: Db, userId: number, name: string, by: Actor, nowMs: number): void {
  db.prepare('UPDATE users SET name = ? WHERE id = ?').run(name, userId);
  record(db, { action: 'user.rename', subject: name, workspaceId: null }, by, nowMs);
}

/** Nobody signs in with it any more; what it did stays told. Throws not_found. */
export function removeUser(db: Db, login: string, by: Actor, nowMs: number): void {
  const { id, login: shown } = userWith(db, login);
  db.prepare('UPDATE users SET removed_at_ms = ?, is_instance_admin = 0 WHERE id = ?').run(
    nowMs,
    id,
  );
  for (const table of ['sessions', 'memberships', 'password_resets']) {
    db.prepare(`DELETE FROM ${table} WHERE user_id = ?`).run(id);
  }
  record(db, { action: 'user.remove', subject: shown, workspaceId: null }, by, nowMs);
}

type Row = Omit<UserFacts, 'memberships' | 'isInstanceAdmin'> & { isInstanceAdmin: number };

const columns = `users.id, login, name, is_instance_admin AS isInstanceAdmin,
  created_at_ms AS createdAtMs, signed_in_at_ms AS signedInAtMs`;

/** All accounts: the first 10,000. */
export function listUsers(db: Db): UserFacts[] {
  const members = membershipsOf(db);
  return db
    .prepare<[], Row>(
      `SELECT ${columns} FROM users WHERE removed_at_ms IS NULL ORDER BY id LIMIT 10000`,
    )
    .all()
    .map((row) => ({
      ...row,
      isInstanceAdmin: row.isInstanceAdmin === 1,
      memberships: members(row.id),
    }));
}

/** Where a user is a member, by workspace. */
export function membershipsOf(db: Db): (userId: number) => Membership[] {
  const statement = db.prepare<[number], Membership>(
    `SELECT workspace_id AS workspaceId, workspaces.name AS workspace, role
     FROM memberships JOIN workspaces ON workspaces.id = workspace_id
     WHERE user_id = ? ORDER BY workspace_id`,
  );
  return (userId) => statement.all(userId);
}

/** The members of a workspace: the first 10,000. */
export function listMembers(db: Db, workspaceId: number): MemberFacts[] {
  return db
    .prepare<[number], Row & { role: Role; sinceMs: number }>(
      `SELECT ${columns}, role, since_ms AS sinceMs
       FROM memberships JOIN users ON users.id = user_id
       WHERE workspace_id = ? ORDER BY login_folded LIMIT 10000`,
    )
    .all(workspaceId)
    .map((row) => ({ ...row, isInstanceAdmin: row.isInstanceAdmin === 1 }));
}
