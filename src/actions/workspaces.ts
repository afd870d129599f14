import { z } from 'zod';
import { invalidBody } from '../contract/issues.ts';
import { plans } from '../domain/quota.ts';
import { limits } from '../limits.ts';
import type { WorkspaceFacts } from '../store/workspaces.ts';
import type { KeyContext } from './keys.ts';

const newWorkspaceSchema = z.object({
  name: z.string().trim().min(1).max(limits.workspaceNameLength.value),
});
const planSchema = z.object({
  id: z.int().min(1),
  plan: z.enum(plans),
  monthlyCredits: z.int().min(0).max(1_000_000_000).nullable().default(null),
});

/** Returns the id of the new workspace. Throws `invalid_body`. */
export async function createWorkspace(
  { store, clock }: KeyContext,
  request: unknown,
): Promise<number> {
  const parsed = newWorkspaceSchema.safeParse(request);
  if (!parsed.success) throw invalidBody(parsed.error, request);
  return store.createWorkspace(parsed.data.name, clock.now());
}

export const listWorkspaces = ({ store, clock }: KeyContext): Promise<WorkspaceFacts[]> =>
  store.listWorkspaces(clock.now());

/** Sets plan and monthly credits. Throws `invalid_body`, `not_found`. */
export async function setPlan({ store, clock }: KeyContext, request: unknown): Promise<void> {
  const parsed = planSchema.safeParse(request);
  if (!parsed.success) throw invalidBody(parsed.error, request);
  const { id, plan, monthlyCredits } = parsed.data;
  await store.setPlan(id, { plan, monthlyCredits }, clock.now());
}
