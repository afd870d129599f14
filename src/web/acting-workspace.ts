import {
  authorize,
  type Membership,
  type Policy,
  type SessionPrincipal,
} from '../domain/principal.ts';
import { AppError } from '../errors.ts';
import type { Ctx } from './context.ts';

/** Where a person may do what the policy asks for. */
export const workspacesFor = (person: SessionPrincipal, policy: Policy): Membership[] =>
  person.memberships.filter(
    ({ workspaceId }) => authorize(person, policy, { workspaceId }) === 'yes',
  );

/**
 * The workspace that a request is about: that of the key, or of a person the one that `asked`
 * names, else the first where the policy allows it. Throws forbidden.
 */
export function workspaceFor(
  ctx: Ctx,
  policy: Policy,
  asked: unknown = ctx.query.workspace,
): number {
  const { principal } = ctx.state;
  if (principal.kind === 'key') return principal.workspaceId;
  const choices = principal.kind === 'session' ? workspacesFor(principal, policy) : [];
  const isAsked = typeof asked === 'string' && asked !== '';
  const found = isAsked
    ? choices.find(({ workspaceId }) => String(workspaceId) === asked)
    : choices[0];
  if (found === undefined) throw new AppError('forbidden', 'This is no workspace of yours.');
  return found.workspaceId;
}

/** As `workspaceFor`, for what concerns the whole workspace: a key of some repos may not. */
export function wholeWorkspaceFor(ctx: Ctx, policy: Policy): number {
  const workspaceId = workspaceFor(ctx, policy);
  if (authorize(ctx.state.principal, policy, { workspaceId }) === 'yes') return workspaceId;
  throw new AppError('forbidden', 'this key covers some repos only');
}
