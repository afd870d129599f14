import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
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

describe('a crash between two statements', { timeout: 200_000 }, () => {
  const folder = tempFolder();
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('leaves all of a run or nothing of it: cases, names, admission, credits and answer', async (t) => {
    const before = join(folder, 'before');
    const appliance = await openAppliance({ folder: before });
    const first = { repo: 'acme/web', commit: 'c1', summary: { total: 1, passed: 1, failed: 0 } };
    assert.equal((await appliance.post({ ...first, cases: [cases[0]] })).status, 202);
    await appliance.close(true);

    const crash = async (at: number) => {
      const data = join(folder, `at-${at}`);
      cpSync(before, data, { recursive: true });
      const ended = await storeOne(data, appliance.key, at);
      assert.deepEqual(inspect(data).problems, [], `after a crash at statement ${at}`);
      const picture = rowsOf(data);
      rmSync(data, { recursive: true });
      return { ended, picture };
    };
    const nothing = rowsOf(before);
    const all = await crash(1_000_000);
    assert.equal(all.ended, 0);
    assert.notDeepEqual(all.picture, nothing);

    let at = 0;
    let whole = 0;
    for (; ; at++) {
      const { ended, picture } = await crash(at);
      if (ended === 0) break;
      assert.equal(ended, 'SIGKILL', `at statement ${at}`);
      const isAll = JSON.stringify(picture) === JSON.stringify(all.picture);
      if (!isAll) assert.deepEqual(picture, nothing, `half a run after a crash at statement ${at}`);
      whole += isAll ? 1 : 0;
    }
    assert.ok(at > 15, `only ${at} statements`);
    assert.ok(whole > 0, 'no crash after the commit');
    t.diagnostic(`${at} gaps: ${at - whole} left nothing, ${whole} all`);
  });
});

/** The exit code, or the signal that ended it. */
function storeOne(data: string, key: string, at: number): Promise<number | string> {
  const [node, file] = script('store-one-run.ts') as [string, string];
  const env = { ...process.env, CRASH_AT: String(at) };
  return new Promise((resolve) => {
    execFile(node, [file, data, key, body], { env, timeout: 30_000 }, (error) =>
      resolve(error === null ? 0 : (error.signal ?? Number(error.code))),
    );
  });
}

/** How many rows each table has. */
function rowsOf(data: string): Record<string, number> {
  const db = new Database(join(data, 'qualitypilot.db'), { readonly: true });
  const tables = db
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .pluck()
    .all();
  const count = (table: string) => db.prepare(`SELECT count(*) FROM "${table}"`).pluck().get();
  const rows = Object.fromEntries(tables.map((table) => [table, count(table) as number]));
  db.close();
  return rows;
}
