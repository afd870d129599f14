import type { Membership, SessionPrincipal } from '../../domain/principal.ts';
import { AppError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import type { Db } from '../sqlite.ts';
import { type Actor, record } from './audit.ts';
import { hashToken, makeToken, type Random } from './tokens.ts';
import { membershipsOf } from './users.ts';

/** Where somebody signs in from. */
export type SignInPlace = { address: string; agent: string };

export type FoundSession = {
  principal: SessionPrincipal;
  createdAtMs: number;
  seenAtMs: number;
};

export type SessionFacts = SignInPlace & { id: number; createdAtMs: number; seenAtMs: number };

/** Sessions that have not ended, at the instant `:now`. */
const isLive = `sessions.created_at_ms > :now - ${limits.sessionMs.value}
  AND sessions.seen_at_ms > :now - ${limits.sessionIdleMs.value}`;

type Row = Omit<SessionPrincipal, 'kind' | 'memberships' | 'isInstanceAdmin'> & {
  isInstanceAdmin: number;
  createdAtMs: number;
  seenAtMs: number;
};

/** Looks a session up by its token; null: none, ended, or its account was removed. */
export function sessionFinder(db: Db): (token: string, nowMs: number) => FoundSession | null {
  const find = db.prepare<{ hash: Buffer; now: number }, Row>(
    `SELECT sessions.id AS sessionId, users.id AS userId, login, name,
       is_instance_admin AS isInstanceAdmin, sessions.created_at_ms AS createdAtMs,
       seen_at_ms AS seenAtMs
     FROM sessions JOIN users ON users.id = user_id
     WHERE token_hash = :hash AND removed_at_ms IS NULL AND ${isLive}`,
  );
  const everywhere = db.prepare<[], Membership>(
    `SELECT id AS workspaceId, name AS workspace, 'admin' AS role
     FROM workspaces ORDER BY id LIMIT 1000`,
  );
  const members = membershipsOf(db);
  return (token, now) => {
    const row = find.get({ hash: hashToken(token), now });
    if (row === undefined) return null;
    const { createdAtMs, seenAtMs, isInstanceAdmin, ...who } = row;
    const isAdmin = isInstanceAdmin === 1;
    const memberships = isAdmin ? everywhere.all() : members(who.userId);
    const principal: SessionPrincipal = {
      kind: 'session',
      ...who,
      isInstanceAdmin: isAdmin,
      memberships,
    };
    return { principal, createdAtMs, seenAtMs };
  };
}

/** The sessions of a user that have not ended, newest first. */
export function listSessions(db: Db, userId: number, now: number): SessionFacts[] {
  return db
    .prepare<object, SessionFacts>(
      `SELECT id, created_at_ms AS createdAtMs, seen_at_ms AS seenAtMs, address, agent
       FROM sessions WHERE user_id = :userId AND ${isLive} ORDER BY id DESC LIMIT :most`,
    )
    .all({ userId, now, most: limits.sessionsPerUser.value });
}

/** Who signs in, with the hash that the password was checked against. */
export type SigningIn = { id: number; login: string; passwordHash: string };

/**
 * Begins a session under a new token, which is returned and kept nowhere; the one that the browser
 * came with ends. Sessions that have ended are deleted, and the oldest of too many. Throws
 * `unauthorized` when the password was changed, or the account removed, since it was checked.
 */
export function beginSession(
  db: Db,
  user: SigningIn,
  { address, agent }: SignInPlace,
  former: string | null,
  nowMs: number,
  random: Random,
): string {
  const { changes } = db
    .prepare(
      `UPDATE users SET signed_in_at_ms = ?
       WHERE id = ? AND password_hash = ? AND removed_at_ms IS NULL`,
    )
    .run(nowMs, user.id, user.passwordHash);
  if (changes === 0) throw new AppError('unauthorized', 'The password was changed just now.');
  const token = makeToken(random);
  if (former !== null) {
    db.prepare('DELETE FROM sessions WHERE token_hash = ?').run(hashToken(former));
  }
  db.prepare(`DELETE FROM sessions WHERE NOT (${isLive})`).run({ now: nowMs });
  db.prepare(
    `INSERT INTO sessions (token_hash, user_id, created_at_ms, seen_at_ms, address, agent)
     VALUES (?, ?, ?, ?, ?, ?)`,
  ).run(hashToken(token), user.id, nowMs, nowMs, address, agent);
  db.prepare(
    `DELETE FROM sessions WHERE user_id = :id AND id NOT IN
       (SELECT id FROM sessions WHERE user_id = :id ORDER BY id DESC LIMIT :most)`,
  ).run({ id: user.id, most: limits.sessionsPerUser.value });
  const by: Actor = { kind: 'user', id: user.id, name: user.login, address };
  record(db, { action: 'session.begin', subject: user.login, workspaceId: null }, by, nowMs);
  return token;
}

/** Times only go forward, whatever the clock does. */
export function touchSession(db: Db, id: number, nowMs: number): void {
  db.prepare('UPDATE sessions SET seen_at_ms = max(seen_at_ms, ?) WHERE id = ?').run(nowMs, id);
}

/** Ends one session of a user; one that is not theirs stays. */
export function endSession(db: Db, userId: number, id: number, by: Actor, nowMs: number): void {
  const { changes } = db
    .prepare('DELETE FROM sessions WHERE id = ? AND user_id = ?')
    .run(id, userId);
  if (changes === 0) return;
  record(db, { action: 'session.end', subject: by.name, workspaceId: null }, by, nowMs);
}

/** Ends all sessions of a user but one; null: really all. */
export function endSessionsBut(db: Db, userId: number, kept: number | null): number {
  return db.prepare('DELETE FROM sessions WHERE user_id = ? AND id IS NOT ?').run(userId, kept)
    .changes;
}

export function endOtherSessions(
  db: Db,
  userId: number,
  kept: number,
  by: Actor,
  nowMs: number,
): void {
  const ended = endSessionsBut(db, userId, kept);
  const subject = `${by.name}: ${ended}`;
  record(db, { action: 'session.end-others', subject, workspaceId: null }, by, nowMs);
}
