import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  addResult,
  packAttempts,
  retryWeightOf,
  unpackAttempts,
} from '../../src/domain/commit-unit.ts';

const [passed, failed, skipped, flaky] = [0, 1, 2, 3];

function unit(...results: [status: number, attempts: number][]) {
  const evidence = { failing: 0, passing: 0 };
  for (const [status, attempts] of results) addResult(evidence, status, attempts);
  return evidence;
}

describe('the evidence of a commit', () => {
  it('counts the attempts of one run as less than independent, because they share a machine', () => {
    assert.deepEqual(unit([passed, 1]), { failing: 0, passing: 1 });
    assert.deepEqual(unit([passed, 0]), { failing: 0, passing: 1 }, 'attempts not reported');
    assert.deepEqual(unit([passed, 3]), { failing: 1.5, passing: 0.5 });
    assert.deepEqual(unit([failed, 1]), { failing: 1, passing: 0 });
    assert.deepEqual(unit([failed, 3]), { failing: 2, passing: 0 });
    assert.deepEqual(unit([failed, 0]), { failing: 1, passing: 0 }, 'attempts not reported');
  });

  it('a flaky case failed at least once before it passed, whatever attempts say', () => {
    for (const attempts of [0, 1, 2]) {
      assert.deepEqual(unit([flaky, attempts]), { failing: 1, passing: 0.5 });
    }
    assert.deepEqual(unit([flaky, 4]), { failing: 2, passing: 0.5 });
  });

  it('a retry tells as much by passing as by failing, because else retried tests look too good', () => {
    // A test that always has one retry after a failure and fails at 40 %: per 100 runs 60 first
    // passes, 24 healed, 16 failed twice. Weighed alike, its rate comes out at 0.40.
    const evidence = { failing: 0, passing: 0 };
    for (let run = 0; run < 60; run++) addResult(evidence, passed, 1);
    for (let run = 0; run < 24; run++) addResult(evidence, flaky, 2);
    for (let run = 0; run < 16; run++) addResult(evidence, failed, 2);
    assert.deepEqual(evidence, { failing: 48, passing: 72 });
  });

  it('a skipped case says nothing', () => {
    assert.deepEqual(unit([skipped, 1], [skipped, 5]), { failing: 0, passing: 0 });
  });

  it('does not depend on the order of runs, because a late run must not change the judgement', () => {
    const result = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 6 }));
    fc.assert(
      fc.property(fc.array(result), (results) => {
        assert.deepEqual(unit(...results), unit(...results.toReversed()));
      }),
    );
  });

  it('fits a byte exactly at the default weight, and at its most beyond 31 attempts', () => {
    for (let halves = 0; halves < 63; halves++) {
      assert.equal(unpackAttempts(packAttempts(halves / 2)), halves / 2);
    }
    assert.equal(unpackAttempts(packAttempts(1000)), 31.875);
    assert.equal(unpackAttempts(packAttempts(0.01)), 0.125, 'a pass, however little it tells');
  });

  it('learns the retry weight from how often a retry fails again', () => {
    assert.equal(retryWeightOf(0, 0, 0), 0.5, 'the default, because there is nothing to learn');
    assert.ok(retryWeightOf(1000, 100, 100) > 0.98, 'as rare as the rate says: independent');
    assert.ok(retryWeightOf(1000, 1000, 100) < 0.02, 'always again: one moment');
    assert.ok(retryWeightOf(1000, 0, 100) <= 1, 'rarer than the rate is not more than independent');
  });
});
