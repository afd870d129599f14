import { authorize, type Place, type Policy } from '../../domain/principal.ts';
import { AppError } from '../../errors.ts';
import type { OtherCells } from '../../store/matrix.ts';
import type { RepoFacts, RunDetail, RunFacts } from '../../store/reads.ts';
import type { Ctx, Web } from '../context.ts';

/** What the store knows → what the API says (contract/responses.ts). */

export const iso = (ms: number): string => new Date(ms).toISOString();

export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

/** `acme/web` as it stands in a page's URL. */
export const repoPath = (slug: string): string =>
  `/r/${slug.split('/').map(encodeURIComponent).join('/')}`;
/** the list of its runs */
export const runsPath = (slug: string): string => `${repoPath(slug)}/-/runs`;
export const runPath = (slug: string, id: string): string => `${runsPath(slug)}/${id}`;
export const testPath = (slug: string, id: string): string => `${repoPath(slug)}/-/tests/${id}`;
export const incidentsPath = (slug: string): string => `${repoPath(slug)}/-/incidents`;
export const incidentPath = (slug: string, id: string): string => `${incidentsPath(slug)}/${id}`;
export const clustersPath = (slug: string): string => `${repoPath(slug)}/-/clusters`;
export const clusterPath = (slug: string, fingerprint: string): string =>
  `${clustersPath(slug)}/${fingerprint}`;
export const runUrl = (web: Web, slug: string, id: string): string =>
  web.baseUrl() + runPath(slug, id);

/** A repo that who asks may not see is not there for them; one that they may see can be forbidden. */
export function checkRepo(ctx: Ctx, repo: Place, policy: Policy = 'read'): void {
  const { principal } = ctx.state;
  if (authorize(principal, policy, repo) === 'yes') return;
  if (policy !== 'read' && authorize(principal, 'read', repo) === 'yes') {
    throw new AppError('forbidden', 'you may read this repo, and no more');
  }
  throw new AppError('not_found', 'there is nothing here');
}

export function runJson(web: Web, run: RunFacts) {
  return {
    id: run.id,
    repo: run.repo,
    commit: run.commit,
    branch: run.branch,
    framework: run.framework,
    ciProvider: run.ciProvider,
    runKey: run.runKey,
    job: run.job,
    environment: run.environment,
    runUrl: run.runUrl,
    receivedAt: iso(run.receivedAtMs),
    startedAt: iso(run.startedAtMs),
    outcome: run.outcome,
    attempts: run.attempts,
    uploads: run.uploads,
    summary: run.summary,
    casesStored: run.casesStored,
    casesDropped: run.casesDropped,
    url: runUrl(web, run.repo, run.id),
  };
}

export function runDetailJson(web: Web, run: RunDetail, { cells }: OtherCells) {
  return {
    ...runJson(web, run),
    warnings: run.uploadList.flatMap((upload) => upload.warnings),
    parts: run.uploadList.map(
      ({ id, attempt, shard, job, receivedAtMs, summary, casesStored, casesDropped }) => ({
        id,
        attempt,
        shard,
        job,
        receivedAt: iso(receivedAtMs),
        summary,
        casesStored,
        casesDropped,
      }),
    ),
    shardsMissing: shardsMissing(run),
    otherJobs: cells.map(({ id, job, environment, framework, outcome }) => ({
      id,
      job,
      environment,
      framework,
      outcome,
      url: runUrl(web, run.repo, id),
    })),
  };
}

/**
 * Shards that were announced but have not come in any attempt: a re-run of the failed jobs sends
 * only theirs again. At most 1,000.
 */
export function shardsMissing({ shards }: Pick<RunDetail, 'shards'>): number[] {
  const total = shards.reduce((most, shard) => Math.max(most, shard.total), 0);
  const seen = new Set(shards.map(({ index }) => index));
  return Array.from({ length: Math.min(total, 1000) }, (_, i) => i + 1).filter(
    (index) => !seen.has(index),
  );
}

export function repoJson(web: Web, repo: RepoFacts) {
  return {
    repo: repo.slug,
    createdAt: iso(repo.createdAtMs),
    lastRun: repo.lastRun === null ? null : runJson(web, repo.lastRun),
    url: web.baseUrl() + repoPath(repo.slug),
  };
}
