import type { AccountReads, AccountWrites } from './verbs.ts';

type Door<Verbs> = {
  [Name in keyof Verbs]: Verbs[Name] extends (...args: infer Args) => infer Value
    ? (...args: Args) => Promise<Value>
    : never;
};

/** The part of the store's door that leads to people. The verbs' own files say what each does. */
export type Accounts = Door<AccountReads & AccountWrites>;

const ways: Record<keyof Accounts, 'read' | 'write'> = {
  hasUsers: 'read',
  findUser: 'read',
  findSession: 'read',
  listSessions: 'read',
  listUsers: 'read',
  listMembers: 'read',
  listInvitations: 'read',
  findInvitation: 'read',
  findReset: 'read',
  findSetup: 'read',
  listRepoSettings: 'read',
  listAudit: 'read',
  createSetupLink: 'write',
  finishSetup: 'write',
  createInvitation: 'write',
  withdrawInvitation: 'write',
  joinAnew: 'write',
  joinAs: 'write',
  createReset: 'write',
  resetPassword: 'write',
  changePassword: 'write',
  rename: 'write',
  removeUser: 'write',
  setRole: 'write',
  removeMember: 'write',
  beginSession: 'write',
  refuseSession: 'write',
  touchSession: 'write',
  endSession: 'write',
  endOtherSessions: 'write',
  setRepoPublic: 'write',
};

type Send = (method: string, ...args: unknown[]) => Promise<unknown>;

export function accountsDoor(read: Send, write: Send): Accounts {
  const send = { read, write };
  return Object.fromEntries(
    Object.entries(ways).map(([verb, way]) => [
      verb,
      (...args: unknown[]) => send[way]('accounts', verb, args),
    ]),
  ) as Accounts;
}
