import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { hashKey } from '../../src/domain/api-key.ts';
import type { KeyPrincipal } from '../../src/store/ingest.ts';
import { openStore, type Store } from '../../src/store/store.ts';

const day = 86_400_000;
const start = Date.parse('2026-11-01T00:00:00Z');
const summary = { total: 2, passed: 1, failed: 1 };
const cases = [
  { suite: 'auth', name: 'logs in', status: 'passed', durationMs: 12 },
  {
    suite: 'auth',
    name: 'logs out',
    status: 'failed',
    durationMs: 7,
    errorMessage: 'expected 1, got 2',
    stack: 'at x',
    line: 3,
  },
];

const onFailure = (cause: unknown) => assert.fail(String(cause));

describe('store', () => {
  let folder: string;
  let store: Store;
  let principal: KeyPrincipal;
  let nowMs = start;

  const open = async () => {
    const opened = await openStore({
      folder,
      nowMs,
      pid: process.pid,
      readers: 1,
      onFailure,
    });
    store = opened.store;
    return opened.firstStart;
  };
  const ingest = (body: object, extra: object = {}) =>
    store.ingest({
      principal,
      body: new Uint8Array(
        new TextEncoder().encode(JSON.stringify({ repo: 'acme/web', summary, ...body })),
      ),
      receivedAtMs: nowMs,
      admittedAtMs: nowMs,
      route: 'test-runs',
      idempotencyKey: null,
      ...extra,
    });
  const picture = async (id: string) => {
    const page = await store.listCases(id, {}, 100, 0);
    return page!.items.map(({ name, status, attempts }) => `${name}: ${status} ${attempts}`);
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'qualitypilot-'));
    const first = await open();
    const found = await store.findKey(hashKey(first!.apiKey));
    principal = found!.principal;
  });
  after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it('a second start makes no second key, because the first one is in use', async () => {
    await store.close();
    assert.equal(await open(), null);
  });

  it('a run comes back as it was posted', async () => {
    const { id, casesStored } = await ingest({
      repo: 'acme/plain',
      commit: 'c1',
      branch: 'main',
      cases,
    });
    assert.equal(casesStored, 2);
    const run = await store.getRun(id);
    assert.deepEqual(
      [run?.repo, run?.commit, run?.branch, run?.outcome],
      ['acme/plain', 'c1', 'main', 'failed'],
    );
    const page = await store.listCases(id, { status: 'failed' }, 10, 0);
    assert.deepEqual(page?.counts, { passed: 1, failed: 1, skipped: 0, flaky: 0 });
    const { testId, ...rest } = page!.items[0]!;
    assert.match(testId, /^[0-9a-f]{16}$/);
    assert.deepEqual(rest, {
      suite: 'auth',
      name: 'logs out',
      status: 'failed',
      durationMs: 7,
      attempts: 1,
      errorMessage: 'expected 1, got 2',
      stack: 'at x',
      file: null,
      line: 3,
    });
  });

  it('equal names in one upload are two tests, and keep their numbers in the next', async () => {
    const twice = [cases[0], cases[0]];
    const a = await ingest({ repo: 'acme/twice', cases: twice });
    const b = await ingest({ repo: 'acme/twice', cases: twice });
    assert.deepEqual(await picture(a.id), ['logs in: passed 1', 'logs in #2: passed 1']);
    const ids = await Promise.all(
      [a, b].map(async ({ id }) =>
        (await store.listCases(id, {}, 9, 0))!.items.map((c) => c.testId),
      ),
    );
    assert.deepEqual(ids[0], ids[1]);
  });

  it('an explicit id keeps the test through a rename', async () => {
    const named = (name: string) =>
      ingest({ repo: 'acme/ids', cases: [{ id: 'T-1', suite: 's', name, status: 'passed' }] });
    const [a, b] = [await named('old name'), await named('new name')];
    const first = (await store.listCases(a.id, {}, 1, 0))!.items[0]!;
    const second = (await store.listCases(b.id, {}, 1, 0))!.items[0]!;
    assert.equal(first.testId, second.testId);
    assert.equal(second.name, 'new name');
  });

  it('shards with one run key are one run, and any upload leads to it', async () => {
    const shard = (index: number, item: object) =>
      ingest({
        repo: 'acme/shards',
        runKey: 'ci-1',
        shard: { index, total: 2 },
        summary: { total: 1, passed: 1, failed: 0 },
        cases: [item],
      });
    const a = await shard(1, cases[0]!);
    const b = await shard(2, cases[1]!);
    const run = await store.getRun(b.id);
    assert.deepEqual([run?.id, run?.uploads, run?.attempts, run?.summary.total], [a.id, 2, 1, 2]);
    assert.equal((await store.listRuns('acme/shards', {}, 10, null)).items.length, 1);
  });

  it('a re-run without a key is the next attempt; green then does not erase red', async () => {
    const post = (status: string) =>
      ingest({ repo: 'acme/rerun', commit: 'c9', cases: [{ ...cases[0], status }, cases[1]] });
    await post('failed');
    nowMs += 60_000;
    const { id } = await post('passed');
    assert.deepEqual(await picture(id), ['logs in: flaky 2', 'logs out: failed 2']);
    assert.equal((await store.getRun(id))?.attempts, 2);
  });

  it('more than two hours apart is another run; so is a run without a commit', async () => {
    const post = (body: object) =>
      ingest({ repo: 'acme/gap', summary: { total: 1, passed: 1, failed: 0 }, ...body });
    await post({ commit: 'c1', cases: [cases[0]] });
    nowMs += 2 * 3_600_000 + 1;
    await post({ commit: 'c1', cases: [cases[0]] });
    await post({});
    await post({});
    assert.equal((await store.listRuns('acme/gap', {}, 10, null)).items.length, 4);
  });

  it('a run of many uploads reads the same after a restart', async () => {
    const post = (i: number) =>
      ingest({
        repo: 'acme/many',
        runKey: 'k',
        cases: [{ suite: 's', name: `t${i % 7}`, status: i === 3 ? 'failed' : 'passed' }],
      });
    for (let i = 0; i < 5; i++) await post(i);
    await store.close();
    await open();
    let id = '';
    for (let i = 5; i < 10; i++) id = (await post(i)).id;
    const run = await store.getRun(id);
    assert.deepEqual([run?.uploads, run?.casesStored], [10, 7]);
    assert.equal((await picture(id)).length, 7);
  });

  it('one bad run in a group spoils only itself', async () => {
    const results = await Promise.allSettled([
      ingest({ repo: 'acme/group', commit: 'a' }),
      ingest({ repo: 'not a repo' }),
      ingest({ repo: 'acme/group', commit: 'b' }),
      ingest(
        { repo: 'acme/group', commit: 'c' },
        { principal: { ...principal, repos: ['labs/*'] } },
      ),
      ingest({ repo: 'acme/group', commit: 'd' }),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
    );
    const runs = await store.listRuns('acme/group', {}, 10, null);
    assert.deepEqual(
      runs.items.map(({ commit }) => commit),
      ['d', 'b', 'a'],
    );
  });

  it('names of a run that was refused are not believed afterwards', async () => {
    const named = [{ suite: 'new', name: 'never stored', status: 'passed' }];
    const foreign = { principal: { ...principal, repos: ['labs/*'] } };
    const refused = assert.rejects(ingest({ repo: 'acme/web', cases: named }, foreign));
    const { id } = await ingest({ repo: 'acme/web', cases: named });
    await refused;
    assert.deepEqual(await picture(id), ['never stored: passed 1']);
  });

  it('the same Idempotency-Key and body have one effect and one answer; another body is refused', async () => {
    const post = (total: number) =>
      ingest(
        { repo: 'acme/once', summary: { total, passed: total, failed: 0 } },
        { idempotencyKey: 'k1' },
      );
    const [a, b] = await Promise.all([post(1), post(1)]);
    assert.deepEqual(a, b);
    await assert.rejects(post(2), { code: 'idempotency_key_reused' });
    assert.equal((await store.listRuns('acme/once', {}, 10, null)).items.length, 1);
    nowMs += day + 1;
    assert.notEqual((await post(2)).id, a.id);
  });

  it('lists are paged by key: every run once, newest first', async () => {
    for (let i = 0; i < 7; i++)
      await ingest({ repo: 'acme/pages', commit: `c${i}`, branch: i % 2 ? 'dev' : 'main' });
    const seen: string[] = [];
    let cursor: number | null = null;
    do {
      const page = await store.listRuns('acme/pages', {}, 3, cursor);
      seen.push(...page.items.map(({ commit }) => commit!));
      cursor = page.next === null ? null : Number(page.next);
    } while (cursor !== null);
    assert.deepEqual(seen, ['c6', 'c5', 'c4', 'c3', 'c2', 'c1', 'c0']);
    const dev = await store.listRuns('acme/pages', { branch: 'dev', outcome: 'failed' }, 10, null);
    assert.deepEqual(
      dev.items.map(({ commit }) => commit),
      ['c5', 'c3', 'c1'],
    );
  });

  it('a search goes over suites and names, ignoring case, and takes no sign for a wildcard', async () => {
    const { id } = await ingest({ repo: 'acme/search', cases });
    const find = async (q: string) => (await store.listCases(id, { q }, 10, 0))!.matching;
    assert.deepEqual(
      [await find('LOGS'), await find('auth › logs out'), await find('%'), await find('_')],
      [2, 1, 0, 0],
    );
  });

  it('synchronous is FULL on the connection that answered, because a 202 stands on it', async () => {
    await ingest({});
    const db = new Database(join(folder, 'qualitypilot.db'), { readonly: true });
    assert.equal(db.pragma('journal_mode', { simple: true }), 'wal');
    assert.equal(db.pragma('auto_vacuum', { simple: true }), 2);
    assert.equal(db.pragma('application_id', { simple: true }), 0x51504c54);
    db.close();
  });

  it('requests are remembered for the limiter', async () => {
    await ingest({});
    const admissions = await store.admissionsSince(nowMs - 1000);
    assert.deepEqual(admissions.at(-1), { keyId: principal.keyId, atMs: nowMs, requests: 1 });
  });

  it('a second process is told who holds the folder', async () => {
    await assert.rejects(openStore({ folder, nowMs, pid: 1, readers: 1, onFailure }), {
      code: 75,
      message: new RegExp(`process ${process.pid}`),
    });
  });
});
