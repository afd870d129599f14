import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { hashKey } from '../../src/domain/api-key.ts';
import type { KeyPrincipal } from '../../src/store/ingest.ts';
import { openStore, type Store } from '../../src/store/store.ts';

const start = Date.parse('2026-11-01T00:00:00Z');
const words = ['passed', 'failed', 'skipped', 'flaky'];

describe('history of a test', () => {
  let folder: string;
  let store: Store;
  let principal: KeyPrincipal;
  let posted = 0;
  /** of `always`, newest first, as it was posted */
  const expected: { uploadId: string; status: string; durationMs: number | null }[] = [];

  const open = async () => {
    const opened = await openStore({
      folder,
      nowMs: start,
      pid: process.pid,
      readers: 1,
      onFailure: (cause) => assert.fail(String(cause)),
    });
    store = opened.store;
    return opened.firstStart;
  };
  const post = async (repo: string, cases: object[]) => {
    const body = {
      repo,
      commit: `c${++posted}`,
      summary: { total: cases.length, passed: cases.length, failed: 0 },
      cases,
    };
    return store.ingest({
      principal,
      body: new Uint8Array(new TextEncoder().encode(JSON.stringify(body))),
      receivedAtMs: start + posted,
      admittedAtMs: null,
      route: 'test-runs',
      idempotencyKey: null,
    });
  };
  /** The i-th upload: 300 tests; `seldom` runs once in 50. */
  const postNext = async (i: number) => {
    const status = words[(i * 7) % 4]!;
    const durationMs = i % 5 === 0 ? null : (i * 13) % 200;
    const others = Array.from({ length: 300 }, (_, k) => ({
      suite: 's',
      name: `other ${k}`,
      status: 'passed',
      durationMs: k,
    }));
    const seldom = i % 50 === 0 ? [{ suite: 's', name: 'seldom', status: 'failed' }] : [];
    const { id } = await post('acme/web', [
      ...others,
      { suite: 's', name: 'always', status, durationMs },
      ...seldom,
    ]);
    expected.unshift({ uploadId: id, status, durationMs });
  };
  const idOf = async (name: string) => {
    const page = await store.listCases(expected[0]!.uploadId, { q: name }, 1, 0);
    return page!.items[0]!.testId;
  };
  const query = (sql: string): number => {
    const db = new Database(join(folder, 'qualitypilot.db'), { readonly: true });
    try {
      return db.prepare<[], number>(sql).pluck().get()!;
    } finally {
      db.close();
    }
  };
  const untilSealed = async (stripes: number) => {
    for (let turn = 0; turn < 200; turn++) {
      if (query('SELECT count(DISTINCT last_seq) FROM stripes') === stripes) return;
      await wait(25);
    }
    assert.fail('the stripes were not sealed');
  };
  const seen = async (name: string, limit: number) => {
    const history = await store.testHistory('acme/web', await idOf(name), limit);
    return history!.entries.map(({ uploadId, status, durationMs }) => ({
      uploadId,
      status,
      durationMs,
    }));
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'qualitypilot-'));
    const first = await open();
    principal = (await store.findKey(hashKey(first!.apiKey)))!.principal;
    for (let i = 0; i <= 200; i++) await postNext(i);
    await untilSealed(3);
  });
  after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it('is what was posted, newest first, across stripes and the uploads behind them', async () => {
    assert.deepEqual(await seen('always', 256), expected);
  });
  it('ends at the limit, because a page shows the newest', async () => {
    for (const limit of [1, 9, 64, 65, 73, 74, 200]) {
      assert.deepEqual(await seen('always', limit), expected.slice(0, limit));
    }
  });
  it('says whether that is all', async () => {
    const always = await idOf('always');
    const part = await store.testHistory('ACME/web', always, 100);
    assert.equal(part!.isWhole, false);
    const whole = await store.testHistory('acme/web', always, 256);
    assert.equal(whole!.isWhole, true);
  });
  it('finds a test that seldom runs', async () => {
    const history = await store.testHistory('acme/web', await idOf('seldom'), 256);
    assert.deepEqual(
      history!.entries.map((e) => e.uploadId),
      [200, 150, 100, 50, 0].map((i) => expected[200 - i]!.uploadId),
    );
    assert.equal(history!.entries[0]!.commit, 'c201');
  });
  it('is null for what there is not', async () => {
    assert.equal(await store.testHistory('acme/web', '0011223344556677', 9), null);
    assert.equal(await store.testHistory('acme/none', await idOf('always'), 9), null);
  });
  it('goes on after a restart, because the count of what is not sealed is in the file', async () => {
    await store.close();
    await open();
    for (let i = 201; i < 256; i++) await postNext(i);
    await untilSealed(4);
    assert.deepEqual(await seen('always', 256), expected);
  });
  it('is made again when its stripes are deleted, because they are derived', async () => {
    await store.close();
    const db = new Database(join(folder, 'qualitypilot.db'));
    db.exec('DELETE FROM stripes; UPDATE repos SET sealed_seq = 0');
    db.close();
    await open();
    await post('acme/web', [{ suite: 's', name: 'one more', status: 'passed' }]);
    await untilSealed(4);
    assert.deepEqual(await seen('always', 256), expected);
  });
  it('shows the others when the block of one upload is damaged', async () => {
    await store.close();
    const db = new Database(join(folder, 'qualitypilot.db'));
    db.exec(
      "UPDATE blocks SET columns = x'0100' WHERE upload_seq = (SELECT max(upload_seq) - 1 FROM blocks)",
    );
    db.exec(
      "UPDATE stripes SET block = x'0100' WHERE last_seq = (SELECT min(last_seq) FROM stripes)",
    );
    db.exec('DELETE FROM stripes WHERE last_seq = (SELECT max(last_seq) FROM stripes)');
    db.exec('UPDATE repos SET sealed_seq = (SELECT max(last_seq) FROM stripes)');
    db.close();
    await open();
    const always = expected.find(({ uploadId }) => uploadId === expected[1]!.uploadId)!;
    const history = await store.testHistory('acme/web', await idOfFrom(always.uploadId), 256);
    assert.deepEqual(
      history!.entries.map((e) => e.uploadId),
      expected.slice(1, -64).map((e) => e.uploadId),
    );
  });
  const idOfFrom = async (uploadId: string) => {
    const page = await store.listCases(uploadId, { q: 'always' }, 1, 0);
    return page!.items[0]!.testId;
  };
});
