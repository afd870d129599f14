import { invalidBody } from '../../contract/issues.ts';
import { repoSettingsSchema } from '../../contract/repo-settings.ts';
import { actorOf } from '../actor.ts';
import type { Ctx, Web } from '../context.ts';
import { readJson } from '../middleware/body.ts';
import { defaultBranchJson } from './judged-shapes.ts';
import { repoOf } from './repos.ts';

/** PUT /repos/{repo}/settings: from when on which branch is the default one. */
export async function putRepoSettings(ctx: Ctx, web: Web): Promise<void> {
  const body = await readJson(ctx);
  const parsed = repoSettingsSchema.safeParse(body);
  if (!parsed.success) throw invalidBody(parsed.error, body);
  const { slug } = await repoOf(ctx, web, 0, 'admin');
  const { defaultBranch: branch, since } = parsed.data;
  const sinceMs = since == null ? null : Date.parse(since);
  const nowMs = web.clock.now();
  const by = actorOf(ctx, web);
  const judgedAnew = await web.store.setDefaultBranch({ slug, branch, sinceMs }, by, nowMs);
  const figures = await web.store.repoFigures(slug, nowMs);
  ctx.body = { defaultBranch: defaultBranchJson(figures!.defaultBranch), judgedAnew };
}
