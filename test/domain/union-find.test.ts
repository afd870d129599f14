import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { UnionFind } from '../../src/domain/union-find.ts';

const pairs = fc.array(fc.tuple(fc.nat(19), fc.nat(19)), { maxLength: 30 });

function joined(size: number, links: [number, number][]): UnionFind {
  const sets = new UnionFind(size);
  for (const [i, j] of links) sets.join(i, j);
  return sets;
}

describe('union-find', () => {
  it('sets and roots are the same in any order of links, because late results must not matter', () => {
    fc.assert(
      fc.property(pairs, fc.func(fc.integer()), (links, rank) => {
        const shuffled = links.toSorted((a, b) => rank(a) - rank(b));
        assert.deepEqual(joined(20, shuffled).groups(), joined(20, links).groups());
      }),
    );
  });
  it('the root of a set is its smallest member, because names are derived from it', () => {
    fc.assert(
      fc.property(pairs, (links) => {
        const sets = joined(20, links);
        for (const group of sets.groups()) {
          for (const i of group) assert.equal(sets.find(i), group[0]);
        }
      }),
    );
  });
  it('two are together exactly when a chain of links connects them, because that is the promise', () => {
    const sets = joined(6, [
      [4, 2],
      [2, 0],
      [5, 3],
    ]);
    assert.deepEqual(sets.groups(), [[0, 2, 4], [1], [3, 5]]);
    assert.equal(sets.find(4), 0);
    assert.equal(sets.join(0, 4), false);
    assert.equal(sets.join(0, 1), true);
  });
});
