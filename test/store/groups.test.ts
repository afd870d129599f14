import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { hashKey } from '../../src/domain/api-key.ts';
import type { KeyPrincipal } from '../../src/store/ingest.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { tempFolder } from '../helpers/run-program.ts';

const nowMs = Date.parse('2026-11-01T00:00:00Z');
const summary = { total: 1, passed: 1, failed: 0 };
const cases = [{ suite: 's', name: 'n', status: 'passed' }];

describe('runs that are committed together', () => {
  let folder: string;
  let store: Store;
  let principal: KeyPrincipal;

  const open = async () => {
    const opened = await openStore({
      folder,
      nowMs,
      pid: process.pid,
      readers: 1,
      onFailure: (exit) => assert.fail(exit),
    });
    store = opened.store;
    return opened.firstStart;
  };
  beforeEach(async () => {
    folder = tempFolder();
    const { apiKey } = (await open())!;
    principal = (await store.findKey(hashKey(apiKey)))!.principal;
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const post = (body: object, extra: object = {}) =>
    store.ingest({
      principal,
      body: new TextEncoder().encode(JSON.stringify({ repo: 'acme/web', summary, ...body })),
      receivedAtMs: nowMs,
      admittedAtMs: nowMs,
      route: 'test-runs',
      idempotencyKey: null,
      ...extra,
    });

  /** Which of the posts were stored. */
  const together = async (...posts: Promise<unknown>[]) =>
    (await Promise.allSettled(posts)).map(({ status }) => status === 'fulfilled');

  const ask = <T>(sql: string): T => {
    const db = new Database(join(folder, 'qualitypilot.db'));
    const value = db.prepare(sql).pluck().all() as T;
    db.close();
    return value;
  };

  const admitted = async () =>
    (await store.admissionsSince(nowMs - 1)).reduce((sum, { requests }) => sum + requests, 0);

  it('one that fails while it is written takes nobody with it, because it is undone alone', async () => {
    await post({ commit: 'c1', cases });
    await store.close();
    const db = new Database(join(folder, 'qualitypilot.db'));
    db.exec("UPDATE blocks SET columns = x'010000000000'");
    db.close();
    await open();
    const stored = await together(
      post({ repo: 'acme/first', cases }),
      post({ commit: 'c1', cases }),
      post({ repo: 'acme/new', cases }),
      post({ repo: 'acme/new', cases }),
    );
    assert.deepEqual(stored, [true, false, true, true]);
    assert.deepEqual(ask('SELECT count(*) FROM uploads'), [4]);
    assert.deepEqual(ask('SELECT used FROM credits'), [4]);
    assert.equal(await admitted(), 4);
    assert.deepEqual(
      ask(`SELECT slug || ' ' || count(*) FROM repos JOIN runs ON repo_id = repos.id
             WHERE last_run_seq IS NOT NULL GROUP BY slug ORDER BY slug`),
      ['acme/first 1', 'acme/new 2', 'acme/web 1'],
    );
  });

  it('a trial run leaves nothing, not even its repo, and is not in the way of others', async () => {
    const stored = await together(
      post({}),
      post({ repo: 'acme/dry' }, { dryRun: true }),
      post({ repo: 'acme/web' }, { dryRun: true }),
      post({}),
    );
    assert.deepEqual(stored, [true, true, true, true]);
    assert.deepEqual(ask('SELECT count(*) FROM uploads'), [2]);
    assert.deepEqual(ask('SELECT slug FROM repos'), ['acme/web']);
    assert.deepEqual(
      ask('SELECT last_run_seq FROM repos'),
      ask('SELECT max(seq) FROM runs'),
      'the newest run is one that stayed',
    );
    assert.equal(await admitted(), 2);
    await post({ repo: 'acme/dry' });
    assert.deepEqual(ask('SELECT slug FROM repos ORDER BY slug'), ['acme/dry', 'acme/web']);
  });

  it('one that may not post leaves no trace, because it is refused before it writes', async () => {
    const stranger = { ...principal, repos: ['acme/other'] };
    const stored = await together(post({}), post({}, { principal: stranger }), post({}));
    assert.deepEqual(stored, [true, false, true]);
    assert.deepEqual(ask('SELECT used FROM credits'), [2]);
    assert.equal(await admitted(), 2);
  });

  it('requests of one millisecond share a row, which counts them for the limiter', async () => {
    await together(post({}), post({}), post({}), post({}, { admittedAtMs: nowMs + 1 }));
    assert.equal(await admitted(), 4);
    const rows = await store.admissionsSince(nowMs);
    assert.deepEqual(rows, [{ keyId: principal.keyId, atMs: nowMs + 1, requests: 1 }]);
  });
});
