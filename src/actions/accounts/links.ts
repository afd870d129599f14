import { z } from 'zod';
import type { Clock } from '../../clock.ts';
import { invalidBody } from '../../contract/issues.ts';
import { newInvitationSchema } from '../../contract/users.ts';
import { type Actor, theOperator } from '../../store/accounts/audit.ts';
import type { MadeInvitation, NewInvitation } from '../../store/accounts/invitations.ts';
import type { Store } from '../../store/store.ts';

type Context = { store: Store; clock: Clock };

/** A link as it is made; the path is shown once and kept nowhere. */
export type MadeLink = { path: string };

/** Throws not_found for the workspace, conflict when too many are open. */
export async function invite(
  { store, clock }: Context,
  invitation: NewInvitation,
  by: Actor,
): Promise<MadeInvitation & MadeLink> {
  const made = await store.accounts.createInvitation(invitation, by, clock.now());
  return { ...made, path: `/join?token=${made.token}` };
}

/** What the command line says: the first workspace unless told otherwise. */
const operatorsInvitation = newInvitationSchema.extend({
  workspaceId: z.int().min(1).nullable().default(null),
});

/** Throws `invalid_body`, and as `invite`. */
export async function inviteByOperator(context: Context, request: unknown): Promise<MadeLink> {
  const parsed = operatorsInvitation.safeParse(request);
  if (!parsed.success) throw invalidBody(parsed.error, request);
  const { store, clock } = context;
  const workspaceId = parsed.data.workspaceId ?? (await store.listWorkspaces(clock.now()))[0]!.id;
  return invite(context, { ...parsed.data, workspaceId }, theOperator);
}

/** A link that sets a new password. Throws not_found for the account. */
export async function resetLink({ store, clock }: Context, login: string): Promise<MadeLink> {
  const token = await store.accounts.createReset(login, theOperator, clock.now());
  return { path: `/reset?token=${token}` };
}

/** A link that makes an administrator, as that of the first start. */
export async function setupLink({ store, clock }: Context): Promise<MadeLink> {
  const token = await store.accounts.createSetupLink(theOperator, clock.now());
  return { path: `/setup?token=${token}` };
}
