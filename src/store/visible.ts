import type { Visible } from '../domain/principal.ts';

export type VisibleBinds = { workspaces: string | null; public: number };

/** A condition on rows of `repos`; patterns of keys are checked on the rows that it leaves. */
export const isVisible = `(:workspaces IS NULL OR (:public AND is_public)
    OR workspace_id IN (SELECT value FROM json_each(:workspaces)))`;

export const bindVisible = ({ workspaceIds, withPublic }: Visible): VisibleBinds => ({
  workspaces: workspaceIds === null ? null : JSON.stringify(workspaceIds),
  public: withPublic ? 1 : 0,
});
