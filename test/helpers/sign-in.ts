import { randomBytes } from 'node:crypto';
import { hashPassword } from '../../src/actions/accounts/password-hash.ts';
import type { Role } from '../../src/domain/principal.ts';
import { theOperator } from '../../src/store/accounts/audit.ts';
import type { Store } from '../../src/store/store.ts';

/** A person for a test. */
export type Signed = {
  login: string;
  /** in which workspace; the first unless told */
  workspaceId: number;
  role: Role;
  isInstanceAdmin: boolean;
  /** without one the person cannot sign in by the form, and the test is quicker */
  password: string | null;
  nowMs: number;
};

const place = { address: '127.0.0.1', agent: 'test' };
let people = 0;

/** Makes a person and returns their id. */
export async function makePerson(store: Store, who: Partial<Signed> = {}): Promise<number> {
  return (await make(store, who)).id;
}

/** Makes a person who has signed in, and returns the `Cookie` header that says so. */
export async function signIn(store: Store, who: Partial<Signed> = {}): Promise<string> {
  const user = await make(store, who);
  const nowMs = who.nowMs ?? Date.now();
  return `qp=${await store.accounts.beginSession(user, place, null, nowMs)}`;
}

async function make(store: Store, who: Partial<Signed>) {
  const { role = 'admin', isInstanceAdmin = false, password = null, workspaceId = 1 } = who;
  const { login = `person-${++people}`, nowMs = Date.now() } = who;
  const { accounts } = store;
  const passwordHash = password === null ? 'none' : await hashPassword(password, randomBytes);
  const user = { login, name: login, passwordHash };
  if (isInstanceAdmin) {
    const token = await accounts.createSetupLink(theOperator, nowMs);
    const [first] = await store.listWorkspaces(nowMs);
    const setup = { workspace: first!.name, user };
    return { id: await accounts.finishSetup(token, setup, place.address, nowMs), ...user };
  }
  const invitation = { workspaceId, role, note: '' };
  const { token } = await accounts.createInvitation(invitation, theOperator, nowMs);
  return { id: await accounts.joinAnew(token, user, place.address, nowMs), ...user };
}
