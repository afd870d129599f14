import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { hashKey } from '../../src/domain/api-key.ts';
import type { Summary } from '../../src/domain/model.ts';
import { limits } from '../../src/limits.ts';
import type { IngestAnswer, KeyPrincipal } from '../../src/store/ingest.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { shardsMissing } from '../../src/web/api/shapes.ts';

const start = Date.parse('2026-11-01T00:00:00Z');
const statuses = ['passed', 'failed', 'skipped', 'flaky'] as const;

type Case = {
  test: number;
  status: (typeof statuses)[number];
  durationMs: number;
  attempts: number;
};

/** One post of a run; everything that decides where it belongs is said. */
type Upload = {
  attempt: number;
  shard: { index: number; total: number } | null;
  cases: Case[];
  /** counted beyond the listed cases */
  unlisted: { passed: number; failed: number; skipped: number };
  /** whether `passed` holds the flaky ones too, as some runners count */
  isFlakyPassed: boolean;
  durationMs: number | null;
};

const small = fc.integer({ min: 0, max: 3 });

const aCase = (test: number): fc.Arbitrary<Case> =>
  fc.record({
    test: fc.constant(test),
    status: fc.constantFrom(...statuses),
    durationMs: fc.integer({ min: 0, max: 900 }),
    attempts: fc.integer({ min: 1, max: 3 }),
  });

const someCases = (tests: number) =>
  fc
    .subarray(Array.from({ length: tests }, (_, test) => test))
    .chain((chosen) => fc.tuple(...chosen.map(aCase)));

const anUpload: fc.Arbitrary<Upload> = fc.record({
  attempt: fc.integer({ min: 1, max: 3 }),
  shard: fc.option(fc.integer({ min: 1, max: 4 }).map((index) => ({ index, total: 4 }))),
  cases: someCases(6),
  unlisted: fc.oneof(
    { weight: 3, arbitrary: fc.constant({ passed: 0, failed: 0, skipped: 0 }) },
    { weight: 1, arbitrary: fc.record({ passed: small, failed: small, skipped: small }) },
  ),
  isFlakyPassed: fc.boolean(),
  durationMs: fc.option(fc.integer({ min: 0, max: 5000 })),
});

const uploads = fc.array(anUpload, { minLength: 1, maxLength: 5 });
/** A list and the same list in another order. */
const inTwoOrders = uploads.chain((list) =>
  fc.tuple(
    fc.constant(list),
    fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
  ),
);

const count = (cases: readonly Case[], status: Case['status']) =>
  cases.filter((item) => item.status === status).length;

function summaryOf({ cases, unlisted, isFlakyPassed, durationMs }: Upload): Summary {
  const flaky = count(cases, 'flaky');
  const { passed, failed, skipped } = unlisted;
  return {
    total: cases.length + passed + failed + skipped,
    passed: count(cases, 'passed') + passed + (isFlakyPassed ? flaky : 0),
    failed: count(cases, 'failed') + failed,
    skipped: count(cases, 'skipped') + skipped,
    flaky,
    durationMs,
  };
}

type Names = { suite: (test: number) => string; name: (test: number) => string };
const plainNames: Names = { suite: (test) => `suite ${test % 2}`, name: (test) => `test ${test}` };

const bodyOf = (upload: Upload, names = plainNames) => ({
  job: upload.shard === null ? 'unit' : `unit ${upload.shard.index}/${upload.shard.total}`,
  runUrl: upload.shard === null ? null : 'https://ci.example/runs/1',
  ciProvider: upload.shard === null ? null : 'gitlab_ci',
  runAttempt: upload.attempt,
  shard: upload.shard,
  summary: summaryOf(upload),
  cases: upload.cases.map(({ test, status, durationMs, attempts }) => ({
    suite: names.suite(test),
    name: names.name(test),
    status,
    durationMs,
    attempts,
  })),
});

