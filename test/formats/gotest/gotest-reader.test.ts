import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { GoTestReader } from '../../../src/formats/gotest/gotest-reader.ts';
import { codeOf, type Reading, read } from '../reading.ts';

const goTest = (report: string | Uint8Array, cuts: number[] = []): Reading =>
  read((notes) => new GoTestReader(notes), report, cuts);

type Fields = Record<string, string | number>;
const event = (Action: string, fields: Fields = {}) =>
  `${JSON.stringify({ Action, Package: 'acme/web', ...fields })}\n`;
const run = (Test: string) => event('run', { Test });
const output = (Test: string, ...lines: string[]) =>
  lines.map((line) => event('output', { Test, Output: `${line}\n` })).join('');
const end = (action: string, Test: string, Elapsed = 0.25) => event(action, { Test, Elapsed });
const packageEnds = (action: string, fields: Fields = {}) =>
  event(action, { Elapsed: 1.5, ...fields });

describe('go test -json', () => {
  it('package is suite and test is name, subtests and their parents each for themselves', () => {
    const { cases, counts, hints, durationMs } = goTest(
      run('TestA') +
        run('TestA/b_c') +
        end('pass', 'TestA/b_c') +
        end('pass', 'TestA') +
        end('skip', 'TestS') +
        packageEnds('pass'),
    );
    assert.deepEqual(
      cases.map(({ suite, name, durationMs: ms }) => [suite, name, ms]),
      [
        ['acme/web', 'TestA/b_c', 250],
        ['acme/web', 'TestA', 250],
        ['acme/web', 'TestS', 250],
      ],
    );
    assert.deepEqual([counts, hints, durationMs], ['2/0/1/0', { framework: 'go' }, 1500]);
  });

  it('the message is what the test printed, without what the runner printed around it', () => {
    const printed = output(
      'TestA',
      '=== RUN   TestA',
      '=== CONT  TestA',
      '    a_test.go:7: expected 1',
      '        got 2',
      '--- FAIL: TestA (0.00s)',
    );
    const { cases } = goTest(run('TestA') + printed + end('fail', 'TestA') + packageEnds('fail'));
    assert.equal(cases[0]!.errorMessage, 'a_test.go:7: expected 1\n    got 2');
    assert.equal(cases[0]!.stack, null);
  });

  it('a test that passed keeps no output, because nobody asks for it', () => {
    const { cases } = goTest(
      run('TestA') + output('TestA', 'hello') + end('pass', 'TestA') + packageEnds('pass'),
    );
    assert.equal(cases[0]!.errorMessage, null);
  });

  it('a panic fails the test that ran, even without its end; its goroutines are the stack', () => {
    const panic = output(
      'TestP',
      'panic: index out of range [1]',
      '',
      'goroutine 7 [running]:',
      'acme.f(0x1)',
      '\t/a.go:7 +0x2',
    );
    const { cases, counts } = goTest(run('TestP') + panic + packageEnds('fail'));
    assert.equal(counts, '0/1/0/0');
    assert.equal(cases[0]!.errorMessage, 'panic: index out of range [1]');
    assert.equal(cases[0]!.stack, 'goroutine 7 [running]:\nacme.f(0x1)\n\t/a.go:7 +0x2');
  });

  it('a lost subtest of a passed test is left out, because nothing is known against it', () => {
    const { counts } = goTest(
      run('TestA') + run('TestA/x') + end('pass', 'TestA') + packageEnds('pass'),
    );
    assert.equal(counts, '1/0/0/0');
  });

  it('a build that fails is a case of its package, with what the compiler said', () => {
    const build =
      event('build-output', {
        ImportPath: 'acme/web [acme/web.test]',
        Output: '# acme/web [acme/web.test]\n',
      }) +
      event('build-output', {
        ImportPath: 'acme/web [acme/web.test]',
        Output: './x.go:3:2: undefined: y\n',
      }) +
      event('build-fail', { ImportPath: 'acme/web [acme/web.test]' });
    const { cases } = goTest(
      build + packageEnds('fail', { FailedBuild: 'acme/web [acme/web.test]' }),
    );
    assert.deepEqual([cases.length, cases[0]!.name, cases[0]!.status], [1, '(build)', 'failed']);
    assert.match(cases[0]!.errorMessage!, /undefined: y$/);
  });

  it('older go prints build errors between the events; they are found there', () => {
    const { cases, warnings } = goTest(
      `# acme/web [acme/web.test]\n./x.go:3:2: undefined: y\n${event('output', { Output: 'FAIL\tacme/web [build failed]\n' })}${packageEnds('fail')}`,
    );
    assert.deepEqual(
      [cases[0]!.name, cases[0]!.errorMessage, warnings],
      ['(build)', './x.go:3:2: undefined: y', ['non_json_lines']],
    );
  });

  it('a package that fails on its own is a case: TestMain, init, an early exit', () => {
    const { cases } = goTest(event('output', { Output: 'no database\n' }) + packageEnds('fail'));
    assert.deepEqual(
      [cases[0]!.suite, cases[0]!.name, cases[0]!.errorMessage],
      ['acme/web', '(package)', 'no database'],
    );
  });

  it('equal names are attempts: a rerun that passes makes the test flaky', () => {
    const { cases, counts } = goTest(
      run('TestA') +
        output('TestA', 'no') +
        end('fail', 'TestA') +
        packageEnds('fail') +
        run('TestA') +
        end('pass', 'TestA') +
        packageEnds('pass'),
    );
    assert.deepEqual([counts, cases[0]!.attempts, cases[0]!.errorMessage], ['0/0/0/1', 2, 'no']);
  });

  it('a stream cut off keeps what ended, and drops what still ran, with a warning', () => {
    const { counts, warnings } = goTest(
      run('TestA') + end('pass', 'TestA') + run('TestB') + output('TestB', 'working').slice(0, -9),
    );
    assert.deepEqual([counts, warnings], ['1/0/0/0', ['non_json_lines', 'partial_file']]);
  });

  it('benchmarks share the fate of their package, because old ones never end', () => {
    const { counts, cases } = goTest(
      run('BenchmarkX') +
        output('BenchmarkX', 'BenchmarkX-8   100   12 ns/op') +
        event('bench', { Test: 'BenchmarkY' }) +
        packageEnds('pass'),
    );
    assert.deepEqual(
      [counts, cases.map(({ name }) => name)],
      ['2/0/0/0', ['BenchmarkY', 'BenchmarkX']],
    );
  });

  it('parallel, paused, cached and shuffled runs are read like any other', () => {
    const { counts, warnings } = goTest(
      event('start') +
        event('output', { Output: '-test.shuffle 17\n' }) +
        run('TestA') +
        event('pause', { Test: 'TestA' }) +
        run('TestB') +
        event('cont', { Test: 'TestA' }) +
        end('pass', 'TestB') +
        end('pass', 'TestA') +
        event('attr', { Test: 'TestA', Key: 'k', Value: 'v' }) +
        event('output', { Output: 'ok  \tacme/web\t(cached)\n' }) +
        packageEnds('pass'),
    );
    assert.deepEqual([counts, warnings], ['2/0/0/0', []]);
  });

  it('the run lasts from its first event to its last', () => {
    const { startedAt, durationMs, cases } = goTest(
      event('run', { Test: 'TestA', Time: '2024-05-06T09:08:09.123456789+02:00' }) +
        event('pass', { Test: 'TestA', Elapsed: 0.01, Time: '2024-05-06T07:08:11Z' }) +
        packageEnds('pass', { Time: '2024-05-06T07:08:12Z' }),
    );
    assert.deepEqual([startedAt, durationMs], ['2024-05-06T07:08:09.123Z', 2877]);
    assert.equal(cases[0]!.startedAtMs, Date.parse('2024-05-06T07:08:09.123Z'));
  });

  it('what holds no event is refused, because it is something else', () => {
    for (const text of ['', 'ok acme/web 0.1s\n', '<testsuite/>', '{"a":1}\n', '[]']) {
      assert.equal(
        codeOf(() => goTest(text)),
        'not_gotest',
      );
    }
  });

  it('a line of 16 MiB is the longest, and output is cut while it is read', () => {
    assert.equal(
      codeOf(() => goTest(new Uint8Array(17 * 1024 * 1024).fill(0x20))),
      'too_large',
    );
    const long = output('TestA', 'x'.repeat(20_000)).repeat(50);
    const { cases } = goTest(run('TestA') + long + end('fail', 'TestA') + packageEnds('fail'));
    assert.match(cases[0]!.errorMessage!, /\n… cut here, \d+ more characters$/);
    assert.ok(cases[0]!.errorMessage!.length < 17_000);
  });

  it('beyond 10,000 cases the rest is counted, and a rerun of a kept one still found', () => {
    const many = Array.from({ length: 10_002 }, (_, i) => end('fail', `Test${i}`)).join('');
    const { cases, dropped, counts } = goTest(many + end('pass', 'Test0') + packageEnds('fail'));
    assert.deepEqual([cases.length, dropped, counts], [10_000, 2, '0/10001/0/1']);
  });

  const sample =
    run('TestA') +
    output('TestA', 'größe', '--- FAIL: TestA') +
    end('fail', 'TestA') +
    'noise\r\n' +
    run('TestA/b') +
    end('pass', 'TestA') +
    packageEnds('fail');

  it('any cut of the stream gives the same result, because a network cuts where it likes', () => {
    const whole = goTest(sample);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 20 }), (cuts) => {
        assert.deepEqual(goTest(sample, cuts), whole);
      }),
    );
  });

  it('no mutation does more than be refused, because anybody may post anything', () => {
    const bytes = new TextEncoder().encode(sample);
    const change = fc.tuple(fc.nat(bytes.length), fc.nat(30), fc.uint8Array({ maxLength: 5 }));
    fc.assert(
      fc.property(change, ([at, remove, insert]) => {
        codeOf(() =>
          goTest(Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)])),
        );
      }),
      { numRuns: 500 },
    );
  });

  const odd = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.constant(null),
    fc.constant([]),
    fc.constant('__proto__'),
  );
  it('no field of any type does more than be ignored', () => {
    const fields = fc.record({
      Action: fc.constantFrom('run', 'output', 'pass', 'fail', 'build-output'),
      Package: odd,
      Test: odd,
      Output: odd,
      Elapsed: odd,
      Time: odd,
      ImportPath: odd,
      FailedBuild: odd,
    });
    fc.assert(
      fc.property(fc.array(fields, { minLength: 1, maxLength: 12 }), (events) => {
        const { total, cases } = goTest(events.map((item) => JSON.stringify(item)).join('\n'));
        assert.equal(total, cases.length);
      }),
      { numRuns: 300 },
    );
  });
});
