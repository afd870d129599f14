import { readQuery, repoListQuery } from '../../contract/queries.ts';
import { limits } from '../../limits.ts';
import { actorOf } from '../actor.ts';
import { repoPath } from '../api/shapes.ts';
import type { Ctx, Web } from '../context.ts';
import { readForm } from '../middleware/form.ts';
import { withQuery } from './parts/links.ts';
import { backTo, sendSettings, settingsOf, settingsPath } from './parts/settings.ts';

/** GET /settings/repos — who may see each repo. */
export async function reposPage(ctx: Ctx, web: Web): Promise<void> {
  const { cursor } = readQuery(repoListQuery.pick({ cursor: true }), ctx.query);
  const place = settingsOf(ctx);
  const size = limits.reposPerSettingsPage.value;
  const { accounts } = web.store;
  const page = await accounts.listRepoSettings(place.workspaceId, size, cursor ?? null);
  const path = settingsPath(ctx, 'repos', place.workspaceId);
  const { workspace } = Object.fromEntries(new URLSearchParams(path.split('?')[1]));
  await sendSettings(ctx, web, 'repos', place, {
    repos: page.items.map((repo) => ({ ...repo, href: repoPath(repo.slug) })),
    first: cursor === undefined ? null : path,
    next:
      page.next === null ? null : withQuery('/settings/repos', { workspace, cursor: page.next }),
  });
}

/** POST /settings/repos — makes one repo public or private. */
export async function showRepo(ctx: Ctx, web: Web): Promise<void> {
  const form = await readForm(ctx);
  const place = settingsOf(ctx, form('workspace'));
  const isPublic = form('public') === '1';
  const by = actorOf(ctx, web);
  const { accounts } = web.store;
  await accounts.setRepoPublic(place.workspaceId, form('repo'), isPublic, by, web.clock.now());
  backTo(ctx, 'repos', place);
}
