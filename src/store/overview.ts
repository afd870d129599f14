import type { Db } from './sqlite.ts';

export type Overview = {
  /** name of the only workspace; null when there are several */
  workspace: string | null;
  repos: number;
  /** repos whose newest run failed */
  failing: number;
  /** the first few of them by name */
  firstFailing: string[];
};

/** Repos looked at; beyond them the counts stop, so that the first page stays quick. */
const most = 10_000;
const named = 3;

/** The appliance in one line. O(repos), one row each. */
export function overview(db: Db): Overview {
  const names = db
    .prepare<[], { name: string }>('SELECT name FROM workspaces ORDER BY id LIMIT 2')
    .all();
  const counts = db
    .prepare<[number], { repos: number; failing: number }>(
      `SELECT count(*) AS repos, count(*) FILTER (WHERE outcome = 'failed') AS failing
       FROM (SELECT last_run_seq FROM repos LIMIT ?) LEFT JOIN runs ON seq = last_run_seq`,
    )
    .get(most)!;
  const failing = db
    .prepare<[number, number], { slug: string }>(
      `SELECT slug FROM (SELECT slug, last_run_seq FROM repos ORDER BY slug_folded LIMIT ?)
       JOIN runs ON seq = last_run_seq WHERE outcome = 'failed' LIMIT ?`,
    )
    .all(most, named);
  return {
    workspace: names.length === 1 ? names[0]!.name : null,
    ...counts,
    firstFailing: failing.map(({ slug }) => slug),
  };
}
