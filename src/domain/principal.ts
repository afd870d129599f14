import { matchesPattern } from './slug.ts';

export const scopes = ['ingest', 'read', 'act', 'admin'] as const;
export type Scope = (typeof scopes)[number];

/** Who asks. */
export type Principal =
  | {
      kind: 'key';
      keyId: number;
      name: string;
      workspaceId: number;
      scopes: readonly Scope[];
      /** patterns of `slug.ts`; empty means every repo of the workspace */
      repos: readonly string[];
    }
  | { kind: 'anonymous' };

/** What a route demands. Every route declares one; there is no default. */
export type Policy = 'ingest' | 'read' | 'admin' | 'page' | 'setup' | 'public';

/** What is being touched; absent while the repo is not known yet. */
export type RepoFacts = { slug: string; workspaceId: number };

export type Decision = 'yes' | 'unauthorized' | 'forbidden';

/** The policies that ask for a key, and the scope that it must have. */
export const scopeFor = {
  ingest: 'ingest',
  read: 'read',
  admin: 'admin',
} as const satisfies Partial<Record<Policy, Scope>>;

/**
 * The one place that decides who may do what.
 * Pages are open to whoever reaches the address; the API asks for a key (docs/decisions/004).
 */
export function authorize(principal: Principal, policy: Policy, repo?: RepoFacts): Decision {
  if (policy === 'public' || policy === 'page' || policy === 'setup') return 'yes';
  if (principal.kind === 'anonymous') return 'unauthorized';
  if (!principal.scopes.includes(scopeFor[policy])) return 'forbidden';
  if (repo === undefined) return 'yes';
  if (repo.workspaceId !== principal.workspaceId) return 'forbidden';
  return coversRepo(principal.repos, repo.slug) ? 'yes' : 'forbidden';
}

/** Whether a list of patterns covers a repo; an empty list covers all. */
export function coversRepo(patterns: readonly string[], slug: string): boolean {
  return patterns.length === 0 || patterns.some((pattern) => matchesPattern(pattern, slug));
}

/** Whether a list of patterns covers all that another pattern can cover. */
export function coversPattern(patterns: readonly string[], pattern: string): boolean {
  return patterns.includes(pattern) || (!pattern.includes('*') && coversRepo(patterns, pattern));
}
