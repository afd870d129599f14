import { runPath, runsPath } from '../../api/shapes.ts';
import { filterLink } from './links.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Where a commit leads: to its runs, or to the one run that named none and stands for itself. null:
 * the link would be too long.
 */
const commitHref = (slug: string, commit: string): string | null =>
  uuid.test(commit) ? runPath(slug, commit) : filterLink(runsPath(slug), { commit });

/** A commit as views/partials/commit.eta shows it; null: there is none. */
export type CommitLink = { commit: string; isRun: boolean; href: string | null } | null;

export const commitLink = (slug: string, commit: string | null): CommitLink =>
  commit === null ? null : { commit, isRun: uuid.test(commit), href: commitHref(slug, commit) };
