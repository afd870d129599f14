import type { Membership } from '../../../domain/principal.ts';
import { AppError } from '../../../errors.ts';
import { workspacesFor } from '../../acting-workspace.ts';
import { personOf } from '../../actor.ts';
import type { Ctx, Web } from '../../context.ts';
import { withQuery } from './links.ts';
import { redirect } from './redirect.ts';
import { sendPage } from './send-page.ts';

/** The pages of the settings; all but the first are of a workspace and for its admins. */
const tabs = [
  { name: 'account', word: 'My account' },
  { name: 'keys', word: 'API keys' },
  { name: 'members', word: 'Members' },
  { name: 'repos', word: 'Repos' },
  { name: 'usage', word: 'Plan and usage' },
  { name: 'audit', word: 'Audit log' },
] as const;

type Tab = (typeof tabs)[number]['name'];

/** The workspace whose settings are meant: the one named, else the first. Throws not_found. */
export function settingsOf(ctx: Ctx, asked: unknown = ctx.query.workspace): Membership {
  const choices = workspacesFor(personOf(ctx), 'admin');
  const isAsked = typeof asked === 'string' && asked !== '';
  const found = isAsked
    ? choices.find(({ workspaceId }) => String(workspaceId) === asked)
    : choices[0];
  if (found === undefined) throw new AppError('not_found', 'There is no such workspace.');
  return found;
}

/** `/settings/<tab>`, of a workspace where there are several. */
export function settingsPath(ctx: Ctx, tab: Tab, workspaceId: number): string {
  const hasSeveral = workspacesFor(personOf(ctx), 'admin').length > 1;
  return withQuery(`/settings/${tab}`, { workspace: hasSeveral ? workspaceId : undefined });
}

/** After a form: back to the page that it stood on. */
export const backTo = (ctx: Ctx, tab: Tab, { workspaceId }: Membership): void =>
  redirect(ctx, settingsPath(ctx, tab, workspaceId));

/** Renders views/pages/settings-<tab>.eta below the list of settings; null: of no workspace. */
export async function sendSettings(
  ctx: Ctx,
  web: Web,
  tab: Tab,
  place: Membership | null,
  data: Record<string, unknown>,
): Promise<void> {
  const choices = workspacesFor(personOf(ctx), 'admin');
  const current = place ?? choices[0] ?? null;
  const shown = current === null ? tabs.slice(0, 1) : tabs;
  await sendPage(ctx, web, `settings-${tab}`, {
    title: tabs.find(({ name }) => name === tab)!.word,
    isSettings: true,
    workspace: place,
    tabs: shown.map(({ name, word }) => ({
      word,
      href: settingsPath(ctx, name, current?.workspaceId ?? 0),
      isCurrent: name === tab,
    })),
    choices:
      place === null || choices.length < 2
        ? []
        : choices.map(({ workspaceId, workspace }) => ({
            workspace,
            href: settingsPath(ctx, tab, workspaceId),
            isCurrent: workspaceId === place.workspaceId,
          })),
    ...data,
  });
}
