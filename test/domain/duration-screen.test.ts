import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { calmScreen, needsCloserLook, screened } from '../../src/domain/duration-screen.ts';

const after = (offs: number[]): boolean =>
  needsCloserLook(offs.reduce((sums, off) => screened(sums, off, 0, 1), calmScreen));

describe('screen of durations', () => {
  it('eight results 1.2 sigmas off are a reason to look, because a segment may begin there', () => {
    assert.equal(after(Array(8).fill(1.2)), true);
    assert.equal(after(Array(8).fill(-1.2)), true);
    assert.equal(after(Array(7).fill(1.2)), false);
  });
  it('one result however far off is none, because a spike is never a change', () => {
    assert.equal(after([1e9]), false);
    assert.equal(after([1e9, 1e9]), true);
  });
  it('results within the drift never are, because noise goes both ways', () => {
    const small = fc.array(fc.double({ min: -0.5, max: 0.5, noNaN: true }), { maxLength: 300 });
    fc.assert(fc.property(small, (offs) => !after(offs)));
  });
  it('level and noise only set the scale, because the screen counts in sigmas', () => {
    const direct = screened({ up: 1, down: 2 }, 1.5, 0, 1);
    assert.deepEqual(screened({ up: 1, down: 2 }, 103, 100, 2), direct);
    assert.deepEqual(direct, { up: 2, down: 0 });
  });
});
