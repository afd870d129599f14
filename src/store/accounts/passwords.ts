import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Db } from '../sqlite.ts';
import { type Actor, record } from './audit.ts';
import { endSessionsBut } from './sessions.ts';
import { hashToken, makeToken, type Random } from './tokens.ts';
import { setPassword, userWith } from './users.ts';

/** The person a link for a new password was made for. */
export type FoundReset = { userId: number; login: string; name: string };

/** Makes a link for a new password; earlier ones of the account end. Throws not_found. */
export function createReset(
  db: Db,
  login: string,
  by: Actor,
  nowMs: number,
  random: Random,
): string {
  const user = userWith(db, login);
  const token = makeToken(random);
  db.prepare('DELETE FROM password_resets WHERE user_id = ? OR expires_at_ms <= ?').run(
    user.id,
    nowMs,
  );
  db.prepare(
    `INSERT INTO password_resets (token_hash, user_id, created_at_ms, expires_at_ms)
     VALUES (?, ?, ?, ?)`,
  ).run(hashToken(token), user.id, nowMs, nowMs + limits.resetLinkMs.value);
  record(db, { action: 'password.reset-link', subject: user.login, workspaceId: null }, by, nowMs);
  return token;
}

/** null: unknown, used or expired. */
export function findReset(db: Db, token: string, nowMs: number): FoundReset | null {
  const row = db
    .prepare<[Buffer, number], FoundReset>(
      `SELECT user_id AS userId, login, name FROM password_resets
       JOIN users ON users.id = user_id
       WHERE token_hash = ? AND expires_at_ms > ? AND removed_at_ms IS NULL`,
    )
    .get(hashToken(token), nowMs);
  return row ?? null;
}

/** Uses the link up, sets the password and ends every session. Throws not_found. */
export function resetPassword(
  db: Db,
  token: string,
  passwordHash: string,
  address: string,
  nowMs: number,
): void {
  const found = findReset(db, token, nowMs);
  if (found === null) throw new AppError('not_found', 'this link was used or has expired');
  setPassword(db, found.userId, passwordHash, nowMs);
  endSessionsBut(db, found.userId, null);
  const by: Actor = { kind: 'user', id: found.userId, name: found.login, address };
  record(db, { action: 'password.reset', subject: found.login, workspaceId: null }, by, nowMs);
}

/** Sets a password and ends every session but the one that asked for it. */
export function changePassword(
  db: Db,
  userId: number,
  passwordHash: string,
  keptSession: number,
  by: Actor,
  nowMs: number,
): void {
  setPassword(db, userId, passwordHash, nowMs);
  endSessionsBut(db, userId, keptSession);
  record(db, { action: 'password.change', subject: by.name, workspaceId: null }, by, nowMs);
}
