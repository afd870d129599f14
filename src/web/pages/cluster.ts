import { fingerprintForm } from '../../contract/clusters.ts';
import { AppError } from '../../errors.ts';
import { clusterPath, runPath, testPath } from '../api/shapes.ts';
import type { Ctx, Web } from '../context.ts';
import { headlineOf } from './clusters.ts';
import { liveHref } from './live.ts';
import { openRepo, repoHeader } from './parts/repo-header.ts';
import { sendPage } from './parts/send-page.ts';

const templateLength = 2000;

/** GET /r/<slug>/-/clusters/<fingerprint> — failures that say the same: since when, in which tests. */
export async function clusterPage(ctx: Ctx, web: Web): Promise<void> {
  const repo = await openRepo(ctx, web);
  if (repo === null) return;
  const { slug } = repo;
  const asked = decodeURIComponent(ctx.captures![1]!);
  const found = fingerprintForm.test(asked) ? await web.store.getCluster(slug, asked) : null;
  if (found === null) throw new AppError('not_found', 'There is no such cluster.');
  const { fingerprint, sample, firstSeen, lastSeen, named, templates } = found;
  // What was a cluster of its own before leads to the one that it joined.
  if (fingerprint !== asked) return ctx.redirect(clusterPath(slug, fingerprint));
  await sendPage(ctx, web, 'cluster', {
    title: `${headlineOf(sample) || 'Without a message'} · ${slug}`,
    live: liveHref(slug),
    header: await repoHeader(web, slug, 'clusters'),
    cluster: found,
    headline: headlineOf(sample),
    firstHref: runPath(slug, firstSeen.runId),
    lastHref: runPath(slug, lastSeen.runId),
    tests: named.map((test) => ({ ...test, href: testPath(slug, test.id) })),
    templates: templates.map(({ template, isFirst }) => ({
      isFirst,
      text: template.slice(0, templateLength).toWellFormed(),
    })),
  });
}