describe('logical runs in a real store', () => {
  let folder: string;
  let store: Store;
  let principal: KeyPrincipal;
  let repos = 0;
  /** A repo that no other example uses. */
  const newRepo = () => `acme/r${repos++}`;

  const open = async () => {
    const onFailure = (cause: unknown) => assert.fail(String(cause));
    const opened = await openStore({
      folder,
      nowMs: start,
      pid: process.pid,
      readers: 1,
      onFailure,
    });
    store = opened.store;
    return opened.firstStart;
  };
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'qualitypilot-'));
    const first = await open();
    principal = (await store.findKey(hashKey(first!.apiKey)))!.principal;
  });
  after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const post = (body: object, atMs = start, key: string | null = null): Promise<IngestAnswer> =>
    store.ingest({
      principal,
      body: new Uint8Array(new TextEncoder().encode(JSON.stringify(body))),
      receivedAtMs: atMs,
      admittedAtMs: null,
      route: 'test-runs',
      idempotencyKey: key,
    });

  /** Posts in this order; the posts that wait together are committed together. Returns the run's id. */
  async function postRun(list: readonly Upload[], repo = newRepo(), names = plainNames) {
    const common = { repo, runKey: 'ci-1', commit: 'abc1234' };
    const answers = await Promise.all(
      list.map((upload) => post({ ...common, ...bodyOf(upload, names) })),
    );
    return answers[0]!.id;
  }

  /** What a run is, whatever came first: no ids, no stamps, no order of cases. */
  async function pictureOf(id: string) {
    const run = (await store.getRun(id))!;
    const page = (await store.listCases(id, {}, 30_000, 0))!;
    const { outcome, summary, attempts, uploads, casesStored, casesDropped } = run;
    const { job, runUrl, ciProvider } = run;
    const cases = page.items
      .map(({ suite, name, status, durationMs, attempts }) =>
        [suite, name, status, durationMs, attempts].join(' · '),
      )
      .sort();
    assert.equal(casesStored, cases.length);
    const counts = { summary, attempts, uploads, casesStored, casesDropped };
    const missing = shardsMissing(run);
    return { outcome, ...counts, job, runUrl, ciProvider, missing, cases };
  }

  const runsOf = async (repo: string) => (await store.listRuns(repo, {}, 200, null)).items;

  it('the same Idempotency-Key in any interleaving is one upload, because CI retries what timed out', async () => {
    const posts = fc
      .array(fc.tuple(anUpload, fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 4 })
      .chain((list) => {
        const all = list.flatMap(([upload, times], i) => Array(times).fill({ upload, i }));
        return fc.shuffledSubarray(all as { upload: Upload; i: number }[], {
          minLength: all.length,
          maxLength: all.length,
        });
      });
    await fc.assert(
      fc.asyncProperty(posts, fc.boolean(), async (sequence, isAtOnce) => {
        const repo = newRepo();
        const send = ({ upload, i }: { upload: Upload; i: number }) =>
          post(
            { repo, runKey: 'ci-1', commit: 'abc1234', ...bodyOf(upload) },
            start,
            `${repo} ${i}`,
          );
        const answers: IngestAnswer[] = [];
        if (isAtOnce) answers.push(...(await Promise.all(sequence.map(send))));
        else for (const one of sequence) answers.push(await send(one));
        const byKey = new Map<number, IngestAnswer>();
        sequence.forEach(({ i }, n) => {
          assert.deepEqual(answers[n], byKey.get(i) ?? answers[n]);
          byKey.set(i, answers[n]!);
        });
        const once = [...new Map(sequence.map(({ i, upload }) => [i, upload])).values()];
        assert.deepEqual(await pictureOf(answers[0]!.id), await pictureOf(await postRun(once)));
      }),
      { numRuns: 60 },
    );
  });

  it('any order of the same uploads is the same run, because shards race each other', async () => {
    await fc.assert(
      fc.asyncProperty(inTwoOrders, async ([list, shuffled]) => {
        assert.deepEqual(
          await pictureOf(await postRun(shuffled)),
          await pictureOf(await postRun(list)),
        );
      }),
      { numRuns: 100 },
    );
  });

  it('cases posted whole or in shards of one attempt, in any order, are the same run', async () => {
    const parted = fc
      .tuple(fc.integer({ min: 1, max: 20 }).chain(someCases), fc.boolean())
      .chain(([cases, isFlakyPassed]) =>
        fc.tuple(
          fc.constant(cases),
          fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 20, maxLength: 20 }),
          fc.shuffledSubarray([1, 2, 3, 4], { minLength: 4, maxLength: 4 }),
          fc.constant(isFlakyPassed),
        ),
      );
    await fc.assert(
      fc.asyncProperty(parted, async ([cases, shardOf, order, isFlakyPassed]) => {
        const one: Upload = {
          attempt: 1,
          shard: null,
          cases,
          unlisted: { passed: 0, failed: 0, skipped: 0 },
          isFlakyPassed: false,
          durationMs: 400,
        };
        const shards = order.map((index) => ({
          ...one,
          shard: { index, total: 4 },
          cases: cases.filter((_, i) => shardOf[i] === index),
          isFlakyPassed,
          durationMs: 100,
        }));
        const whole = await pictureOf(await postRun([one]));
        const { runUrl, ciProvider } = await pictureOf(await postRun(shards));
        assert.deepEqual(await pictureOf(await postRun(shards)), {
          ...whole,
          uploads: 4,
          runUrl,
          ciProvider,
        });
      }),
      { numRuns: 60 },
    );
  });

  it('an upload that comes days late is as if it had come in time', async () => {
    const late = uploads.chain((list) => fc.tuple(fc.constant(list), fc.nat(list.length - 1)));
    await fc.assert(
      fc.asyncProperty(late, async ([list, n]) => {
        const repo = newRepo();
        const common = { repo, runKey: 'ci-1', commit: 'abc1234' };
        const inTime = list.toSpliced(n, 1);
        await Promise.all(inTime.map((upload) => post({ ...common, ...bodyOf(upload) })));
        const days = start + 5 * 86_400_000;
        const { id } = await post({ ...common, ...bodyOf(list[n]!) }, days);
        assert.deepEqual(await pictureOf(id), await pictureOf(await postRun(list)));
      }),
      { numRuns: 60 },
    );
  });

  it('other names for repo, suites and tests change the names only', async () => {
    const renamed: Names = {
      suite: (test) => `Süite › ${['b', 'a'][test % 2]}`,
      name: (test) => `__proto__ ${'xyzuvw'[test] ?? test}`,
    };
    const translate = (line: string) =>
      line.replace(/^suite (\d) · test (\d+)/, (_, suite, test) =>
        [renamed.suite(Number(suite)), renamed.name(Number(test))].join(' · '),
      );
    await fc.assert(
      fc.asyncProperty(uploads, async (list) => {
        const plain = await pictureOf(await postRun(list));
        const other = await pictureOf(await postRun(list, `group/sub.group/${newRepo()}`, renamed));
        assert.deepEqual(other, { ...plain, cases: plain.cases.map(translate).sort() });
      }),
      { numRuns: 60 },
    );
  });

  it('all stamps moved by the same time change nothing but the stamps, with run keys and without', async () => {
    const stamped = fc.array(
      fc.tuple(
        anUpload,
        fc.constantFrom(0, 1000, limits.shardGapMs.value, limits.shardGapMs.value + 1),
        fc.boolean(),
        fc.constantFrom(null, 'main', 'topic'),
      ),
      { minLength: 1, maxLength: 5 },
    );
    const shift = fc.integer({ min: 1, max: 300 }).map((days) => days * 86_400_000 + 1234);
    await fc.assert(
      fc.asyncProperty(stamped, shift, async (list, shiftMs) => {
        const postAll = async (fromMs: number) => {
          const repo = newRepo();
          let at = fromMs;
          const sent = list.map(([upload, gapMs, hasRunKey, branch]) => {
            at += gapMs;
            const startedAt = new Date(at - 60_000).toISOString();
            const { runAttempt, ...body } = bodyOf(upload);
            const keyed = hasRunKey ? { runKey: 'ci', runAttempt } : {};
            return post({ repo, commit: 'abc', branch, startedAt, ...keyed, ...body }, at);
          });
          await Promise.all(sent);
          const runs = await runsOf(repo);
          return Promise.all(
            runs.map(async ({ id, startedAtMs, receivedAtMs }) => ({
              ...(await pictureOf(id)),
              started: startedAtMs - fromMs,
              received: receivedAtMs - fromMs,
            })),
          );
        };
        assert.deepEqual(await postAll(start + shiftMs), await postAll(start));
      }),
      { numRuns: 60 },
    );
  });

  it('cases beyond 10,000 are counted and told, and the summary persists', async () => {
    const most = limits.casesPerRun.value;
    const beyond = fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 40 }));
    await fc.assert(
      fc.asyncProperty(beyond, async ([extra, failedBeyond]) => {
        const repo = newRepo();
        const total = most + Math.max(extra, failedBeyond);
        const cases = Array.from({ length: total }, (_, i) => ({
          suite: 's',
          name: `n${i}`,
          status: i >= total - failedBeyond ? 'failed' : 'passed',
        }));
        const summary = { total, passed: total - failedBeyond, failed: failedBeyond };
        const common = { repo, runKey: 'k', runAttempt: 1, summary };
        const stored = await post({ ...common, shard: { index: 1, total: 2 }, cases });
        assert.deepEqual([stored.casesStored, stored.casesDropped], [most, total - most]);
        assert.equal(
          stored.warnings.some(({ code }) => code === 'cases_dropped'),
          total > most,
        );
        const alone = await pictureOf(stored.id);
        assert.deepEqual(alone.summary, { ...summary, skipped: 0, flaky: 0, durationMs: null });
        assert.equal(alone.outcome, failedBeyond > 0 ? 'failed' : 'passed');

        const other = cases.map((item) => ({ ...item, suite: 'other' }));
        await post({ ...common, shard: { index: 2, total: 2 }, cases: other });
        const both = await pictureOf(stored.id);
        assert.deepEqual([both.casesStored, both.casesDropped], [2 * most, 2 * (total - most)]);
        assert.deepEqual(
          [both.summary.total, both.summary.failed, both.summary.passed],
          [2 * total, 2 * failedBeyond, 2 * (total - failedBeyond)],
        );
      }),
      { numRuns: 3 },
    );
  });

  it('a restart between uploads changes nothing, because a run is folded anew from its blocks', async () => {
    await fc.assert(
      fc.asyncProperty(uploads, uploads, async (first, second) => {
        const repo = newRepo();
        const id = await postRun(first, repo);
        await store.close();
        await open();
        await postRun(second, repo);
        assert.deepEqual(
          await pictureOf(id),
          await pictureOf(await postRun([...first, ...second])),
        );
      }),
      { numRuns: 4 },
    );
  });

  it('a test that repeats its explicit id is one test of the run, and one line of its cases', async () => {
    const repo = newRepo();
    const item = (name: string, status: string) => ({ suite: 's', name, status, id: 'login' });
    const common = { repo, runKey: 'k', summary: { total: 2, passed: 1, failed: 1 } };
    const { id } = await post({ ...common, cases: [item('a', 'passed'), item('b', 'failed')] });
    await post({
      ...common,
      cases: [item('c', 'passed')],
      summary: { total: 1, passed: 1, failed: 0 },
    });
    const { cases, summary } = await pictureOf(id);
    assert.deepEqual(cases, ['s · c · failed ·  · 3']);
    assert.deepEqual([summary.total, summary.failed], [1, 1]);
  });

  it('the 1,001st uncounted attempt opens another run, because a run must not grow without end', async () => {
    const repo = newRepo();
    const most = limits.attempts.value;
    const body = { repo, commit: 'abc', summary: { total: 1, passed: 1, failed: 0 } };
    for (let i = 0; i < most + 2; i += 100) {
      await Promise.all(Array.from({ length: Math.min(100, most + 2 - i) }, () => post(body)));
    }
    const runs = await runsOf(repo);
    assert.deepEqual(
      runs.map(({ uploads, attempts }) => [uploads, attempts]),
      [
        [2, 2],
        [most, most],
      ],
    );
  });

  it('skipped-only and empty uploads change counts only, because nothing was executed', async () => {
    const idle = fc.record({
      skipped: small,
      listed: fc.boolean(),
      attempt: fc.constantFrom(1, 2),
    });
    const executed = anUpload.map((upload) => ({ ...upload, attempt: 1 }));
    const list = fc.array(executed, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(list, idle, async (before, { skipped, listed, attempt }) => {
        const nothing: Upload = {
          attempt: listed ? attempt : 1,
          shard: null,
          cases: Array.from({ length: listed ? skipped : 0 }, (_, i) => ({
            test: 100 + i,
            status: 'skipped',
            durationMs: 0,
            attempts: 1,
          })),
          unlisted: { passed: 0, failed: 0, skipped: listed ? 0 : skipped },
          isFlakyPassed: false,
          durationMs: null,
        };
        const alone = await pictureOf(await postRun([nothing]));
        assert.deepEqual([alone.outcome, alone.summary.skipped], ['empty', skipped]);

        // Two of the same, so that both pictures are counted from cases and not shown as sent.
        const without = await pictureOf(await postRun([...before, ...before]));
        const withIt = await pictureOf(await postRun([...before, nothing, ...before]));
        assert.equal(withIt.outcome, without.outcome);
        assert.deepEqual(
          withIt.cases.filter((line) => !/test 10\d/.test(line)),
          without.cases,
        );
        assert.deepEqual(withIt.summary, {
          ...without.summary,
          total: without.summary.total + skipped,
          skipped: without.summary.skipped + skipped,
        });
      }),
      { numRuns: 60 },
    );
  });
});
