import { livePageQuery, readQuery } from '../../contract/queries.ts';
import { repoPath } from '../api/shapes.ts';
import type { Ctx, Web } from '../context.ts';
import { readSessionCookie } from '../session-cookie.ts';
import { withQuery } from './parts/links.ts';
import { checkSight } from './parts/may-see.ts';

/** GET /live?repo= — server-sent events as long as a page is open: `change` when it is to be asked for anew. */
export async function live(ctx: Ctx, web: Web): Promise<void> {
  const { repo } = readQuery(livePageQuery, ctx.query);
  const found = repo === undefined ? null : checkSight(ctx, await web.store.getRepo(repo, 0));
  const token = readSessionCookie(ctx, web);
  const stream = web.live.open({
    slug: found?.slug ?? null,
    path: found === null ? '/' : repoPath(found.slug),
    principal: async () => (await web.sessions.find(token)) ?? { kind: 'anonymous' },
  });
  ctx.set('X-Accel-Buffering', 'no');
  ctx.type = 'text/event-stream';
  ctx.body = stream;
}

/** Where a page hears of changes; null: of all repos. */
export const liveHref = (slug: string | null): string =>
  withQuery('/live', { repo: slug ?? undefined });
