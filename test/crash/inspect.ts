import assert from 'node:assert/strict';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { decodeColumns } from '../../src/store/blocks.ts';
import { formatUuid } from '../../src/store/uuid.ts';
import type { Acked } from './posting.ts';

export type Stored = { id: string; commit: string; cases: number };

/** What a data folder holds, read beside the appliance: a read-only connection changes nothing. */
export function inspect(folder: string): { problems: string[]; stored: Stored[] } {
  const db = new Database(join(folder, 'qualitypilot.db'), { readonly: true, timeout: 5000 });
  try {
    return inspectDatabase(db);
  } finally {
    db.close();
  }
}

/** Damage, broken references, half runs and double ones. */
export function inspectDatabase(db: Database.Database): { problems: string[]; stored: Stored[] } {
  const problems: string[] = [];
  const integrity = db.pragma('integrity_check', { simple: true });
  if (integrity !== 'ok') return { problems: [`integrity: ${integrity}`], stored: [] };
  const broken = db.pragma('foreign_key_check') as unknown[];
  if (broken.length > 0) problems.push(`foreign keys: ${JSON.stringify(broken.slice(0, 3))}`);
  const rows = db
    .prepare<[], { id: Buffer; commit: string; cases: number; columns: Buffer | null }>(
      `SELECT uploads.id AS id, commit_sha AS "commit", uploads.cases_stored AS cases, columns
       FROM uploads JOIN runs ON runs.seq = run_seq LEFT JOIN blocks ON upload_seq = uploads.seq
       ORDER BY uploads.seq`,
    )
    .all();
  for (const { commit, cases, columns } of rows) {
    const inBlock = columns === null ? 0 : decodeColumns(columns).statuses.length;
    if (inBlock !== cases) problems.push(`${commit}: ${inBlock} of ${cases} cases`);
  }
  const names = rows.map(({ commit }) => commit);
  for (const name of names.filter((name, i) => names.indexOf(name) !== i)) {
    problems.push(`${name}: stored twice`);
  }
  const stored = rows.map(({ id, commit, cases }) => ({ id: formatUuid(id), commit, cases }));
  return { problems, stored };
}

/** Every acknowledged post is there, as it was answered. */
export function lostOf(acked: Iterable<Acked>, stored: Stored[]): string[] {
  const byId = new Map(stored.map((one) => [one.id, one]));
  return [...acked]
    .filter(({ id, name, cases }) => byId.get(id)?.commit !== name || byId.get(id)?.cases !== cases)
    .map(({ name, id }) => `${name} (${id})`);
}

export function assertKept(folder: string, acked: Iterable<Acked>): Stored[] {
  const { problems, stored } = inspect(folder);
  assert.deepEqual(problems, []);
  assert.deepEqual(lostOf(acked, stored), [], 'acknowledged runs are lost');
  return stored;
}
