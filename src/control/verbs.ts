import {
  inviteByOperator,
  type MadeLink,
  resetLink,
  setupLink,
} from '../actions/accounts/links.ts';
import { gradeOfRepo, rebuildJudgements } from '../actions/judgements.ts';
import { createKey, type KeyContext, listKeys, revokeKey } from '../actions/keys.ts';
import { createWorkspace, listWorkspaces, setPlan } from '../actions/workspaces.ts';
import { theOperator } from '../store/accounts/audit.ts';

export type ControlContext = KeyContext & {
  /** where people reach the appliance; null: it does not run */
  baseUrl: () => string | null;
};

type Verb = (context: ControlContext, args: unknown) => Promise<unknown>;

/** A link that works as long as the appliance is reached where it was when the link was made. */
export type ShownLink = { path: string; baseUrl: string | null };

const linkVerb =
  (make: (context: ControlContext, args: unknown) => Promise<MadeLink>): Verb =>
  async (context, args): Promise<ShownLink> => ({
    path: (await make(context, args)).path,
    baseUrl: context.baseUrl(),
  });

const loginOf = (args: unknown): string => String((args as { login: unknown }).login);

/**
 * What the command line may ask of a running appliance. The socket lies in the data folder (0600):
 * whoever can open it owns the data anyway.
 */
export const verbs: Record<string, Verb> = {
  'keys.create': async (context, args) => (await createKey(context, args)).secret,
  'keys.list': (context) => listKeys(context),
  'keys.revoke': (context, args) => revokeKey(context, Number((args as { id: unknown }).id)),
  'users.invite': linkVerb(inviteByOperator),
  'users.list': ({ store }) => store.accounts.listUsers(),
  'users.remove': ({ store, clock }, args) =>
    store.accounts.removeUser(loginOf(args), theOperator, clock.now()),
  'users.reset': linkVerb((context, args) => resetLink(context, loginOf(args))),
  'setup-link': linkVerb((context) => setupLink(context)),
  'judgements.rebuild': (context, args) => rebuildJudgements(context, args),
  'judgements.grade': (context, args) => gradeOfRepo(context, args),
  'workspaces.create': (context, args) => createWorkspace(context, args),
  'workspaces.list': (context) => listWorkspaces(context),
  'workspaces.plan': (context, args) => setPlan(context, args),
};
