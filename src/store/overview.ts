import type { Visible } from '../domain/principal.ts';
import type { Db } from './sqlite.ts';
import { bindVisible, isVisible, type VisibleBinds } from './visible.ts';

/** What somebody may see of the appliance. */
export type Overview = {
  /** name of the only workspace seen; null when there are several or none */
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

/** All that may be seen in one line. O(repos), one row each. */
export function overview(db: Db, visible: Visible): Overview {
  const seen = bindVisible(visible);
  const names = db
    .prepare<{ workspaces: string | null }, { name: string }>(
      `SELECT name FROM workspaces
       WHERE :workspaces IS NULL OR id IN (SELECT value FROM json_each(:workspaces))
       ORDER BY id LIMIT 2`,
    )
    .all({ workspaces: seen.workspaces });
  const counts = db
    .prepare<VisibleBinds & { most: number }, { repos: number; failing: number }>(
      `SELECT count(*) AS repos, count(*) FILTER (WHERE outcome = 'failed') AS failing
       FROM (SELECT last_run_seq FROM repos WHERE ${isVisible} LIMIT :most)
       LEFT JOIN runs ON seq = last_run_seq`,
    )
    .get({ ...seen, most })!;
  const failing = db
    .prepare<VisibleBinds & { most: number; named: number }, { slug: string }>(
      `SELECT slug FROM (SELECT slug, last_run_seq FROM repos WHERE ${isVisible}
                         ORDER BY slug_folded LIMIT :most)
       JOIN runs ON seq = last_run_seq WHERE outcome = 'failed' LIMIT :named`,
    )
    .all({ ...seen, most, named });
  return {
    workspace: names.length === 1 ? names[0]!.name : null,
    ...counts,
    firstFailing: failing.map(({ slug }) => slug),
  };
}
