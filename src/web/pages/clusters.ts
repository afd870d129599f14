import { clustersPageQuery } from '../../contract/clusters.ts';
import { readQuery } from '../../contract/queries.ts';
import { limits } from '../../limits.ts';
import type { ClusterFacts } from '../../store/judged/cluster-reads.ts';
import { clusterPath, clustersPath, iso, runPath } from '../api/shapes.ts';
import type { Ctx, Web } from '../context.ts';
import { format } from '../format.ts';
import { liveHref } from './live.ts';
import { sendCsv } from './parts/csv.ts';
import { withQuery } from './parts/links.ts';
import { openRepo, repoHeader } from './parts/repo-header.ts';
import { sendPage } from './parts/send-page.ts';

const headlineLength = 160;

/** GET /r/<slug>/-/clusters — what failures say, the newest first. */
export async function clustersPage(ctx: Ctx, web: Web): Promise<void> {
  const { cursor, q, format: as } = readQuery(clustersPageQuery, ctx.query);
  const repo = await openRepo(ctx, web);
  if (repo === null) return;
  const { slug } = repo;
  const size = limits.clustersPerPage.value;
  const found = await web.store.listClusters(slug, q ?? null, size, cursor ?? null);
  if (as === 'csv') return sendCsv(ctx, `clusters-${slug}`, csvHead, found.items.map(csvRow));
  const path = clustersPath(slug);
  await sendPage(ctx, web, 'clusters', {
    title: `Clusters · ${slug}`,
    live: liveHref(slug),
    header: await repoHeader(web, slug, 'clusters'),
    path,
    asked: q ?? '',
    rows: found.items.map((cluster) => rowOf(slug, cluster)),
    csv: found.items.length === 0 ? null : withQuery(path, { q, cursor, format: 'csv' }),
    first: cursor === undefined ? null : withQuery(path, { q }),
    next: found.next === null ? null : withQuery(path, { q, cursor: found.next }),
  });
}

export function headlineOf(sample: string): string {
  const line = sample.split('\n').find((one) => one.trim() !== '') ?? '';
  return format.middle(format.visible(line.trim()), headlineLength);
}

function rowOf(slug: string, cluster: ClusterFacts) {
  return {
    ...cluster,
    type: format.middle(format.visible(cluster.type), 60),
    href: clusterPath(slug, cluster.fingerprint),
    headline: headlineOf(cluster.sample),
    lastHref: runPath(slug, cluster.lastSeen.runId),
  };
}

const csvHead = [
  ...['fingerprint', 'type', 'sample', 'failures', 'tests', 'uploads'],
  ...['firstSeenAt', 'firstSeenRun', 'lastSeenAt', 'lastSeenRun'],
];

function csvRow(cluster: ClusterFacts) {
  const { fingerprint, type, sample, failures, tests, uploads, firstSeen, lastSeen } = cluster;
  return [
    ...[fingerprint, type, sample, failures, tests, uploads],
    ...[iso(firstSeen.atMs), firstSeen.runId, iso(lastSeen.atMs), lastSeen.runId],
  ];
}
