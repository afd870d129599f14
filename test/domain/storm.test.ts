import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { overlapOfRanges, overlapOfSets } from '../../src/domain/overlap.ts';
import { isRealBreakage, isStorm } from '../../src/domain/storm.ts';
import { generator } from './pictured-units.ts';

const run = (failed: number, flaky = 0, executed = 100) => ({ executed, failed, flaky });
const quiet = Array<number>(50).fill(0.01);

describe('a storm', () => {
  it('is a run with more than 15 % in trouble, whether retries healed it or not', () => {
    assert.equal(isStorm(run(16), quiet), true);
    assert.equal(isStorm(run(15), quiet), false);
    assert.equal(isStorm(run(0, 16), quiet), true, 'a storm healed by retries is a storm');
    assert.equal(isStorm(run(8, 8), []), true, 'and needs no history');
  });

  it('is measured by what is usual, because some suites are always in trouble', () => {
    const troubled = Array<number>(50).fill(0.1);
    assert.equal(isStorm(run(50), troubled), false);
    assert.equal(isStorm(run(61), troubled), true);
    const longAgo = [...Array<number>(60).fill(0.5), ...quiet];
    assert.equal(isStorm(run(16), longAgo), true, 'only the last fifty runs count');
  });

  it('is a smaller share too where it is thirty cases, because single tests are seldom so many', () => {
    assert.equal(isStorm(run(50, 0, 1000), []), true, '5 %, 50 cases');
    assert.equal(isStorm(run(20, 10, 600), []), true, '5 %, 30 cases');
    assert.equal(isStorm(run(29, 0, 300), []), false, '9.7 %, but 29 cases');
    assert.equal(isStorm(run(49, 0, 1000), []), false, '4.9 %');
    assert.equal(isStorm(run(60, 0, 1000), quiet), false, 'six times the usual 1 % is not more');
    assert.equal(isStorm(run(61, 0, 1000), quiet), true);
  });

  it('is never seen below twenty cases, because four of ten is not many', () => {
    assert.equal(isStorm(run(19, 0, 19), quiet), false);
    assert.equal(isStorm(run(20, 0, 20), quiet), true);
    assert.equal(isStorm(run(0, 0, 0), quiet), false);
  });

  it('never clears when one more test fails', () => {
    fc.assert(
      fc.property(fc.nat({ max: 99 }), fc.integer({ min: 100, max: 900 }), (failed, executed) => {
        const [one, more] = [run(failed, 0, executed), run(failed + 1, 0, executed)];
        assert.ok(!isStorm(one, quiet) || isStorm(more, quiet));
      }),
    );
  });

  it('twice in a row in the same tests is a breakage', () => {
    const tests = (from: number, to: number) =>
      new Set(Array.from({ length: to - from }, (_, i) => from + i));
    // 40 of 1,000 tests: by chance 4 % of the smaller set are in the larger one, so 52 % must be.
    assert.equal(isRealBreakage(tests(0, 40), tests(19, 59), 1000), true);
    assert.equal(isRealBreakage(tests(0, 40), tests(20, 60), 1000), false);
    assert.equal(isRealBreakage(tests(0, 400), tests(0, 40), 1000), true, 'of the smaller');
    assert.equal(isRealBreakage(new Set<number>(), tests(0, 4), 1000), false);
  });

  it('two storms that hit most tests share most of them by chance, and are none', () => {
    const next = generator(5);
    for (let tries = 0; tries < 100; tries++) {
      const hit = (share: number) =>
        new Set(Array.from({ length: 2000 }, (_, i) => i).filter(() => next() < share));
      const [one, other] = [hit(0.3 + 0.69 * next()), hit(0.3 + 0.69 * next())];
      assert.equal(isRealBreakage(one, other, 2000), false, `${one.size} and ${other.size}`);
    }
  });

  it('a build that fails nearly everywhere, twice, is one', () => {
    const next = generator(6);
    const broken = () =>
      new Set(Array.from({ length: 2000 }, (_, i) => i).filter(() => next() < 0.99));
    assert.equal(isRealBreakage(broken(), broken(), 2000), true);
  });
});

describe('overlap', () => {
  it('of ranges is that of the sets they stand for', () => {
    const range = fc
      .tuple(fc.nat({ max: 40 }), fc.nat({ max: 20 }))
      .map(([from, length]) => ({ from, to: from + length }));
    const setOf = ({ from, to }: { from: number; to: number }) =>
      new Set(Array.from({ length: to - from + 1 }, (_, i) => from + i));
    fc.assert(
      fc.property(range, range, (one, other) => {
        assert.equal(overlapOfRanges(one, other), overlapOfSets(setOf(one), setOf(other)));
        assert.equal(overlapOfRanges(one, other), overlapOfRanges(other, one));
      }),
    );
  });
});
