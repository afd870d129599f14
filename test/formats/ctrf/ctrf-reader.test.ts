import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CtrfReader } from '../../../src/formats/ctrf/ctrf-reader.ts';
import { codeOf, type Reading, read } from '../reading.ts';

const ctrf = (body: unknown, cuts: number[] = []): Reading =>
  read(
    (notes) => new CtrfReader(notes),
    typeof body === 'string' ? body : JSON.stringify(body),
    cuts,
  );

const start = 1_700_000_000_000;
const summary = {
  tests: 1,
  passed: 1,
  failed: 0,
  pending: 0,
  skipped: 0,
  other: 0,
  start,
  stop: start + 1500,
};
const report = (tests: unknown[], more: { results?: object; root?: object } = {}) => ({
  reportFormat: 'CTRF',
  specVersion: '1.0.0',
  ...more.root,
  results: { tool: { name: 'playwright' }, summary, tests, ...more.results },
});
const passed = { name: 'a', status: 'passed', duration: 12 };
const first = (test: object) => ctrf(report([{ ...passed, ...test }])).cases[0]!;

describe('CTRF', () => {
  it('a valid report is read without a warning', () => {
    const { counts, cases, warnings, durationMs, startedAt, hints } = ctrf(report([passed]));
    assert.deepEqual(
      [counts, warnings, durationMs, startedAt],
      ['1/0/0/0', [], 1500, new Date(start).toISOString()],
    );
    assert.deepEqual(hints, { framework: 'playwright' });
    assert.deepEqual([cases[0]!.name, cases[0]!.durationMs, cases[0]!.attempts], ['a', 12, 1]);
  });

  const statuses: [object, string][] = [
    [{ status: 'failed' }, 'failed'],
    [{ status: 'skipped' }, 'skipped'],
    [{ status: 'pending' }, 'skipped'],
    [{ status: 'other' }, 'skipped'],
    [{ status: 'other', rawStatus: 'timedOut' }, 'failed'],
    [{ status: 'other', rawStatus: 'interrupted' }, 'failed'],
    [{ flaky: true }, 'flaky'],
    [{ retries: 2 }, 'flaky'],
    [{ retries: 0, flaky: false }, 'passed'],
    [{ status: 'failed', flaky: true, retries: 1 }, 'failed'],
    [{ retryAttempts: [{ attempt: 1, status: 'failed' }] }, 'flaky'],
    [{ retries: 1, retryAttempts: [{ attempt: 1, status: 'passed' }] }, 'passed'],
  ];
  for (const [test, expected] of statuses) {
    it(`${JSON.stringify(test)} is ${expected}, because flaky means passed after a failure`, () => {
      assert.equal(first(test).status, expected);
    });
  }

  it('a status that says nothing is skipped, with a warning', () => {
    const { warnings } = ctrf(report([{ ...passed, status: 'other' }]));
    assert.deepEqual(warnings, ['counts_differ', 'status_other']);
  });

  it('attempts are counted by retries, else by their list, which may lack the last', () => {
    const failed = { attempt: 1, status: 'failed', message: 'no', trace: 'at x' };
    assert.equal(first({ retries: 2 }).attempts, 3);
    assert.equal(first({ retryAttempts: [failed, { ...failed, attempt: 2 }] }).attempts, 3);
    const item = first({ retryAttempts: [failed, { attempt: 2, status: 'passed' }] });
    assert.deepEqual([item.attempts, item.errorMessage, item.stack], [2, 'no', 'at x']);
    assert.equal(first({ retries: 1e9 }).attempts, 1000);
  });

  it('suites are joined, or taken as a reporter joined them; a file stands in', () => {
    assert.equal(first({ suite: ['a.spec', 'login'] }).suite, 'a.spec > login');
    assert.equal(first({ suite: 'a.spec > login' }).suite, 'a.spec > login');
    assert.equal(first({ filePath: 'a.ts' }).suite, 'a.ts');
    assert.equal(first({}).suite, '');
  });

  it('message, trace, file, line and testId are kept; the id of one execution is not', () => {
    const item = first({
      status: 'failed',
      message: 'm',
      trace: 't',
      filePath: 'a.ts',
      line: 7,
      testId: 'T1',
      id: '7b4f6c1e-8f5b-4c3e-9d54-0d7f7cf6a001',
    });
    assert.deepEqual(
      [item.errorMessage, item.stack, item.file, item.line, item.id],
      ['m', 't', 'a.ts', 7, 'T1'],
    );
  });

  it('seconds are told from milliseconds, because a known reporter writes them', () => {
    const inSeconds = { summary: { ...summary, start: start / 1000, stop: start / 1000 + 2 } };
    const { startedAt, durationMs, warnings } = ctrf(report([passed], { results: inSeconds }));
    assert.deepEqual([startedAt, durationMs], [new Date(start).toISOString(), 2000]);
    assert.deepEqual(warnings, ['time_in_seconds']);
  });

  it('the tests are counted, because summaries differ from them; a warning says so', () => {
    const { total, counts, warnings } = ctrf(report([passed, { ...passed, status: 'failed' }]));
    assert.deepEqual([total, counts, warnings], [2, '1/1/0/0', ['counts_differ']]);
  });

  it('what breaks the schema but can be understood is read, with a warning', () => {
    const loose = report(
      [{ name: 'a', status: 'passed', extraField: 1, duration: -3, line: 'x' }],
      {
        root: { specVersion: 'v0', more: true },
      },
    );
    const { counts, cases, warnings } = ctrf(loose);
    assert.deepEqual([counts, cases[0]!.durationMs, cases[0]!.line], ['1/0/0/0', null, null]);
    assert.deepEqual(warnings, ['ctrf_invalid', 'time_unreadable']);
  });

  it('the environment tells commit, branch, link and more, where the contract can take it', () => {
    const environment = {
      commit: 'abc',
      branchName: 'main',
      buildUrl: 'https://ci/1',
      testEnvironment: 'staging',
      osPlatform: 'linux',
    };
    const { hints, properties } = ctrf(
      report([passed], {
        results: { environment, tool: { name: 'My Tool!' } },
        root: { runId: 'r1', generatedBy: 'x-reporter' },
      }),
    );
    assert.deepEqual(hints, {
      framework: 'My-Tool-',
      commit: 'abc',
      branch: 'main',
      runKey: 'r1',
      environment: 'staging',
      runUrl: 'https://ci/1',
      reporter: { name: 'x-reporter' },
    });
    assert.equal(properties.osPlatform, 'linux');
    const odd = ctrf(
      report([passed], {
        results: { environment: { commit: 'x'.repeat(300), buildUrl: 'javascript:1' } },
      }),
    );
    assert.deepEqual(odd.hints, { framework: 'playwright' });
  });

  it('beyond 10,000 tests the rest is counted', () => {
    const { cases, total, dropped } = ctrf(report(Array.from({ length: 10_003 }, () => passed)));
    assert.deepEqual([cases.length, total, dropped], [10_000, 10_003, 3]);
  });

  it('what cannot be understood is refused', () => {
    const refusals: [unknown, string][] = [
      ['', 'invalid_json'],
      ['{', 'invalid_json'],
      ['<testsuite/>', 'invalid_json'],
      [{}, 'not_ctrf'],
      [{ repo: 'acme/web', summary: {} }, 'not_ctrf'],
      [report([null]), 'invalid_body'],
      [report([{ name: 'a' }]), 'invalid_body'],
      [report([{ ...passed, status: 'PASSED' }]), 'invalid_body'],
      ['['.repeat(100_000), 'too_deep'],
      [' '.repeat(16 * 1024 * 1024 + 1), 'too_large'],
    ];
    for (const [body, code] of refusals)
      assert.equal(
        codeOf(() => ctrf(body)),
        code,
      );
  });

  const anything = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom('passed', 'failed', 'other', -1, 1e300),
  );
  it('no value in any place does more than be refused or warned of', () => {
    const test = fc.record(
      Object.fromEntries(
        [
          'name',
          'status',
          'duration',
          'suite',
          'retries',
          'retryAttempts',
          'start',
          'stop',
          'line',
          'message',
          'testId',
          'filePath',
          'flaky',
        ].map((field) => [field, anything]),
      ),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.array(test, { maxLength: 3 }),
        anything,
        anything,
        (tests, told, environment) => {
          codeOf(() =>
            ctrf(report(tests, { results: { summary: told, environment, tool: environment } })),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('any cut of the body gives the same result', () => {
    const body = JSON.stringify(report([{ ...passed, name: 'größe' }]));
    const whole = ctrf(body);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 9 }), (cuts) => {
        assert.deepEqual(ctrf(body, cuts), whole);
      }),
    );
  });
});
