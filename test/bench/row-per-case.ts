import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { median } from './reference.ts';
import { large, makeBody, medium } from './workload.ts';

export type CaseJson = {
  suite: string;
  name: string;
  status: string;
  durationMs: number;
  errorMessage?: string;
};
export type RunJson = { repo: string; commit: string; cases: CaseJson[] };

export type BaselineResult = {
  cases: number;
  bytesPerCase: number;
  /** cases a second over 10,000-case runs, of the last fifth of the volume */
  rateAtEnd: number;
};

/** Half of the cases in 10,000-case runs, half in runs of 500 for twenty repos: as the appliance gets. */
export function* runsUpTo(cases: number): Generator<string> {
  const bodies = Array.from({ length: 16 }, (_, i) => makeBody('bench/large', i, large).toString());
  const small = Array.from({ length: 20 }, (_, i) =>
    makeBody(`bench/medium-${i}`, i, medium).toString(),
  );
  for (let stored = 0, round = 0; stored < cases; stored += 20_000, round++) {
    yield bodies[round % bodies.length]!;
    yield* small;
  }
}

/**
 * What most people would build: a row per case, texts inline, an index by run and one by test, one
 * transaction per run, the same durability. It parses its JSON, but has neither HTTP nor checks.
 */
export async function measureRowPerCase(folder: string, cases: number): Promise<BaselineResult> {
  const file = join(folder, 'rows.db');
  const db = new Database(file);
  db.pragma('journal_mode=WAL');
  db.pragma('synchronous=FULL');
  db.exec(`
    CREATE TABLE runs (id INTEGER PRIMARY KEY, repo TEXT NOT NULL, commit_sha TEXT NOT NULL);
    CREATE TABLE cases (
      id INTEGER PRIMARY KEY, run_id INTEGER NOT NULL, suite TEXT NOT NULL, name TEXT NOT NULL,
      status TEXT NOT NULL, duration_ms INTEGER, message TEXT
    );
    CREATE INDEX cases_by_run ON cases (run_id);
    CREATE INDEX cases_by_test ON cases (suite, name, run_id);
  `);
  const insertRun = db.prepare('INSERT INTO runs (repo, commit_sha) VALUES (?, ?)');
  const insertCase = db.prepare(
    'INSERT INTO cases (run_id, suite, name, status, duration_ms, message) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const store = db.transaction((run: RunJson) => {
    const { lastInsertRowid } = insertRun.run(run.repo, run.commit);
    for (const { suite, name, status, durationMs, errorMessage } of run.cases) {
      insertCase.run(lastInsertRowid, suite, name, status, durationMs, errorMessage ?? null);
    }
  });
  const taken: number[] = [];
  let stored = 0;
  for (const body of runsUpTo(cases)) {
    const from = performance.now();
    const run = JSON.parse(body) as RunJson;
    store(run);
    stored += run.cases.length;
    if (run.cases.length === large.tests) taken.push(performance.now() - from);
    // So that Ctrl-C is heard.
    await nextTurn();
  }
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  const bytesPerCase = statSync(file).size / stored;
  rmSync(file);
  const last = taken.slice(-Math.max(5, Math.floor(taken.length / 5)));
  return { cases: stored, bytesPerCase, rateAtEnd: (large.tests / median(last)) * 1000 };
}
