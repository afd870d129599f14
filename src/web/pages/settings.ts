import { workspacesFor } from '../acting-workspace.ts';
import { personOf } from '../actor.ts';
import type { Ctx } from '../context.ts';
import { redirect } from './parts/redirect.ts';

/** GET /settings — the first page that a person has. */
export function settingsPage(ctx: Ctx): void {
  const isAdmin = workspacesFor(personOf(ctx), 'admin').length > 0;
  redirect(ctx, isAdmin ? '/settings/keys' : '/settings/account');
}
