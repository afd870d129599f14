import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTestRun } from '../../src/contract/test-run.ts';

const now = Date.parse('2026-11-24T12:00:00Z');
const minimal = { repo: 'acme/web', summary: { total: 1, passed: 1, failed: 0 } };
const read = (extra: object = {}) => readTestRun({ ...minimal, ...extra }, now);
const readCase = (extra: object) =>
  read({ cases: [{ suite: 's', name: 'n', status: 'passed', ...extra }] });
const codes = (extra: object) => read(extra).warnings.map(({ code }) => code);

function fault(body: unknown): { code: string; path: string | undefined; message: string } {
  try {
    readTestRun(body, now);
  } catch (error) {
    const { code, path, message } = error as { code: string; path?: string; message: string };
    return { code, path, message };
  }
  throw new Error('it was accepted');
}

describe('test run', () => {
  it('needs a repo and three counts; all else is null', () => {
    const { run, warnings } = read();
    assert.equal(run.repo, 'acme/web');
    assert.deepEqual(run.summary, {
      total: 1,
      passed: 1,
      failed: 0,
      skipped: 0,
      flaky: 0,
      durationMs: null,
    });
    assert.deepEqual([run.commit, run.runAttempt, run.cases.count, warnings], [null, null, 0, []]);
  });
  it('null is absent, also for lists', () => {
    assert.deepEqual(read({ commit: null, cases: null, tags: null }).run, read().run);
  });

  for (const [path, body] of [
    ['repo', { summary: minimal.summary }],
    ['summary', { repo: 'a/b' }],
    ['summary.total', { repo: 'a/b', summary: { passed: 1, failed: 0 } }],
    ['summary.passed', { repo: 'a/b', summary: { total: 1, passed: '1', failed: 0 } }],
    ['summary.failed', { repo: 'a/b', summary: { total: 1, passed: 1, failed: -1 } }],
    [
      'summary.durationMs',
      { repo: 'a/b', summary: { total: 1, passed: 1, failed: 0, durationMs: -1 } },
    ],
    ['cases[0].status', { ...minimal, cases: [{ name: 'n', status: 'PASSED' }] }],
    [
      'cases[1].name',
      {
        ...minimal,
        cases: [
          { name: 'n', status: 'passed' },
          { name: ' ', status: 'passed' },
        ],
      },
    ],
    ['cases[0]', { ...minimal, cases: [[]] }],
    ['shard', { ...minimal, shard: { index: 3, total: 2 } }],
    ['runUrl', { ...minimal, runUrl: 'javascript:alert(1)' }],
    ['startedAt', { ...minimal, startedAt: '2026-11-24 10:00' }],
    ['framework', { ...minimal, framework: 'a b' }],
  ] as const) {
    it(`a fault at ${path} is named by its path`, () => {
      const found = fault(body);
      assert.deepEqual([found.code, found.path], ['invalid_body', path]);
      assert.ok(found.message.startsWith(path), found.message);
    });
  }

  it('a status error lists what may stand there', () => {
    const { message } = fault({ ...minimal, cases: [{ name: 'n', status: 'broken' }] });
    assert.equal(message, 'cases[0].status must be one of passed, failed, skipped, flaky');
  });
  it('a key in the body is refused, because it has been logged on its way', () => {
    assert.equal(fault({ ...minimal, apiKey: `qlens_${'a'.repeat(36)}` }).code, 'key_in_url');
  });
  it('names that objects already have are names like others', () => {
    const body = JSON.parse(
      '{"__proto__":{"x":1},"constructor":1,"repo":"a/b","summary":{"total":1,"passed":1,"failed":0},"cases":[{"suite":"__proto__","name":"toString","status":"passed"}]}',
    );
    const { run } = readTestRun(body, now);
    assert.deepEqual(
      [run.cases.objects.get(0)?.suite, run.cases.objects.get(0)?.name],
      ['__proto__', 'toString'],
    );
    assert.equal(({} as { x?: number }).x, undefined);
  });

  it('the first 10,000 cases are kept, the rest is counted, even where it is not valid', () => {
    const one = { suite: 's', name: 'n', status: 'passed' };
    const cases = [...Array(10_000).fill(one), { status: 'nonsense' }, one];
    const { run, warnings } = read({
      summary: { total: 10_002, passed: 10_002, failed: 0 },
      cases,
    });
    assert.deepEqual([run.cases.count, run.casesDropped], [10_000, 2]);
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['cases_dropped'],
    );
  });
  it('fractions of ms are rounded', () => {
    assert.equal(readCase({ durationMs: 1.5 }).run.cases.objects.get(0)?.durationMs, 2);
  });
  it('attempts of 0 are read as 1, with one warning however many there are', () => {
    const cases = Array(3).fill({ name: 'n', status: 'passed', attempts: 0 });
    const { run, warnings } = read({ summary: { total: 3, passed: 3, failed: 0 }, cases });
    assert.equal(run.cases.objects.get(0)?.attempts, 1);
    assert.deepEqual(warnings, [
      {
        code: 'attempts_zero',
        message: 'attempts of 0 was read as 1 (3 times)',
        path: 'cases[0].attempts',
      },
    ]);
  });
  it('a suite may be missing: the class or the file stands in', () => {
    assert.equal(
      readCase({ suite: null, className: 'a.B' }).run.cases.objects.get(0)?.suite,
      'a.B',
    );
    assert.equal(
      readCase({ suite: undefined, file: 'a.ts' }).run.cases.objects.get(0)?.suite,
      'a.ts',
    );
  });
  it('messages are cut to 16 KiB, with a mark, and redacted across the cut', () => {
    const message = `${'m'.repeat(16_380)} password=hunter22 ${'m'.repeat(1e6)}`;
    const kept =
      readCase({ status: 'failed', errorMessage: message }).run.cases.objects.get(0)
        ?.errorMessage ?? '';
    assert.ok(kept.length < 16_500);
    assert.match(kept, /… cut here, \d+ more characters$/);
    assert.doesNotMatch(kept, /hunter/);
  });

  it('counts that contradict one another are accepted with a warning', () => {
    assert.deepEqual(codes({ summary: { total: 5, passed: 1, failed: 0 } }), ['counts_differ']);
    assert.deepEqual(codes({ summary: { total: 142, passed: 140, failed: 2, flaky: 1 } }), []);
    assert.deepEqual(codes({ summary: { total: 3, passed: 1, failed: 1, flaky: 1 } }), []);
    assert.deepEqual(codes({ cases: [{ name: 'n', status: 'failed' }] }), ['failed_differs']);
  });
  it('a start far away is moved to the nearest allowed time, with a warning', () => {
    const { run, warnings } = read({ startedAt: '2030-01-01T00:00:00Z' });
    assert.equal(run.startedAtMs, now + 3_600_000);
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['started_at_clamped'],
    );
    assert.equal(
      read({ startedAt: '2026-11-24T10:00:00+02:00' }).run.startedAtMs,
      now - 4 * 3_600_000,
    );
  });
});
