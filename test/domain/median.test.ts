import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { median, medianDeviation, medianFilter, medianInPlace } from '../../src/domain/median.ts';

const some = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 40 });

describe('median', () => {
  it('is the middle, or the mean of both middles, because half lies on either side', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.ok(Number.isNaN(median([])));
    assert.equal(medianDeviation([1, 1, 2, 2, 4, 6, 9]), 1);
  });
  it('sorting numbers, not their texts, because 10 is above 9', () => {
    assert.equal(median([10, 9, 100]), 10);
  });
  it('in place it is the same, because it only saves memory', () => {
    fc.assert(
      fc.property(some, (values) => {
        assert.equal(
          medianInPlace(Float64Array.from([...values, 99]), values.length),
          median(values),
        );
      }),
    );
  });
  it('the filter is the median of each window, however it is kept', () => {
    fc.assert(
      fc.property(some, fc.constantFrom(1, 3, 11, 31), (values, width) => {
        const reach = width >> 1;
        const expected = values.map((_, i) =>
          median(values.slice(Math.max(0, i - reach), i + reach + 1)),
        );
        assert.deepEqual([...medianFilter(Float64Array.from(values), width)], expected);
      }),
    );
  });
});
