import { clusterListQuery } from '../../contract/clusters.ts';
import { readQuery } from '../../contract/queries.ts';
import { AppError } from '../../errors.ts';
import type { ClusterFacts, Sighting } from '../../store/judged/cluster-reads.ts';
import type { FailureGroup } from '../../store/judged/run-failures.ts';
import type { Ctx, Web } from '../context.ts';
import { repoOf } from './repos.ts';
import { checkRepo, runUrl } from './shapes.ts';

export async function listClusters(ctx: Ctx, web: Web): Promise<void> {
  const { limit, cursor, q } = readQuery(clusterListQuery, ctx.query);
  const { slug } = await repoOf(ctx, web);
  const { items, ...page } = await web.store.listClusters(slug, q ?? null, limit, cursor ?? null);
  ctx.body = { items: items.map((cluster) => clusterJson(web, slug, cluster)), ...page };
}

export async function getFailureGroups(ctx: Ctx, web: Web): Promise<void> {
  const id = ctx.params.id!;
  const place = await web.store.findRun(id);
  if (place === null) throw new AppError('not_found', 'there is no such run');
  checkRepo(ctx, place);
  const { groups, ...counts } = (await web.store.runFailures(id))!;
  ctx.body = { ...counts, groups: groups.map((group) => groupJson(web, place.slug, group)) };
}

function clusterJson(web: Web, slug: string, cluster: ClusterFacts) {
  return {
    ...cluster,
    type: cluster.type || null,
    sample: cluster.sample || null,
    firstSeen: sightingJson(web, slug, cluster.firstSeen),
    lastSeen: sightingJson(web, slug, cluster.lastSeen),
  };
}

function groupJson(web: Web, slug: string, { members, ...group }: FailureGroup) {
  const { message, firstSeen } = group;
  const since = firstSeen && sightingJson(web, slug, firstSeen);
  return { ...group, message: message || null, firstSeen: since };
}

const sightingJson = (web: Web, slug: string, { atMs, runId }: Sighting) => ({
  at: new Date(atMs).toISOString(),
  runId,
  url: runUrl(web, slug, runId),
});
