import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { openAppliance } from '../helpers/appliance.ts';
import { tempFolder } from '../helpers/run-program.ts';
import { script } from './appliance-process.ts';
import { inspect } from './inspect.ts';

const cases = [
  { suite: 's', name: 'old', status: 'passed' },
  { suite: 's', name: 'new', status: 'failed', errorMessage: 'no' },
  { suite: 's', name: 'newer', status: 'flaky', attempts: 2 },
];
const summary = { total: 3, passed: 1, failed: 1, flaky: 1 };
const body = JSON.stringify({ repo: 'acme/new', commit: 'c2', summary, cases });

describe('a crash between two statements', { timeout: 600_000 }, () => {
  const root = tempFolder();
  after(() => rmSync(root, { recursive: true, force: true }));

  it('leaves all of a run or nothing of it: cases, names, admission and answer', async (t) => {
    const folder = join(root, 'data');
    const copies = join(root, 'copies');
    mkdirSync(copies);
    const appliance = await openAppliance({ folder });
    const first = { repo: 'acme/web', commit: 'c1', summary: { total: 1, passed: 1, failed: 0 } };
    assert.equal((await appliance.post({ ...first, cases: [cases[0]] })).status, 202);
    await appliance.close(true);

    const nothing = rowsOf(folder);
    const [node, file] = script('store-one-run.ts') as [string, string];
    execFileSync(node, [file, folder, appliance.key, body], {
      env: { ...process.env, FOLDER: folder, COPIES: copies },
      timeout: 60_000,
    });
    const all = rowsOf(folder);
    for (const table of ['uploads', 'blocks', 'failures', 'admissions', 'idempotent_answers']) {
      assert.ok(all[table]! > nothing[table]!, `the run left no row in ${table}`);
    }

    const crashes = readdirSync(copies).sort((a, b) => Number(a) - Number(b));
    let whole = 0;
    for (const at of crashes) {
      assert.deepEqual(inspect(join(copies, at)).problems, [], `after a crash at statement ${at}`);
      const rows = rowsOf(join(copies, at));
      const isAll = JSON.stringify(rows) === JSON.stringify(all);
      if (!isAll) assert.deepEqual(rows, nothing, `half a run after a crash at statement ${at}`);
      whole += isAll ? 1 : 0;
    }
    assert.ok(crashes.length > 15, `only ${crashes.length} statements`);
    assert.ok(whole > 0, 'no crash after the commit');
    t.diagnostic(`${crashes.length - whole} crashes left nothing, ${whole} all`);
  });
});

/** How many rows each table has. */
function rowsOf(folder: string): Record<string, number> {
  const db = new Database(join(folder, 'qualitypilot.db'));
  const tables = db
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .pluck()
    .all();
  const count = (table: string) => db.prepare(`SELECT count(*) FROM "${table}"`).pluck().get();
  const rows = Object.fromEntries(tables.map((table) => [table, count(table) as number]));
  db.close();
  return rows;
}
