import type { RepoStanding } from '../../../store/judged/repo-reads.ts';
import type { RepoFacts } from '../../../store/reads.ts';
import { repoPath } from '../../api/shapes.ts';
import type { Ctx, Web } from '../../context.ts';
import { sealOf } from './grade.ts';
import { requireSight } from './may-see.ts';

/** The pages of a repo, as the tabs of each of them show them. */
const tabs = [
  { id: 'overview', word: 'Overview', path: '', count: null },
  { id: 'runs', word: 'Runs', path: '/-/runs', count: null },
  { id: 'tests', word: 'Tests', path: '/-/tests', count: null },
  { id: 'flaky', word: 'Flaky', path: '/-/flaky', count: 'flakyTests' },
  { id: 'suites', word: 'Suites', path: '/-/suites', count: null },
  { id: 'incidents', word: 'Incidents', path: '/-/incidents', count: 'openIncidents' },
  { id: 'clusters', word: 'Clusters', path: '/-/clusters', count: null },
] as const;

export type RepoTab = (typeof tabs)[number]['id'];

/** What views/partials/repo-header.eta shows. */
export type RepoHeader = {
  slug: string;
  /** the slug without its last part, and that */
  group: string;
  name: string;
  href: string;
  seal: ReturnType<typeof sealOf>;
  tabs: { word: string; href: string; isCurrent: boolean; n: number | null }[];
};

/**
 * The repo that the path of a page names (its first capture), with its newest runs. Throws where
 * who asks may not see it. null: its name is spelled otherwise, and the browser was sent there.
 */
export async function openRepo(ctx: Ctx, web: Web, recentRuns = 0): Promise<RepoFacts | null> {
  const slug = decodeURIComponent(ctx.captures![0]!);
  const repo = await requireSight(ctx, web, await web.store.getRepo(slug, recentRuns));
  if (slug === repo.slug) return repo;
  const [, rest = ''] = /^\/r\/.+?(\/-\/.*)?$/.exec(ctx.path)!;
  ctx.redirect(repoPath(repo.slug) + rest + ctx.search);
  return null;
}

/** For a page that knows its repo. `current`: the tab that the page belongs to. */
export async function repoHeader(web: Web, slug: string, current: RepoTab): Promise<RepoHeader> {
  const [standing] = await web.store.repoStandings([slug]);
  return headerOf(slug, standing ?? null, current);
}

function headerOf(slug: string, standing: RepoStanding | null, current: RepoTab): RepoHeader {
  const parts = slug.split('/');
  const href = repoPath(slug);
  return {
    slug,
    group: parts.slice(0, -1).join(' / '),
    name: parts.at(-1)!,
    href,
    seal: sealOf(standing?.grade ?? null),
    tabs: tabs.map(({ id, word, path, count }) => ({
      word,
      href: href + path,
      isCurrent: id === current,
      n: (count && standing?.[count]) || null,
    })),
  };
}
