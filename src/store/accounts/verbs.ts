import type { Role } from '../../domain/principal.ts';
import type { Db } from '../sqlite.ts';
import { type Actor, type AuditScope, listAudit, record } from './audit.ts';
import {
  createInvitation,
  findInvitation,
  joinAnew,
  joinAs,
  listInvitations,
  type NewInvitation,
  withdrawInvitation,
} from './invitations.ts';
import { removeMember, setRole } from './members.ts';
import { changePassword, createReset, findReset, resetPassword } from './passwords.ts';
import { listRepoSettings, setRepoPublic } from './repo-settings.ts';
import {
  beginSession,
  endOtherSessions,
  endSession,
  listSessions,
  type SignInPlace,
  type SigningIn,
  sessionFinder,
  touchSession,
} from './sessions.ts';
import { createSetupLink, findSetup, finishSetup, type Setup } from './setup.ts';
import type { Random } from './tokens.ts';
import {
  findUser,
  hasUsers,
  listMembers,
  listUsers,
  type NewUser,
  removeUser,
  rename,
} from './users.ts';

export type AccountReads = ReturnType<typeof accountReads>;
export type AccountWrites = ReturnType<typeof accountWrites>;

/** What a reading thread answers about accounts. */
export const accountReads = (db: Db) => ({
  hasUsers: () => hasUsers(db),
  findUser: (login: string) => findUser(db, login),
  findSession: sessionFinder(db),
  listSessions: (userId: number, nowMs: number) => listSessions(db, userId, nowMs),
  listUsers: () => listUsers(db),
  listMembers: (workspaceId: number) => listMembers(db, workspaceId),
  listInvitations: (workspaceId: number, nowMs: number) => listInvitations(db, workspaceId, nowMs),
  findInvitation: (token: string, nowMs: number) => findInvitation(db, token, nowMs),
  findReset: (token: string, nowMs: number) => findReset(db, token, nowMs),
  findSetup: (token: string, nowMs: number) => findSetup(db, token, nowMs),
  listRepoSettings: (workspaceId: number, limit: number, cursor: string | null) =>
    listRepoSettings(db, workspaceId, limit, cursor),
  listAudit: (scope: AuditScope, limit: number, cursor: number | null) =>
    listAudit(db, scope, limit, cursor),
});

/** What the writing thread does to accounts, each in a transaction of its own. */
export const accountWrites = (db: Db, random: Random) => ({
  createSetupLink: (by: Actor, nowMs: number) => createSetupLink(db, by, nowMs, random),
  finishSetup: (token: string, setup: Setup, address: string, nowMs: number) =>
    finishSetup(db, token, setup, address, nowMs),
  createInvitation: (invitation: NewInvitation, by: Actor, nowMs: number) =>
    createInvitation(db, invitation, by, nowMs, random),
  withdrawInvitation: (workspaceId: number, id: number, by: Actor, nowMs: number) =>
    withdrawInvitation(db, workspaceId, id, by, nowMs),
  joinAnew: (token: string, user: NewUser, address: string, nowMs: number) =>
    joinAnew(db, token, user, address, nowMs),
  joinAs: (token: string, by: Actor, nowMs: number) => joinAs(db, token, by, nowMs),
  createReset: (login: string, by: Actor, nowMs: number) =>
    createReset(db, login, by, nowMs, random),
  resetPassword: (token: string, passwordHash: string, address: string, nowMs: number) =>
    resetPassword(db, token, passwordHash, address, nowMs),
  changePassword: (userId: number, hash: string, keptSession: number, by: Actor, nowMs: number) =>
    changePassword(db, userId, hash, keptSession, by, nowMs),
  rename: (userId: number, name: string, by: Actor, nowMs: number) =>
    rename(db, userId, name, by, nowMs),
  removeUser: (login: string, by: Actor, nowMs: number) => removeUser(db, login, by, nowMs),
  setRole: (workspaceId: number, userId: number, role: Role, by: Actor, nowMs: number) =>
    setRole(db, workspaceId, userId, role, by, nowMs),
  removeMember: (workspaceId: number, userId: number, by: Actor, nowMs: number) =>
    removeMember(db, workspaceId, userId, by, nowMs),
  beginSession: (user: SigningIn, place: SignInPlace, former: string | null, nowMs: number) =>
    beginSession(db, user, place, former, nowMs, random),
  refuseSession: (login: string, by: Actor, nowMs: number) =>
    record(db, { action: 'session.refuse', subject: login, workspaceId: null }, by, nowMs),
  touchSession: (id: number, nowMs: number) => touchSession(db, id, nowMs),
  endSession: (userId: number, id: number, by: Actor, nowMs: number) =>
    endSession(db, userId, id, by, nowMs),
  endOtherSessions: (userId: number, kept: number, by: Actor, nowMs: number) =>
    endOtherSessions(db, userId, kept, by, nowMs),
  setRepoPublic: (workspaceId: number, slug: string, isPublic: boolean, by: Actor, nowMs: number) =>
    setRepoPublic(db, workspaceId, slug, isPublic, by, nowMs),
});

/** Calls the verb that a message names. */
export const callVerb = (
  verbs: AccountReads | AccountWrites,
  verb: string,
  args: unknown[],
): unknown => (verbs as Record<string, (...args: never[]) => unknown>)[verb]!(...(args as never[]));
