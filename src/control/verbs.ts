import { gradeOfRepo, rebuildJudgements } from '../actions/judgements.ts';
import { createKey, type KeyContext, listKeys, revokeKey } from '../actions/keys.ts';
import { createWorkspace, listWorkspaces, setPlan } from '../actions/workspaces.ts';

/**
 * What the command line may ask of a running appliance. The socket lies in the data folder (0600):
 * whoever can open it owns the data anyway.
 */
export const verbs: Record<string, (context: KeyContext, args: unknown) => Promise<unknown>> = {
  'keys.create': async (context, args) => (await createKey(context, args)).secret,
  'keys.list': (context) => listKeys(context),
  'keys.revoke': (context, args) => revokeKey(context, Number((args as { id: unknown }).id)),
  'judgements.rebuild': (context, args) => rebuildJudgements(context, args),
  'judgements.grade': (context, args) => gradeOfRepo(context, args),
  'workspaces.create': (context, args) => createWorkspace(context, args),
  'workspaces.list': (context) => listWorkspaces(context),
  'workspaces.plan': (context, args) => setPlan(context, args),
};
