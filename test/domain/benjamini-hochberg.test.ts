import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { believed } from '../../src/domain/benjamini-hochberg.ts';

const ps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });

describe('false discovery rate', () => {
  it('the example of Benjamini and Hochberg keeps its first four, because p(4) is the last below its line', () => {
    const example = [
      0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719,
      0.6528, 0.759, 1,
    ];
    assert.equal(believed(example, 15, 0.05).lastIndexOf(true), 3);
  });
  it('a later p below its line takes the earlier ones along, because the procedure steps up', () => {
    assert.deepEqual(believed([0.04, 0.02, 0.03], 3, 0.04), [true, true, true]);
    assert.deepEqual(believed([0.041, 0.02, 0.03], 3, 0.04), [false, false, false]);
  });
  it('tests without a finding make it harder, because each could have raised a false one', () => {
    assert.deepEqual(believed([0.01], 1, 0.05), [true]);
    assert.deepEqual(believed([0.01], 6, 0.05), [false]);
    assert.deepEqual(believed([], 10, 0.05), []);
  });
  it('who believes a finding believes every surer one, and at a higher rate all of them', () => {
    fc.assert(
      fc.property(ps, fc.double({ min: 0.001, max: 0.5, noNaN: true }), (values, q) => {
        const kept = believed(values, values.length, q);
        const most = Math.max(-1, ...values.filter((_, i) => kept[i]));
        assert.deepEqual(
          kept,
          values.map((p) => p <= most),
        );
        const more = believed(values, values.length, 2 * q);
        assert.ok(kept.every((is, i) => !is || more[i]));
      }),
    );
  });
});
