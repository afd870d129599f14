import { createHash } from 'node:crypto';
import type { Db } from '../sqlite.ts';

/** Every table of judgements, with the order of its rows. */
const tables: Record<string, string> = {
  judged_cells: 'repo_id, cell_no',
  judged_commits: 'repo_id, commit_no',
  judged_runs: 'repo_id, run_seq',
  judgements: 'repo_id',
  grades: 'repo_id, day',
  incidents: 'repo_id, id',
  failure_fingerprints: 'repo_id, fingerprint',
  failure_clusters: 'repo_id, fingerprint',
  cluster_tests: 'repo_id, fingerprint, test_no',
};

/** SHA-256 (64 hex digits) of the rows of each table of judgements. Reads all of them. */
export function digestJudgements(db: Db): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tables).map(([table, order]) => {
      const digest = createHash('sha256');
      const rows = db.prepare<[], unknown[]>(`SELECT * FROM ${table} ORDER BY ${order}`).raw();
      for (const row of rows.iterate()) {
        for (const value of row) {
          digest.update(Buffer.isBuffer(value) ? value : JSON.stringify(value));
          digest.update('\0');
        }
      }
      return [table, digest.digest('hex')];
    }),
  );
}
